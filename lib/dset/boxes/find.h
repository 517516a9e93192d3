/*
 * Which label file belongs to which picture, and what kind of labels a folder
 * has.
 *
 * Pairs have the same stem: IMAGES/a/1.png has LABELS/a/1.txt or LABELS/1.txt.
 * Without a folder of labels (YOLO) they are beside the picture, or under labels/
 * where its path has images/.
 */
#ifndef DSET_BOXES_FIND_H
#define DSET_BOXES_FIND_H

#include "dset/boxes/detect.h"
#include "dset/list.h"

/* The format of labels (a folder or a file) where it is not said; and in a folder
 * of one COCO file, that file, else labels again.  Both the caller's. */
int dset_labels_find(enum dset_label_format *out, char **file,
    const char *labels, enum dset_label_format asked);

/* The label file of a picture below images; labels NULL: see above.  The
 * caller's, whether it is there or not. */
char *dset_labels_of(const char *labels, const char *images,
    const char *picture, const char *ext);

/* A label file belongs to one picture: where several samples have it in paths, those
 * after the first are told to bad, and theirs is freed and NULL. */
int dset_labels_owners(
    char **paths, const struct dset_list *l, const struct dset_bad *bad);

#endif
