/*
 * Many pictures on one: a grid of equal cells.  No text; draw.h writes that on
 * the result, with image_montage_cell for the places.
 */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "image/image.h"

/* Copy in, grey or RGB, into the RGB picture at x, y, where it has room. */
static void
paste(struct image *out, const struct image *in, int x, int y)
{
	for (int i = 0; i < in->height; i++) {
		const uint8_t *from = in->data +
		    (size_t)i * (size_t)in->width * (size_t)in->channels;
		uint8_t *to = out->data +
		    ((size_t)(y + i) * (size_t)out->width + (size_t)x) * 3;

		if (in->channels == 3) {
			memcpy(to, from, (size_t)in->width * 3);
			continue;
		}
		for (int k = 0; k < in->width; k++, to += 3)
			to[0] = to[1] = to[2] = from[k];
	}
}

int
image_put(struct image *out, const struct image *in, int x, int y, int w, int h)
{
	double scale = fmax((double)in->width / w, (double)in->height / h);
	struct image fitted;
	int rc = 0;

	image_init(&fitted);
	if (scale > 1) {
		int fit_w = (int)fmax(1, round(in->width / scale));
		int fit_h = (int)fmax(1, round(in->height / scale));

		rc = image_resize(&fitted, in, fit_w, fit_h, NULL);
		in = &fitted;
	}
	if (rc >= 0)
		paste(
		    out, in, x + (w - in->width) / 2, y + (h - in->height) / 2);
	image_clear(&fitted);
	return rc;
}

int
image_montage_columns(size_t n, int columns)
{
	if (columns <= 0)
		columns = (int)ceil(sqrt((double)n));
	return (size_t)columns > n ? (int)n : columns;
}

void
image_montage_cell(
    size_t i, int columns, int cell_w, int cell_h, int pad, int *x, int *y)
{
	*x = pad + (int)(i % (size_t)columns) * (cell_w + pad);
	*y = pad + (int)(i / (size_t)columns) * (cell_h + pad);
}

int
image_montage(struct image *out, const struct image *const *pictures, size_t n,
    int columns, int cell_w, int cell_h, int pad, int ground)
{
	double w, h;
	int x, y;

	if (n == 0 || n > INT_MAX || cell_w < 1 || cell_h < 1 || pad < 0)
		return err_set(ERR_RANGE,
		    "a montage of %zu pictures in cells of %dx%d", n, cell_w,
		    cell_h);
	columns = image_montage_columns(n, columns);
	w = pad + columns * ((double)cell_w + pad);
	h = pad + ceil((double)n / columns) * ((double)cell_h + pad);
	if (w > IMAGE_MAX_SIDE || h > IMAGE_MAX_SIDE)
		return err_set(ERR_RANGE,
		    "a montage of %.0f x %.0f pixels; the most is %d a side", w,
		    h, IMAGE_MAX_SIDE);
	TRY(image_resize_buffer(out, (int)w, (int)h, 3));
	memset(out->data, ground, (size_t)out->width * (size_t)out->height * 3);
	for (size_t i = 0; i < n; i++) {
		image_montage_cell(i, columns, cell_w, cell_h, pad, &x, &y);
		TRY(image_put(out, pictures[i], x, y, cell_w, cell_h));
	}
	return 0;
}
