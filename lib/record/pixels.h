/*
 * Loops over pixels that every picture of a data set goes through.  Their file
 * is compiled with vectorisation, for AVX2 and for any x86-64 (or other CPU)
 * alike; results do not depend on which.  Re-entrant.
 */
#ifndef RECORD_PIXELS_H
#define RECORD_PIXELS_H

#include <stddef.h>
#include <stdint.h>

/* n pixels R G B R G B … to planes B, G, R; and back. */
void pixels_to_planes(uint8_t *planes, const uint8_t *rgb, size_t n);
void pixels_from_planes(uint8_t *rgb, const uint8_t *planes, size_t n);

/* sum[i] += p[i] */
void pixels_add(uint32_t *sum, const uint8_t *p, size_t n);

/*
 * A 128-bit fingerprint of n bytes: four lanes, each folding 128-bit products
 * of 8-byte little-endian words (the multiply-and-fold of wyhash and hash_fast).
 * Not for use against an adversary.  The value is part of the format of
 * dataset.json ("digest"): it must not change.
 */
void pixels_print(uint64_t out[2], const void *p, size_t n);

#endif
