/* CumSum: along an axis, each place with all before it (or, reversed, behind it),
 * itself counted or not.  Host code. */
#include "base/mem.h"
#include "nn/layers/moving/moving.h"

static const Caffe__CumSumParameter none = CAFFE__CUM_SUM_PARAMETER__INIT;

struct cumsum {
	size_t outer, n, inner;
	bool exclusive, reverse;
};

/* y from x, or, from the other end, a gradient. */
static void
sum_up(const struct cumsum *s, bool reverse, const float *x, float *y)
{
	for (size_t o = 0; o < s->outer * s->inner; o++) {
		const size_t at = o / s->inner * s->n * s->inner + o % s->inner;
		double sum = 0;

		for (size_t i = 0; i < s->n; i++) {
			const size_t k =
			    at + (reverse ? s->n - 1 - i : i) * s->inner;
			const double with = sum + (double)x[k];

			y[k] = (float)(s->exclusive ? sum : with);
			sum = with;
		}
	}
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct cumsum *s = state;

	(void)env;
	sum_up(s, s->reverse, in[0], out[0]);
	return 0;
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct cumsum *s = state;

	(void)env;
	(void)in;
	(void)out;
	if (din[0] != NULL)
		sum_up(s, !s->reverse, dout[0], din[0]);
	return 0;
}

static int
emit(struct layer *l)
{
	const Caffe__CumSumParameter *p = LAYER_PARAM(l, cumsum_param, &none);
	const struct shape *x = layer_shape(l, 0);
	union op_attr a = { .custom = { .nin = 1,
				.nout = 1,
				.shape = { *x },
				.forward = forward,
				.backward = backward } };
	struct cumsum *s = mem_new(struct cumsum);
	int axis;

	l->state = a.custom.state = s;
	TRY(layer_axis(l, 0, p->axis, &axis));
	*s = (struct cumsum){ shape_count_axes(x, 0, axis), (size_t)x->d[axis],
		shape_count_axes(x, axis + 1, x->n), p->exclusive, p->reverse };
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 1));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_cumsum = { "CumSum", 1, 1, 1, 1, .emit = emit,
	.free = release };
