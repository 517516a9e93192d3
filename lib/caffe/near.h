/* "Did you mean …?": the nearest of several words, for errors. */
#ifndef CAFFE_NEAR_H
#define CAFFE_NEAR_H

#include <stddef.h>

/* The one of n words that is nearest to word, or NULL when none is near.
 * get(ctx, i) gives word i. */
const char *caffe_near(const char *word, size_t n,
    const char *(*get)(const void *ctx, size_t i), const void *ctx);

/* Letters to change, add or leave out to come from one to the other; capitals
 * count as small ones. */
size_t caffe_distance(const char *a, const char *b);

#endif
