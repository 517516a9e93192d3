/*
 * Masks: for each pixel of a picture the number of its class, 0 to 254, or 255,
 * which is not counted.  What a data set of them is made from, and what is learnt
 * of it while its sources are scanned.
 *
 * Instead of masks there may be outlines of objects (masks/outlines.h): class 0 is
 * then what is no object, and the others are called as in their file.
 *
 * A mask file is a PNG with a palette (its indices are the classes), a grey picture
 * (its values are), or with a colour map any picture, whose colours are.
 */
#ifndef DSET_MASKS_MASKS_H
#define DSET_MASKS_MASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dset/dset.h"
#include "dset/sources/partners.h"
#include "image/image.h"

enum { MASK_VALUES = 256, MASK_IGNORED = 255 };

/* Words of --colormap that are no files. */
#define MASK_COLOURS_LABEL "label"
#define MASK_COLOURS_NONE  "none"
/* The name of class 0 of outlines. */
#define MASK_BACKGROUND "background"

struct dset_masks_options {
	struct dset_pairs from[DSET_PARTS];
	const char *colormap; /* NULL: label */
	const char *labels;   /* names of classes, or NULL */
	int limit;            /* how far a colour may be off in a channel */
	bool same_shape;      /* pictures of several sizes are refused */
	bool difficult;       /* crowds are of their class, not 255 */
};

struct dset_masks {
	const struct dset_masks_options *o;
	char **labels;
	size_t nlabels, labels_cap;
	/* Outlines of names that are not among the labels, and one of these. */
	uint64_t others;
	char *other;
	bool mapped; /* a file of colours says what the classes are */
	/* The colours that it knows, R G B each, and their classes. */
	uint8_t colours[3 * MASK_VALUES], to[MASK_VALUES];
	size_t ncolours;
	/* To be shown in: the map's, or of the first mask that has a palette. */
	uint8_t palette[3 * IMAGE_COLOURS];
	int npalette;
	char *palette_of;          /* that mask, or NULL */
	struct dset_one_size size; /* of the pictures */
	uint64_t lossy;            /* masks that are JPEG files */
};

/* The files of the options are read; they must live as long as *out. */
int dset_masks_new(struct dset_masks **out, const struct dset_masks_options *o);
void dset_masks_free(struct dset_masks *m); /* accepts NULL */

/* Lines "R G B name" of a colour map: line i is class i, from 0, a name that is
 * missing is its number, "ignore" is no class but 255.  Names are put into labels
 * unless there are some. */
int dset_masks_colours(struct dset_masks *m, const char *file);

/* The class of objects with this name: 1, and a new one if need be, where labels are
 * not given; 0: it is not among those given.  Class 0 is what is no object. */
int dset_masks_class(int32_t *out, struct dset_masks *m, const char *name);
/* An outline of such a name. */
void dset_masks_other(struct dset_masks *m, const char *name);

/* The mask in the n bytes of a file at path: one channel of classes, each of which
 * has a label if there are labels.  Any thread. */
int dset_masks_decode(struct image *out, const struct dset_masks *m,
    const void *p, size_t n, const char *path);

#endif
