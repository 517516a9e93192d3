/* Cases of arithmetic, normalisation, losses and measures. */
#ifndef TESTS_GRAPH_CASES_MATH_H
#define TESTS_GRAPH_CASES_MATH_H

#include "case.h"

static void
make_batchnorm(struct rng *r, struct kase *c)
{
	struct op_batchnorm *b = &c->a.batchnorm;
	struct shape s = random_shape(r, 2, 4), v;

	s.d[0] = between(r, 2, 9);
	v = (struct shape){ .n = 1, .d = { s.d[1] } };
	b->eps = 1e-5F + 0.1F * (float)below(r, 2);
	b->fraction = 0.75F;
	b->train = below(r, 3) > 0;
	b->average = b->train && below(r, 3) == 0;
	input(c, s, FILL_ANY, true);
	input(c, v, FILL_SMALL, false);
	input(c, v, FILL_POSITIVE, false);
	input(c, shape_of(1, 1), FILL_ONE, false);
	if (below(r, 3) > 0) {
		input(c, v, FILL_ANY, true);
		input(c, v, FILL_ANY, true);
	}
	if (below(r, 5) == 0) {
		b->relu = true;
		c->want = 0;
	}
	c->params = b->train ? 14 : 0;
	c->opaque = 6;
}

static void
make_unary(struct rng *r, struct kase *c)
{
	struct op_unary *u = &c->a.unary;
	static const struct op_unary fns[] = {
		{ UNARY_RELU, 0, 0, 0 },
		{ UNARY_RELU, 0.25F, 0, 0 },
		{ UNARY_RELU, -0.5F, 0, 0 },
		{ UNARY_CLIP, -1, 2, 0 },
		{ UNARY_ELU, 1, 0, 0 },
		{ UNARY_ELU, 0.5F, 0, 0 },
		{ UNARY_SIGMOID, 0, 0, 0 },
		{ UNARY_TANH, 0, 0, 0 },
		{ UNARY_ABS, 0, 0, 0 },
		{ UNARY_BNLL, 0, 0, 0 },
		{ UNARY_EXP, 0.5F, 0.25F, 0 },
		{ UNARY_LOG, 2, 1.5F, 0.5F },
		{ UNARY_POWER, 0.5F, 2, 1 },
		{ UNARY_POWER, 1, 0.5F, 2 },
		{ UNARY_POWER, 0.5F, 1, -0.5F },
		{ UNARY_POWER, 2, 0, 3 },
		{ UNARY_THRESHOLD, 0.5F, 0, 0 },
		{ UNARY_SWISH, 1, 0, 0 },
		{ UNARY_SWISH, 0.5F, 0, 0 },
		{ UNARY_GELU, 0, 0, 0 },
		{ UNARY_MISH, 0, 0, 0 },
		{ UNARY_HARDSWISH, 0, 0, 0 },
		{ UNARY_SIGN, 0, 0, 0 },
		{ UNARY_POWER, 0, 1, 0.5F },
		{ UNARY_POWER, 0, 1, -1 },
		{ UNARY_ERF, 0, 0, 0 },
		{ UNARY_SIN, 0, 0, 0 },
		{ UNARY_COS, 0, 0, 0 },
		{ UNARY_TAN, 0, 0, 0 },
		{ UNARY_ASIN, 0, 0, 0 },
		{ UNARY_ACOS, 0, 0, 0 },
		{ UNARY_ATAN, 0, 0, 0 },
		{ UNARY_SINH, 0, 0, 0 },
		{ UNARY_COSH, 0, 0, 0 },
		{ UNARY_ASINH, 0, 0, 0 },
		{ UNARY_ATANH, 0, 0, 0 },
		{ UNARY_SOFTSIGN, 0, 0, 0 },
		{ UNARY_SHRINK, 0.5F, 0.25F, 0 },
		{ UNARY_THRESHOLDED, 1, 0, 0 },
		{ UNARY_FLOAT16, 0, 0, 0 },
		{ UNARY_BFLOAT16, 0, 0, 0 },
		{ UNARY_FLOOR, 0, 0, 0 },
		{ UNARY_CEIL, 0, 0, 0 },
		{ UNARY_ROUND, 0, 0, 0 },
		{ UNARY_TRUNC, 0, 0, 0 },
		{ UNARY_WRAP, -1, 3, 0 },
		{ UNARY_NONZERO, 0, 0, 0 },
		{ UNARY_ISNAN, 0, 0, 0 },
		{ UNARY_ISINF, 1, 1, 0 },
	};
	enum fill fill = FILL_ANY;

	*u = fns[below(r, (int)(sizeof(fns) / sizeof(fns[0])))];
	if (u->fn == UNARY_LOG || (u->fn == UNARY_POWER && u->c < 1))
		fill = FILL_POSITIVE;
	if (u->fn == UNARY_TAN || u->fn == UNARY_ASIN || u->fn == UNARY_ACOS ||
	    u->fn == UNARY_ATANH)
		fill = FILL_HALF;
	input(c, random_shape(r, 1, 4), fill,
	    u->fn != UNARY_THRESHOLD && u->fn != UNARY_SIGN &&
		u->fn < UNARY_FLOAT16);
}

static void
make_binary(struct rng *r, struct kase *c)
{
	struct shape x = random_shape(r, 1, 4), y = x;
	const enum binary_fn fn = (enum binary_fn)below(r, BINARY_KINDS);
	const bool step = fn == BINARY_GT || fn >= BINARY_GE;
	const bool mod = fn == BINARY_MOD || fn == BINARY_FMOD;

	c->a.binary.fn = fn;
	for (int i = 0; i < x.n && below(r, 2); i++) {
		if (below(r, 2))
			x.d[i] = 1;
		if (below(r, 2))
			y.d[i] = 1;
	}
	if (fn >= BINARY_EQ) {
		input(c, x, FILL_BIT, false);
		input(c, y, FILL_BIT, false);
		return;
	}
	input(c, x, fn == BINARY_POW ? FILL_POSITIVE : FILL_ANY, !step);
	/* never equal to x, for MAX and GT; the quotient is never whole */
	input(c, y, FILL_PROB, !step && !mod);
}

static void
make_sum(struct rng *r, struct kase *c)
{
	struct shape s = random_shape(r, 1, 4);
	int n = between(r, 1, CASE_IN_MAX);

	for (int i = 0; i < n; i++) {
		c->a.sum.coeff[i] = below(r, 2) ? 1 : -0.5F;
		input(c, s, FILL_ANY, true);
	}
	if (below(r, 5) == 0) {
		c->a.sum.relu = true;
		c->want = 0;
	}
}

static void
make_reduce(struct rng *r, struct kase *c)
{
	struct shape s = random_shape(r, 1, 4);

	c->a.reduce.fn = (enum reduce_fn)below(r, REDUCE_KINDS);
	if (c->a.reduce.fn >= REDUCE_MAX)
		s = random_shape(r, 1, 3); /* few enough to be distinct */
	c->a.reduce.axes = (uint32_t)below(r, 1 << s.n);
	c->a.reduce.coeff = below(r, 2) ? 1 : 0.5F;
	input(c, s, c->a.reduce.fn >= REDUCE_MAX ? FILL_DISTINCT : FILL_ANY,
	    true);
}

static void
make_broadcast(struct rng *r, struct kase *c)
{
	struct shape s = random_shape(r, 1, 4);

	c->a.shape = s;
	for (int i = 0; i < s.n; i++)
		if (below(r, 2))
			s.d[i] = 1;
	if (below(r, 5) == 0)
		s = (struct shape){ .n = 0 };
	input(c, s, FILL_ANY, true);
}

static void
make_softmax(struct rng *r, struct kase *c)
{
	struct shape s = random_shape(r, 1, 4);

	c->a.axis = below(r, s.n);
	input(c, s, FILL_ANY, true);
}

static void
make_loss(struct rng *r, struct kase *c)
{
	struct op_loss *l = &c->a.loss;
	struct shape s = random_shape(r, 2, 4), label;
	int n;

	l->fn = (enum loss_fn)below(r, LOSS_KINDS);
	l->norm = (enum loss_norm)below(r, 4);
	l->margin = 4;
	l->legacy = below(r, 2);
	l->axis = l->fn == LOSS_SOFTMAX || l->fn == LOSS_INFOGAIN
	    ? between(r, 0, s.n - 1)
	    : 1;
	label = s;
	label.d[l->axis] = 1;
	c->classes = n = (int)s.d[l->axis];
	c->opaque = l->fn == LOSS_SOFTMAX ? 0 : 2;
	switch (l->fn) {
	case LOSS_SOFTMAX:
		l->smoothing = below(r, 4) == 0 ? 0.25F : 0;
		l->has_ignore = below(r, 3) == 0;
		input(c, s, FILL_ANY, true);
		input(c, label, FILL_LABEL, false);
		if (below(r, 4) == 0)
			input(c, shape_of(1, n), FILL_POSITIVE, false);
		break;
	case LOSS_INFOGAIN:
		l->has_ignore = below(r, 3) == 0;
		input(c, s, FILL_ANY, true);
		input(c, label, FILL_LABEL, false);
		input(c, shape_of(2, n, n), FILL_POSITIVE, false);
		break;
	case LOSS_SIGMOID:
		l->has_ignore = below(r, 3) == 0;
		input(c, s, FILL_ANY, true);
		input(c, s, FILL_BIT, false);
		break;
	case LOSS_EUCLIDEAN:
	case LOSS_L1:
		input(c, s, FILL_ANY, true);
		input(c, s, FILL_PROB, true);
		break;
	case LOSS_CONTRASTIVE:
		input(c, s, FILL_SMALL, true);
		input(c, s, FILL_PROB, true);
		input(c, shape_of(1, (int)s.d[0]), FILL_BIT, false);
		break;
	default: /* hinge, multinomial: (N,C) */
		s.n = label.n = 2;
		input(c, s, l->fn == LOSS_MULTINOMIAL ? FILL_PROB : FILL_SMALL,
		    true);
		input(c, label, FILL_LABEL, false);
	}
}

static void
make_accuracy(struct rng *r, struct kase *c)
{
	struct op_accuracy *a = &c->a.accuracy;
	struct shape s = random_shape(r, 2, 4), label;

	a->axis = below(r, s.n);
	c->classes = (int)s.d[a->axis];
	a->top_k = between(r, 1, c->classes);
	a->has_ignore = below(r, 2);
	a->per_class = below(r, 2);
	label = s;
	label.d[a->axis] = 1;
	input(c, s, FILL_ANY, false);
	input(c, label, FILL_LABEL, false);
}

static void
make_argmax(struct rng *r, struct kase *c)
{
	struct op_argmax *a = &c->a.argmax;
	struct shape s = random_shape(r, 2, 4);

	a->has_axis = below(r, 2);
	a->axis = below(r, s.n);
	a->out_max_val = below(r, 2);
	a->first = below(r, 2);
	a->top_k = between(r, 1,
	    (int)(a->has_axis ? s.d[a->axis]
			      : (int64_t)shape_count_axes(&s, 1, s.n)));
	input(c, s, FILL_ANY, false);
}

#endif
