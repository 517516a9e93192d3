/*
 * A data set with boxes as pictures and label files of one format, laid out as its
 * tools expect:
 *
 *	kitti  PART/images/KEY.png   PART/labels/KEY.txt
 *	voc    JPEGImages/PART_KEY.png   Annotations/PART_KEY.xml
 *	       ImageSets/Main/PART.txt
 *	yolo   images/PART/KEY.png   labels/PART/KEY.txt   data.yaml
 *	coco   images/PART/KEY.png   annotations/instances_PART.json
 */
#ifndef DSET_BOXES_OUT_H
#define DSET_BOXES_OUT_H

#include "dset/boxes/detect.h"
#include "record/column.h"

struct dset_labels_out;

/* dir is there; d must live as long as *out. */
int dset_labels_out_new(struct dset_labels_out **out, const char *dir,
    const struct dset *d, enum dset_label_format format);
void dset_labels_out_free(struct dset_labels_out *o); /* accepts NULL */
/* A record of the part, under this key; its picture is the bytes of a file with
 * this extension.  ERR_FORMAT where it has no boxes. */
int dset_labels_out_add(struct dset_labels_out *o, const char *part,
    const char *key, const struct buf *picture, const char *ext,
    const struct record *r);
/* What is written once: lists, names, the files of COCO. */
int dset_labels_out_end(struct dset_labels_out *o);

#endif
