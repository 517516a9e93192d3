/*
 * Boxes of a record as a label file of each format, such that reading it gives the
 * same record again, as far as the format goes.
 *
 * A class that is aside (difficult, a crowd) is written under its name where the
 * format can say so, VOC and COCO; KITTI has it as DontCare, and YOLO has no place
 * for either.  Pixels are those of the record.
 */
#ifndef DSET_BOXES_WRITE_H
#define DSET_BOXES_WRITE_H

#include "dset/boxes/detect.h"
#include "dset/boxes/rows.h"

/* A record and what the label file says of its picture. */
struct dset_labelled {
	const struct dset *d;
	const struct record *r;
	const char *file; /* the name of the picture's file */
	int width, height, channels;
};

/* The class of a row as written, and whether it is aside; the class of "dontcare"
 * for boxes that are no more than that. */
int32_t dset_row_written(bool *aside, const struct dset *d, const float *row);
/* The class that stands for no class, or -1. */
int32_t dset_dontcare(const struct dset *d);
/* The name of a class, its number where it has none. */
const char *
dset_class_text(char number[24], const struct dset *d, int32_t class);

/* The decimal that a float was, when it was read. */
double dset_decimal(float v);

/* Appended to out; YOLO: *left_out grows by the boxes that it cannot have. */
int dset_kitti_write(struct buf *out, const struct dset_labelled *l);
int dset_voc_write(struct buf *out, const struct dset_labelled *l);
int dset_yolo_write(
    struct buf *out, const struct dset_labelled *l, uint64_t *left_out);
/* "names:" of data.yaml. */
int dset_yolo_names_write(struct buf *out, const struct dset *d);

#endif
