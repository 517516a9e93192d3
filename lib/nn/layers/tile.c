/* Tile: its bottom repeated along an axis. */
#include "nn/layers/types.h"

static const Caffe__TileParameter none = CAFFE__TILE_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__TileParameter *p = LAYER_PARAM(l, tile_param, &none);
	struct shape y = *layer_shape(l, 0), f;
	int axis, x;

	if (p->tiles < 1)
		return err_set(
		    ERR_FORMAT, "tiles is %d; it must be at least 1", p->tiles);
	TRY(layer_axis(l, 0, p->axis, &axis));
	y.d[axis] *= p->tiles;
	TRY(shape_check(&y));
	f = (struct shape){ 3,
		{ (int64_t)shape_count_axes(layer_shape(l, 0), 0, axis), 1,
		    (int64_t)shape_count_axes(layer_shape(l, 0), axis, y.n) } };
	TRY(x = graph_reshape(l->graph, l->bottom[0], &f));
	f.d[1] = p->tiles;
	TRY(x = graph_broadcast(l->graph, x, &f));
	return layer_top(l, 0, graph_reshape(l->graph, x, &y));
}

const struct layer_type layer_tile = { "Tile", 1, 1, 1, 1, .emit = emit };
