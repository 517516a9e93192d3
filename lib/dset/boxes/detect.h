/*
 * What a data set for detection is made from, and what is learnt of it while its
 * sources are scanned: the names of the classes, how many boxes a picture has at
 * most, the size of the largest picture.
 *
 * Class 0 is "dontcare", what is neither to be learnt nor to be missed, unless
 * --classes puts that elsewhere.  Boxes hold the number that their class had when
 * it was met; rank makes of it the number that records and labels.txt have.
 */
#ifndef DSET_BOXES_DETECT_H
#define DSET_BOXES_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dset/boxes/boxes.h"
#include "dset/dset.h"
#include "dset/sources/pairs.h"

/* --label-format, in the same order. */
enum dset_label_format {
	LABELS_AUTO,
	LABELS_KITTI,
	LABELS_VOC,
	LABELS_COCO,
	LABELS_YOLO
};
#define DSET_LABEL_FORMATS "auto|kitti|voc|coco|yolo"
const char *dset_label_format_name(enum dset_label_format f);

/* DIGITS's row of numbers: see tasks/detect.c. */
enum { BOX_NUMBERS = 16, DETECT_CLASSES_MAX = 10000, DETECT_OTHER = 2 };
#define DETECT_DONTCARE "dontcare"

struct dset_detect_options {
	struct dset_pairs from[DSET_PARTS];
	int format;          /* enum dset_label_format */
	const char *classes; /* "a,b,c", NULL: those of the labels */
	int min_box;         /* smaller boxes of val and test are dontcare */
	bool difficult;      /* those marked so are as all others */
	bool same_rows;      /* records of all parts have one shape */
};

struct dset_classmap;

struct dset_detect {
	const struct dset_detect_options *o;
	const struct dset_classmap *map;
	/* Names in the order in which they were met, and what each is in
	 * records, once scanning is done. */
	char **names;
	size_t n, cap, last;
	int32_t *rank;
	int32_t dontcare;
	bool front;  /* dontcare was put in front of --classes */
	bool closed; /* other names than these are dontcare */
	bool sort;   /* labels have no order of their own: by name */
	/* Boxes of names that are not among the classes, and some of these. */
	uint64_t others;
	struct buf other_names;
	size_t nother;
	uint64_t unlabelled;     /* pictures of YOLO without a file */
	int width, height;       /* that hold every picture */
	size_t rows[DSET_PARTS]; /* most boxes of a picture */
};

/* Both must live as long as *out. */
int dset_detect_new(struct dset_detect **out,
    const struct dset_detect_options *o, const struct dset_classmap *map);
void dset_detect_free(struct dset_detect *d); /* accepts NULL */
/* Labels of this format will be read: how classes are named follows from it. */
void dset_detect_use(struct dset_detect *d, enum dset_label_format f);
/* The class of a box with this name, a new one if need be; 1: the box counts, 0:
 * its class is to be left out. */
int dset_detect_class(int32_t *out, struct dset_detect *d, const char *name);
/* The same of a name that may have boxes; DETECT_OTHER: those are dontcare, and
 * each is to be told of by dset_detect_other. */
int dset_detect_name(int32_t *out, struct dset_detect *d, const char *name);
void dset_detect_other(struct dset_detect *d, const char *name);
/* The n-th of --classes without dontcare where that was put in front; -1: --classes
 * was not given, or has fewer. */
long dset_detect_nth(const struct dset_detect *d, int64_t n);
/* All was scanned: ranks, and names in their order, the caller's. */
void dset_detect_end(struct dset_detect *d, char ***names, size_t *n);

#endif
