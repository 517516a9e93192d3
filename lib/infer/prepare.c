/* A picture on its way to the input of a net; learn.c has what is done to it. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "infer/inside.h"

void
infer_input_clear(struct infer_input *in)
{
	mem_free(in->v);
	mem_free(in->planes);
	for (int i = 0; i < 3; i++)
		image_clear(&in->im[i]);
	transform_scratch_clear(&in->scratch);
	memset(in, 0, sizeof(*in));
}

/* Room for a picture that many times; what was there is gone. */
static int
room(struct infer_input *in, int views, int c, int h, int w)
{
	size_t n = (size_t)views * (size_t)c * (size_t)h * (size_t)w;
	void *v;

	in->c = c;
	in->h = h;
	in->w = w;
	if (in->cap >= n)
		return 0;
	mem_free(in->v);
	in->v = NULL;
	in->cap = 0;
	TRY(mem_take(&v, n, sizeof(float), SIZE_MAX, "the net's input"));
	in->v = v;
	in->cap = n;
	return 0;
}

/* View v of ten: centre, four corners, and all mirrored. */
static struct transform_window
view_window(const struct transform *t, int v)
{
	static const int corner[5][2] = { { 1, 1 }, { 0, 0 }, { 0, 2 },
		{ 2, 0 }, { 2, 2 } };
	struct transform_window win = { .mirror = v >= 5 };

	transform_size(t, &win.h, &win.w);
	win.y = corner[v % 5][0] * (t->height - win.h) / 2;
	win.x = corner[v % 5][1] * (t->width - win.w) / 2;
	return win;
}

static int
ten_views(const struct infer *f, struct infer_input *in,
    const struct record_item *item)
{
	const struct transform *t = &f->transform;
	size_t n;
	int h, w;

	transform_size(t, &h, &w);
	n = (size_t)t->channels * (size_t)h * (size_t)w;
	TRY(room(in, 10, t->channels, h, w));
	for (int v = 0; v < 10; v++) {
		const struct transform_window win = view_window(t, v);

		TRY(transform_view(t, item, &win, in->v + (size_t)v * n));
	}
	return 0;
}

/* Pixels that have the size of the preparation; in->place says how they got it. */
static int
prepare_item(const struct infer *f, struct infer_input *in,
    const struct record_item *item)
{
	int h, w;

	if (f->opts.crop == INFER_TEN)
		return ten_views(f, in, item);
	transform_size(&f->transform, &h, &w);
	TRY(room(in, 1, f->channels, h, w));
	infer_place_window(
	    &in->place, (item->width - w) / 2, (item->height - h) / 2, w, h);
	return transform_item(&f->transform, &in->scratch, item, 0, in->v);
}

int
infer_prepare_item(const struct infer *f, struct infer_input *in,
    const struct record_item *item)
{
	in->place = infer_place_whole(item->width, item->height);
	return prepare_item(f, in, item);
}

/* At its own size: only channels, mean (as pixel) and scale. */
static int
prepare_as_is(const struct infer *f, struct infer_input *in,
    const struct record_item *item)
{
	struct transform t = f->transform;

	if (t.mean != NULL)
		return err_set(ERR_UNSUPPORTED,
		    "--no-resize needs a model without a mean image (a mean pixel will do)");
	t.height = item->height;
	t.width = item->width;
	t.crop = 0;
	TRY(room(in, 1, f->channels, item->height, item->width));
	return transform_item(&t, &in->scratch, item, 0, in->v);
}

/* Black at the right and below, as much as in training; around a picture that is
 * larger than that as much as makes the same shape. */
static int
pad_picture(const struct infer *f, struct infer_input *in, struct image **im)
{
	const double by = f->pad_w == 0
	    ? 1
	    : fmax(1,
		  fmax((double)(*im)->width / f->pad_w,
		      (double)(*im)->height / f->pad_h));
	const double w = ceil(f->pad_w * by - 1e-6);
	const double h = ceil(f->pad_h * by - 1e-6);

	if (f->pad_w == 0 || (w == (*im)->width && h == (*im)->height))
		return 0;
	if (w * h > IMAGE_MAX_PIXELS)
		return err_set(ERR_RANGE,
		    "%dx%d pixels would be padded to %.0fx%.0f, which is too large",
		    (*im)->width, (*im)->height, w, h);
	TRY(image_pad(&in->im[2], *im, (int)w, (int)h));
	infer_place_window(&in->place, 0, 0, (int)w, (int)h);
	*im = &in->im[2];
	return 0;
}

/* To the size of the preparation, into in->im[0]. */
static int
fit_picture(
    const struct infer *f, struct infer_input *in, const struct image *im)
{
	const int fit[2] = { f->fit_w, f->fit_h };
	const int to[2] = { f->size_w, f->size_h };

	if (f->middle) {
		infer_place_middle(&in->place, fit, to);
		return image_middle(&in->im[0], im, fit[0], fit[1], to[0],
		    to[1], f->filter, &in->im[1]);
	}
	infer_place_fit(&in->place, to[0], to[1], f->mode);
	return image_fit_by(
	    &in->im[0], im, to[0], to[1], f->mode, f->filter, 0, &in->im[1]);
}

int
infer_prepare(const struct infer *f, struct infer_input *in, struct image *im)
{
	struct record_item item = { 0 };
	struct image *fit = im;
	size_t n;

	if (f->channels != 1 && f->channels != 3)
		return err_set(ERR_UNSUPPORTED,
		    "the net's input is not a picture (%d channels): use --input",
		    f->channels);
	TRY(image_channels(im, f->channels));
	in->place = infer_place_whole(im->width, im->height);
	if (!f->opts.no_resize) {
		TRY(pad_picture(f, in, &im));
		TRY(fit_picture(f, in, im));
		fit = &in->im[0];
	}
	n = (size_t)fit->width * (size_t)fit->height * (size_t)fit->channels;
	mem_grow(&in->planes, &in->planes_cap, n);
	record_image_to_planes(in->planes, fit);
	item.channels = fit->channels;
	item.height = fit->height;
	item.width = fit->width;
	item.data = in->planes;
	if (f->opts.no_resize)
		return prepare_as_is(f, in, &item);
	return prepare_item(f, in, &item);
}

int
infer_prepare_record(const struct infer *f, struct infer_input *in,
    const struct record_item *item, struct image *im)
{
	if (item->channels == f->channels && item->height == f->size_h &&
	    item->width == f->size_w && !f->opts.no_resize)
		return infer_prepare_item(f, in, item);
	if (item->data == NULL)
		return err_set(ERR_FORMAT,
		    "the record is %dx%dx%d floats, the net takes %dx%dx%d",
		    item->channels, item->height, item->width, f->channels,
		    f->size_h, f->size_w);
	TRY(record_planes_to_image(
	    im, item->data, item->channels, item->height, item->width));
	return infer_prepare(f, in, im);
}

int
infer_image_flags(const struct infer *f)
{
	return f->opts.image_flags;
}
