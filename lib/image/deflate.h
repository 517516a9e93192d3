/*
 * A fast zlib writer for filtered pixels: Huffman codes and runs of one byte,
 * no other matches.  Photographs have next to none, and looking for them is
 * what costs.  Internal to lib/image.
 */
#ifndef IMAGE_DEFLATE_H
#define IMAGE_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

/* Room that deflate_runs needs for n bytes of input. */
size_t deflate_bound(size_t n);
/* Write a zlib stream of the n bytes at in to to, which has deflate_bound(n)
 * bytes of room; returns its length.  Takes 200 kB of memory meanwhile. */
size_t deflate_runs(uint8_t *to, const uint8_t *in, size_t n);

#endif
