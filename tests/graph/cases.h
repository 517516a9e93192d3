/* The ops that tests/graph/ops.c checks, and how many cases of each. */
#ifndef TESTS_GRAPH_CASES_H
#define TESTS_GRAPH_CASES_H

#include <string.h>

#include "base/rng.h"
#include "graph/graph.h"

enum fill {
	FILL_ANY,      /* odd sixteenths, -4..4 */
	FILL_SMALL,    /* the same, -1..1 */
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

/* A window that fits an input of the size it also chooses. */
static void
random_conv(struct rng *r, struct op_conv *q, int64_t *size)
{
	q->nd = below(r, 4) == 0 ? between(r, 1, 3) : 2;
	q->group = below(r, 3) == 0 ? between(r, 2, 3) : 1;
	for (int i = 0; i < q->nd; i++) {
		int extent;

		q->kernel[i] = between(r, 1, q->nd == 3 ? 3 : 5);
		q->stride[i] = between(r, 1, 3);
		q->pad[i] = between(r, 0, q->kernel[i] - 1);
		q->dilation[i] = below(r, 3) == 0 ? 2 : 1;
		extent = q->dilation[i] * (q->kernel[i] - 1) + 1;
		size[i] = between(r, 1, 9);
		if (size[i] + 2 * q->pad[i] < extent)
			size[i] = extent;
	}
}

static struct shape
image(const struct op_conv *q, int64_t n, int64_t c, const int64_t *size)
{
	struct shape s = { .n = q->nd + 2, .d = { n, c } };

	for (int i = 0; i < q->nd; i++)
		s.d[2 + i] = size[i];
	return s;
}

static void
out_sizes(const struct op_conv *q, const int64_t *size, int64_t *out)
{
	for (int i = 0; i < q->nd; i++)
		out[i] = (size[i] + 2 * q->pad[i] -
			     (q->dilation[i] * (q->kernel[i] - 1) + 1)) /
			q->stride[i] +
		    1;
}

static struct shape
filter(const struct op_conv *q, int o, int c)
{
	struct shape s = { .n = q->nd + 2, .d = { o, c / q->group } };

	for (int i = 0; i < q->nd; i++)
		s.d[2 + i] = q->kernel[i];
	return s;
}

static int
random_batch(struct rng *r)
{
	return below(r, 6) == 0 ? between(r, 5, 17) : between(r, 1, 3);
}

static void
make_conv(struct rng *r, struct kase *c)
{
	struct op_conv *q = &c->a.conv;
	int64_t size[3] = { 0 }, out[3] = { 0 };
	int ins, outs, n = random_batch(r);

	random_conv(r, q, size);
	if (below(r, 8) == 0) /* depthwise */
		q->group = between(r, 2, 9);
	ins = q->group * between(r, 1, 3);
	outs = q->group * between(r, 1, 4);
	if (below(r, 5) == 0) { /* wide enough for blocked layouts */
		q->group = 1;
		ins = between(r, 15, 33);
		outs = between(r, 15, 33);
	}
	out_sizes(q, size, out);
	input(c, image(q, n, ins, size), FILL_ANY, true);
	input(c, filter(q, outs, ins), FILL_SMALL, true);
	if (below(r, 4) == 0)
		no_input(c);
	else
		input(c, shape_of(1, outs), FILL_ANY, true);
	if (below(r, 5) == 0) { /* as graph_fuse leaves it: forward only */
		input(c, image(q, n, outs, out), FILL_ANY, false);
		q->relu = below(r, 2);
		q->slope = below(r, 2) ? 0.25F : 0;
		c->want = 0;
	}
}

static void
make_conv_data(struct rng *r, struct kase *c)
{
	struct op_conv *q = &c->a.conv;
	int64_t size[3] = { 0 }, out[3] = { 0 };
	int ins, outs, n = random_batch(r);

	random_conv(r, q, size);
	ins = q->group * between(r, 1, 4);
	outs = q->group * between(r, 1, 4);
	out_sizes(q, size, out);
	memcpy(q->size, size, sizeof(size));
	input(c, image(q, n, outs, out), FILL_ANY, true);
	input(c, filter(q, outs, ins), FILL_SMALL, true);
	if (below(r, 2))
		input(c, shape_of(1, ins), FILL_ANY, true);
}

static void
make_conv_weight(struct rng *r, struct kase *c)
{
	struct op_conv *q = &c->a.conv;
	int64_t size[3] = { 0 }, out[3] = { 0 };
	int ins, outs, n = random_batch(r);

	random_conv(r, q, size);
	ins = q->group * between(r, 1, 4);
	outs = q->group * between(r, 1, 4);
	out_sizes(q, size, out);
	q->bias = below(r, 2);
	input(c, image(q, n, ins, size), FILL_ANY, false);
	input(c, image(q, n, outs, out), FILL_ANY, false);
}

static void
make_im2col(struct rng *r, struct kase *c)
{
	int64_t size[3] = { 0 };

	random_conv(r, &c->a.conv, size);
	c->a.conv.group = 1;
	input(c, image(&c->a.conv, between(r, 1, 3), between(r, 1, 3), size),
	    FILL_ANY, true);
}

static void
make_matmul(struct rng *r, struct kase *c)
{
	struct op_matmul *m = &c->a.matmul;
	int mm = between(r, 1, 17), k = between(r, 1, 40);
	int nn = between(r, 1, 20), batch = between(r, 2, 4);
	bool batched = below(r, 3) == 0;

	m->ta = below(r, 2);
	m->tb = below(r, 2);
	if (batched) {
		input(c,
		    m->ta ? shape_of(3, batch, k, mm)
			  : shape_of(3, batch, mm, k),
		    FILL_ANY, true);
		input(c,
		    m->tb ? shape_of(3, batch, nn, k)
			  : shape_of(3, batch, k, nn),
		    FILL_ANY, true);
	} else {
		input(c, m->ta ? shape_of(2, k, mm) : shape_of(2, mm, k),
		    FILL_ANY, true);
		input(c, m->tb ? shape_of(2, nn, k) : shape_of(2, k, nn),
		    FILL_ANY, true);
	}
	if (below(r, 2))
		input(c, shape_of(1, nn), FILL_ANY, true);
	if (below(r, 5) == 0) {
		m->relu = true;
		c->want = 0;
	}
}

static void
make_pool(struct rng *r, struct kase *c)
{
	struct op_pool *p = &c->a.pool;
	int size[2];

	p->fn = below(r, 2) ? POOL_MAX : POOL_AVE;
	p->floor = below(r, 3) == 0;
	p->mask = p->fn == POOL_MAX && below(r, 2);
	for (int i = 0; i < 2; i++) {
		p->kernel[i] = between(r, 1, 4);
		p->stride[i] = between(r, 1, p->kernel[i]);
		p->pad[i] = below(r, (p->kernel[i] + 1) / 2);
		size[i] = between(r, p->kernel[i], 9);
	}
	if (below(r, 6) == 0) { /* one pixel; global */
		size[0] = size[1] = 1 + below(r, 2) * 6;
		p->kernel[0] = p->kernel[1] = size[0];
		p->stride[0] = p->stride[1] = 1;
		p->pad[0] = p->pad[1] = 0;
	}
	input(c,
	    shape_of(4, random_batch(r), between(r, 1, 5), size[0], size[1]),
	    FILL_DISTINCT, true);
}

static void
make_lrn(struct rng *r, struct kase *c)
{
	struct op_lrn *l = &c->a.lrn;

	l->region = below(r, 2) ? LRN_ACROSS : LRN_WITHIN;
	l->size = 1 + 2 * below(r, 3);
	l->alpha = below(r, 2) ? 1 : 0.05F;
	l->beta = below(r, 2) ? 0.75F : 0.5F;
	l->k = l->region == LRN_ACROSS && below(r, 2) ? 2 : 1;
	input(c,
	    shape_of(4, between(r, 1, 3), between(r, 1, 9), between(r, 1, 6),
		between(r, 1, 6)),
	    FILL_ANY, true);
	c->opaque = 2;
}

static struct shape
random_shape(struct rng *r, int lo, int hi)
{
	struct shape s = { .n = between(r, lo, hi) };

	for (int i = 0; i < s.n; i++)
		s.d[i] = between(r, 1, 6);
	return s;
}

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
	};
	bool positive;

	*u = fns[below(r, (int)(sizeof(fns) / sizeof(fns[0])))];
	positive = u->fn == UNARY_LOG || (u->fn == UNARY_POWER && u->c < 0);
	input(c, random_shape(r, 1, 4), positive ? FILL_POSITIVE : FILL_ANY,
	    u->fn != UNARY_THRESHOLD && u->fn != UNARY_SIGN);
}

static void
make_binary(struct rng *r, struct kase *c)
{
	struct shape x = random_shape(r, 1, 4), y = x;

	c->a.binary.fn = (enum binary_fn)below(r, BINARY_KINDS);
	for (int i = 0; i < x.n && below(r, 2); i++) {
		if (below(r, 2))
			x.d[i] = 1;
		if (below(r, 2))
			y.d[i] = 1;
	}
	input(c, x, FILL_ANY, c->a.binary.fn != BINARY_GT);
	/* never equal to x, for MAX and GT */
	input(c, y, FILL_PROB, c->a.binary.fn != BINARY_GT);
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

	c->a.reduce.fn = (enum reduce_fn)below(r, REDUCE_MAX + 1);
	if (c->a.reduce.fn == REDUCE_MAX)
		s = random_shape(r, 1, 3); /* few enough to be distinct */
	c->a.reduce.axes = (uint32_t)below(r, 1 << s.n);
	c->a.reduce.coeff = below(r, 2) ? 1 : 0.5F;
	input(c, s, c->a.reduce.fn == REDUCE_MAX ? FILL_DISTINCT : FILL_ANY,
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
	a->top_k = between(r, 1,
	    (int)(a->has_axis ? s.d[a->axis]
			      : (int64_t)shape_count_axes(&s, 1, s.n)));
	input(c, s, FILL_ANY, false);
}

static void
make_concat(struct rng *r, struct kase *c)
{
	struct shape s = random_shape(r, 1, 4);
	int n = between(r, 1, CASE_IN_MAX);

	c->a.axis = below(r, s.n);
	for (int i = 0; i < n; i++) {
		s.d[c->a.axis] = between(r, 1, 17);
		input(c, s, FILL_ANY, true);
	}
}

static void
make_slice(struct rng *r, struct kase *c)
{
	struct shape s = random_shape(r, 1, 4);
	struct op_slice *b = &c->a.slice;

	b->size = s;
	for (int i = 0; i < s.n; i++) {
		b->size.d[i] = between(r, 1, (int)s.d[i]);
		b->start[i] = below(r, (int)(s.d[i] - b->size.d[i] + 1));
	}
	input(c, s, FILL_ANY, true);
}

static void
make_pad(struct rng *r, struct kase *c)
{
	struct op_slice *b = &c->a.slice;
	struct shape box;

	make_slice(r, c);
	box = b->size;
	b->size = c->in[0];
	c->in[0] = box;
}

static void
make_permute(struct rng *r, struct kase *c)
{
	struct shape s = random_shape(r, 1, 5);
	uint32_t order[SHAPE_MAX];

	for (int i = 0; i < s.n; i++)
		order[i] = (uint32_t)i;
	rng_shuffle(r, order, (size_t)s.n);
	for (int i = 0; i < s.n; i++)
		c->a.permute.order[i] = (int)order[i];
	input(c, s, FILL_ANY, true);
}

static void
make_reshape(struct rng *r, struct kase *c)
{
	struct shape s = random_shape(r, 1, 4);

	c->a.shape = (struct shape){ .n = 2,
		.d = { s.d[0], (int64_t)shape_count_axes(&s, 1, s.n) } };
	input(c, s, FILL_ANY, true);
}

static void
make_dropout(struct rng *r, struct kase *c)
{
	c->a.dropout.ratio = 0.1F * (float)below(r, 9);
	c->a.dropout.stream = (uint32_t)below(r, 100);
	input(c, random_shape(r, 1, 4), FILL_ANY, true);
}

static void
make_gather(struct rng *r, struct kase *c)
{
	struct shape table = random_shape(r, 1, 3);

	c->classes = (int)table.d[0];
	input(c, table, FILL_ANY, true);
	input(c, random_shape(r, 1, 2), FILL_LABEL, false);
}

static void
make_prelu(struct rng *r, struct kase *c)
{
	struct shape s = random_shape(r, 2, 4);

	input(c, s, FILL_ANY, true);
	input(c, shape_of(1, below(r, 2) ? (int)s.d[1] : 1), FILL_SMALL, true);
}

static void
make_interp(struct rng *r, struct kase *c)
{
	c->a.conv.size[0] = between(r, 1, 12);
	c->a.conv.size[1] = between(r, 1, 12);
	input(c, random_shape(r, 4, 4), FILL_ANY, true);
}

static void
make_filter(struct rng *r, struct kase *c)
{
	struct shape s = random_shape(r, 1, 4);

	input(c, s, FILL_ANY, true);
	input(c, shape_of(1, (int)s.d[0]), FILL_BIT, false);
}

/* y = x0 * x1, x0 + x1, as a layer's own code. */
static int
custom_forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	(void)env;
	for (size_t i = 0; i < *(const size_t *)state; i++) {
		out[0][i] = in[0][i] * in[1][i];
		out[1][i] = in[0][i] + in[1][i];
	}
	return 0;
}

static int
custom_backward(void *state, const struct op_env *env,
    const float *const *dout, const float *const *in, const float *const *out,
    float *const *din)
{
	(void)env;
	(void)out;
	for (size_t i = 0; i < *(const size_t *)state; i++) {
		for (int k = 0; k < 2; k++) {
			if (din[k] == NULL)
				continue;
			din[k][i] = dout[0] ? dout[0][i] * in[1 - k][i] : 0;
			din[k][i] += dout[1] ? dout[1][i] : 0;
		}
	}
	return 0;
}

static void
make_custom(struct rng *r, struct kase *c)
{
	static size_t sizes[512]; /* the states outlive the plans */
	struct shape s = random_shape(r, 1, 3);
	size_t n = shape_count(&s);

	sizes[n] = n;
	c->a.custom = (struct op_custom){ &sizes[n], 2, 2, { s, s },
		custom_forward, custom_backward, 0 };
	input(c, s, FILL_ANY, below(r, 3) > 0);
	input(c, s, FILL_ANY, true);
}

static const struct maker {
	enum op_kind kind;
	int cases;
	void (*make)(struct rng *r, struct kase *c);
} makers[] = {
	{ OP_CONV, 60, make_conv },
	{ OP_CONV_DATA, 40, make_conv_data },
	{ OP_CONV_WEIGHT, 40, make_conv_weight },
	{ OP_MATMUL, 40, make_matmul },
	{ OP_POOL, 60, make_pool },
	{ OP_LRN, 30, make_lrn },
	{ OP_BATCHNORM, 40, make_batchnorm },
	{ OP_UNARY, 90, make_unary },
	{ OP_BINARY, 60, make_binary },
	{ OP_SUM, 20, make_sum },
	{ OP_REDUCE, 40, make_reduce },
	{ OP_BROADCAST, 20, make_broadcast },
	{ OP_SOFTMAX, 30, make_softmax },
	{ OP_LOSS, 120, make_loss },
	{ OP_ACCURACY, 30, make_accuracy },
	{ OP_ARGMAX, 30, make_argmax },
	{ OP_CONCAT, 30, make_concat },
	{ OP_SLICE, 20, make_slice },
	{ OP_PAD, 20, make_pad },
	{ OP_PERMUTE, 20, make_permute },
	{ OP_RESHAPE, 10, make_reshape },
	{ OP_DROPOUT, 20, make_dropout },
	{ OP_GATHER, 20, make_gather },
	{ OP_PRELU, 20, make_prelu },
	{ OP_IM2COL, 20, make_im2col },
	{ OP_INTERP, 30, make_interp },
	{ OP_FILTER, 20, make_filter },
	{ OP_CUSTOM, 20, make_custom },
};

#endif
