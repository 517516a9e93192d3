/* ReverseSequence: of each item the first steps along the time axis, as many as the
 * second bottom says, in reverse; those behind stay.  Host code. */
#include <string.h>

#include "base/mem.h"
#include "nn/layers/moving/moving.h"

static const Caffe__ReverseSequenceParameter none =
    CAFFE__REVERSE_SEQUENCE_PARAMETER__INIT;

/* The first and second of the two axes, and what lies around. */
struct reverse {
	size_t outer, n[2], between, inner;
	int time; /* which of the two */
};

/* It is its own gradient. */
static int
reverse(const struct reverse *s, const float *x, const float *lengths, float *y)
{
	const size_t steps = s->n[s->time];
	const size_t all = s->outer * s->n[0] * s->between * s->n[1];

	for (size_t i = 0; i < all; i++) {
		const size_t at[2] = { i / s->n[1] / s->between % s->n[0],
			i % s->n[1] };
		const float length = lengths[at[1 - s->time]];
		const size_t stride =
		    s->inner * (s->time == 0 ? s->between * s->n[1] : 1);
		const size_t t = at[s->time], here = i * s->inner;
		size_t from = here;

		if (!(length >= 0 && length <= (float)steps))
			return err_set(ERR_FORMAT,
			    "a sequence of %g steps; there are %zu",
			    (double)length, steps);
		if (t < (size_t)length)
			from = here - t * stride +
			    ((size_t)length - 1 - t) * stride;
		if (s->inner > 0)
			memcpy(y + here, x + from, s->inner * sizeof(*y));
	}
	return 0;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	(void)env;
	return reverse(state, in[0], in[1], out[0]);
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	(void)env;
	(void)out;
	return din[0] != NULL ? reverse(state, dout[0], in[1], din[0]) : 0;
}

static int
emit(struct layer *l)
{
	const Caffe__ReverseSequenceParameter *p =
	    LAYER_PARAM(l, reverse_sequence_param, &none);
	const struct shape *x = layer_shape(l, 0);
	union op_attr a = { .custom = { .nin = 2,
				.nout = 1,
				.shape = { *x },
				.forward = forward,
				.backward = backward } };
	struct reverse *s = mem_new(struct reverse);
	int batch, time, low, high;

	l->state = a.custom.state = s;
	TRY(layer_axis(l, 0, p->batch_axis, &batch));
	TRY(layer_axis(l, 0, p->time_axis, &time));
	if (batch == time ||
	    (int64_t)shape_count(layer_shape(l, 1)) != x->d[batch])
		return err_set(ERR_FORMAT,
		    "axes %d and %d must be two, and its second bottom has one length for each of %lld items",
		    batch, time, (long long)x->d[batch]);
	low = batch < time ? batch : time;
	high = batch < time ? time : batch;
	*s = (struct reverse){ shape_count_axes(x, 0, low),
		{ (size_t)x->d[low], (size_t)x->d[high] },
		shape_count_axes(x, low + 1, high),
		shape_count_axes(x, high + 1, x->n), time == high };
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_reverse_sequence = { "ReverseSequence", 2, 2, 1,
	1, .emit = emit, .no_grad = 2, .free = release };
