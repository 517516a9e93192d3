/*
 * TopK: the k largest or smallest along an axis, the best first, and where they were.
 * Of equal ones the first comes first.  Host code; a heap of the k best so far, the
 * worst of them on top.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/moving/moving.h"

enum { EXACT = 1 << 24 }; /* floats count up to here */

static const Caffe__TopKParameter none = CAFFE__TOP_KPARAMETER__INIT;

struct topk {
	size_t outer, n, inner, k;
	bool largest;
};

/* A number, so signed that the larger is better; at tells equal ones apart. */
struct found {
	float v;
	uint32_t at;
};

/* No number is worse than all. */
static bool
better(const struct found *a, const struct found *b)
{
	if (a->v > b->v || (b->v != b->v && a->v == a->v))
		return true;
	if (a->v < b->v || (a->v != a->v && b->v == b->v))
		return false;
	return a->at < b->at;
}

static int
order(const void *a, const void *b)
{
	return better(a, b) ? -1 : better(b, a);
}

/* The one at i goes down below those that are worse. */
static void
sink(struct found *heap, size_t n, size_t i)
{
	const struct found f = heap[i];

	for (size_t c; (c = 2 * i + 1) < n; i = c) {
		if (c + 1 < n && better(&heap[c], &heap[c + 1]))
			c++;
		if (!better(&f, &heap[c]))
			break;
		heap[i] = heap[c];
	}
	heap[i] = f;
}

/* The best of x (n, inner) at one place of inner, in order. */
static void
choose(const struct topk *s, const float *x, struct found *heap)
{
	for (size_t i = 0; i < s->n; i++) {
		const float v = x[i * s->inner];
		const struct found f = { s->largest ? v : -v, (uint32_t)i };

		if (i < s->k) {
			heap[i] = f;
			for (size_t k = s->k / 2; i + 1 == s->k && k-- > 0;)
				sink(heap, s->k, k);
		} else if (better(&f, &heap[0])) {
			heap[0] = f;
			sink(heap, s->k, 0);
		}
	}
	qsort(heap, s->k, sizeof(*heap), order);
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct topk *s = state;
	struct found *heap = mem_array(struct found, s->k + 1);

	(void)env;
	for (size_t o = 0; o < s->outer * s->inner && s->k > 0; o++) {
		const size_t in_row = o % s->inner, row = o / s->inner;
		const float *x = in[0] + row * s->n * s->inner + in_row;
		const size_t y = row * s->k * s->inner + in_row;

		choose(s, x, heap);
		for (size_t i = 0; i < s->k; i++) {
			out[0][y + i * s->inner] =
			    s->largest ? heap[i].v : -heap[i].v;
			out[1][y + i * s->inner] = (float)heap[i].at;
		}
	}
	mem_free(heap);
	return 0;
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct topk *s = state;
	const size_t n = s->outer * s->n * s->inner;

	(void)env;
	(void)in;
	if (din[0] == NULL)
		return 0;
	if (n > 0)
		memset(din[0], 0, n * sizeof(float));
	for (size_t i = 0; dout[0] != NULL && i < s->outer * s->k * s->inner;
	     i++) {
		const size_t row = i / s->inner / s->k;

		din[0][(row * s->n + (size_t)out[1][i]) * s->inner +
		    i % s->inner] = dout[0][i];
	}
	return 0;
}

static int
emit(struct layer *l)
{
	const Caffe__TopKParameter *p = LAYER_PARAM(l, topk_param, &none);
	const struct shape *x = layer_shape(l, 0);
	union op_attr a = { .custom = { .nin = 1,
				.nout = 2,
				.forward = forward,
				.backward = backward } };
	struct topk *s = mem_new(struct topk);
	int axis, t;

	l->state = a.custom.state = s;
	TRY(layer_axis(l, 0, p->axis, &axis));
	if ((int64_t)p->k > x->d[axis] || x->d[axis] > EXACT)
		return err_set(ERR_RANGE,
		    "the best %u of %lld places; there are to be as many, and at most %d",
		    (unsigned)p->k, (long long)x->d[axis], EXACT);
	s->outer = shape_count_axes(x, 0, axis);
	s->n = (size_t)x->d[axis];
	s->inner = shape_count_axes(x, axis + 1, x->n);
	s->k = p->k;
	s->largest = p->largest;
	a.custom.shape[0] = *x;
	a.custom.shape[0].d[axis] = p->k;
	a.custom.shape[1] = a.custom.shape[0];
	TRY(t = graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 1));
	TRY(layer_top(l, 0, t));
	return layer_top(l, 1, graph_last(l->graph)->out[1]);
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_topk = { "TopK", 1, 1, 1, 2, .emit = emit,
	.free = release };
