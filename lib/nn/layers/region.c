/*
 * Region (YOLO version 2 in Caffe's forks): what the last convolution says of each
 * box, made numbers to be read.  Bottom (N, A (coords + 1 + C), H, W); the top has its
 * shape.  The object's score becomes its sigmoid, the classes their softmax (unless
 * boxes_of_each_grid is given and softmax is not).
 *
 * Where the parameter is `num`, as in darknet, x and y become their sigmoids too and
 * everything stays in its place; where it is boxes_of_each_grid, offsets stay as they
 * are and the values of a box stand together: (N, H, W, A, coords + 1 + C).
 */
#include "nn/layers/types.h"

enum { ANCHORS_MAX = 64 };

static const Caffe__RegionParameter none = CAFFE__REGION_PARAMETER__INIT;

/* Places from..to of axis 2 of (N, A, size, HW), through a function; -1: as they
 * are, -2: the softmax. */
static int
part(struct layer *l, int x, int64_t from, int64_t to, int fn)
{
	union op_attr a = { .axis = 2 };
	int y;

	TRY(y = layer_slice(l, x, 2, from, to - from));
	if (fn == -1)
		return y;
	if (fn == -2)
		return graph_add(l->graph, OP_SOFTMAX, &a, &y, 1);
	return graph_unary(l->graph, y, (enum unary_fn)fn, 0, 0, 0);
}

static int
emit(struct layer *l)
{
	const Caffe__RegionParameter *p = LAYER_PARAM(l, region_param, &none);
	const struct shape s = *layer_shape(l, 0);
	const bool together = p->has_boxes_of_each_grid;
	const int64_t n = together ? p->boxes_of_each_grid : p->num;
	const int64_t size = (int64_t)p->coords + 1 + p->classes;
	const int64_t first = together ? 0 : 2;
	union op_attr order = { .permute = { { 0, 3, 1, 2 } } };
	struct shape boxes;
	int v[4], x, k = 0;

	if (p->coords < 2 || p->coords > 64 || p->classes < 1 ||
	    p->classes > 1 << 16 || n < 1 || n > ANCHORS_MAX || s.n != 4 ||
	    s.d[1] != n * size)
		return err_set(ERR_FORMAT,
		    "%lld boxes of %u coords and %u classes need a bottom (N, %lld, H, W)",
		    (long long)n, p->coords, p->classes, (long long)(n * size));
	boxes = shape_of(4, s.d[0], n, size, s.d[2] * s.d[3]);
	TRY(x = graph_reshape(l->graph, l->bottom[0], &boxes));
	if (first > 0)
		TRY(v[k++] = part(l, x, 0, first, UNARY_SIGMOID));
	if (p->coords > first)
		TRY(v[k++] = part(l, x, first, p->coords, -1));
	TRY(v[k++] = part(l, x, p->coords, p->coords + 1, UNARY_SIGMOID));
	TRY(v[k++] = part(
		l, x, p->coords + 1, size, together && !p->softmax ? -1 : -2));
	TRY(x = layer_concat(l, v, k, 2));
	if (together)
		TRY(x = graph_add(l->graph, OP_PERMUTE, &order, &x, 1));
	return layer_top(l, 0, graph_reshape(l->graph, x, &s));
}

const struct layer_type layer_region = { "Region", 1, 1, 1, 1, .emit = emit };
