/*
 * Recurrent layers, unrolled over the steps of a run as Caffe does
 * (recurrent_layer.cpp).
 *
 * Without expose_hidden the state at the end of a run is where the next begins,
 * until cont says 0.  It lives in the layer, on the host, and goes in and out
 * by two CUSTOM ops; like Caffe's it is not part of a snapshot.
 */
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "nn/layers/recurrent.h"

enum { STEPS_MAX = 4096 };

static const Caffe__RecurrentParameter none = CAFFE__RECURRENT_PARAMETER__INIT;

struct memory {
	size_t n; /* floats of one state */
	float *v[RECURRENT_STATES];
	struct cell {
		struct memory *m;
		int i;
	} cell[RECURRENT_STATES];
};

static int
recall(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct cell *c = state;

	(void)env;
	(void)in;
	memcpy(out[0], c->m->v[c->i], c->m->n * sizeof(float));
	return 0;
}

static int
store(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct cell *c = state;

	(void)env;
	(void)out;
	memcpy(c->m->v[c->i], in[0], c->m->n * sizeof(float));
	return 0;
}

void
recurrent_free(struct layer *l)
{
	struct memory *m = l->state;
	int i;

	for (i = 0; m != NULL && i < RECURRENT_STATES; i++)
		mem_free(m->v[i]);
	mem_free(m);
}

/* The state as the last run left it, zeros at first. */
static int
remembered(struct layer *l, struct recurrent *r, const struct shape *s)
{
	struct memory *m = mem_new(struct memory);
	union op_attr a = { 0 };
	int i;

	l->state = m;
	m->n = shape_count(s);
	for (i = 0; i < r->nstates; i++) {
		m->v[i] = mem_array(float, m->n + 1);
		m->cell[i] = (struct cell){ m, i };
		a.custom.state = &m->cell[i];
		a.custom.nin = a.custom.nout = 1;
		a.custom.shape[0] = *s;
		a.custom.forward = recall;
		TRY(r->state[i] =
			graph_add(l->graph, OP_CUSTOM, &a, &r->cont, 1));
		graph_last(l->graph)->no_grad = 1;
	}
	return 0;
}

/* The first states as bottoms.  In Caffe they and the last states (tops) share
 * values with the unrolled net but not gradients, so nothing flows either way. */
static int
given(struct layer *l, struct recurrent *r, const struct shape *s, int first)
{
	char have[SHAPE_TEXT_MAX], want[SHAPE_TEXT_MAX];
	int i;

	for (i = 0; i < r->nstates; i++) {
		if (!shape_same(layer_shape(l, first + i), s))
			return err_set(ERR_FORMAT,
			    "its first state \"%s\" is %s and must be %s",
			    l->p->bottom[first + i],
			    shape_text(have, layer_shape(l, first + i)),
			    shape_text(want, s));
		TRY(r->state[i] = layer_stop_gradient(l, l->bottom[first + i]));
	}
	return 0;
}

static int
check_bottoms(const struct layer *l, struct recurrent *r)
{
	const struct shape *x = layer_shape(l, 0), *c = layer_shape(l, 1);
	int more = r->p->expose_hidden ? r->nstates : 0;
	char a[SHAPE_TEXT_MAX], b[SHAPE_TEXT_MAX];

	if (r->width < 1)
		return err_set(ERR_FORMAT, "num_output is not given");
	if (l->nbottom < 2 + more || l->nbottom > 3 + more)
		return err_set(ERR_FORMAT, "it takes %d or %d bottoms, not %d",
		    2 + more, 3 + more, l->nbottom);
	if (l->ntop != 1 + more)
		return err_set(ERR_FORMAT, "it has %s, not %d",
		    NUM_COUNTED(1 + more, "top"), l->ntop);
	if (x->n < 3 || c->n != 2 || c->d[0] != x->d[0] || c->d[1] != x->d[1])
		return err_set(ERR_FORMAT,
		    "its bottoms %s and %s must be (T, N, ...) and (T, N)",
		    shape_text(a, x), shape_text(b, c));
	if (x->d[0] < 1 || x->d[0] > STEPS_MAX)
		return err_set(ERR_RANGE, "%lld steps; it takes 1 to %d",
		    (long long)x->d[0], STEPS_MAX);
	return 0;
}

int
recurrent_weight(
    struct layer *l, struct recurrent *r, int64_t rows, int64_t width)
{
	struct shape s = { 2, { rows, width } };

	return layer_param(l, r->nparam++, &s, r->p->weight_filler, true);
}

int
recurrent_bias(struct layer *l, struct recurrent *r, int64_t rows)
{
	struct shape s = { 1, { rows } };

	return layer_param(l, r->nparam++, &s, r->p->bias_filler, true);
}

/* x (a, b, ...) times w (rows, count of ...): (a, b, rows). */
int
recurrent_product(struct layer *l, int x, int w, int bias)
{
	union op_attr a = { .matmul = { .tb = true } };
	struct shape s = *graph_shape(l->graph, x), f = { 2 };
	int in[3] = { -1, w, bias }, y;

	f.d[0] = s.d[0] * s.d[1];
	f.d[1] = (int64_t)shape_count_axes(&s, 2, s.n);
	TRY(in[0] = graph_reshape(l->graph, x, &f));
	TRY(y = graph_add(l->graph, OP_MATMUL, &a, in, bias < 0 ? 2 : 3));
	s.n = 3;
	s.d[2] = graph_shape(l->graph, y)->d[1];
	return graph_reshape(l->graph, y, &s);
}

static int
input(struct layer *l, struct recurrent *r, int gates)
{
	int64_t rows = gates * r->width;
	struct shape s = *layer_shape(l, 0), f;
	bool fixed = l->nbottom > 2 + (r->p->expose_hidden ? r->nstates : 0);
	int w, b, x;

	TRY(w = recurrent_weight(
		l, r, rows, (int64_t)shape_count_axes(&s, 2, s.n)));
	TRY(b = recurrent_bias(l, r, rows));
	TRY(r->x = recurrent_product(l, l->bottom[0], w, b));
	r->fixed = -1;
	if (!fixed)
		return 0;
	s = *layer_shape(l, 2);
	if (s.n < 1 || s.d[0] != r->items)
		return err_set(ERR_FORMAT,
		    "its static input must have %lld items",
		    (long long)r->items);
	f = (struct shape){ 3,
		{ 1, r->items, (int64_t)shape_count_axes(&s, 1, s.n) } };
	TRY(x = graph_reshape(l->graph, l->bottom[2], &f));
	TRY(w = recurrent_weight(l, r, rows, f.d[2]));
	return r->fixed = recurrent_product(l, x, w, -1);
}

int
recurrent_begin(struct layer *l, struct recurrent *r, int nstates, int gates)
{
	struct shape s = { 3 };

	memset(r, 0, sizeof(*r));
	r->p = LAYER_PARAM(l, recurrent_param, &none);
	r->nstates = nstates;
	r->width = r->p->num_output;
	TRY(check_bottoms(l, r));
	r->steps = layer_shape(l, 0)->d[0];
	r->items = layer_shape(l, 0)->d[1];
	s.d[0] = r->steps;
	s.d[1] = r->items;
	s.d[2] = 1;
	TRY(r->cont = graph_reshape(l->graph, l->bottom[1], &s));
	TRY(input(l, r, gates));
	s.d[0] = 1;
	s.d[2] = r->width;
	if (r->p->expose_hidden)
		return given(l, r, &s, l->nbottom - nstates);
	return remembered(l, r, &s);
}

int
recurrent_step(struct layer *l, int x, int64_t t)
{
	return layer_slice(l, x, 0, t, 1);
}

int
recurrent_continue(struct layer *l, struct recurrent *r, int64_t t)
{
	int c;

	TRY(c = recurrent_step(l, r->cont, t));
	return graph_binary(l->graph, r->state[0], c, BINARY_MUL);
}

int
recurrent_gates(struct layer *l, struct recurrent *r, int64_t t, int h)
{
	int x;

	TRY(x = recurrent_step(l, r->x, t));
	TRY(x = graph_binary(l->graph, h, x, BINARY_ADD));
	if (r->fixed >= 0)
		x = graph_binary(l->graph, x, r->fixed, BINARY_ADD);
	return x;
}

int
recurrent_end(struct layer *l, struct recurrent *r, const int *y)
{
	struct memory *m = l->state;
	union op_attr a = { 0 };
	int i;

	TRY(layer_top(l, 0, layer_concat(l, y, (int)r->steps, 0)));
	for (i = 0; i < r->nstates; i++) {
		if (r->p->expose_hidden) {
			TRY(layer_top(
			    l, 1 + i, layer_stop_gradient(l, r->state[i])));
			continue;
		}
		a.custom.state = &m->cell[i];
		a.custom.nin = 1;
		a.custom.forward = store;
		TRY(graph_add(l->graph, OP_CUSTOM, &a, &r->state[i], 1));
		graph_last(l->graph)->no_grad = 1;
	}
	return 0;
}
