/*
 * Which of many 64-bit hashes differ in few bits, in time that grows about as their
 * number: each is cut into four bands of 16 bits, and two that differ in at most T
 * bits have a band in which they differ in at most T / 4 (Norouzi, Punjani and Fleet,
 * Fast Search in Hamming Space with Multi-Index Hashing, 2012).
 */
#ifndef DSET_NEAR_PAIRS_H
#define DSET_NEAR_PAIRS_H

#include <stddef.h>
#include <stdint.h>

enum { PAIRS_BITS_MAX = 15 };

/*
 * Calls found for each pair i < j of v that differs in at most bits (0 to
 * PAIRS_BITS_MAX), once or several times; i's in rising order.  The hashes should be
 * different ones: many that are the same make as many pairs as they can.  < 0 from
 * found stops.
 */
int pairs_find(const uint64_t *v, size_t n, int bits,
    int (*found)(void *ctx, size_t i, size_t j), void *ctx);

#endif
