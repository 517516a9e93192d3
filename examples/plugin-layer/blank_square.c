/*
 * A layer type of one's own: blanks a quarter of every picture, at a place that
 * changes from run to run, as the Python layer of DIGITS's python-layer example
 * does; a net must then look at all of the picture.
 *
 *	layer { name: "blank" type: "BlankSquare" bottom: "data" top: "blank" }
 *
 * It shows a plug-in that brings code for the host.  One that is made of ops (as
 * those of lib/nn/layers are) runs on every device and has its gradient for
 * nothing.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "nn/layer.h"

/* What emit() works out once and every run needs. */
struct square {
	size_t maps, height, width; /* maps: N x C */
};

/* The same place for the forward run and its gradient: it follows from the
 * seed and the number of the run, so that a resumed training is the same. */
static void
place(const struct square *q, const struct op_env *env, size_t *y, size_t *x)
{
	uint32_t word[4];

	rng_philox(word, env->seed, 0xb1a, env->iteration);
	*y = word[0] % (q->height / 2);
	*x = word[1] % (q->width / 2);
}

static void
blank(const struct square *q, const struct op_env *env, const float *from,
    float *to)
{
	size_t y, x, m, i;

	memcpy(to, from, q->maps * q->height * q->width * sizeof(*to));
	place(q, env, &y, &x);
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
	struct square *q;
	union op_attr a = { .custom = { .nin = 1,
				.nout = 1,
				.shape = { *s },
				.forward = forward,
				.backward = backward } };

	if (s->n != 4 || s->d[2] < 2 || s->d[3] < 2)
		return err_set(ERR_FORMAT,
		    "its bottom must be (N, C, H, W), H and W at least 2");
	l->state = q = mem_new(struct square);
	q->maps = (size_t)(s->d[0] * s->d[1]);
	q->height = (size_t)s->d[2];
	q->width = (size_t)s->d[3];
	a.custom.state = q;
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 1));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

static const struct layer_type blank_square = { "BlankSquare", 1, 1, 1, 1,
	.emit = emit, .free = release };

const int nnutils_abi = LAYER_ABI;
const struct layer_type *const nnutils_layers[] = { &blank_square, NULL };
