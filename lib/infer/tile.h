/*
 * A large picture in tiles that overlap, spread evenly from edge to edge: none is
 * smaller than the others, and none reaches beyond the picture.
 */
#ifndef INFER_TILE_H
#define INFER_TILE_H

#include "infer/stream.h"

/*
 * Tiles of tile_w x tile_h, or as large as the picture where that is smaller; two
 * neighbours share at least the part `overlap` (0 to 0.9) of a side.  By rows, of
 * mem_*.  ERR_RANGE: too many.
 */
int tile_cut(struct stream_piece **out, size_t *n, int width, int height,
    int tile_w, int tile_h, double overlap);

#endif
