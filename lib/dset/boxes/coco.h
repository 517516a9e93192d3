/* COCO's instances_*.json: all boxes of all pictures in one file. */
#ifndef DSET_BOXES_COCO_H
#define DSET_BOXES_COCO_H

#include "dset/boxes/detect.h"
#include "dset/list.h"

/*
 * A sample for each of the file's images, in its order, called images/FILE_NAME,
 * with a value of boxes and the size that the file says (0: none).  Images of
 * which a box cannot be used are told to bad and left out;
 * *bad->total grows by the images.
 */
int dset_coco_read(struct dset_list *out, const char *path, const char *images,
    struct dset_detect *detect, const struct dset_bad *bad);

/* The same of text, which is called path in messages. */
int dset_coco_parse(struct dset_list *out, const char *text, size_t len,
    const char *path, const char *images, struct dset_detect *detect,
    const struct dset_bad *bad);

#endif
