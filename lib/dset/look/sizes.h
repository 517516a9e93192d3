/*
 * How large pictures are: those of a data set, or of a folder from which one is to be
 * made, whose files are looked at no further than their headers.
 */
#ifndef DSET_LOOK_SIZES_H
#define DSET_LOOK_SIZES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "dset/dset.h"
#include "dset/list.h"
#include "prog/prog.h"

enum { SIZES_FORMATS = 16 };

struct dset_sizes {
	/* Pixels of n pictures as they are seen: EXIF orientation is heeded. */
	int *width, *height;
	size_t n, cap;
	uint64_t grey, colour, bad;
	/* Of files: what they are, and how many of each. */
	const char *format[SIZES_FORMATS];
	uint64_t of_format[SIZES_FORMATS];
	int formats;
};

/* Of a part (-1: of all).  Records that are no pictures are told to bad. */
int dset_sizes_records(struct dset_sizes *s, const struct dset *d, int part,
    int threads, const struct dset_bad *bad);
/* Of the pictures in a folder, at any depth.  ERR_MISSING: there are none. */
int dset_sizes_folder(struct dset_sizes *s, const char *dir, int threads,
    const struct dset_bad *bad);
void dset_sizes_clear(struct dset_sizes *s); /* accepts zeros */

/* Width, height, width / height, and pixels, in that order: n numbers, the caller's. */
enum dset_size_figure {
	DSET_SIZE_WIDTH,
	DSET_SIZE_HEIGHT,
	DSET_SIZE_ASPECT,
	DSET_SIZE_PIXELS
};
enum { DSET_SIZE_FIGURES = 4 };
double *
dset_sizes_figure(const struct dset_sizes *s, enum dset_size_figure figure);

/* Least, tenths, median and most of these, and the sizes that are most frequent. */
int dset_sizes_show(struct buf *out, const struct dset_sizes *s,
    const char *name, enum prog_format format);

#endif
