/* One step of one item, of each kind of cell, and its way back: inside of cells.c
 * and cell.c. */
#ifndef NN_LAYERS_ARITH_CELL_H
#define NN_LAYERS_ARITH_CELL_H

#include "nn/layers/arith/cells.h"

/* The weights as steps read them: rt is R turned, (H, G H). */
struct cell_weights {
	const float *rt, *rb, *p;
};

/* Sums of their gradients, alike. */
struct cell_sums {
	float *rt, *rb, *p;
};

/* What a step leaves: (H) each, but for pre and post, (G H): before and behind
 * the gates' activations. */
struct cell_trace {
	float *pre, *post;
	float *more; /* GRU: what r weighs; LSTM: h of c */
	float *h, *c;
};

/* Floats of a trace; and one that lies at v. */
size_t cell_trace_size(const struct cells *q);
struct cell_trace cell_trace_at(const struct cells *q, float *v);

/* t from gates (G H) and the states before. */
void cell_step(const struct cells *q, const struct cell_weights *w,
    const float *gates, const float *h, const float *c, struct cell_trace *t);

/* The way back of that: dh and dc (H) are the gradients to what the step left and
 * become those to what it began with; dgates (G H) is set, s grows. */
void cell_back(const struct cells *q, const struct cell_weights *w,
    const float *h, const float *c, const struct cell_trace *t, float *dh,
    float *dc, float *dgates, const struct cell_sums *s, float *spare);

#endif
