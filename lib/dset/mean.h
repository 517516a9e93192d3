/*
 * The mean image: integer sums, so that it does not depend on threads or order.
 * Rounded as DIGITS rounds, half to even, to whole numbers 0..255.
 */
#ifndef DSET_MEAN_H
#define DSET_MEAN_H

#include <stdint.h>

#include "image/image.h"

struct dset_mean {
	int width, height, channels;
	uint64_t count;
	uint32_t *part;   /* (H, W, C) sums of the last few images */
	uint64_t *total;  /* (H, W, C) */
	uint32_t pending; /* images in part */
};

void dset_mean_init(struct dset_mean *m, int width, int height, int channels);
void dset_mean_clear(struct dset_mean *m);
void dset_mean_add(struct dset_mean *m, const struct image *im);
/* The mean as a picture, RGB or grey.  With no image: black. */
int dset_mean_image(struct image *out, struct dset_mean *m);
/* Mean of each channel, R G B or grey; unrounded. */
void dset_mean_pixel(double out[3], struct dset_mean *m);
/* DSET/mean.binaryproto (floats, planes B G R) and DSET/mean.png. */
int dset_mean_write(struct dset_mean *m, const char *dir);

#endif
