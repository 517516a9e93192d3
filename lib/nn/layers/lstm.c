/*
 * LSTM (Hochreiter and Schmidhuber, 1997; with the gates of Donahue et al.,
 * 2015), and LSTMUnit, one step of it.  Blobs: W_xc (4 D, I), b_c (4 D),
 * [W_xc_static], W_hc (4 D, D).
 */
#include "base/mem.h"
#include "nn/layers/recurrent.h"

int
lstm_unit(struct layer *l, int cont, int gates, int *c, int *h)
{
	const float forget = l->p->recurrent_param != NULL
	    ? l->p->recurrent_param->lstm_additional_forget_bias
	    : 0;
	struct graph *g = l->graph;
	int64_t d = graph_shape(g, gates)->d[2] / 4;
	int part[4], i, t;

	for (i = 0; i < 4; i++) {
		TRY(part[i] = layer_slice(l, gates, 2, i * d, d));
		if (i == 1 && forget != 0)
			TRY(part[i] = graph_unary(
				g, part[i], UNARY_POWER, forget, 1, 1));
		TRY(part[i] = graph_unary(g, part[i],
			i < 3 ? UNARY_SIGMOID : UNARY_TANH, 0, 0, 0));
	}
	TRY(t = graph_binary(g, part[1], cont, BINARY_MUL));
	TRY(*c = graph_binary(g, *c, t, BINARY_MUL));
	TRY(t = graph_binary(g, part[0], part[3], BINARY_MUL));
	TRY(*c = graph_binary(g, *c, t, BINARY_ADD));
	TRY(t = graph_unary(g, *c, UNARY_TANH, 0, 0, 0));
	return *h = graph_binary(g, part[2], t, BINARY_MUL);
}

static int
unroll(struct layer *l, struct recurrent *r, int *y)
{
	int64_t t;
	int w, h, c;

	TRY(w = recurrent_weight(l, r, 4 * r->width, r->width));
	for (t = 0; t < r->steps; t++) {
		TRY(h = recurrent_continue(l, r, t));
		TRY(h = recurrent_product(l, h, w, -1));
		TRY(h = recurrent_gates(l, r, t, h));
		TRY(c = recurrent_step(l, r->cont, t));
		TRY(lstm_unit(l, c, h, &r->state[1], &r->state[0]));
		y[t] = r->state[0];
	}
	return recurrent_end(l, r, y);
}

static int
emit(struct layer *l)
{
	struct recurrent r;
	int *y, rc;

	TRY(recurrent_begin(l, &r, 2, 4));
	y = mem_array(int, (size_t)r.steps);
	rc = unroll(l, &r, y);
	mem_free(y);
	return rc;
}

static int
emit_unit(struct layer *l)
{
	struct shape c = *layer_shape(l, 0), x = *layer_shape(l, 1);
	char s[SHAPE_TEXT_MAX], t[SHAPE_TEXT_MAX];
	int cont, cell = l->bottom[0], h;

	if (c.n != 3 || x.n != 3 || c.d[0] != 1 || x.d[0] != 1 ||
	    c.d[1] != x.d[1] || x.d[2] != 4 * c.d[2])
		return err_set(ERR_FORMAT,
		    "its bottoms %s and %s must be (1, N, D) and (1, N, 4 D)",
		    shape_text(s, &c), shape_text(t, &x));
	if (shape_count(layer_shape(l, 2)) != (size_t)c.d[1])
		return err_set(ERR_FORMAT, "its third bottom must be (1, %lld)",
		    (long long)c.d[1]);
	c.d[2] = 1;
	TRY(cont = graph_reshape(l->graph, l->bottom[2], &c));
	TRY(lstm_unit(l, cont, l->bottom[1], &cell, &h));
	TRY(layer_top(l, 0, cell));
	return layer_top(l, 1, h);
}

const struct layer_type layer_lstm = { "LSTM", 2, -1, 1, -1, .emit = emit,
	.no_grad = 2, .free = recurrent_free };
const struct layer_type layer_lstm_unit = { "LSTMUnit", 3, 3, 2, 2,
	.emit = emit_unit, .no_grad = 4 };
