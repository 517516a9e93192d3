/*
 * MaxUnpool: each value goes to where a MaxPool found it, as that one's second top
 * tells: its number in what was pooled, of all axes; the rest is 0.  size: what was
 * pooled was larger than windows tell; zeros behind make up for it.  Host code.
 */
#include <string.h>

#include "base/mem.h"
#include "nn/layers/moving/moving.h"

static const Caffe__MaxUnpoolParameter none = CAFFE__MAX_UNPOOL_PARAMETER__INIT;

struct unpool {
	size_t in, out;
};

static int
place_of(const struct unpool *s, float v, size_t *at)
{
	if (!(v >= 0 && v < (float)s->out))
		return err_set(ERR_FORMAT, "the indices name place %g of %zu",
		    (double)v, s->out);
	*at = (size_t)v;
	return 0;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct unpool *s = state;

	(void)env;
	if (s->out > 0)
		memset(out[0], 0, s->out * sizeof(float));
	for (size_t i = 0; i < s->in; i++) {
		size_t at = 0;

		TRY(place_of(s, in[1][i], &at));
		out[0][at] = in[0][i];
	}
	return 0;
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct unpool *s = state;

	(void)env;
	(void)out;
	for (size_t i = 0; din[0] != NULL && i < s->in; i++) {
		size_t at = 0;

		TRY(place_of(s, in[1][i], &at));
		din[0][i] = dout[0][at];
	}
	return 0;
}

/* What was pooled, as the windows tell. */
static int
pooled(
    const Caffe__MaxUnpoolParameter *p, const struct shape *x, struct shape *y)
{
	const size_t n = x->n > 2 ? (size_t)x->n - 2 : 0;

	if (n == 0 || p->n_kernel != n ||
	    (p->n_stride != 0 && p->n_stride != n) ||
	    (p->n_pad != 0 && p->n_pad != 2 * n))
		return err_set(ERR_FORMAT,
		    "%zu kernels, %zu strides, %zu pads for %zu spatial axes",
		    p->n_kernel, p->n_stride, p->n_pad, n);
	*y = *x;
	for (size_t i = 0; i < n; i++) {
		const int64_t stride = p->n_stride > 0 ? p->stride[i] : 1;
		const int64_t pad =
		    p->n_pad > 0 ? (int64_t)p->pad[i] + p->pad[n + i] : 0;

		y->d[2 + i] =
		    (x->d[2 + i] - 1) * stride - pad + (int64_t)p->kernel[i];
	}
	return shape_check(y);
}

static int
emit(struct layer *l)
{
	const Caffe__MaxUnpoolParameter *p =
	    LAYER_PARAM(l, max_unpool_param, &none);
	const struct shape *x = layer_shape(l, 0);
	union op_attr a = { .custom = { .nin = 2,
				.nout = 1,
				.forward = forward,
				.backward = backward } };
	struct op_take grow = { .edge = TAKE_VALUE };
	struct unpool *s = mem_new(struct unpool);
	int t;

	l->state = a.custom.state = s;
	if (!shape_same(x, layer_shape(l, 1)))
		return err_set(ERR_FORMAT,
		    "its bottoms, values and indices, have two shapes");
	TRY(pooled(p, x, &a.custom.shape[0]));
	if (p->n_size != 0 && (int)p->n_size != x->n)
		return err_set(ERR_FORMAT,
		    "size is given %zu times for %d axes", p->n_size, x->n);
	s->in = shape_count(x);
	s->out = shape_count(&a.custom.shape[0]);
	grow.size = a.custom.shape[0];
	for (int i = 0; i < grow.size.n; i++) {
		grow.step[i] = 1;
		if (p->n_size > 0)
			grow.size.d[i] = p->size[i];
	}
	TRY(shape_check(&grow.size));
	TRY(t = graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
	return layer_top(l, 0, moving_take(l, t, &grow));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_max_unpool = { "MaxUnpool", 2, 2, 1, 1,
	.emit = emit, .no_grad = 2, .free = release };
