/*
 * The boxes of a record, as DIGITS has them: rows of 16 floats (tasks/detect.c
 * says which).  Sets that DIGITS made itself have no dataset.json that calls them
 * boxes; they are known by their first row.
 */
#ifndef DSET_BOXES_ROWS_H
#define DSET_BOXES_ROWS_H

#include <stdbool.h>

#include "base/buf.h"
#include "dset/dset.h"
#include "image/image.h"
#include "json/json.h"
#include "prog/prog.h"

/* The numbers of a row. */
enum {
	ROW_LEFT,
	ROW_TOP,
	ROW_WIDTH,
	ROW_HEIGHT,
	ROW_ALPHA,
	ROW_CLASS,
	ROW_ASIDE,
	ROW_ROTATION_Y,
	ROW_TRUNCATED,
	ROW_OCCLUDED,
	ROW_LENGTH_3D,
	ROW_WIDTH_3D,
	ROW_HEIGHT_3D,
	ROW_X,
	ROW_Y,
	ROW_Z,
	ROW_NUMBERS
};

/* The n boxes of a record's label, v[i * ROW_NUMBERS], borrowed from it; 0: it has
 * none, as it is no list of boxes. */
int dset_rows(const float **v, size_t *n, const struct record *r);
/* Are records of d's part boxes?  By dataset.json, or by this one of them. */
bool dset_rows_are(const struct dset *d, const struct record *r);
/* Is it a box: a class, numbers that are some, a size above 0? */
bool dset_row_sound(const float *row);
/* The class of a row, within 0 to the most that labels may be; -1: none. */
int32_t dset_row_class(const float *row);
/* Its name, or NULL. */
const char *dset_row_name(const struct dset *d, int32_t class);

/* Frames with the names of their classes upon the record's picture. */
int
dset_rows_draw(struct image *im, const struct record *r, const struct dset *d);
/* For one record: an array of objects, or lines that begin with a TAB. */
void
dset_rows_json(struct json_w *w, const struct record *r, const struct dset *d);
int
dset_rows_text(struct buf *out, const struct record *r, const struct dset *d);
/* How many boxes there are of each class in each part (part -1: all), and how
 * large; nothing where records have none. */
int dset_rows_figures(
    struct buf *out, const struct dset *d, int part, enum prog_format format);

#endif
