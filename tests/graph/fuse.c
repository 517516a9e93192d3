/*
 * Fusion: the fused graph gives the same numbers on ref, has the ops expected of
 * it, and leaves alone what somebody else reads or keeps.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "device/device.h"

enum { C = 4, ALL = 15 };

struct net {
	struct graph *g;
	int params; /* for names */
};

static int
param(struct net *n, struct shape s)
{
	char name[32];

	snprintf(name, sizeof(name), "p%d", n->params++);
	return graph_add_tensor(n->g, TENSOR_PARAM, name, &s);
}

static struct net
start(int *x)
{
	struct net n = { .g = graph_new() };
	struct shape s = shape_of(4, 2, C, 5, 5);

	*x = graph_add_tensor(n.g, TENSOR_INPUT, "data", &s);
	return n;
}

static int
conv(struct net *n, int x, bool bias)
{
	const union op_attr a = { .conv = { .nd = 2,
				      .kernel = { 3, 3 },
				      .stride = { 1, 1 },
				      .pad = { 1, 1 },
				      .dilation = { 1, 1 },
				      .group = 2 } };
	const int in[3] = { x, param(n, shape_of(4, C, C / 2, 3, 3)),
		bias ? param(n, shape_of(1, C)) : -1 };

	return graph_add(n->g, OP_CONV, &a, in, 3);
}

static int
relu(struct net *n, int x)
{
	return graph_unary(n->g, x, UNARY_RELU, 0, 0, 0);
}

static int
batchnorm(struct net *n, int x, bool train)
{
	const union op_attr a = { .batchnorm = { 1e-3F, 0.9F, train, false } };
	int in[4];

	in[0] = x;
	in[1] = param(n, shape_of(1, C));
	in[2] = param(n, shape_of(1, C));
	in[3] = param(n, shape_of(1, 1));
	return graph_add(n->g, OP_BATCHNORM, &a, in, 4);
}

/* x fn a vector by channel, as nn emits Scale and Bias. */
static int
by_channel(struct net *n, int x, enum binary_fn fn)
{
	const struct shape s = shape_of(4, 1, C, 1, 1);
	int v = graph_reshape(n->g, param(n, shape_of(1, C)), &s);

	return graph_binary(n->g, x, v, fn);
}

static int
scale(struct net *n, int x)
{
	x = by_channel(n, x, BINARY_MUL);
	return by_channel(n, x, BINARY_ADD);
}

static int
count(const struct graph *g, enum op_kind kind)
{
	int n = 0;

	for (int i = 0; i < graph_ops(g); i++)
		n += graph_op(g, i)->kind == kind;
	return n;
}

static void
write_random(struct plan *p, const struct graph *g)
{
	struct rng rng;

	rng_init(&rng, 7, 0);
	for (int t = 0; t < graph_tensors(g); t++) {
		const enum tensor_kind k = graph_tensor(g, t)->kind;
		float x[1024];

		if (k != TENSOR_INPUT && k != TENSOR_PARAM)
			continue;
		for (size_t i = 0; i < shape_count(graph_shape(g, t)); i++)
			x[i] = (float)rng_uniform(&rng) + 0.25F;
		assert_int_equal(plan_write(p, t, x), 0);
	}
}

/* Same kept tensors and gradients from both? */
static void
check_same(const struct graph *g, const struct graph *fused)
{
	const struct plan_run r = { .backward = true };
	struct device *d;
	struct plan *p, *q;

	assert_int_equal(device_open(&d, "ref", NULL), 0);
	assert_int_equal(device_plan(d, &p, g, NULL), 0);
	assert_int_equal(device_plan(d, &q, fused, NULL), 0);
	write_random(p, g);
	write_random(q, g);
	assert_int_equal(plan_run(p, &r), 0);
	assert_int_equal(plan_run(q, &r), 0);
	for (int t = 0; t < graph_tensors(g); t++) {
		const struct tensor *x = graph_tensor(g, t);
		float a[1024], b[1024];

		if (!x->keep && x->kind != TENSOR_GRAD)
			continue;
		assert_int_equal(plan_read(p, t, a), 0);
		assert_int_equal(plan_read(q, t, b), 0);
		for (size_t i = 0; i < shape_count(&x->shape); i++)
			assert_float_equal(
			    a[i], b[i], 2e-5 * (1 + fabs((double)a[i])));
	}
	plan_free(p);
	plan_free(q);
	device_close(d);
}

/* Keep y, fuse with flags, compare; the fused graph has nops ops that matter. */
static struct graph *
fused(struct net *n, int y, unsigned flags, int nops)
{
	struct graph *f;

	assert_true(y >= 0);
	graph_tensor(n->g, y)->keep = true;
	f = graph_copy(n->g);
	assert_int_equal(graph_fuse(f, flags), 0);
	graph_prune(f);
	check_same(n->g, f);
	if (nops >= 0)
		assert_int_equal(graph_ops(f), nops);
	return f;
}

static void
finish(struct net *n, struct graph *f)
{
	graph_free(f);
	graph_free(n->g);
}

static void
test_relu(void **state)
{
	int x, y;
	struct net n = start(&x);
	struct graph *f;

	(void)state;
	y = conv(&n, x, true);
	y = graph_unary(n.g, y, UNARY_RELU, 0.1F, 0, 0);
	y = relu(&n, batchnorm(&n, y, false));
	/* BATCHNORM and SUM take no slope. */
	y = graph_unary(n.g, batchnorm(&n, y, false), UNARY_RELU, 0.5F, 0, 0);
	f = fused(&n, y, GRAPH_FUSE_RELU, 4);
	assert_true(graph_op(f, 0)->a.conv.slope == 0.1F);
	finish(&n, f);
}

static void
test_kept(void **state)
{
	int x, y, z;
	struct net n = start(&x);

	(void)state;
	y = conv(&n, x, true);
	graph_tensor(n.g, y)->keep = true;
	z = relu(&n, y);
	y = conv(&n, z, true);
	z = graph_binary(n.g, relu(&n, y), y, BINARY_ADD); /* two readers */
	finish(&n, fused(&n, z, ALL, 5));
}

/* The residual block of ResNet, with a projection on the shortcut. */
static void
test_residual(void **state)
{
	int x, y, z, in[2];
	struct net n = start(&x);
	struct graph *f;

	(void)state;
	y = relu(&n, scale(&n, batchnorm(&n, conv(&n, x, false), false)));
	y = scale(&n, batchnorm(&n, conv(&n, y, true), false));
	z = scale(&n, batchnorm(&n, conv(&n, x, false), false));
	in[0] = y;
	in[1] = z;
	y = relu(&n, graph_sum(n.g, in, 2, NULL));
	f = fused(&n, y, ALL, -1);
	assert_int_equal(count(f, OP_CONV), 3);
	assert_int_equal(count(f, OP_BATCHNORM), 0);
	for (int i = 0; i < graph_ops(f); i++)
		assert_true(
		    graph_op(f, i)->kind == OP_CONV || graph_is_prologue(f, i));
	finish(&n, f);
}

static void
test_scale(void **state)
{
	int x, y;
	struct net n = start(&x);
	struct graph *f;

	(void)state;
	y = by_channel(&n, batchnorm(&n, x, false), BINARY_ADD);
	y = by_channel(&n, batchnorm(&n, y, false), BINARY_MUL);
	y = scale(&n, batchnorm(&n, y, true));
	f = fused(&n, y, GRAPH_FUSE_SCALE, 3);
	assert_int_equal(graph_op(f, 0)->in[4], -1);
	assert_int_equal(graph_op(f, 1)->in[5], -1);
	finish(&n, f);
}

/* Caffe's factor 0: no statistics yet, mean and variance are taken as 0. */
static void
test_fold_without_statistics(void **state)
{
	const struct plan_run r = { .backward = false };
	struct device *d;
	struct plan *p;
	int x, y, factor;
	struct net n = start(&x);
	struct graph *f;
	float v[2 * C * 25], zero = 0;

	(void)state;
	y = batchnorm(&n, conv(&n, x, true), false);
	factor = graph_last(n.g)->in[3];
	f = fused(&n, y, GRAPH_FOLD_BATCHNORM, -1);
	assert_int_equal(device_open(&d, "ref", NULL), 0);
	assert_int_equal(device_plan(d, &p, f, NULL), 0);
	write_random(p, n.g);
	plan_write(p, factor, &zero);
	assert_int_equal(plan_run(p, &r), 0);
	assert_int_equal(plan_read(p, y, v), 0);
	for (size_t i = 0; i < LENGTH(v); i++)
		assert_true(v[i] > 31 && v[i] < 1e4F); /* times 1/sqrt(eps) */
	plan_free(p);
	device_close(d);
	finish(&n, f);
}

/* With a gradient: ReLU goes into the convolution, its gradient reads y. */
static void
test_training(void **state)
{
	int x, y, want;
	struct net n = start(&x);
	struct graph_seed seed = { -1, 1, -1 };
	struct graph *f;

	(void)state;
	y = conv(&n, x, true);
	want = graph_last(n.g)->in[1];
	y = relu(&n, y);
	y = scale(&n, batchnorm(&n, conv(&n, y, true), true));
	y = graph_reduce(n.g, y, REDUCE_SUMSQ, 15, 1);
	seed.tensor = y;
	assert_int_equal(graph_backward(n.g, &seed, 1, &want, 1), 0);
	f = fused(&n, y, ALL, -1);
	assert_true(graph_op(f, 0)->a.conv.relu);
	assert_int_equal(count(f, OP_BATCHNORM), 1);
	assert_int_equal(count(f, OP_BATCHNORM_GRAD), 1);
	finish(&n, f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relu),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_residual),
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_fold_without_statistics),
		cmocka_unit_test(test_training),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
