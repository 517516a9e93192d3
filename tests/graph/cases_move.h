/* Cases of the ops that move numbers, and of host code. */
#ifndef TESTS_GRAPH_CASES_MOVE_H
#define TESTS_GRAPH_CASES_MOVE_H

#include "case.h"

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
	struct shape table = random_shape(r, 1, 4);

	c->a.gather.axis = below(r, 2) ? below(r, table.n) : 0;
	c->a.gather.from_end = below(r, 2) == 0;
	c->classes = (int)table.d[c->a.gather.axis];
	c->from_end = c->a.gather.from_end;
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
custom_backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
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
	static size_t sizes[4096]; /* the states outlive the plans */
	struct shape s = random_shape(r, 1, 3);
	size_t n = shape_count(&s);

	sizes[n] = n;
	c->a.custom = (struct op_custom){ &sizes[n], 2, 2, { s, s },
		custom_forward, custom_backward, 0 };
	input(c, s, FILL_ANY, below(r, 3) > 0);
	input(c, s, FILL_ANY, true);
}

#endif
