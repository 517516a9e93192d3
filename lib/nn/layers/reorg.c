/*
 * Reorg (YOLO v2, Redmon and Farhadi, 2017): places of a stride become channels,
 * in the order of darknet, which takes the (C, H, W) it is given as if it were
 * (C / s^2, H s, W s): out[(y s + x) C/s^2 + c][h][w] = in[c][h s + y][w s + x],
 * which is then cut into (C s^2, H/s, W/s).  reverse: the way back.
 */
#include "nn/layers/types.h"

static const Caffe__ReorgParameter none = CAFFE__REORG_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__ReorgParameter *p = LAYER_PARAM(l, reorg_param, &none);
	const struct shape *x = layer_shape(l, 0);
	const int64_t s = p->stride;
	struct shape in, out;
	union op_attr a = { 0 };
	int64_t c, h, w;
	int t;

	if (x->n != 4 || s < 1 || s > 64 || x->d[1] % (s * s) != 0 ||
	    (!p->reverse && (x->d[2] % s != 0 || x->d[3] % s != 0)))
		return err_set(ERR_FORMAT,
		    "stride %lld: its square must divide the channels, and it the sides, of (N, C, H, W)",
		    (long long)s);
	c = x->d[1] / (s * s);
	h = x->d[2];
	w = x->d[3];
	if (p->reverse) {
		in = shape_of(6, x->d[0], s, s, c, h, w);
		a.permute = (struct op_permute){ { 0, 3, 4, 1, 5, 2 } };
		out = shape_of(4, x->d[0], c, h * s, w * s);
	} else {
		in = shape_of(6, x->d[0], c, h, s, w, s);
		a.permute = (struct op_permute){ { 0, 3, 5, 1, 2, 4 } };
		out = shape_of(4, x->d[0], x->d[1] * s * s, h / s, w / s);
	}
	TRY(t = graph_reshape(l->graph, l->bottom[0], &in));
	TRY(t = graph_add(l->graph, OP_PERMUTE, &a, &t, 1));
	return layer_top(l, 0, graph_reshape(l->graph, t, &out));
}

const struct layer_type layer_reorg = { "Reorg", 1, 1, 1, 1, .emit = emit };
