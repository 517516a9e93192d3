/* Coverage maps of boxes: see detectnet.h. */
#include "nn/layers/detectnet.h"

#include <math.h>
#include <string.h>

/* The side of the part of a box that counts as covered. */
static float
covered(const Caffe__DetectNetGroundTruthParameter *p, float side)
{
	const float part = side * p->scale_cvg;

	if (p->gridbox_type ==
	    CAFFE__DETECT_NET_GROUND_TRUTH_PARAMETER__GRIDBOX_TYPE__GRIDBOX_MIN)
		return fminf(side, fmaxf((float)p->min_cvg_len, part));
	return fminf((float)p->max_cvg_len, part);
}

/* The cells that a stretch of a side touches: *first to the one returned. */
static int
cells(int *first, float middle, float length, int stride, int most)
{
	const float from = floorf((middle - length / 2) / (float)stride);
	const float to = ceilf((middle + length / 2) / (float)stride);

	*first = from > 0 ? (from < (float)most ? (int)from : most) : 0;
	return to > 0 ? (to < (float)most ? (int)to : most) : 0;
}

static void
put_box(const struct detectnet *d, const struct detectnet_box *b, float *out)
{
	const Caffe__DetectNetGroundTruthParameter *p = d->truth;
	const size_t map = (size_t)d->grid_height * (size_t)d->grid_width;
	const int stride = (int)p->stride;
	const float w = b->right - b->left, h = b->bottom - b->top;
	const float cw = covered(p, w), ch = covered(p, h);
	const float norm =
	    fmaxf(p->obj_norm ? 0 : 1, (float)(stride * stride) / (cw * ch));
	int x0, y0, x1, y1;

	x1 = cells(&x0, (b->left + b->right) / 2, cw, stride, d->grid_width);
	y1 = cells(&y0, (b->top + b->bottom) / 2, ch, stride, d->grid_height);
	for (int y = y0; y < y1; y++)
		for (int x = x0; x < x1; x++) {
			float *v = out + (size_t)y * (size_t)d->grid_width + x;
			const float cell_x = (float)(x * stride);
			const float cell_y = (float)(y * stride);
			const float channel[DETECTNET_CHANNELS] = { 1,
				b->left - cell_x, b->top - cell_y,
				b->right - cell_x, b->bottom - cell_y, 1 / w,
				1 / h, norm };

			for (int k = 0; k < DETECTNET_CHANNELS; k++)
				v[(size_t)k * map] = channel[k];
			for (int k = 0; k < d->classes; k++)
				v[(size_t)(DETECTNET_CHANNELS + k) * map] =
				    k == b->dst;
		}
}

void
detectnet_grid(const struct detectnet *d, const struct detectnet_box *b,
    size_t n, float *out)
{
	const size_t map = (size_t)d->grid_height * (size_t)d->grid_width;

	memset(out, 0,
	    (size_t)(DETECTNET_CHANNELS + d->classes) * map * sizeof(*out));
	for (size_t i = 0; i < n; i++)
		if (b[i].right > b[i].left && b[i].bottom > b[i].top)
			put_box(d, &b[i], out);
}
