/*
 * What each way to bring pictures to a size (dset-create --resize) makes of them, side
 * by side.
 */
#ifndef DSET_LOOK_MODES_H
#define DSET_LOOK_MODES_H

#include "image/image.h"

enum { MODES_PICTURES = 4, MODES_SIDE = 1024 };

/*
 * A row for the picture at path, or for the first MODES_PICTURES of a folder: as it
 * is, and with each enum image_mode at w x h, their names below.  Cells have at most
 * MODES_SIDE pixels a side.
 */
int dset_modes_draw(struct image *out, const char *path, int w, int h);

#endif
