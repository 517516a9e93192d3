/*
 * The pictures that a classifier is surest of: of each class those, of all that it
 * takes for it, with the highest scores; for --best, a picture a class and best.tsv.
 */
#ifndef INFER_CLASSES_BEST_H
#define INFER_CLASSES_BEST_H

#include <stddef.h>

#include "image/image.h"

struct best;
struct infer;
struct infer_pictures;

/* keep: of each of so many classes. */
struct best *best_new(size_t classes, size_t keep);
void best_free(struct best *b); /* accepts NULL */
/* A picture that was taken for the class; name and picture are copied, as far as they
 * are kept.  truth: of it, or -1. */
int best_add(struct best *b, int class, double score, const char *name,
    int truth, const struct image *picture);
/* Into the folder: a PNG for each class that has pictures, with the score below each
 * of them, in red and with its class where it is of another; and best.tsv. */
int best_write(
    const struct best *b, const struct infer *f, struct infer_pictures *p);

#endif
