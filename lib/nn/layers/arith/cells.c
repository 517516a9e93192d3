/* Recurrent cells over time, forwards and back: see cells.h. */
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "nn/layers/arith/cell.h"

size_t
cells_gates(const struct cells *q)
{
	return q->kind == CELLS_RNN ? 1 : q->kind == CELLS_GRU ? 3 : 4;
}

size_t
cells_states(const struct cells *q)
{
	return q->kind == CELLS_LSTM ? 2 : 1;
}

/* What a pass works with, in one piece of memory. */
struct pass {
	float *memory;
	struct cell_weights w;
	float *rt;              /* (H, G H) */
	float *h, *c;           /* before the first step: (H) */
	float *trace;           /* of one step or of all of an item */
	struct cell_sums sums;  /* of the gradient */
	float *dh, *dc, *spare; /* (H) */
	float *dgates;          /* (G H) */
};

/* R as it is given, turned. */
static void
turn(const float *from, float *to, size_t rows, size_t columns)
{
	size_t i, k;

	for (i = 0; i < rows; i++)
		for (k = 0; k < columns; k++)
			to[k * rows + i] = from[i * columns + k];
}

/* traces: how many steps are kept. */
static int
pass_open(
    struct pass *p, const struct cells *q, const float *weights, size_t traces)
{
	const size_t n = q->width, g = cells_gates(q) * n;
	const size_t trace = traces * cell_trace_size(q);
	float *v;

	TRY(mem_take((void **)&v, 2 * g * n + 2 * g + 8 * n + trace + 1,
	    sizeof(*v), SIZE_MAX, "steps of a recurrent layer"));
	memset(v, 0, (2 * g * n + 2 * g + 8 * n) * sizeof(*v));
	p->memory = p->rt = v;
	p->sums.rt = v += g * n;
	p->sums.rb = v += g * n;
	p->dgates = v += g;
	p->sums.p = v += g;
	p->h = v += 3 * n;
	p->c = v += n;
	p->dh = v += n;
	p->dc = v += n;
	p->spare = v += n;
	p->trace = v + n;
	turn(weights, p->rt, g, n);
	p->w = (struct cell_weights){ p->rt, weights + g * n,
		weights + g * n + g };
	return 0;
}

/* Steps of item i. */
static int
steps_of(const struct cells *q, const float *const *in, size_t i, size_t *out)
{
	const float *lengths = q->lengths ? in[q->states ? 3 : 2] : NULL;

	*out = q->steps;
	if (lengths == NULL)
		return 0;
	if (!(lengths[i] >= 0 && lengths[i] <= (float)q->steps))
		return err_set(ERR_FORMAT,
		    "sequence %zu has a length of %g, of %zu steps", i,
		    (double)lengths[i], q->steps);
	*out = (size_t)lengths[i];
	return 0;
}

/* Row (t, i) of a tensor over time, t the k-th step of n; width floats each. */
static size_t
row(const struct cells *q, size_t k, size_t n, size_t i, size_t width)
{
	const size_t t = q->reverse ? n - 1 - k : k;

	return (t * q->items + i) * width;
}

static void
load_states(
    const struct cells *q, const float *const *in, size_t i, struct pass *p)
{
	const size_t n = q->width;

	if (!q->states)
		return;
	memcpy(p->h, in[2] + i * n, n * sizeof(*p->h));
	if (q->kind == CELLS_LSTM)
		memcpy(p->c, in[2] + (q->items + i) * n, n * sizeof(*p->c));
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct cells *q = state;
	const size_t n = q->width, g = cells_gates(q) * n;
	const size_t size = n * sizeof(float);
	struct pass p;
	size_t i, k, steps;
	int rc;

	(void)env;
	TRY(pass_open(&p, q, in[1], 2));
	memset(out[0], 0, q->steps * q->items * size);
	for (i = 0, rc = 0; i < q->items && rc == 0; i++) {
		const float *h = p.h, *c = p.c;

		rc = steps_of(q, in, i, &steps);
		load_states(q, in, i, &p);
		for (k = 0; k < steps && rc == 0; k++) {
			struct cell_trace t = cell_trace_at(
			    q, p.trace + k % 2 * cell_trace_size(q));

			cell_step(
			    q, &p.w, in[0] + row(q, k, steps, i, g), h, c, &t);
			h = t.h;
			c = t.c;
			memcpy(out[0] + row(q, k, steps, i, n), h, size);
		}
		memcpy(out[1] + i * n, h, size);
		if (q->kind == CELLS_LSTM)
			memcpy(out[2] + i * n, c, size);
	}
	mem_free(p.memory);
	return rc;
}

/* All steps of an item again, each with its trace. */
static void
retrace(const struct cells *q, const float *gates, size_t steps, size_t i,
    struct pass *p)
{
	const size_t size = cell_trace_size(q);
	const float *h = p->h, *c = p->c;
	size_t k;

	for (k = 0; k < steps; k++) {
		struct cell_trace t = cell_trace_at(q, p->trace + k * size);

		cell_step(q, &p->w,
		    gates + row(q, k, steps, i, cells_gates(q) * q->width), h,
		    c, &t);
		h = t.h;
		c = t.c;
	}
}

static void
add_to(float *y, const float *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		y[i] += x[i];
}

/* Back through an item's steps; dgates (T,N,G H) is set where it is wanted. */
static void
item_back(const struct cells *q, const float *const *dout, size_t steps,
    size_t i, struct pass *p, float *dgates)
{
	const size_t n = q->width, g = cells_gates(q) * n;
	const size_t size = cell_trace_size(q);
	size_t k;

	memset(p->dh, 0, n * sizeof(*p->dh));
	memset(p->dc, 0, n * sizeof(*p->dc));
	if (dout[1] != NULL)
		add_to(p->dh, dout[1] + i * n, n);
	if (q->kind == CELLS_LSTM && dout[2] != NULL)
		add_to(p->dc, dout[2] + i * n, n);
	for (k = steps; k-- > 0;) {
		const struct cell_trace t =
		    cell_trace_at(q, p->trace + k * size);
		const struct cell_trace before =
		    cell_trace_at(q, p->trace + (k > 0 ? k - 1 : 0) * size);
		float *d = dgates != NULL ? dgates + row(q, k, steps, i, g)
					  : p->dgates;

		if (dout[0] != NULL)
			add_to(p->dh, dout[0] + row(q, k, steps, i, n), n);
		cell_back(q, &p->w, k > 0 ? before.h : p->h,
		    k > 0 ? before.c : p->c, &t, p->dh, p->dc, d, &p->sums,
		    p->spare);
	}
}

static void
store_weights(const struct cells *q, const struct pass *p, float *to)
{
	const size_t n = q->width, g = cells_gates(q) * n;

	turn(p->sums.rt, to, n, g);
	memcpy(to + g * n, p->sums.rb, g * sizeof(*to));
	if (q->peephole)
		memcpy(to + g * n + g, p->sums.p, 3 * n * sizeof(*to));
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct cells *q = state;
	const size_t n = q->width, g = cells_gates(q) * n;
	float *dstates = q->states ? din[2] : NULL;
	struct pass p;
	size_t i, steps;
	int rc;

	(void)env;
	(void)out;
	TRY(pass_open(&p, q, in[1], q->steps));
	if (din[0] != NULL)
		memset(din[0], 0, q->steps * q->items * g * sizeof(float));
	for (i = 0, rc = 0; i < q->items && rc == 0; i++) {
		rc = steps_of(q, in, i, &steps);
		if (rc < 0)
			break;
		load_states(q, in, i, &p);
		retrace(q, in[0], steps, i, &p);
		item_back(q, dout, steps, i, &p, din[0]);
		if (dstates != NULL)
			memcpy(dstates + i * n, p.dh, n * sizeof(float));
		if (dstates != NULL && q->kind == CELLS_LSTM)
			memcpy(dstates + (q->items + i) * n, p.dc,
			    n * sizeof(float));
	}
	if (din[1] != NULL)
		store_weights(q, &p, din[1]);
	mem_free(p.memory);
	return rc;
}

int
cells_add(struct graph *g, struct cells *q, const int *in)
{
	const struct shape y = { 3,
		{ (int64_t)q->steps, (int64_t)q->items, (int64_t)q->width } };
	const struct shape last = { 2, { y.d[1], y.d[2] } };
	const int nin = 2 + q->states + q->lengths;
	union op_attr a = { .custom = { q, nin, 1 + (int)cells_states(q),
				{ y, last, last }, forward, backward, 0 } };
	int t;

	TRY(t = graph_add(g, OP_CUSTOM, &a, in, nin));
	if (q->lengths)
		graph_last(g)->no_grad |= 1U << (nin - 1);
	return t;
}
