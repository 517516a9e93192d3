/*
 * RNN: h = tanh(W_hh h + W_xh x + b_h), o = tanh(W_ho h + b_o).  Blobs: W_xh,
 * b_h, [W_xh_static], W_hh, W_ho, b_o.
 */
#include "base/mem.h"
#include "nn/layers/recurrent.h"

static int
unroll(struct layer *l, struct recurrent *r, int *y)
{
	struct graph *g = l->graph;
	int whh, who, bo, h;
	int64_t t;

	TRY(whh = recurrent_weight(l, r, r->width, r->width));
	TRY(who = recurrent_weight(l, r, r->width, r->width));
	TRY(bo = recurrent_bias(l, r, r->width));
	for (t = 0; t < r->steps; t++) {
		TRY(h = recurrent_continue(l, r, t));
		TRY(h = recurrent_product(l, h, whh, -1));
		TRY(h = recurrent_gates(l, r, t, h));
		TRY(h = graph_unary(g, h, UNARY_TANH, 0, 0, 0));
		r->state[0] = h;
		TRY(h = recurrent_product(l, h, who, bo));
		TRY(y[t] = graph_unary(g, h, UNARY_TANH, 0, 0, 0));
	}
	return recurrent_end(l, r, y);
}

static int
emit(struct layer *l)
{
	struct recurrent r;
	int *y, rc;

	TRY(recurrent_begin(l, &r, 1, 1));
	y = mem_array(int, (size_t)r.steps);
	rc = unroll(l, &r, y);
	mem_free(y);
	return rc;
}

const struct layer_type layer_rnn = { "RNN", 2, -1, 1, -1, .emit = emit,
	.no_grad = 2, .free = recurrent_free };
