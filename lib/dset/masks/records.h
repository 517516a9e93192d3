/*
 * Masks in records.  Sets that DIGITS made itself have no dataset.json that says
 * so: a label that is a grey picture of the picture's size is a mask there.
 */
#ifndef DSET_MASKS_RECORDS_H
#define DSET_MASKS_RECORDS_H

#include <stdbool.h>

#include "base/buf.h"
#include "dset/dset.h"
#include "dset/masks/masks.h"
#include "image/image.h"
#include "json/json.h"
#include "prog/prog.h"

/* Are the labels of d masks?  By dataset.json, or by this record of it. */
bool dset_masks_are(const struct dset *d, const struct record *r);
/* The mask of a record, however it was read, as a grey picture. */
int dset_mask_image(struct image *out, const struct record *r);
/* Pixels of each value of its mask. */
int dset_mask_count(uint64_t n[MASK_VALUES], const struct record *r);

/* 0xRRGGBB of a class: of the n of the palette, or another one. */
uint32_t dset_mask_colour(const uint32_t *palette, int n, int class);
/* The record's picture in the colours of the classes, but for class 0 and what is
 * not counted. */
int
dset_masks_draw(struct image *im, const struct record *r, const struct dset *d);
/* The mask as a PNG with a palette of 256 colours, those of the data set first. */
int
dset_mask_file(struct buf *b, const struct image *mask, const struct dset *d);

/* For one record: an array of objects, or lines that begin with a TAB. */
int
dset_masks_json(struct json_w *w, const struct record *r, const struct dset *d);
int
dset_masks_text(struct buf *out, const struct record *r, const struct dset *d);
/* Pixels of each class in each part (part -1: all), and their shares; nothing
 * where records have no masks. */
int dset_masks_figures(struct buf *out, const struct dset *d, int part,
    int threads, enum prog_format format);

#endif
