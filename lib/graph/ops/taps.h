/*
 * Where OP_TAKE and OP_RESIZE find the numbers of one axis, as tables (axis.h: place by
 * place).
 *
 * OP_RESIZE: place i of y is the sum of weight[i * n + k] times place at[i * n + k] of
 * x, k < n; at is always inside of x.  outside[i]: it is op_resize.extrapolation
 * instead.
 */
#ifndef GRAPH_OPS_TAPS_H
#define GRAPH_OPS_TAPS_H

#include "graph/op.h"

/* Place i of y's axis k in an axis of d places; -1: it is take.value. */
int64_t take_place(const struct op_take *a, int k, int64_t d, int64_t i);

struct taps {
	size_t n;       /* for each place of y */
	int64_t *at;    /* (to, n) */
	double *weight; /* (to, n) */
	bool *outside;  /* (to), or NULL: none */
};

/* Free with taps_clear. */
void taps_make(struct taps *t, const struct op_resize *a, int axis);
void taps_clear(struct taps *t); /* accepts a zeroed one */
/* The most n of any that is to be made; the shape rule refuses more. */
enum { TAPS_MAX = 1 << 16 };
/* n, without making them. */
double taps_count(const struct op_resize *a, int axis);

#endif
