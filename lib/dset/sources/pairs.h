/*
 * Pairs of pictures and what belongs to them, label files or masks: two folders
 * whose files have the same stems.  What the sources of such pairs share.
 */
#ifndef DSET_SOURCES_PAIRS_H
#define DSET_SOURCES_PAIRS_H

#include <stddef.h>

#include "dset/list.h"
#include "image/image.h"

/* Of one part: the folder of the pictures; of label files or masks, or one file for
 * all; which stems are taken, NULL: all. */
struct dset_pairs {
	const char *images, *labels, *list;
};

/* n bytes of a path that is borrowed. */
struct dset_stem {
	const char *s;
	size_t n;
};
/* "1" of a/b/1.png, and "b/1" of it below a. */
struct dset_stem dset_stem(const char *path);
struct dset_stem dset_stem_below(const char *path, const char *dir);
/* For arrays of structs that begin with one. */
int dset_stem_cmp(const void *a, const void *b);

/*
 * Of the pictures those that a list names: a stem a line ("000005", and what
 * follows it in VOC's ImageSets is of no matter), or a path, whose folders tell
 * pictures of one stem apart.  A line that names none, or several, is told to bad.
 * The list of pictures is put into the order of the file.
 */
int dset_stems_pick(
    struct dset_list *pictures, const char *file, const struct dset_bad *bad);

/* The pictures of p->images that p->list names; *bad->total grows by them. */
int dset_pairs_walk(struct dset_list *out, const struct dset_pairs *p,
    const struct dset_bad *bad);
/* What the first bytes of a picture's file say. */
int dset_pairs_probe(struct image_info *out, const char *picture);
/* The same of one that a file of labels, v->file, gave v's size, or 0. */
int dset_pairs_probe_as(
    struct image_info *out, const char *picture, const struct value *v);
/* Samples that can be used move to the front, of which take says 1; 0: it is bad,
 * which was told.  None is left: ERR_FORMAT, no picture of images has what ("a
 * mask"). */
int dset_pairs_take(struct dset_list *l, int (*take)(void *ctx, size_t i),
    void *ctx, const char *images, const char *what);

#endif
