/*
 * The numbers of a tensor as a picture of tiles, by the rules of DIGITS
 * (get_layer_vis_square and vis_square):
 *
 *	(N), (A, B)	each number is a tile of a pixel
 *	(3, H, W)	one tile in colours
 *	(N, H, W)	N tiles
 *	(A, 3, H, W)	A tiles in colours: filters that see a picture
 *	(A, B, H, W)	A * B tiles
 *
 * Tiles go row by row into a grid of ceil(sqrt(N)) rows and as many columns, or one
 * less where that suffices, with a pixel of white between those that are wider than
 * one.  The grid is about TILES_WIDTH pixels wide at most: of more tiles the first are
 * shown, and of one that is wider its upper left part.  All are normalised together,
 * from the least value, which is black, to the greatest.  Where the smaller side is
 * below TILES_MIN, pixels become squares, whole ones (DIGITS: below 100, and of any
 * size).
 */
#ifndef INFER_LAYERS_TILES_H
#define INFER_LAYERS_TILES_H

#include <stdbool.h>
#include <stddef.h>

#include "graph/shape.h"
#include "image/colour/heat.h"
#include "image/image.h"

enum { TILES_WIDTH = 1200, TILES_MIN = 300 };

struct tiles {
	/* asked for */
	enum heat_map map; /* of tiles that have no colours */
	bool shares;       /* 0 is the lowest colour and 1 the highest */
	bool bgr;          /* the channels of colours are B G R */
	bool plain;        /* not what the rules say: no tile has colours */
	/* what came of it */
	size_t n, shown; /* tiles there are, and those in the picture */
	bool cut;        /* one was wider than the picture */
};

/* v: the numbers of the shape, which has an element at least. */
int tiles_draw(
    struct image *out, struct tiles *t, const float *v, const struct shape *s);

#endif
