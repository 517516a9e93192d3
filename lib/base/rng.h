/*
 * Random numbers that are the same everywhere.
 *
 * rng_*: a sequential generator (xoshiro256**, Blackman and Vigna 2018, seeded
 * with splitmix64).  Its state is a value: copy it into a snapshot and back to
 * go on where it was.  rng_philox: a counter-based one (Philox4x32-10, Salmon
 * et al., SC 2011): the same (seed, stream, counter) gives the same four words
 * on every backend and thread count, which is what dropout and augmentation use.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t s[4];
	double spare; /* second normal of a pair */
	int has_spare;
};

/* stream separates uses of one seed ("shuffle", layer index, …). */
void rng_init(struct rng *r, uint64_t seed, uint64_t stream);
uint64_t rng_u64(struct rng *r);
uint64_t
rng_below(struct rng *r, uint64_t n); /* uniform 0..n-1, n >= 1, unbiased */
double rng_uniform(struct rng *r);    /* [0,1), 53 bits */
double rng_normal(struct rng *r);     /* N(0,1), Box-Muller */
/* As n calls of rng_normal whose numbers nobody wants. */
void rng_normal_skip(struct rng *r, size_t n);
/* A permutation of 0..n-1 (Fisher-Yates). */
void rng_shuffle(struct rng *r, uint32_t *v, size_t n);

/*
 * Words 0..3 of the counter are (counter low, counter high, stream low, stream
 * high), the key is (seed low, seed high), as in the paper's test vectors.
 */
void
rng_philox(uint32_t out[4], uint64_t seed, uint64_t stream, uint64_t counter);
/* A generator of one's own for each counter, seeded with those four words. */
void rng_at(struct rng *r, uint64_t seed, uint64_t stream, uint64_t counter);

#endif
