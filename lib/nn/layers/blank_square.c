/*
 * BlankSquareLayer of DIGITS's python-layer example: a quarter of every picture
 * is 0, at a place that follows from the seed and the number of the run.
 * examples/plugin-layer is the same as a plug-in.
 */
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "nn/layers/python.h"

struct square {
	size_t maps, height, width;
};

static void
blank(const struct square *q, const struct op_env *env, const float *from,
    float *to)
{
	size_t y, x, m, i;
	uint32_t word[4];

	rng_philox(word, env->seed, 0xb1a, env->iteration);
	y = word[0] % (q->height / 2);
	x = word[1] % (q->width / 2);
	memcpy(to, from, q->maps * q->height * q->width * sizeof(*to));
	for (m = 0; m < q->maps; m++, to += q->height * q->width)
		for (i = y; i < y + q->height / 2; i++)
			memset(to + i * q->width + x, 0,
			    q->width / 2 * sizeof(*to));
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	blank(state, env, in[0], out[0]);
	return 0;
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	(void)in;
	(void)out;
	blank(state, env, dout[0], din[0]);
	return 0;
}

static int
emit(struct layer *l)
{
	const struct shape *s = layer_shape(l, 0);
	union op_attr a = { .custom = { .nin = 1,
				.nout = 1,
				.shape = { *s },
				.forward = forward,
				.backward = backward } };
	struct square *q;

	if (s->n < 2 || s->d[s->n - 1] < 2 || s->d[s->n - 2] < 2)
		return err_set(ERR_FORMAT,
		    "its bottom must end in axes (H, W) of at least 2");
	l->state = q = mem_new(struct square);
	q->maps = shape_count_axes(s, 0, s->n - 2);
	q->height = (size_t)s->d[s->n - 2];
	q->width = (size_t)s->d[s->n - 1];
	a.custom.state = q;
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 1));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type python_blank_square = { "BlankSquareLayer", 1, 1, 1, 1,
	.emit = emit, .free = release };
