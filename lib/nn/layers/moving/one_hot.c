/* OneHot: each index as an axis of `depth` places, on at it and off elsewhere; below
 * 0 it counts from the end, and what is outside is on nowhere.  Host code. */
#include "base/mem.h"
#include "nn/layers/moving/moving.h"

static const Caffe__OneHotParameter none = CAFFE__ONE_HOT_PARAMETER__INIT;

struct one_hot {
	size_t outer, depth, inner;
	float on, off;
};

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct one_hot *s = state;
	const float depth = (float)s->depth;

	(void)env;
	for (size_t i = 0; i < s->outer * s->depth * s->inner; i++)
		out[0][i] = s->off;
	for (size_t i = 0; i < s->outer * s->inner; i++) {
		const float v = in[0][i] < 0 ? in[0][i] + depth : in[0][i];

		if (v >= 0 && v < depth)
			out[0]
			   [(i / s->inner * s->depth + (size_t)v) * s->inner +
			       i % s->inner] = s->on;
	}
	return 0;
}

static int
emit(struct layer *l)
{
	const Caffe__OneHotParameter *p = LAYER_PARAM(l, one_hot_param, &none);
	const struct shape *x = layer_shape(l, 0);
	union op_attr a = { .custom = {
				.nin = 1, .nout = 1, .forward = forward } };
	struct shape *y = &a.custom.shape[0];
	struct one_hot *s = mem_new(struct one_hot);
	int axis;

	l->state = a.custom.state = s;
	if (p->depth < 1 || x->n == SHAPE_MAX)
		return err_set(ERR_FORMAT,
		    "depth is %u of %d axes; it is 1 at least, and an axis more",
		    (unsigned)p->depth, x->n);
	y->n = x->n + 1;
	TRY(shape_axis(&axis, y, p->axis));
	for (int i = 0; i < y->n; i++)
		y->d[i] = i == axis ? p->depth : x->d[i - (i > axis)];
	*s = (struct one_hot){ shape_count_axes(x, 0, axis), p->depth,
		shape_count_axes(x, axis, x->n), p->on, p->off };
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 1));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_one_hot = { "OneHot", 1, 1, 1, 1, .emit = emit,
	.no_grad = 1, .free = release };
