/*
 * Whole plans of the CUDA backend against ref's: chains of ops in half precision
 * with channels last, every solver, accumulated gradients.  Emulated on this
 * machine (lib/cuda/host) unless NNUTILS_TEST_GPU is set.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "device/device.h"

enum { N = 6, C = 3, SIDE = 9, MAPS = 8, CLASSES = 5, PARAMS = 12 };

struct net {
	struct graph *g;
	int x, label, loss, y;
	int param[PARAMS], history[PARAMS][2], nparams;
};

static int
good(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
	return rc;
}

static int
param(struct net *n, struct shape s)
{
	char name[24];
	int t;

	snprintf(name, sizeof(name), "p%d", n->nparams);
	t = good(graph_add_tensor(n->g, TENSOR_PARAM, name, &s));
	for (int k = 0; k < 2; k++) {
		snprintf(name, sizeof(name), "h%d.%d", k, n->nparams);
		n->history[n->nparams][k] =
		    good(graph_add_tensor(n->g, TENSOR_STATE, name, &s));
	}
	n->param[n->nparams++] = t;
	return t;
}

static int
add(struct net *n, enum op_kind kind, const union op_attr *a, const int *in,
    int nin)
{
	return good(graph_add(n->g, kind, a, in, nin));
}

static int
conv(struct net *n, int x, int maps, int kernel)
{
	const int64_t c = graph_shape(n->g, x)->d[1];
	const union op_attr a = { .conv = { .nd = 2,
				      .kernel = { kernel, kernel },
				      .stride = { 1, 1 },
				      .pad = { kernel / 2, kernel / 2 },
				      .dilation = { 1, 1 },
				      .group = 1 } };
	int in[3] = { x };

	in[1] = param(n, shape_of(4, maps, (int)c, kernel, kernel));
	in[2] = param(n, shape_of(1, maps));
	return add(n, OP_CONV, &a, in, 3);
}

static int
batchnorm(struct net *n, int x, int maps)
{
	const union op_attr a = {
		.batchnorm = { .eps = 1e-3F, .fraction = 0.9F, .train = true }
	};
	const struct shape s = shape_of(1, maps), one = shape_of(1, 1);
	int in[6] = { x };

	in[1] = good(graph_add_tensor(n->g, TENSOR_PARAM, "mean", &s));
	in[2] = good(graph_add_tensor(n->g, TENSOR_PARAM, "var", &s));
	in[3] = good(graph_add_tensor(n->g, TENSOR_PARAM, "factor", &one));
	in[4] = param(n, s);
	in[5] = param(n, s);
	return add(n, OP_BATCHNORM, &a, in, 6);
}

/* What follows channels last: pooling, LRN, PReLU, slices, joins, dropout. */
static int
middle(struct net *n, int x, bool smooth)
{
	const union op_attr lrn = { .lrn = { LRN_ACROSS, 3, 0.1F, 0.75F, 1 } };
	const union op_attr max = { .pool = { .fn = POOL_MAX,
					.kernel = { 3, 3 },
					.stride = { 2, 2 },
					.mask = true } };
	const union op_attr ave = { .pool = { .fn = POOL_AVE,
					.kernel = { 3, 3 },
					.stride = { 1, 1 },
					.pad = { 1, 1 } } };
	const union op_attr drop = { .dropout = { 0.3F, 7 } };
	union op_attr half = { .slice = { { 0, 2, 0, 0 } } };
	const union op_attr join = { .axis = 1 };
	int two[2];

	x = add(n, OP_LRN, &lrn, &x, 1);
	x = add(n, OP_POOL, smooth ? &ave : &max, &x, 1);
	two[0] = x;
	two[1] = param(n, shape_of(1, MAPS));
	x = add(n, OP_PRELU, NULL, two, 2);
	half.slice.size = *graph_shape(n->g, x);
	half.slice.size.d[1] = 4;
	two[0] = add(n, OP_SLICE, &half, &x, 1);
	two[1] = add(n, OP_POOL, &ave, &x, 1);
	x = add(n, OP_CONCAT, &join, two, 2);
	return add(n, OP_DROPOUT, &drop, &x, 1);
}

/* smooth: without kinks, which coarse numbers fall on either side of. */
static void
build(struct net *n, bool smooth)
{
	const struct shape sx = shape_of(4, N, C, SIDE, SIDE);
	const struct shape sl = shape_of(1, N);
	const union op_attr product = { .matmul = { .tb = true } };
	const union op_attr loss = {
		.loss = { .fn = LOSS_SOFTMAX, .norm = NORM_VALID, .axis = 1 }
	};
	struct graph_seed seed = { .weight = 1, .grad = -1 };
	struct shape flat;
	int in[3], x;

	memset(n, 0, sizeof(*n));
	n->g = graph_new();
	graph_set_name(n->g, "net");
	n->x = good(graph_add_tensor(n->g, TENSOR_INPUT, "data", &sx));
	n->label = good(graph_add_tensor(n->g, TENSOR_INPUT, "label", &sl));
	x = conv(n, n->x, MAPS, 3);
	x = batchnorm(n, x, MAPS);
	x = graph_unary(n->g, x, smooth ? UNARY_TANH : UNARY_RELU, 0, 0, 0);
	in[0] = conv(n, x, MAPS, 1);
	in[1] = x;
	x = good(graph_sum(n->g, in, 2, NULL));
	if (!smooth) { /* two ways from a ReLU, whose gradients meet there */
		x = graph_unary(n->g, x, UNARY_RELU, 0, 0, 0);
		in[0] = conv(n, x, MAPS, 1);
		in[1] = x;
		x = good(graph_sum(n->g, in, 2, NULL));
	}
	x = middle(n, x, smooth);
	flat = shape_of(
	    2, N, (int)(shape_count(graph_shape(n->g, x)) / (size_t)N));
	in[0] = good(graph_reshape(n->g, x, &flat));
	in[1] = param(n, shape_of(2, CLASSES, (int)flat.d[1]));
	in[2] = param(n, shape_of(1, CLASSES));
	n->y = add(n, OP_MATMUL, &product, in, 3);
	in[0] = n->y;
	in[1] = n->label;
	n->loss = add(n, OP_LOSS, &loss, in, 2);
	graph_tensor(n->g, n->y)->keep = true;
	graph_tensor(n->g, n->loss)->keep = true;
	seed.tensor = n->loss;
	good(graph_backward(n->g, &seed, 1, n->param, n->nparams));
}

static void
write_random(struct plan *p, int t, float scale, uint64_t stream)
{
	const size_t n = shape_count(graph_shape(p->graph, t));
	float *v = mem_array(float, n + 1);
	struct rng r;

	rng_init(&r, 9, stream);
	for (size_t i = 0; i < n; i++)
		v[i] = scale * (float)(rng_uniform(&r) - 0.5);
	good(plan_write(p, t, v));
	mem_free(v);
}

static void
fill(const struct net *n, struct plan *p, uint64_t stream)
{
	float label[N];

	write_random(p, n->x, 2, stream);
	for (int i = 0; i < N; i++)
		label[i] = (float)((i + (int)stream) % CLASSES);
	good(plan_write(p, n->label, label));
}

/* Largest difference over the largest value. */
static double
difference(const struct net *n, struct plan *p, struct plan *q, int t)
{
	const size_t count = shape_count(graph_shape(n->g, t));
	float *x = mem_array(float, count + 1);
	float *y = mem_array(float, count + 1);
	double worst = 0, scale = 1e-3;

	good(plan_read(p, t, x));
	good(plan_read(q, t, y));
	for (size_t i = 0; i < count; i++) {
		scale = fmax(scale, fabs((double)x[i]));
		if (!(fabs((double)x[i] - (double)y[i]) <= worst))
			worst = fabs((double)x[i] - (double)y[i]);
	}
	mem_free(x);
	mem_free(y);
	return worst / scale;
}

struct both {
	struct net n;
	struct device *ref, *cuda;
	struct plan *p, *q;
};

static void
both_open(struct both *b, enum precision precision, bool smooth)
{
	struct plan_opts o = { .seed = 3 };

	build(&b->n, smooth);
	good(device_open(&b->ref, "ref", NULL));
	good(device_open(&b->cuda, "cuda", NULL));
	good(device_plan(b->ref, &b->p, b->n.g, &o));
	o.precision = precision;
	good(device_plan(b->cuda, &b->q, b->n.g, &o));
	for (int i = 0; i < b->n.nparams; i++) {
		write_random(b->p, b->n.param[i], 1, (uint64_t)i);
		write_random(b->q, b->n.param[i], 1, (uint64_t)i);
	}
}

static void
both_close(struct both *b)
{
	plan_free(b->p);
	plan_free(b->q);
	device_close(b->ref);
	device_close(b->cuda);
	graph_free(b->n.g);
}

/* A run; then the worst of loss, output and gradients. */
static double
compare(struct both *b, const struct plan_run *r, uint64_t stream)
{
	double worst;

	fill(&b->n, b->p, stream);
	fill(&b->n, b->q, stream);
	good(plan_run(b->p, r));
	good(plan_run(b->q, r));
	worst = difference(&b->n, b->p, b->q, b->n.loss);
	worst = fmax(worst, difference(&b->n, b->p, b->q, b->n.y));
	/* Parameter 1, a bias before a batchnorm, has a gradient of rounding. */
	for (int i = 0; i < b->n.nparams; i++)
		if (i != 1)
			worst = fmax(worst,
			    difference(&b->n, b->p, b->q,
				graph_tensor(b->n.g, b->n.param[i])->grad));
	return worst;
}

/* Four runs, every other one accumulating. */
static void
check_precision(enum precision precision, bool smooth, double tolerance)
{
	struct plan_run r = { .backward = true };
	struct both b;
	double worst = 0;

	both_open(&b, precision, smooth);
	for (int i = 0; i < 4; i++) {
		r.iteration = (uint64_t)i;
		r.accumulate = i % 2 == 1;
		worst = fmax(worst, compare(&b, &r, (uint64_t)i));
	}
	printf("# %s%s: worst %.2g\n", precision_name(precision),
	    smooth ? ", smooth" : "", worst);
	assert_true(worst <= tolerance);
	both_close(&b);
}

static void
test_precisions(void **state)
{
	(void)state;
	check_precision(PRECISION_FP32, false, 1e-4);
	check_precision(PRECISION_FP32, true, 1e-4);
	check_precision(PRECISION_TF32, true, 1e-2);
	check_precision(PRECISION_BF16, true, 0.2);
	check_precision(PRECISION_FP16, true, 4e-3);
	check_precision(PRECISION_BF16, false, 0.4);
	check_precision(PRECISION_FP16, false, 0.2);
}

static struct update
settings(const struct net *n, enum update_fn fn, struct update_param *params)
{
	for (int i = 0; i < n->nparams; i++)
		params[i] = (struct update_param){ n->param[i],
			i == 3 ? -1 : graph_tensor(n->g, n->param[i])->grad,
			{ n->history[i][0], n->history[i][1] },
			1 + (float)(i % 2), 0.5F };
	return (struct update){ .fn = fn,
		.rate = 0.01F,
		.momentum = 0.9F,
		.momentum2 = 0.99F,
		.delta = 1e-3F,
		.rms_decay = 0.95F,
		.weight_decay = 0.01F,
		.clip = fn % 2 == 0 ? 0.5F : 0,
		.l1 = fn == UPDATE_ADAGRAD,
		.iter_size = 2,
		.params = params,
		.n = n->nparams };
}

static void
test_solvers(void **state)
{
	(void)state;
	for (int fn = 0; fn < UPDATE_KINDS; fn++) {
		struct update_param params[PARAMS];
		struct plan_run r = { .backward = true };
		struct update u;
		struct both b;
		double worst = 0;

		both_open(&b, PRECISION_FP32, false);
		u = settings(&b.n, (enum update_fn)fn, params);
		for (int i = 0; i < 3; i++) {
			r.iteration = u.iteration = (uint64_t)i;
			compare(&b, &r, (uint64_t)i);
			good(plan_update(b.p, &u));
			good(plan_update(b.q, &u));
		}
		for (int i = 0; i < b.n.nparams; i++)
			worst = fmax(
			    worst, difference(&b.n, b.p, b.q, b.n.param[i]));
		printf("# solver %d: worst %.2g\n", fn, worst);
		assert_true(worst <= 5e-3);
		both_close(&b);
	}
}

/* A label outside the classes is an error of the run, at the next reading. */
static void
test_bad_label(void **state)
{
	const float label[N] = { 1, 2, 99, 0, 1, 2 };
	const struct plan_run r = { .backward = true };
	struct both b;
	float loss;

	(void)state;
	both_open(&b, PRECISION_FP32, false);
	fill(&b.n, b.q, 0);
	good(plan_write(b.q, b.n.label, label));
	good(plan_run(b.q, &r));
	assert_int_equal(plan_read(b.q, b.n.loss, &loss), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "99"));
	fill(&b.n, b.q, 0);
	good(plan_run(b.q, &r));
	assert_int_equal(plan_read(b.q, b.n.loss, &loss), 0);
	both_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_precisions),
		cmocka_unit_test(test_solvers),
		cmocka_unit_test(test_bad_label),
	};
	char *obj = getenv("OBJ"), modules[4096];

	snprintf(
	    modules, sizeof(modules), "%s/emu", obj != NULL ? obj : "bin/obj");
	if (getenv("NNUTILS_TEST_GPU") == NULL)
		setenv("NNUTILS_MODULES", modules, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
