/* Tile: its bottom repeated along an axis, or along all. */
#include "nn/layers/types.h"

static const Caffe__TileParameter none = CAFFE__TILE_PARAMETER__INIT;

static int
emit_all(struct layer *l, const Caffe__TileParameter *p)
{
	const struct shape *x = layer_shape(l, 0);
	union op_attr a = { .take = { .size = *x, .edge = TAKE_WRAP } };

	if ((int)p->n_repeats != x->n || p->has_tiles || p->has_axis)
		return err_set(ERR_FORMAT,
		    "repeats is given %zu times for %d axes%s", p->n_repeats,
		    x->n,
		    p->has_tiles || p->has_axis ? ", besides axis or tiles"
						: "");
	for (int i = 0; i < x->n; i++) {
		if (p->repeats[i] < 0 ||
		    p->repeats[i] > (int64_t)SHAPE_COUNT_MAX ||
		    x->d[i] > INT32_MAX)
			return err_set(ERR_RANGE,
			    "axis %d is repeated %lld times", i,
			    (long long)p->repeats[i]);
		a.take.step[i] = 1;
		a.take.size.d[i] *= p->repeats[i];
	}
	return layer_top(l, 0, graph_add(l->graph, OP_TAKE, &a, l->bottom, 1));
}

static int
emit(struct layer *l)
{
	const Caffe__TileParameter *p = LAYER_PARAM(l, tile_param, &none);
	struct shape y = *layer_shape(l, 0), f;
	int axis, x;

	if (p->n_repeats > 0)
		return emit_all(l, p);
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
