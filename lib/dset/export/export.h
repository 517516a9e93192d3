/*
 * Records back into files: one, a folder of them, a montage, a tar stream.
 */
#ifndef DSET_EXPORT_EXPORT_H
#define DSET_EXPORT_EXPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "dset/dset.h"
#include "record/column.h"

/* A value as a picture, RGB or grey; floats are cut to 0..255. */
int dset_value_image(struct image *out, const struct value *v);

/*
 * A value (read with RECORD_KEEP) as the bytes of a file, and its extension: an
 * encoded picture as it is stored, bytes of 1 or 3 channels as PNG, numbers as
 * .npy, a class as .cls, a text as .txt.  b is emptied first; im is a scratch.
 */
int dset_value_file(
    struct buf *b, const char **ext, const struct value *v, struct image *im);

enum { MONTAGE_PAGE = 4096 };

/* What to take from a data set. */
struct dset_pick {
	int part;     /* -1: all parts */
	int label;    /* -1: all */
	size_t count; /* at most so many of each part; 0: all */
	/* Of export: label files of this kind (enum dset_label_format), laid
	 * out as boxes/out.h says; 0: none. */
	int label_format;
	bool pnm; /* of cat: pictures as PGM or PPM */
	/* Of a montage: pictures on a page, up to MONTAGE_PAGE; 0: that many. */
	size_t page;
	int threads;
};

/* out/PART/CLASS/KEY.EXT and out/PART.txt; the folder appears at once. */
int dset_export(const struct dset *d, const char *out, int force,
    const struct dset_pick *pick);
/* The first pick->count pictures of each part (64 when 0) as one, with the names of
 * their classes, or numbers, below; boxes, masks and targets drawn. */
int dset_montage_image(
    struct image *out, const struct dset *d, const struct dset_pick *pick);
/*
 * That into a file, .png or .jpg, where there are more than a page has into FILE.png,
 * FILE-2.png, ..., *pages of them; with pick->page and no count, of all pictures.  A
 * page that is there is refused, unless by force, before the first is drawn.
 */
int dset_montage(uint64_t *pages, const struct dset *d, const char *out,
    int force, const struct dset_pick *pick);
/*
 * A tar stream: KEY.EXT and KEY.cls (the label's number) for each record, or
 * KEY.label.npy where there are several labels.  With several parts keys begin
 * with "train/", "val/", "test/".
 */
int dset_cat(const struct dset *d, FILE *f, const struct dset_pick *pick);

#endif
