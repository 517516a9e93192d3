/*
 * The recurrent part of LSTMSequence, GRUSequence and RNNSequence: one direction
 * over time, as host code of an op (struct op_custom).
 *
 * In:  gates (T,N,G H)  what the input gives to each gate, biases W_b in it
 *      weights          R (G H,H), R_b (G H), [P (3 H)] one behind the other
 *      [states (S,N,H)] h and, of an LSTM, c before the first step; else 0
 *      [lengths (N)]    steps of each sequence; what is behind them is 0
 * Out: y (T,N,H), y_h (N,H) [, y_c (N,H)]
 *
 * Gates stand in ONNX's order: an LSTM's i o f c, a GRU's z r h.  The gradient
 * runs the steps again and keeps what they leave.
 */
#ifndef NN_LAYERS_ARITH_CELLS_H
#define NN_LAYERS_ARITH_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include "graph/graph.h"

enum cells_kind { CELLS_RNN, CELLS_GRU, CELLS_LSTM };

/* An activation by ONNX's name (activations.c). */
struct activation {
	float (*f)(const struct activation *a, float x);
	float (*d)(const struct activation *a, float x, float y);
	float alpha, beta;
};

/* ERR_UNSUPPORTED for a name that is not one; alpha and beta may be NULL, which is
 * the activation's own. */
int activation_find(struct activation *out, const char *name,
    const float *alpha, const float *beta);

struct cells {
	enum cells_kind kind;
	size_t steps, items, width; /* T, N, H */
	bool reverse, linear_before_reset, input_forget, peephole;
	bool states, lengths; /* are given */
	float clip;           /* of what activations take; 0: no limit */
	/* f, g, h */
	struct activation act[3];
};

/* Numbers of gates and of states. */
size_t cells_gates(const struct cells *q);
size_t cells_states(const struct cells *q);

/* The op of in[]; q outlives the graph.  Returns y; y_h and y_c are the op's next
 * outputs. */
int cells_add(struct graph *g, struct cells *q, const int *in);

#endif
