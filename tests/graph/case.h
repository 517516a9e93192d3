/*
 * A random case of an op, for tests/graph/ops.c: attributes, shapes of the inputs
 * and what fills them.  Sizes are small and odd on purpose: one pixel, one
 * channel, batches of 1 to 17, windows that hang over the edge.
 *
 * Inputs are odd sixteenths below 4, exact in bf16 and never at a kink, so that
 * differences and coarse precisions see the same function.
 */
#ifndef TESTS_GRAPH_CASE_H
#define TESTS_GRAPH_CASE_H

#include <string.h>

#include "base/rng.h"
#include "graph/graph.h"

enum fill {
	FILL_ANY,      /* odd sixteenths, -4..4 */
	FILL_SMALL,    /* the same, -1..1 */
	FILL_HALF,     /* the same, -1/2..1/2 */
	FILL_POSITIVE, /* odd sixteenths, 0.5..4 */
	FILL_DISTINCT, /* neighbours differ, for maxima */
	FILL_PROB,     /* eighths, 0..1, never 0 */
	FILL_LABEL,    /* 0..classes-1 */
	FILL_BIT,      /* 0 or 1 */
	FILL_ONE       /* 1 (batchnorm's factor) */
};

enum { CASE_IN_MAX = 6 };

struct kase {
	enum op_kind kind;
	union op_attr a;
	int nin;
	struct shape in[CASE_IN_MAX]; /* n -1: left out */
	enum fill fill[CASE_IN_MAX];
	int classes;     /* of FILL_LABEL */
	bool from_end;   /* of FILL_LABEL: -classes..classes-1 */
	unsigned params; /* bit i: input i is a PARAM that the op may update */
	unsigned want;   /* bit i: check the gradient to input i */
	unsigned opaque; /* bit i: output i is the backend's own */
};

static int
below(struct rng *r, int n)
{
	return (int)rng_below(r, (uint64_t)n);
}

static int
between(struct rng *r, int lo, int hi)
{
	return lo + below(r, hi - lo + 1);
}

static void
input(struct kase *c, struct shape s, enum fill fill, bool want)
{
	c->in[c->nin] = s;
	c->fill[c->nin] = fill;
	if (want)
		c->want |= 1U << c->nin;
	c->nin++;
}

static void
no_input(struct kase *c)
{
	input(c, (struct shape){ .n = -1 }, FILL_ANY, false);
}

/* Some cases have channels in eights, which kernels take together (ops --as
 * layers). */
static bool case_wide;

static int
channels(struct rng *r, int lo, int hi)
{
	if (case_wide && below(r, 2))
		return 8 * between(r, 1, 9);
	return between(r, lo, hi);
}

static struct shape
random_shape(struct rng *r, int lo, int hi)
{
	struct shape s = { .n = between(r, lo, hi) };

	for (int i = 0; i < s.n; i++)
		s.d[i] =
		    i == 1 && s.n > 2 ? channels(r, 1, 6) : between(r, 1, 6);
	return s;
}

#endif
