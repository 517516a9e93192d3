/* Pad: places before and behind each axis, of a value or of what is there; fewer
 * than none are cut off. */
#include "nn/layers/moving/moving.h"

static const Caffe__PadParameter none = CAFFE__PAD_PARAMETER__INIT;

static const enum take_edge edges[] = {
	[CAFFE__PAD_PARAMETER__MODE__CONSTANT] = TAKE_VALUE,
	[CAFFE__PAD_PARAMETER__MODE__REFLECT] = TAKE_REFLECT,
	[CAFFE__PAD_PARAMETER__MODE__EDGE] = TAKE_EDGE,
	[CAFFE__PAD_PARAMETER__MODE__WRAP] = TAKE_WRAP,
};

/* The OP_PAD that it is, if it only adds zeros. */
static bool
zeros(const struct op_take *a, const struct shape *x, struct op_slice *out)
{
	bool only = a->edge == TAKE_VALUE && a->value == 0;

	out->size = a->size;
	for (int i = 0; i < x->n; i++) {
		out->start[i] = -a->start[i];
		only = only && out->start[i] >= 0 &&
		    out->start[i] + x->d[i] <= a->size.d[i];
	}
	return only;
}

static int
emit(struct layer *l)
{
	const Caffe__PadParameter *p = LAYER_PARAM(l, pad_param, &none);
	const struct shape *x = layer_shape(l, 0);
	const size_t n = (size_t)x->n;
	struct op_take a = { .size = *x, .value = p->value };
	const int64_t most = (int64_t)SHAPE_COUNT_MAX;
	union op_attr pad = { 0 };
	bool any = false;

	if (p->n_pad != 2 * n)
		return err_set(ERR_FORMAT,
		    "pad is given %zu times for %zu axes: give what comes before each, then what comes behind each",
		    p->n_pad, n);
	a.edge = edges[p->mode];
	for (size_t i = 0; i < n; i++) {
		const int64_t before = p->pad[i], behind = p->pad[n + i];

		if (before > most || before < -most || behind > most ||
		    behind < -most)
			return err_set(ERR_RANGE, "a pad of axis %zu is %lld",
			    i,
			    (long long)(before > most || before < -most
				    ? before
				    : behind));
		a.step[i] = 1;
		a.start[i] = -before;
		a.size.d[i] += before + behind;
		any = any || before != 0 || behind != 0;
		if (a.size.d[i] < 0)
			return err_set(ERR_FORMAT,
			    "%lld places of axis %zu cannot be cut by %lld and %lld",
			    (long long)x->d[i], i, (long long)-before,
			    (long long)-behind);
	}
	if (any && zeros(&a, x, &pad.slice))
		return layer_top(
		    l, 0, graph_add(l->graph, OP_PAD, &pad, l->bottom, 1));
	return layer_top(l, 0, moving_take(l, l->bottom[0], &a));
}

const struct layer_type layer_pad = { "Pad", 1, 1, 1, 1, .emit = emit };
