/*
 * WindowData: R-CNN's fine-tuning batches, cut out of pictures along windows of
 * a window file (windows.h).
 *
 * Of each batch fg_fraction are foreground windows, the last ones; which windows
 * and whether mirrored is drawn anew for each position of the stream.  The mean
 * image is taken from its middle.  Pictures are read when they are needed
 * (cache_images is left to the system's page cache).
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/queue.h"
#include "base/rng.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "input/feed.h"
#include "input/picture.h"
#include "input/windows.h"

enum { MEAN_BYTES_MAX = 1 << 30 };

struct window_worker {
	struct picture picture;
	struct image piece, scaled;
};

struct window_source {
	struct input input;
	struct windows windows;
	int crop; /* side of the square */
	bool mirror, square;
	float scale, mean_value[4];
	size_t nmean_value;
	float *mean; /* (C, side_h, side_w) or NULL */
	int mean_h, mean_w;
};

struct feed_window {
	struct feed feed;
	const struct window_source *from;
	int fg; /* foreground windows of a batch */
	struct pool *pool;
	struct window_worker *workers;
	struct err_saved *failed;
	uint64_t g;
	float *const *top;
};

static void
window_release(struct input *in)
{
	struct window_source *f = (struct window_source *)in;

	mem_free(f->mean);
	windows_clear(&f->windows);
	mem_free(f);
}

static int
read_mean(struct window_source *f, const char *path)
{
	Caffe__BlobProto *blob = NULL;
	struct caffe_shape s;
	void *v = NULL;
	int rc;

	TRY(caffe_mean_read(&blob, path));
	rc = caffe_blob_shape(&s, blob);
	if (rc >= 0 &&
	    (s.ndim < 3 || s.dim[s.ndim - 3] != f->windows.channels ||
		s.dim[s.ndim - 1] != s.dim[s.ndim - 2] ||
		s.dim[s.ndim - 1] < f->crop ||
		s.count !=
		    (size_t)(s.dim[s.ndim - 3] * s.dim[s.ndim - 2] *
			s.dim[s.ndim - 1])))
		rc = err_set(ERR_FORMAT,
		    "a mean of %d channels and a square of at least %d pixels a side is wanted",
		    f->windows.channels, f->crop);
	if (rc >= 0) {
		f->mean_h = (int)s.dim[s.ndim - 2];
		f->mean_w = (int)s.dim[s.ndim - 1];
		rc = mem_take(&v, s.count, sizeof(float), MEAN_BYTES_MAX, path);
		f->mean = v;
	}
	if (rc >= 0) {
		rc = caffe_blob_floats(f->mean, s.count, blob);
	}
	caffe_msg_free(blob);
	return rc < 0 ? err_in(rc, "%s", path) : 0;
}

/* Window, scale and mean come from transform_param, in old nets from the layer's
 * own fields. */
static int
take_transform(struct window_source *f, const Caffe__LayerParameter *l)
{
	const Caffe__TransformationParameter *t = l->transform_param;
	const Caffe__WindowDataParameter *p = l->window_data_param;
	const char *mean = p->mean_file;

	f->crop =
	    (int)(t != NULL && t->crop_size > 0 ? t->crop_size : p->crop_size);
	f->mirror = p->mirror || (t != NULL && t->mirror);
	f->scale = p->scale * (t != NULL ? t->scale : 1);
	if (t != NULL && t->mean_file != NULL)
		mean = t->mean_file;
	if (f->crop < 1 || f->crop > 1 << 14)
		return err_set(
		    ERR_FORMAT, "crop_size %d: 1 to %d", f->crop, 1 << 14);
	if ((int64_t)p->context_pad * 2 >= f->crop)
		return err_set(ERR_FORMAT,
		    "context_pad %u leaves nothing of crop_size %d",
		    p->context_pad, f->crop);
	if (t != NULL && t->n_mean_value > 0) {
		f->nmean_value = t->n_mean_value;
		if (mean != NULL ||
		    (f->nmean_value != 1 &&
			f->nmean_value != (size_t)f->windows.channels))
			return err_set(ERR_FORMAT,
			    "mean_value: one, or one for each channel, and no mean_file");
		memcpy(f->mean_value, t->mean_value,
		    f->nmean_value * sizeof(float));
	}
	return mean != NULL ? read_mean(f, mean) : 0;
}

static int
open_file(struct window_source *f, const Caffe__LayerParameter *l)
{
	const Caffe__WindowDataParameter *p = l->window_data_param;

	if (p == NULL || p->source == NULL || p->source[0] == '\0')
		return err_set(
		    ERR_FORMAT, "window_data_param.source is not set");
	if (strcmp(p->crop_mode, "warp") != 0 &&
	    strcmp(p->crop_mode, "square") != 0)
		return err_set(ERR_FORMAT,
		    "crop_mode \"%s\": warp or square is wanted", p->crop_mode);
	if (!(p->fg_fraction >= 0 && p->fg_fraction <= 1))
		return err_set(ERR_FORMAT, "fg_fraction must be 0 to 1");
	f->square = strcmp(p->crop_mode, "square") == 0;
	TRY(windows_read(&f->windows, p->source, p->root_folder,
	    p->fg_threshold, p->bg_threshold));
	if (f->windows.channels != 3)
		return err_set(ERR_FORMAT,
		    "%s: pictures of %d channels; they are read as colour, 3",
		    p->source, f->windows.channels);
	return take_transform(f, l);
}

static int
window_source(struct input **out, const Caffe__LayerParameter *p,
    struct input *pictures, struct inputs *in, const struct feed_opts *o)
{
	struct window_source *f = mem_new(struct window_source);
	int rc = open_file(f, p);

	(void)pictures;
	(void)in;
	(void)o;
	if (rc < 0) {
		window_release(&f->input);
		return rc;
	}
	f->input.spec.ntop = 2;
	f->input.spec.kind[0] = INPUT_PICTURE;
	f->input.spec.shape[0] =
	    shape_of(3, f->windows.channels, f->crop, f->crop);
	*out = &f->input;
	return 0;
}

static void
window_stop(struct feed *feed)
{
	struct feed_window *f = (struct feed_window *)feed;

	for (int i = 0; f->workers != NULL && i < pool_threads(f->pool); i++) {
		picture_clear(&f->workers[i].picture);
		image_clear(&f->workers[i].piece);
		image_clear(&f->workers[i].scaled);
	}
	pool_free(f->pool);
	mem_free(f->workers);
	mem_free(f->failed);
}

static int
window_start(struct feed *feed, const struct layer *l)
{
	const Caffe__WindowDataParameter *p = l->p->window_data_param;
	struct feed_window *f = (struct feed_window *)feed;
	const struct feed_opts *o = &feed->opts;

	f->from = (const struct window_source *)feed->input;
	f->fg = (int)((float)feed->batch * p->fg_fraction);
	for (int kind = 0; kind < 2; kind++)
		if (f->from->windows.n[kind] == 0 &&
		    (kind == 1 ? f->fg > 0 : f->fg < feed->batch))
			return err_set(ERR_FORMAT, "%s: no %s window",
			    p->source, kind == 1 ? "foreground" : "background");
	TRY(pool_new(&f->pool, o->threads > 0 ? o->threads : queue_cpus()));
	f->workers =
	    mem_array(struct window_worker, (size_t)pool_threads(f->pool));
	f->failed = mem_array(struct err_saved, (size_t)feed->batch);
	return 0;
}

/* The scaled piece into its place of out (C, crop, crop), which is zero. */
static void
place_piece(const struct window_source *f, const struct image *im,
    const struct cut *c, bool mirror, float *out)
{
	int side = f->crop, off_y = (f->mean_h - side) / 2;
	int off_x = (f->mean_w - side) / 2;

	for (int k = 0; k < f->windows.channels; k++) {
		float mv = f->nmean_value > 0
		    ? f->mean_value[f->nmean_value == 1 ? 0 : k]
		    : 0;

		for (int y = 0; y < im->height; y++) {
			int ty = y + c->pad_y;
			float *to = out + (k * side + ty) * side + c->pad_x;
			const uint8_t *from = im->data +
			    (size_t)y * (size_t)im->width * 3 + (2 - k);
			const float *mean = f->mean == NULL ? NULL
							    : f->mean +
				(k * f->mean_h + ty + off_y) * f->mean_w +
				off_x + c->pad_x;

			for (int x = 0; x < im->width; x++) {
				int sx = mirror ? im->width - 1 - x : x;

				to[x] = ((float)from[3 * sx] -
					    (mean != NULL ? mean[x] : mv)) *
				    f->scale;
			}
		}
	}
}

static const Caffe__WindowDataParameter *
feed_param(const struct feed_window *f)
{
	return f->feed.input->p->window_data_param;
}

static int
make_window(struct feed_window *f, size_t i, struct window_worker *w)
{
	const struct window_source *s = f->from;
	int kind = (int)i >= f->feed.batch - f->fg;
	size_t size = shape_count_axes(&f->feed.shape[0], 1, 4);
	float *out = f->top[0] + i * size;
	const struct window *win;
	uint32_t dice[4];
	struct cut c;
	bool mirror;

	rng_philox(dice, f->feed.opts.seed, 0x77696e646f77, /* "window" */
	    feed_place(&f->feed.opts, f->g, i));
	win = &s->windows.v[kind][dice[0] % s->windows.n[kind]];
	mirror = s->mirror && (dice[1] & 1);
	memset(out, 0, size * sizeof(*out));
	TRY(picture_read(&w->picture, s->windows.pictures[win->picture], true));
	TRY(window_cut(&c, win, w->picture.im.width, w->picture.im.height,
	    s->crop, (int)feed_param(f)->context_pad, s->square, mirror));
	TRY(image_crop(&w->piece, &w->picture.im, c.x, c.y, c.w, c.h));
	TRY(image_resize_nearest4(&w->scaled, &w->piece, c.to_w, c.to_h));
	place_piece(s, &w->scaled, &c, mirror, out);
	f->top[1][i] = (float)win->label;
	return 0;
}

static void
work(void *ctx, size_t i, int thread)
{
	struct feed_window *f = ctx;

	err_save(&f->failed[i], make_window(f, i, &f->workers[thread]));
}

static int
window_fill(struct feed *feed, uint64_t g, float *const *top)
{
	struct feed_window *f = (struct feed_window *)feed;
	size_t n = (size_t)feed->batch;

	f->g = g;
	f->top = top;
	pool_for(f->pool, n, work, f);
	for (size_t i = 0; i < n; i++)
		if (f->failed[i].code < 0)
			return err_in(err_restore(&f->failed[i]), "%s",
			    feed_param(f)->source);
	return 0;
}

const struct feed_type feed_window = {
	.name = "WindowData",
	.as_stored = true,
	.size = sizeof(struct feed_window),
	.source = window_source,
	.release = window_release,
	.start = window_start,
	.fill = window_fill,
	.stop = window_stop,
};
