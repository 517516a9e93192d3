/* What LSTM and RNN share: inputs over time, state carried from run to run. */
#ifndef NN_LAYERS_RECURRENT_H
#define NN_LAYERS_RECURRENT_H

#include "nn/layers/types.h"

enum { RECURRENT_STATES = 2 };

struct recurrent {
	const Caffe__RecurrentParameter *p;
	int64_t steps, items, width; /* T, N, D */
	int nstates;                 /* 1: h; 2: h, c */
	int state[RECURRENT_STATES]; /* tensors (1, N, D): now */
	int cont;                    /* (T, N, 1) */
	int x;      /* W_x x + b for all steps: (T, N, gates D) */
	int fixed;  /* W_s x_static (1, N, gates D), or -1 */
	int nparam; /* blobs made so far */
};

/* Bottoms x (T, N, ...), cont (T, N), [x_static (N, ...)], [states (1, N, D)].
 * gates: how many numbers per unit the input gives. */
int
recurrent_begin(struct layer *l, struct recurrent *r, int nstates, int gates);
/* A weight matrix (rows, width) as the next blob; the tensor. */
int recurrent_weight(
    struct layer *l, struct recurrent *r, int64_t rows, int64_t width);
int recurrent_bias(struct layer *l, struct recurrent *r, int64_t rows);
/* x (1, N, width) times w: (1, N, rows). */
int recurrent_product(struct layer *l, int x, int w, int bias);
/* Step t of a tensor over time: (1, N, ...). */
int recurrent_step(struct layer *l, int x, int64_t t);
/* h of the step before, or zeros where a new sequence begins at step t. */
int recurrent_continue(struct layer *l, struct recurrent *r, int64_t t);
/* Input of step t plus the product with the state, plus the static input. */
int recurrent_gates(struct layer *l, struct recurrent *r, int64_t t, int h);
/* Tops: y (steps of them, along time), then the last states. */
int recurrent_end(struct layer *l, struct recurrent *r, const int *y);
void recurrent_free(struct layer *l);

/* One LSTM step from gates (1, N, 4 D): i, f, o, g.  c is replaced; *h made. */
int lstm_unit(struct layer *l, int cont, int gates, int *c, int *h);

#endif
