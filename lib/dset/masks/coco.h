/* Outlines of COCO's instances, and of YOLO's label files. */
#ifndef DSET_MASKS_COCO_H
#define DSET_MASKS_COCO_H

#include "dset/list.h"
#include "dset/masks/masks.h"

/* As coco_read, the values being outlines: polygons, and run lengths as numbers or
 * as text. */
int dset_masks_coco(struct dset_list *out, const char *path, const char *images,
    struct dset_masks *m, const struct dset_bad *bad);
int dset_masks_coco_parse(struct dset_list *out, const char *text, size_t len,
    const char *path, const char *images, struct dset_masks *m,
    const struct dset_bad *bad);

/* A label file: "class x y x y ...", corners as shares of the sides of a picture of w
 * x h, appended as outlines.  names: what the numbers stand for, or NULL.  *line:
 * where it is wrong, from 1; -1: in no line. */
int dset_masks_yolo(struct buf *out, const char *text, size_t len, int w, int h,
    char *const *names, size_t nnames, struct dset_masks *m, int64_t *line);

#endif
