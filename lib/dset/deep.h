/*
 * Pictures with 16 bits a sample as the numbers of a record: 0 to 255 as those of 8
 * bits, in steps of 1/257, so that nets, means and scales that are made for 8 bits
 * take them as they are.  Planes are B G R, or grey.
 */
#ifndef DSET_DEEP_H
#define DSET_DEEP_H

#include <stddef.h>

#include "base/buf.h"
#include "image/image.h"
#include "record/value.h"

/* The n bytes of a picture file, brought to 1 or 3 channels; one of 8 bits is as it
 * is.  The floats are in room, which is emptied first; shown is the same picture,
 * rounded to 8 bits. */
int dset_deep_read(struct value *out, struct buf *room, struct image *shown,
    const void *p, size_t n, const char *name, int flags, int channels);

#endif
