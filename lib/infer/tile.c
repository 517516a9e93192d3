/* Tiles of pictures: see tile.h. */
#include "infer/tile.h"

#include <math.h>

#include "base/err.h"
#include "base/mem.h"

enum { TILES_MAX = 1 << 20 };

/* How many tiles of a side there are along one of `whole`. */
static int
tiles_along(int whole, int tile, double overlap)
{
	const double step = fmax(1, floor(tile * (1 - overlap)));

	return whole <= tile ? 1 : (int)ceil((whole - tile) / step) + 1;
}

static int
tile_begin(int i, int n, int whole, int tile)
{
	return n > 1 ? (int)(((int64_t)(whole - tile) * i) / (n - 1)) : 0;
}

int
tile_cut(struct stream_piece **out, size_t *n, int width, int height,
    int tile_w, int tile_h, double overlap)
{
	const int w = tile_w < width ? tile_w : width;
	const int h = tile_h < height ? tile_h : height;
	const int across = tiles_along(width, w, overlap);
	const int down = tiles_along(height, h, overlap);
	struct stream_piece *p;

	if ((int64_t)across * down > TILES_MAX)
		return err_set(ERR_RANGE,
		    "--tile: %d x %d tiles of a picture of %dx%d are too many",
		    across, down, width, height);
	*n = (size_t)across * (size_t)down;
	*out = p = mem_array(struct stream_piece, *n);
	for (int y = 0; y < down; y++)
		for (int x = 0; x < across; x++)
			*p++ = (struct stream_piece){ tile_begin(
							  x, across, width, w),
				tile_begin(y, down, height, h), w, h };
	return 0;
}
