/* What the tests of layers share: a small net on ref, its values and gradients. */
#ifndef TESTS_NN_BENCH_H
#define TESTS_NN_BENCH_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "nn/net.h"

#define X "input: 'x' input_shape { dim: 2 dim: 4 dim: 5 dim: 6 } "
#define M "input: 'x' input_shape { dim: 3 dim: 4 } "
#define ON(type, more)                                                         \
	"layer { name: 'a' type: '" type "' bottom: 'x' top: 'y' " more " } "
#define GAUSS " weight_filler { type: 'gaussian' std: 0.5 } "

/* A blob of n values v. */
#define NUMBER(top, n, v)                                                      \
	"layer { name: '" top "' type: 'DummyData' top: '" top "' "            \
	"dummy_data_param { shape { dim: 1 dim: " #n                           \
	" } data_filler { value: " #v " } } } "

struct bench {
	struct net *net;
	struct device *dev;
	struct plan *plan;
	int y;
};

static void
must(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
}

static void
build(struct bench *b, const char *text, bool force)
{
	struct net_opts o = { .phase = CAFFE__PHASE__TEST,
		.force_backward = force };
	Caffe__NetParameter *np;

	must(caffe_net_parse(&np, text, strlen(text), "net"));
	must(net_new(&b->net, np, &o));
	caffe_msg_free(np);
	if (net_blob_find(b->net, "y"))
		b->y = net_blob_find(b->net, "y")->tensor;
}

static void
plan(struct bench *b)
{
	const struct device_opts o = { .threads = 1 };
	const struct plan_opts po = { .precision = PRECISION_FP32 };

	must(device_open(&b->dev, "ref", &o));
	must(device_plan(b->dev, &b->plan, b->net->graph, &po));
	must(net_fill(b->net, b->plan, 5));
}

static void
close_bench(struct bench *b)
{
	plan_free(b->plan);
	net_free(b->net);
	device_close(b->dev);
}

static size_t
count(const struct bench *b, int t)
{
	return shape_count(graph_shape(b->net->graph, t));
}

static float *
get(const struct bench *b, int t)
{
	float *v = mem_array(float, count(b, t) + 1);

	must(plan_read(b->plan, t, v));
	return v;
}

static void
run(const struct bench *b, bool backward)
{
	const struct plan_run r = { .backward = backward };

	must(plan_run(b->plan, &r));
}

/* L = sum dy y */
static double
value(const struct bench *b, const float *dy)
{
	double sum = 0;
	size_t i, n = count(b, b->y);
	float *y;

	run(b, false);
	y = get(b, b->y);
	for (i = 0; i < n; i++)
		sum += (double)dy[i] * y[i];
	mem_free(y);
	return sum;
}

/* Numbers away from where the layers have kinks: odd 32ths. */
static float *
numbers(size_t n, struct rng *r)
{
	float *v = mem_array(float, n + 1);
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = (float)((int)rng_below(r, 64) * 2 - 63) / 32;
	return v;
}

/* The gradient of tensor t against differences, at some of its places. */
static void
differ(const struct bench *b, int t, const float *dy, const char *what,
    struct rng *r)
{
	const double h = 1.0 / 128;
	size_t n = count(b, t), i, k;
	float *x, *g, keep;
	double up, down, top = 0;
	int grad = graph_tensor(b->net->graph, t)->grad;

	if (grad < 0)
		return;
	run(b, true);
	x = get(b, t);
	g = get(b, grad);
	for (i = 0; i < n; i++)
		top = fmax(top, fabs(g[i]));
	for (k = 0; k < 24 && k < n; k++) {
		i = n <= 24 ? k : rng_below(r, n);
		keep = x[i];
		x[i] = (float)(keep + h);
		must(plan_write(b->plan, t, x));
		up = value(b, dy);
		x[i] = (float)(keep - h);
		must(plan_write(b->plan, t, x));
		down = value(b, dy);
		x[i] = keep;
		must(plan_write(b->plan, t, x));
		if (fabs((up - down) / (2 * h) - g[i]) > 4e-3 * top + 2e-3)
			fail_msg("%s: gradient of %s at %zu is %g, differences "
				 "say %g",
			    what, graph_tensor(b->net->graph, t)->name, i, g[i],
			    (up - down) / (2 * h));
	}
	mem_free(x);
	mem_free(g);
}

static void
check_gradient(const char *what, const char *text)
{
	struct graph_seed seed = { 0, 0, -1 };
	struct bench b = { 0 };
	struct shape s;
	struct rng r;
	float *dy, *x;
	int i, checked = 0;

	rng_init(&r, 1, 2);
	build(&b, text, true);
	s = *graph_shape(b.net->graph, b.y);
	seed.tensor = b.y;
	seed.grad = graph_add_tensor(b.net->graph, TENSOR_INPUT, "dy", &s);
	graph_tensor(b.net->graph, b.y)->keep = true;
	must(net_backward_from(b.net, &seed, 1));
	plan(&b);
	dy = numbers(shape_count(&s), &r);
	must(plan_write(b.plan, seed.grad, dy));
	for (i = 0; i < graph_tensors(b.net->graph); i++)
		if (graph_tensor(b.net->graph, i)->kind == TENSOR_INPUT &&
		    i != seed.grad) {
			x = numbers(count(&b, i), &r);
			must(plan_write(b.plan, i, x));
			mem_free(x);
		}
	for (i = 0; i < graph_tensors(b.net->graph); i++)
		if (i != seed.grad &&
		    graph_tensor(b.net->graph, i)->kind <= TENSOR_PARAM &&
		    graph_tensor(b.net->graph, i)->kind >= TENSOR_INPUT &&
		    graph_tensor(b.net->graph, i)->grad >= 0) {
			differ(&b, i, dy, what, &r);
			checked++;
		}
	if (checked == 0)
		fail_msg("%s: has no gradient", what);
	mem_free(dy);
	close_bench(&b);
}

static void
expect(const char *text, const float *x, const float *want, size_t n)
{
	struct bench b = { 0 };
	float *y;
	size_t i;

	build(&b, text, false);
	plan(&b);
	must(plan_write(b.plan, net_blob_find(b.net, "x")->tensor, x));
	run(&b, false);
	assert_int_equal(count(&b, b.y), n);
	y = get(&b, b.y);
	for (i = 0; i < n; i++)
		if (y[i] != want[i] && !(fabsf(y[i] - want[i]) <= 1e-5))
			fail_msg("%s: value %zu is %g, not %g", text, i, y[i],
			    want[i]);
	mem_free(y);
	close_bench(&b);
}

#endif
