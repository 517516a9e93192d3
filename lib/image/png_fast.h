/* The common PNGs, decoded more than twice as fast.  Internal to lib/image. */
#ifndef IMAGE_PNG_FAST_H
#define IMAGE_PNG_FAST_H

#include "image/codec.h"

/*
 * 1: decoded, as libpng would.  0: not one of those that this knows, or
 * something is wrong with it: libpng shall read it, or say what is wrong.
 * < 0: failed.  orientation: from eXIf, 1 without it.
 */
int png_fast_decode(
    struct image *out, const struct image_source *s, int *orientation);

#endif
