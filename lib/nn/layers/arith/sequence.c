/*
 * LSTMSequence, GRUSequence and RNNSequence: ONNX's LSTM, GRU and RNN over whole
 * sequences.  Caffe's LSTM and RNN have other gates and carry their state on.
 *
 * Bottoms: x (T, N, I) [, h (D, N, H) [, c (D, N, H)]] [, lengths (N)].
 * Blobs: W (D, G H, I), R (D, G H, H), B (D, 2 G H) [, P (D, 3 H)].
 * Tops: Y (T, D, N, H) [, Y_h (D, N, H) [, Y_c (D, N, H)]].
 * With layout 1 the batch is the first axis of each but the blobs.
 *
 * What the input gives is one product for all steps; the recurrence is host code
 * (cells.h), once for each direction.
 */
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "nn/layers/arith/broadcast.h"
#include "nn/layers/arith/cells.h"

static const Caffe__SequenceParameter none = CAFFE__SEQUENCE_PARAMETER__INIT;

enum { TOPS = 3, DIRECTIONS = 2 };

struct sequence {
	const Caffe__SequenceParameter *p;
	struct cells cells[DIRECTIONS];
	int directions;
	int x, states;        /* (T, N, I); (S, D, N, H) or -1 */
	int64_t input, gates; /* I, G H */
	int w, r, b, peephole;
	int y[TOPS][DIRECTIONS];
};

/* Tensor t with its axes in another order. */
static int
permute(struct layer *l, int t, const int *order)
{
	const int n = graph_shape(l->graph, t)->n;
	union op_attr a = { 0 };
	int i;

	for (i = 0; i < n; i++)
		a.permute.order[i] = order[i];
	return graph_add(l->graph, OP_PERMUTE, &a, &t, 1);
}

/* Does tensor t have the shape? */
static int
need(const struct layer *l, const char *what, int t, const struct shape *s)
{
	char a[SHAPE_TEXT_MAX], b[SHAPE_TEXT_MAX];

	if (shape_same(graph_shape(l->graph, t), s))
		return 0;
	return err_set(ERR_FORMAT, "its %s is %s, not %s", what,
	    shape_text(a, graph_shape(l->graph, t)), shape_text(b, s));
}

static int
read_activations(const Caffe__SequenceParameter *p, struct cells *q, int d)
{
	static const char *const gated[3] = { "Sigmoid", "Tanh", "Tanh" };
	static const char *const plain[1] = { "Tanh" };
	const size_t n = q->kind == CELLS_RNN ? 1
	    : q->kind == CELLS_GRU            ? 2
					      : 3;
	size_t i, at;

	for (i = 0; i < n; i++) {
		const char *name = q->kind == CELLS_RNN ? plain[i] : gated[i];

		at = (size_t)d * n + i;
		if (p->n_activation > 0 && at >= p->n_activation)
			return err_set(ERR_FORMAT,
			    "activation is given %s; it takes %zu for each direction",
			    NUM_COUNTED(p->n_activation, "time"), n);
		if (p->n_activation > 0)
			name = p->activation[at];
		TRY(activation_find(&q->act[i], name,
		    at < p->n_activation_alpha ? &p->activation_alpha[at]
					       : NULL,
		    at < p->n_activation_beta ? &p->activation_beta[at]
					      : NULL));
	}
	return 0;
}

static int
read_cells(struct layer *l, struct sequence *s, enum cells_kind kind)
{
	const Caffe__SequenceParameter *p = s->p;
	const struct shape *x = graph_shape(l->graph, s->x);
	int d;

	s->directions = 1 +
	    (p->direction ==
		CAFFE__SEQUENCE_PARAMETER__DIRECTION__BIDIRECTIONAL);
	for (d = 0; d < s->directions; d++) {
		s->cells[d] = (struct cells){ .kind = kind,
			.steps = (size_t)x->d[0],
			.items = (size_t)x->d[1],
			.width = p->hidden_size,
			.reverse = d > 0 ||
			    p->direction ==
				CAFFE__SEQUENCE_PARAMETER__DIRECTION__REVERSE,
			.linear_before_reset = p->linear_before_reset,
			.input_forget = p->input_forget,
			.peephole = p->peephole && kind == CELLS_LSTM,
			.lengths = p->lengths,
			.clip = p->clip };
		TRY(read_activations(p, &s->cells[d], d));
	}
	s->input = x->d[2];
	s->gates = (int64_t)(cells_gates(&s->cells[0]) * p->hidden_size);
	return 0;
}

/* x as (T, N, I). */
static int
read_input(struct layer *l, struct sequence *s)
{
	static const int turned[3] = { 1, 0, 2 };
	const struct shape *x = layer_shape(l, 0);
	char t[SHAPE_TEXT_MAX];

	if (x->n != 3)
		return err_set(ERR_FORMAT,
		    "its bottom %s must have three axes: time, batch, numbers",
		    shape_text(t, x));
	if (s->p->hidden_size < 1 || s->p->hidden_size > 1 << 20)
		return err_set(ERR_RANGE, "hidden_size is %u",
		    (unsigned)s->p->hidden_size);
	s->x = l->bottom[0];
	if (s->p->layout != 0)
		TRY(s->x = permute(l, s->x, turned));
	return 0;
}

/* The states that are given as one tensor (S, D, N, H); what an LSTM is not given
 * of them is 0. */
static int
read_states(struct layer *l, struct sequence *s)
{
	static const int turned[3] = { 1, 0, 2 };
	const int given = l->nbottom - 1 - s->p->lengths;
	const int n = (int)cells_states(&s->cells[0]);
	const struct shape one = { 3,
		{ s->directions, (int64_t)s->cells[0].items,
		    s->p->hidden_size } };
	struct shape four = { 4, { 1, one.d[0], one.d[1], one.d[2] } };
	int t[2], i;

	s->states = -1;
	if (given == 0)
		return 0;
	if (given < 0 || given > n)
		return err_set(ERR_FORMAT,
		    "it has %s; it takes %d states at most",
		    NUM_COUNTED(l->nbottom, "bottom"), n);
	for (i = 0; i < n; i++) {
		if (i >= given) {
			TRY(t[i] = layer_affine(l, t[0], 0, 0));
			continue;
		}
		t[i] = l->bottom[1 + i];
		if (s->p->layout != 0 && layer_shape(l, 1 + i)->n == 3)
			TRY(t[i] = permute(l, t[i], turned));
		TRY(need(l, "initial state", t[i], &one));
		TRY(t[i] = graph_reshape(l->graph, t[i], &four));
	}
	return s->states = layer_concat(l, t, n, 0);
}

static int
make_params(struct layer *l, struct sequence *s)
{
	const Caffe__SequenceParameter *p = s->p;
	struct shape q = { 3, { s->directions, s->gates, s->input } };

	TRY(s->w = layer_param(l, 0, &q, p->weight_filler, true));
	q.d[2] = p->hidden_size;
	TRY(s->r = layer_param(l, 1, &q, p->weight_filler, true));
	q = (struct shape){ 2, { s->directions, 2 * s->gates } };
	TRY(s->b = layer_param(l, 2, &q, p->bias_filler, true));
	q.d[1] = 3 * (int64_t)p->hidden_size;
	if (s->cells[0].peephole)
		TRY(s->peephole = layer_param(l, 3, &q, NULL, true));
	return 0;
}

/* Of direction d of t its numbers [at, at + n) as a list. */
static int
piece(struct layer *l, int t, int d, int64_t at, int64_t n)
{
	const struct shape s = *graph_shape(l->graph, t);
	const struct shape flat = { 2,
		{ s.d[0], (int64_t)shape_count_axes(&s, 1, s.n) } };
	const struct shape list = { 1, { n } };

	TRY(t = graph_reshape(l->graph, t, &flat));
	TRY(t = layer_slice(l, t, 0, d, 1));
	TRY(t = layer_slice(l, t, 1, at, n));
	return graph_reshape(l->graph, t, &list);
}

/* What the input gives to the gates of direction d: (T, N, G H). */
static int
input_gates(struct layer *l, const struct sequence *s, int d)
{
	const struct shape x = *graph_shape(l->graph, s->x);
	const struct shape rows = { 2, { x.d[0] * x.d[1], s->input } };
	const struct shape matrix = { 2, { s->gates, s->input } };
	const struct shape all = { 3, { x.d[0], x.d[1], s->gates } };
	const union op_attr a = { .matmul = { .tb = true } };
	int in[3], y;

	TRY(in[0] = graph_reshape(l->graph, s->x, &rows));
	TRY(in[1] = piece(l, s->w, d, 0, s->gates * s->input));
	TRY(in[1] = graph_reshape(l->graph, in[1], &matrix));
	TRY(in[2] = piece(l, s->b, d, 0, s->gates));
	TRY(y = graph_add(l->graph, OP_MATMUL, &a, in, 3));
	return graph_reshape(l->graph, y, &all);
}

static int
add_direction(struct layer *l, struct sequence *s, int d)
{
	struct cells *q = &s->cells[d];
	const struct shape states = { 3,
		{ (int64_t)cells_states(q), (int64_t)q->items,
		    (int64_t)q->width } };
	int in[4], part[3], n = 2, i;

	TRY(in[0] = input_gates(l, s, d));
	TRY(part[0] = piece(l, s->r, d, 0, s->gates * (int64_t)q->width));
	TRY(part[1] = piece(l, s->b, d, s->gates, s->gates));
	if (q->peephole)
		TRY(part[2] =
			piece(l, s->peephole, d, 0, 3 * (int64_t)q->width));
	TRY(in[1] = layer_concat(l, part, q->peephole ? 3 : 2, 0));
	q->states = s->states >= 0;
	if (q->states) {
		TRY(i = layer_slice(l, s->states, 1, d, 1));
		TRY(in[n++] = graph_reshape(l->graph, i, &states));
	}
	if (q->lengths)
		in[n++] = l->bottom[l->nbottom - 1];
	TRY(cells_add(l->graph, q, in));
	for (i = 0; i < 1 + (int)cells_states(q); i++)
		s->y[i][d] = graph_last(l->graph)->out[i];
	return 0;
}

/* Top i: both directions, the batch where it belongs. */
static int
set_top(struct layer *l, struct sequence *s, int i)
{
	static const int all[4] = { 2, 0, 1, 3 }, last[3] = { 1, 0, 2 };
	int d, t;

	for (d = 0; d < s->directions; d++) {
		struct shape q = *graph_shape(l->graph, s->y[i][d]);

		q.d[q.n] = q.d[q.n - 1];
		q.d[q.n - 1] = q.d[q.n - 2];
		q.d[q.n - 2] = 1;
		q.n++;
		TRY(s->y[i][d] = graph_reshape(l->graph, s->y[i][d], &q));
	}
	t = s->y[i][0];
	if (s->directions > 1)
		TRY(t = layer_concat(l, s->y[i], s->directions, i == 0));
	if (s->p->layout != 0)
		TRY(t = permute(l, t, i == 0 ? all : last));
	return layer_top(l, i, t);
}

static int
emit_sequence(struct layer *l, enum cells_kind kind)
{
	struct sequence *s = mem_new(struct sequence);
	struct shape lengths;
	int i;

	l->state = s;
	s->p = LAYER_PARAM(l, sequence_param, &none);
	TRY(read_input(l, s));
	TRY(read_cells(l, s, kind));
	lengths = (struct shape){ 1, { (int64_t)s->cells[0].items } };
	if (s->p->lengths)
		TRY(need(l, "last bottom, of lengths,",
		    l->bottom[l->nbottom - 1], &lengths));
	TRY(read_states(l, s));
	TRY(make_params(l, s));
	for (i = 0; i < s->directions; i++)
		TRY(add_direction(l, s, i));
	for (i = 0; i < l->ntop; i++)
		TRY(set_top(l, s, i));
	return 0;
}

static int
emit_lstm(struct layer *l)
{
	return emit_sequence(l, CELLS_LSTM);
}

static int
emit_gru(struct layer *l)
{
	return emit_sequence(l, CELLS_GRU);
}

static int
emit_rnn(struct layer *l)
{
	return emit_sequence(l, CELLS_RNN);
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_gru_sequence = { "GRUSequence", 1, 3, 1, 2,
	.emit = emit_gru, .free = release };
const struct layer_type layer_lstm_sequence = { "LSTMSequence", 1, 4, 1, 3,
	.emit = emit_lstm, .free = release };
const struct layer_type layer_rnn_sequence = { "RNNSequence", 1, 3, 1, 2,
	.emit = emit_rnn, .free = release };
