/* A window of a picture as the net's input: see infer.h. */
#include <string.h>

#include "base/err.h"
#include "infer/inside.h"
#include "input/windows.h"

/* im into the square at its place there. */
static int
place(
    struct image *square, const struct image *im, const struct cut *c, int side)
{
	const size_t pixel = (size_t)im->channels;

	TRY(image_resize_buffer(square, side, side, im->channels));
	memset(square->data, 0, (size_t)side * (size_t)side * pixel);
	for (int y = 0; y < im->height; y++)
		memcpy(square->data +
			((size_t)(y + c->pad_y) * (size_t)side +
			    (size_t)c->pad_x) *
			    pixel,
		    im->data + (size_t)y * (size_t)im->width * pixel,
		    (size_t)im->width * pixel);
	return 0;
}

/* What lies beside the picture is 0 behind mean and scale, as in training. */
static void
clear_beside(struct infer_input *in, const struct cut *c)
{
	for (int k = 0; k < in->c; k++)
		for (int y = 0; y < in->h; y++) {
			float *row = in->v +
			    ((size_t)k * (size_t)in->h + (size_t)y) *
				(size_t)in->w;
			const bool within =
			    y >= c->pad_y && y < c->pad_y + c->to_h;

			for (int x = 0; x < in->w; x++)
				if (!within || x < c->pad_x ||
				    x >= c->pad_x + c->to_w)
					row[x] = 0;
		}
}

int
infer_prepare_window(const struct infer *f, struct infer_input *in,
    const struct image *whole, int x, int y, int w, int h, int context)
{
	const struct window window = {
		.x1 = x, .y1 = y, .x2 = x + w - 1, .y2 = y + h - 1
	};
	const int side = f->in_w;
	struct image part, scaled, square;
	struct cut c;
	int rc;

	if (f->in_h != side || f->opts.crop != INFER_SQUASH)
		return err_set(ERR_UNSUPPORTED,
		    "windows are warped to a square, and the net's input is %dx%d",
		    f->in_w, f->in_h);
	if (2 * context >= side)
		return err_set(ERR_UNSUPPORTED,
		    "a context of %d pixels on each side leaves nothing of %d",
		    context, side);
	image_init(&part);
	image_init(&scaled);
	image_init(&square);
	rc = window_cut(
	    &c, &window, whole->width, whole->height, side, context, 0, 0);
	if (rc >= 0)
		rc = image_crop(&part, whole, c.x, c.y, c.w, c.h);
	if (rc >= 0)
		rc = image_resize_nearest4(&scaled, &part, c.to_w, c.to_h);
	if (rc >= 0)
		rc = place(&square, &scaled, &c, side);
	if (rc >= 0)
		rc = infer_prepare(f, in, &square);
	if (rc >= 0) {
		clear_beside(in, &c);
		in->place = (struct infer_place){ .width = whole->width,
			.height = whole->height,
			.in_w = side,
			.in_h = side,
			.scale_x = (double)c.to_w / c.w,
			.scale_y = (double)c.to_h / c.h };
		in->place.left = c.pad_x - c.x * in->place.scale_x;
		in->place.top = c.pad_y - c.y * in->place.scale_y;
	}
	image_clear(&part);
	image_clear(&scaled);
	image_clear(&square);
	return rc;
}
