/*
 * What a picture looks like, in few bytes: a perceptual hash, and a small picture in
 * colour that says whether two with like hashes are alike.
 *
 * The hash is the one of the discrete cosine transform (Zauner, Implementation and
 * Benchmarking of Perceptual Image Hash Functions, 2010): of the luma in 32 x 32
 * pixels the DCT-II, of this the 64 lowest frequencies but the mean, in the order of
 * their diagonals; a bit is whether one is above their median.  It stays nearly what
 * it is when a picture is made smaller, compressed, or a little brighter; mirrored,
 * turned or cut it becomes another.
 */
#ifndef DSET_NEAR_LOOK_H
#define DSET_NEAR_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "image/image.h"

enum { LOOK_SIDE = 8, LOOK_BYTES = 3 * LOOK_SIDE * LOOK_SIDE };

struct look {
	uint64_t hash; /* 0 of a picture that is of one colour, or nearly so */
	uint8_t rgb[LOOK_BYTES]; /* (8, 8, 3) */
};

/* tools: two initialised pictures, kept by the caller to save allocations. */
int look_at(struct look *out, const struct image *im, struct image tools[2]);

/* The bits in which two hashes differ, 0 to 64. */
int look_bits(uint64_t a, uint64_t b);

/*
 * Whether the small pictures agree: one may be brighter all over, by 3 of 255 and half
 * their deviation; but for that the mean square of their differences is at most 3 % of
 * their variance, and 9.  It is what tells a red one from a blue one of the same
 * outline, and one drawing from another that is like it.
 */
bool look_alike(const struct look *a, const struct look *b);

#endif
