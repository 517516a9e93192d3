/* Masks of records as annotations of a COCO file. */
#ifndef DSET_MASKS_WRITE_H
#define DSET_MASKS_WRITE_H

#include <stdint.h>

#include "base/buf.h"
#include "dset/dset.h"
#include "image/image.h"

/*
 * An annotation for each class but 0 that the mask has, as run lengths in text, with
 * a comma between: appended to out, their ids counted in *id.  255 becomes a crowd of
 * category 1, which is read as 255 again.  *most is the highest class that was met.
 */
int dset_mask_annotations(struct buf *out, uint64_t *id, int32_t *most,
    uint64_t image_id, const struct image *mask);

#endif
