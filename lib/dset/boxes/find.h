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

/* a/b/1.png: "1" of n bytes. */
const char *dset_stem(size_t *n, const char *path);

/*
 * Of the pictures those that a list names: a stem a line ("000005", and what
 * follows it in VOC's ImageSets is of no matter), or a path, whose folders tell
 * pictures of one stem apart.  A line that names none, or several, is told to bad.  The list of pictures is put into the order of the file.
 */
int dset_stems_pick(
    struct dset_list *pictures, const char *file, const struct dset_bad *bad);

#endif
