/*
 * NonZero: the places of what is not 0, in the order of the elements.
 *
 * How many there are is known when the net has run.  So the first top, (axes, count
 * of the bottom), has the places in front and zeros behind, and the second, (count),
 * has 1 for each place that is one, which a Filter layer or the reader goes by.
 */
#include <string.h>

#include "base/mem.h"
#include "nn/layers/moving/moving.h"

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct shape *x = state;
	const size_t n = shape_count(x);
	int64_t at[SHAPE_MAX] = { 0 };
	size_t found = 0;

	(void)env;
	memset(out[1], 0, n * sizeof(float));
	memset(out[0], 0, (size_t)x->n * n * sizeof(float));
	for (size_t i = 0; i < n; i++) {
		if (in[0][i] != 0) {
			for (int k = 0; k < x->n; k++)
				out[0][(size_t)k * n + found] = (float)at[k];
			out[1][found++] = 1;
		}
		for (int k = x->n - 1; k >= 0 && ++at[k] == x->d[k]; k--)
			at[k] = 0;
	}
	return 0;
}

static int
emit(struct layer *l)
{
	struct shape *x = mem_new(struct shape);
	union op_attr a = { .custom = {
				.nin = 1, .nout = 2, .forward = forward } };
	int t;

	*x = *layer_shape(l, 0);
	l->state = a.custom.state = x;
	a.custom.shape[1].n = 1;
	a.custom.shape[1].d[0] = (int64_t)shape_count(x);
	a.custom.shape[0].n = 2;
	a.custom.shape[0].d[0] = x->n;
	a.custom.shape[0].d[1] = a.custom.shape[1].d[0];
	TRY(t = graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 1));
	TRY(layer_top(l, 0, t));
	return layer_top(l, 1, graph_last(l->graph)->out[1]);
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_non_zero = { "NonZero", 1, 1, 2, 2, .emit = emit,
	.no_grad = 1, .free = release };
