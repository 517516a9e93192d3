/* Plans of ref on a small net: gradients by differences, accumulation over
 * runs, parameters shared between plans, what may be read and written. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "device/device.h"

enum { BATCH = 3 };

struct net {
	struct graph *g;
	int x, label, w1, b1, w2, b2, prob, loss;
};

/* conv 3x3 + ReLU + max pool + inner product + softmax loss on 6x6 images. */
static struct net
make_net(void)
{
	struct net n = { .g = graph_new() };
	struct graph *g = n.g;
	struct shape s;
	union op_attr a;
	int y, in[3];

	s = shape_of(4, BATCH, 2, 6, 6);
	n.x = graph_add_tensor(g, TENSOR_INPUT, "data", &s);
	s = shape_of(1, BATCH);
	n.label = graph_add_tensor(g, TENSOR_INPUT, "label", &s);
	s = shape_of(4, 4, 2, 3, 3);
	n.w1 = graph_add_tensor(g, TENSOR_PARAM, "conv/0", &s);
	s = shape_of(1, 4);
	n.b1 = graph_add_tensor(g, TENSOR_PARAM, "conv/1", &s);
	s = shape_of(2, 5, 16);
	n.w2 = graph_add_tensor(g, TENSOR_PARAM, "ip/0", &s);
	s = shape_of(1, 5);
	n.b2 = graph_add_tensor(g, TENSOR_PARAM, "ip/1", &s);

	a = (union op_attr){ .conv = { .nd = 2,
				 .kernel = { 3, 3 },
				 .stride = { 1, 1 },
				 .dilation = { 1, 1 },
				 .group = 1 } };
	in[0] = n.x;
	in[1] = n.w1;
	in[2] = n.b1;
	graph_set_name(g, "conv");
	y = graph_add(g, OP_CONV, &a, in, 3);
	y = graph_unary(g, y, UNARY_RELU, 0, 0, 0);
	a = (union op_attr){ .pool = { .fn = POOL_MAX,
				 .kernel = { 2, 2 },
				 .stride = { 2, 2 },
				 .mask = true } };
	y = graph_add(g, OP_POOL, &a, &y, 1);
	s = shape_of(2, BATCH, 16);
	in[0] = graph_reshape(g, y, &s);
	in[1] = n.w2;
	in[2] = n.b2;
	a = (union op_attr){ .matmul = { .tb = true } };
	y = graph_add(g, OP_MATMUL, &a, in, 3);
	a = (union op_attr){
		.loss = { .fn = LOSS_SOFTMAX, .norm = NORM_VALID, .axis = 1 }
	};
	in[0] = y;
	in[1] = n.label;
	n.loss = graph_add(g, OP_LOSS, &a, in, 2);
	assert_true(n.loss >= 0);
	n.prob = graph_last(g)->out[1];
	graph_tensor(g, n.loss)->keep = true;
	return n;
}

static void
add_gradient(struct net *n)
{
	const struct graph_seed seed = { n->loss, 1, -1 };
	const int want[5] = { n->w1, n->b1, n->w2, n->b2, n->x };

	assert_int_equal(graph_backward(n->g, &seed, 1, want, 5), 0);
}

static size_t
count(const struct net *n, int t)
{
	return shape_count(graph_shape(n->g, t));
}

/* The same numbers each time, whatever the tensor's id. */
static float *
numbers(const struct net *n, int t, uint64_t seed)
{
	float *v = mem_array(float, count(n, t));
	struct rng r;

	rng_init(&r, seed, 0);
	for (size_t i = 0; i < count(n, t); i++)
		v[i] = t == n->label ? (float)rng_below(&r, 5)
				     : (float)(rng_uniform(&r) - 0.5);
	return v;
}

static void
fill(const struct net *n, struct plan *p, int t, uint64_t seed)
{
	float *v = numbers(n, t, seed);

	assert_int_equal(plan_write(p, t, v), 0);
	mem_free(v);
}

static void
fill_all(const struct net *n, struct plan *p)
{
	const int all[6] = { n->x, n->label, n->w1, n->b1, n->w2, n->b2 };

	for (uint64_t i = 0; i < 6; i++)
		fill(n, p, all[i], i);
}

static float
run_loss(const struct net *n, struct plan *p, bool backward, bool accumulate)
{
	const struct plan_run r = { backward, accumulate, 0 };
	float loss;

	assert_int_equal(plan_run(p, &r), 0);
	assert_int_equal(plan_read(p, n->loss, &loss), 0);
	return loss;
}

/* The gradient of tensor t equals differences of the loss. */
static void
check_tensor(const struct net *n, struct plan *p, int t, uint64_t seed)
{
	float *v = numbers(n, t, seed);
	float *d = mem_array(float, count(n, t));
	const float h = 1e-3F;

	run_loss(n, p, true, false);
	assert_int_equal(plan_read(p, graph_tensor(n->g, t)->grad, d), 0);
	for (size_t i = 0; i < count(n, t); i++) {
		const float at = v[i];
		float up, down;

		v[i] = at + h;
		plan_write(p, t, v);
		up = run_loss(n, p, false, false);
		v[i] = at - h;
		plan_write(p, t, v);
		down = run_loss(n, p, false, false);
		v[i] = at;
		assert_float_equal(d[i], (up - down) / (2 * h), 2e-3);
	}
	plan_write(p, t, v);
	mem_free(v);
	mem_free(d);
}

static struct device *
open_ref(void)
{
	struct device *d;

	assert_int_equal(device_open(&d, "ref", NULL), 0);
	return d;
}

static void
test_gradient(void **state)
{
	struct device *d = open_ref();
	struct net n = make_net();
	struct plan *p;

	(void)state;
	add_gradient(&n);
	assert_int_equal(device_plan(d, &p, n.g, NULL), 0);
	fill_all(&n, p);
	check_tensor(&n, p, n.x, 0);
	check_tensor(&n, p, n.w1, 2);
	check_tensor(&n, p, n.b1, 3);
	check_tensor(&n, p, n.w2, 4);
	check_tensor(&n, p, n.b2, 5);
	plan_free(p);
	graph_free(n.g);
	device_close(d);
}

static void
test_accumulate(void **state)
{
	struct device *d = open_ref();
	struct net n = make_net();
	const int grads[4] = { n.w1, n.b1, n.w2, n.b2 };
	float one[160], three[160];
	struct plan *p;

	(void)state;
	add_gradient(&n);
	assert_int_equal(device_plan(d, &p, n.g, NULL), 0);
	fill_all(&n, p);
	for (int k = 0; k < 4; k++) {
		const int t = graph_tensor(n.g, grads[k])->grad;

		run_loss(&n, p, true, false);
		plan_read(p, t, one);
		run_loss(&n, p, true, true);
		run_loss(&n, p, false, false); /* leaves gradients alone */
		run_loss(&n, p, true, true);
		plan_read(p, t, three);
		for (size_t i = 0; i < count(&n, t); i++)
			assert_float_equal(three[i], 3 * one[i], 1e-6);
	}
	plan_free(p);
	graph_free(n.g);
	device_close(d);
}

/* A test net beside a training net sees its updates. */
static void
test_share(void **state)
{
	struct device *d = open_ref();
	struct net a = make_net(), b = make_net();
	struct plan *pa, *pb;
	struct plan_opts share = { .precision = PRECISION_FP32 };
	struct update_param q = { a.w2, 0, { -1, -1 }, 1, 0 };
	struct update u = { .fn = UPDATE_SGD,
		.rate = 0.5F,
		.iter_size = 1,
		.params = &q,
		.n = 1 };
	struct shape s = *graph_shape(a.g, a.w2);
	float before, after;

	(void)state;
	q.history[0] = graph_add_tensor(a.g, TENSOR_STATE, "ip/0/h", &s);
	add_gradient(&a);
	q.grad = graph_tensor(a.g, a.w2)->grad;
	assert_int_equal(device_plan(d, &pa, a.g, NULL), 0);
	share.share = pa;
	assert_int_equal(device_plan(d, &pb, b.g, &share), 0);
	fill_all(&a, pa);
	fill(&b, pb, b.x, 0);
	fill(&b, pb, b.label, 1);
	before = run_loss(&b, pb, false, false);
	assert_true(before == run_loss(&a, pa, true, false));
	assert_int_equal(plan_update(pa, &u), 0);
	after = run_loss(&b, pb, false, false);
	assert_true(after < before);
	assert_true(after == run_loss(&a, pa, false, false));
	plan_free(pb);
	plan_free(pa);
	graph_free(a.g);
	graph_free(b.g);
	device_close(d);
}

static void
test_doors(void **state)
{
	struct device *d = open_ref();
	struct net n = make_net();
	struct plan *p;
	float v[BATCH * 5];

	(void)state;
	assert_int_equal(device_plan(d, &p, n.g, NULL), 0);
	assert_int_equal(plan_read(p, n.prob, v), ERR_UNSUPPORTED);
	assert_int_equal(plan_write(p, n.loss, v), ERR_UNSUPPORTED);
	assert_int_equal(plan_read(p, 1000, v), ERR_RANGE);
	for (int i = 0; i < BATCH; i++)
		v[i] = 7;
	assert_int_equal(plan_write(p, n.label, v), 0);
	assert_int_equal(plan_run(p, &(struct plan_run){ 0 }), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "label 7 is outside 0 to 4"));
	plan_free(p);
	graph_free(n.g);
	device_close(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gradient),
		cmocka_unit_test(test_accumulate),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_doors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
