/*
 * How large pictures are, as a chart: how many there are of each width, height and
 * aspect ratio, and where they stand by width and height.
 */
#ifndef PLOT_SIZES_H
#define PLOT_SIZES_H

#include <stddef.h>

struct plot_sizes {
	const char *title;
	const double *width, *height, *aspect; /* n of each, > 0 */
	size_t n;
};

/* A .png, .svg or .pdf.  w x h pixels that it is made to fit into; 0: its own size.
 * ERR_MISSING: n is 0. */
int plot_sizes_write(
    const struct plot_sizes *s, const char *path, int w, int h, int force);

#endif
