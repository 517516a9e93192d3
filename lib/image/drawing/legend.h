/* What colours mean: names beside them, below a picture. */
#ifndef IMAGE_DRAWING_LEGEND_H
#define IMAGE_DRAWING_LEGEND_H

#include <stddef.h>
#include <stdint.h>

#include "image/image.h"

/*
 * Add rows of n colours, each with its name behind it, below im, on white; words are
 * so many pixels high.  im becomes RGB, and at least width pixels wide.
 */
int image_legend(struct image *im, const uint32_t *colours, char *const *names,
    size_t n, double words, int width);

#endif
