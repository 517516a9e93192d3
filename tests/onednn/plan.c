/* Plans of the CPU backend against ref's: values and gradients of small nets,
 * sharing, accumulation, layouts at the doors, the same bits every time. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "device/device.h"
#include "file/hash.h"
#include "onednn/onednn.h"

enum { PARAMS_MAX = 64, CLASSES = 5 };

struct net {
	struct graph *g;
	int data, label, loss, prob;
	int param[PARAMS_MAX], history[PARAMS_MAX], n;
	bool learn[PARAMS_MAX];
};

static int
must(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
	return rc;
}

/* -- nets: the same layers as Caffe's, in ops -- */

static int
param(struct net *n, const char *name, struct shape s, bool learn)
{
	char text[64];

	n->param[n->n] = must(graph_add_tensor(n->g, TENSOR_PARAM, name, &s));
	snprintf(text, sizeof(text), "%s.history", name);
	n->history[n->n] = must(graph_add_tensor(n->g, TENSOR_STATE, text, &s));
	n->learn[n->n] = learn;
	return n->param[n->n++];
}

static int64_t
axis(const struct net *n, int x, int k)
{
	return graph_shape(n->g, x)->d[k];
}

static char *
named(const char *layer, int i)
{
	static char text[4][64];
	static int at;

	at = (at + 1) % 4;
	snprintf(text[at], sizeof(text[at]), "%s/%d", layer, i);
	return text[at];
}

struct geo {
	int out, kernel, stride, pad, group, dilation;
};

static int
conv(struct net *n, const char *layer, int x, struct geo q)
{
	int group = q.group > 0 ? q.group : 1, in[3] = { x };
	int dil = q.dilation > 0 ? q.dilation : 1;
	union op_attr a = { .conv = { .nd = 2,
				.kernel = { q.kernel, q.kernel },
				.stride = { q.stride, q.stride },
				.pad = { q.pad, q.pad },
				.dilation = { dil, dil },
				.group = group } };

	graph_set_name(n->g, layer);
	in[1] = param(n, named(layer, 0),
	    shape_of(4, q.out, (int)axis(n, x, 1) / group, q.kernel, q.kernel),
	    true);
	in[2] = param(n, named(layer, 1), shape_of(1, q.out), true);
	return must(graph_add(n->g, OP_CONV, &a, in, 3));
}

static int
deconv(struct net *n, const char *layer, int x, struct geo q)
{
	int in[3] = { x }, c = (int)axis(n, x, 1);
	union op_attr a = { .conv = { .nd = 2,
				.kernel = { q.kernel, q.kernel },
				.stride = { q.stride, q.stride },
				.pad = { q.pad, q.pad },
				.dilation = { 1, 1 },
				.group = 1 } };
	int k;

	for (k = 0; k < 2; k++)
		a.conv.size[k] =
		    (axis(n, x, 2 + k) - 1) * q.stride + q.kernel - 2 * q.pad;
	graph_set_name(n->g, layer);
	in[1] = param(n, named(layer, 0),
	    shape_of(4, c, q.out, q.kernel, q.kernel), true);
	in[2] = param(n, named(layer, 1), shape_of(1, q.out), true);
	return must(graph_add(n->g, OP_CONV_DATA, &a, in, 3));
}

static int
relu(struct net *n, int x)
{
	return must(graph_unary(n->g, x, UNARY_RELU, 0, 0, 0));
}

static int
pool(struct net *n, int x, enum pool_fn fn, int kernel, int stride, int pad)
{
	union op_attr a = { .pool = { .fn = fn,
				.kernel = { kernel, kernel },
				.stride = { stride, stride },
				.pad = { pad, pad },
				.mask = fn == POOL_MAX } };

	graph_set_name(n->g, "pool");
	return must(graph_add(n->g, OP_POOL, &a, &x, 1));
}

static int
lrn(struct net *n, int x, enum lrn_region region)
{
	union op_attr a = { .lrn = { region, region == LRN_WITHIN ? 3 : 5, 0.1f,
				0.75f, 1 } };

	graph_set_name(n->g, "lrn");
	return must(graph_add(n->g, OP_LRN, &a, &x, 1));
}

static int
norm(struct net *n, const char *layer, int x, bool train, bool scaled)
{
	int c = (int)axis(n, x, 1), in[2], y;
	int bn[6] = { x, -1, -1, -1, -1, -1 };
	union op_attr a = { .batchnorm = { 1e-3f, 0.9f, train, false } };
	struct shape s = shape_of(4, 1, c, 1, 1);

	graph_set_name(n->g, layer);
	bn[1] = param(n, named(layer, 0), shape_of(1, c), false);
	bn[2] = param(n, named(layer, 1), shape_of(1, c), false);
	bn[3] = param(n, named(layer, 2), shape_of(1, 1), false);
	y = must(graph_add(n->g, OP_BATCHNORM, &a, bn, 6));
	if (!scaled)
		return y;
	in[0] = y;
	in[1] = must(graph_reshape(
	    n->g, param(n, named(layer, 3), shape_of(1, c), true), &s));
	y = must(graph_binary(n->g, in[0], in[1], BINARY_MUL));
	in[1] = must(graph_reshape(
	    n->g, param(n, named(layer, 4), shape_of(1, c), true), &s));
	return must(graph_binary(n->g, y, in[1], BINARY_ADD));
}

static int
flatten(struct net *n, int x)
{
	const struct shape *s = graph_shape(n->g, x);
	struct shape to =
	    shape_of(2, (int)s->d[0], (int)shape_count_axes(s, 1, s->n));

	return must(graph_reshape(n->g, x, &to));
}

static int
inner(struct net *n, const char *layer, int x, int out)
{
	union op_attr a = { .matmul = { .tb = true } };
	int in[3];

	graph_set_name(n->g, layer);
	in[0] = graph_shape(n->g, x)->n == 2 ? x : flatten(n, x);
	in[1] = param(
	    n, named(layer, 0), shape_of(2, out, (int)axis(n, in[0], 1)), true);
	in[2] = param(n, named(layer, 1), shape_of(1, out), true);
	return must(graph_add(n->g, OP_MATMUL, &a, in, 3));
}

static int
dropout(struct net *n, int x, uint32_t stream)
{
	union op_attr a = { .dropout = { 0.4f, stream } };

	return must(graph_add(n->g, OP_DROPOUT, &a, &x, 1));
}

static int
concat(struct net *n, const int *x, int count)
{
	union op_attr a = { .axis = 1 };

	graph_set_name(n->g, "concat");
	return must(graph_add(n->g, OP_CONCAT, &a, x, count));
}

static int
input(struct net *n, int batch, int c, int size)
{
	struct shape s = shape_of(4, batch, c, size, size);

	n->data = must(graph_add_tensor(n->g, TENSOR_INPUT, "data", &s));
	return n->data;
}

static int
lenet(struct net *n, int batch)
{
	int x = input(n, batch, 1, 28);

	x = pool(n, conv(n, "c1", x, (struct geo){ 20, 5, 1, 0 }), POOL_MAX, 2,
	    2, 0);
	x = pool(n, conv(n, "c2", x, (struct geo){ 50, 5, 1, 0 }), POOL_MAX, 2,
	    2, 0);
	x = relu(n, inner(n, "f1", x, 40));
	return inner(n, "f2", x, CLASSES);
}

static int
alex(struct net *n, int batch)
{
	int x = input(n, batch, 3, 35);

	x = relu(n, conv(n, "c1", x, (struct geo){ 32, 7, 2, 0 }));
	x = pool(n, lrn(n, x, LRN_ACROSS), POOL_MAX, 3, 2, 0);
	x = relu(n, conv(n, "c2", x, (struct geo){ 32, 5, 1, 2, 2 }));
	x = pool(n, lrn(n, x, LRN_WITHIN), POOL_AVE, 3, 2, 1);
	x = relu(n, conv(n, "c3", x, (struct geo){ 24, 3, 1, 1, 0, 2 }));
	x = dropout(n, relu(n, inner(n, "f1", x, 30)), 3);
	return inner(n, "f2", x, CLASSES);
}

static int
res(struct net *n, int batch, bool train)
{
	int x = input(n, batch, 3, 16), y, in[2];
	float one[2] = { 1, 1 };

	x = conv(n, "c1", x, (struct geo){ 16, 3, 1, 1 });
	x = relu(n, norm(n, "n1", x, train, true));
	y = conv(n, "c2", x, (struct geo){ 16, 3, 1, 1 });
	y = relu(n, norm(n, "n2", y, train, true));
	y = conv(n, "c3", y, (struct geo){ 16, 1, 1, 0 });
	in[0] = norm(n, "n3", y, train, false);
	in[1] = x;
	x = relu(n, must(graph_sum(n->g, in, 2, one)));
	y = norm(n, "n4", conv(n, "c4", x, (struct geo){ 32, 3, 2, 1 }), train,
	    true);
	in[0] = norm(n, "n5", conv(n, "c5", x, (struct geo){ 32, 1, 2, 0 }),
	    train, true);
	in[1] = y;
	x = relu(n, must(graph_sum(n->g, in, 2, one)));
	return inner(n, "f", pool(n, x, POOL_AVE, 8, 1, 0), CLASSES);
}

static int
res_train(struct net *n, int batch)
{
	return res(n, batch, true);
}

static int
res_fixed(struct net *n, int batch)
{
	return res(n, batch, false);
}

static int
goog(struct net *n, int batch)
{
	int x = input(n, batch, 3, 14), b[4];

	x = relu(n, conv(n, "c1", x, (struct geo){ 16, 3, 1, 1 }));
	b[0] = relu(n, conv(n, "b0", x, (struct geo){ 16, 1, 1, 0 }));
	b[1] = relu(n, conv(n, "b1", x, (struct geo){ 24, 3, 1, 1 }));
	b[2] = relu(n, conv(n, "b2", x, (struct geo){ 9, 5, 1, 2 }));
	b[3] = pool(n, x, POOL_MAX, 3, 1, 1);
	x = concat(n, b, 4);
	b[0] = relu(n, conv(n, "d0", x, (struct geo){ 8, 1, 1, 0 }));
	b[1] = pool(n, x, POOL_AVE, 3, 1, 1);
	x = pool(n, concat(n, b, 2), POOL_MAX, 3, 2, 0);
	return inner(n, "f", dropout(n, x, 9), CLASSES);
}

static int
fcn(struct net *n, int batch)
{
	int x = input(n, batch, 2, 12), y, in[2];
	union op_attr a = { .slice = { .start = { 0, 0, 1, 2 } } };
	float coeff[2] = { 0.5f, -2 };

	x = relu(n, conv(n, "c1", x, (struct geo){ 16, 3, 1, 1 }));
	y = pool(n, x, POOL_MAX, 2, 2, 0);
	y = deconv(n, "up", y, (struct geo){ 16, 4, 2, 1 });
	in[0] = x;
	in[1] = y;
	x = must(graph_sum(n->g, in, 2, coeff));
	x = must(graph_unary(n->g, x, UNARY_SIGMOID, 0, 0, 0));
	a.slice.size = shape_of(4, batch, 16, 9, 8);
	x = must(graph_add(n->g, OP_SLICE, &a, &x, 1));
	a = (union op_attr){ .permute = { { 0, 2, 3, 1 } } };
	x = must(graph_add(n->g, OP_PERMUTE, &a, &x, 1));
	return inner(n, "f", x, CLASSES);
}

static int
mobile(struct net *n, int batch, bool train)
{
	int x = input(n, batch, 3, 15);

	x = relu(n,
	    norm(n, "n1", conv(n, "c1", x, (struct geo){ 16, 3, 2, 1 }), train,
		true));
	x = conv(n, "dw", x, (struct geo){ 16, 3, 1, 1, 16 });
	x = relu(n, norm(n, "n2", x, train, true));
	x = must(
	    graph_unary(n->g, conv(n, "pw", x, (struct geo){ 32, 1, 1, 0 }),
		UNARY_CLIP, 0, 6, 0));
	x = conv(n, "dw2", x, (struct geo){ 32, 3, 2, 1, 32 });
	return inner(n, "f", pool(n, x, POOL_AVE, 4, 1, 0), CLASSES);
}

static int
mobile_train(struct net *n, int batch)
{
	return mobile(n, batch, true);
}

/* Folds a batchnorm into weights in groups, which lie as their owner has them. */
static int
mobile_fixed(struct net *n, int batch)
{
	return mobile(n, batch, false);
}

/* Convolutions of one channel each: large, dilated, with stride, and both; of
 * channels that fill no block. */
static int
deep(struct net *n, int batch)
{
	int x = input(n, batch, 3, 15);

	x = norm(
	    n, "n1", conv(n, "c1", x, (struct geo){ 20, 3, 1, 1 }), true, true);
	x = relu(n, conv(n, "dw1", x, (struct geo){ 20, 5, 1, 4, 20, 2 }));
	x = relu(n, conv(n, "dw2", x, (struct geo){ 20, 5, 2, 2, 20 }));
	x = relu(n, conv(n, "dw3", x, (struct geo){ 20, 5, 3, 5, 20, 3 }));
	x = norm(
	    n, "n3", conv(n, "c2", x, (struct geo){ 32, 1, 1, 0 }), true, true);
	x = relu(n, conv(n, "dw4", x, (struct geo){ 32, 3, 1, 3, 32, 3 }));
	return inner(n, "f", x, CLASSES);
}

/* Elementwise functions in a row, on a layout with padded channels. */
static int
math(struct net *n, int batch)
{
	static const struct op_unary f[] = { { UNARY_RELU, 0.1f, 0, 0 },
		{ UNARY_ELU, 0.7f, 0, 0 }, { UNARY_TANH, 0, 0, 0 },
		{ UNARY_EXP, 0.3f, 0.1f, 0 }, { UNARY_LOG, 1, 1, 2 },
		{ UNARY_POWER, 2, 0.5f, 1 }, { UNARY_POWER, 3, 0.1f, 2 },
		{ UNARY_POWER, 9, 0.1f, -0.5f }, { UNARY_BNLL, 0, 0, 0 },
		{ UNARY_SWISH, 1.3f, 0, 0 }, { UNARY_GELU, 0, 0, 0 },
		{ UNARY_MISH, 0, 0, 0 }, { UNARY_HARDSWISH, 0, 0, 0 },
		{ UNARY_ABS, 0, 0, 0 }, { UNARY_SIGMOID, 0, 0, 0 } };
	int x = input(n, batch, 3, 9), y;
	size_t k;

	x = conv(n, "c", x, (struct geo){ 19, 3, 1, 1 });
	for (k = 0; k < LENGTH(f); k++)
		x = must(graph_unary(n->g, x, f[k].fn, f[k].a, f[k].b, f[k].c));
	y = must(graph_reduce(n->g, x, REDUCE_SUM, 1U << 2 | 1U << 3, 0.02f));
	x = must(graph_binary(n->g, x, y, BINARY_DIV));
	y = must(graph_reduce(n->g, x, REDUCE_SUMSQ, 1U << 1, 0.1f));
	x = must(graph_binary(n->g, x, y, BINARY_SUB));
	y = must(graph_unary(n->g, x, UNARY_POWER, 0.1f, -0.3f, 1));
	x = must(graph_binary(n->g, x, y, BINARY_MAX));
	return inner(n, "f", x, CLASSES);
}

/* Wide enough for Winograd's transforms in forward-only plans. */
static int
wide(struct net *n, int batch)
{
	int x = input(n, batch, 3, 18);

	x = relu(n, conv(n, "c1", x, (struct geo){ 64, 3, 1, 1 }));
	x = relu(n, conv(n, "c2", x, (struct geo){ 80, 3, 1, 1 }));
	x = relu(n, conv(n, "c3", x, (struct geo){ 64, 3, 1, 0 }));
	return inner(n, "f", pool(n, x, POOL_MAX, 2, 2, 0), CLASSES);
}

static const struct {
	const char *name;
	int (*make)(struct net *n, int batch);
	double bound; /* relative error against ref */
} nets[] = {
	{ "lenet", lenet, 1e-5 },
	{ "alex", alex, 1e-5 },
	{ "res", res_train, 1e-4 },
	{ "res, fixed statistics", res_fixed, 1e-4 },
	{ "goog", goog, 1e-5 },
	{ "fcn", fcn, 1e-5 },
	{ "mobile", mobile_train, 1e-4 },
	{ "mobile, fixed statistics", mobile_fixed, 1e-4 },
	{ "deep", deep, 1e-4 },
	{ "math", math, 1e-4 },
	{ "wide", wide, 1e-5 },
};

static void
make(struct net *n, size_t which, int batch, bool backward)
{
	union op_attr a = {
		.loss = { .fn = LOSS_SOFTMAX, .norm = NORM_VALID, .axis = 1 }
	};
	struct shape s = shape_of(1, batch);
	int want[PARAMS_MAX + 1], k, m = 0, in[2];
	struct graph_seed seed = { 0, 1, -1 };

	memset(n, 0, sizeof(*n));
	n->g = graph_new();
	in[0] = nets[which].make(n, batch);
	n->label = in[1] =
	    must(graph_add_tensor(n->g, TENSOR_INPUT, "label", &s));
	graph_set_name(n->g, "loss");
	seed.tensor = n->loss = must(graph_add(n->g, OP_LOSS, &a, in, 2));
	n->prob = graph_last(n->g)->out[1];
	graph_tensor(n->g, n->loss)->keep = true;
	graph_tensor(n->g, n->prob)->keep = true;
	if (!backward)
		return;
	for (k = 0; k < n->n; k++)
		if (n->learn[k])
			want[m++] = n->param[k];
	want[m++] = n->data;
	must(graph_backward(n->g, &seed, 1, want, m));
}

static size_t
count(const struct net *n, int t)
{
	return shape_count(graph_shape(n->g, t));
}

/* Numbers from the tensor's name: weights of variance 2 / fan-in. */
static void
fill(const struct net *n, struct plan *p, int t, bool learn)
{
	const struct tensor *x = graph_tensor(n->g, t);
	size_t k, c = count(n, t);
	float *v = mem_array(float, c);
	double scale = x->shape.n < 2 || t == n->data
	    ? 0.5
	    : sqrt(6 / ((double)c / (double)x->shape.d[0]));
	uint64_t seed = 0;
	struct rng r;

	for (k = 0; x->name[k] != '\0'; k++)
		seed = seed * 31 + (unsigned char)x->name[k];
	rng_init(&r, seed, 0);
	for (k = 0; k < c; k++) {
		double u = rng_uniform(&r) * 2 - 1;

		v[k] = (float)(t == n->label ? (double)rng_below(&r, CLASSES)
			: learn              ? u * scale
					     : 1 + 0.5 * u);
	}
	must(plan_write(p, t, v));
	mem_free(v);
}

static void
fill_all(const struct net *n, struct plan *p)
{
	float *zero;
	int k;

	fill(n, p, n->data, true);
	fill(n, p, n->label, true);
	for (k = 0; k < n->n; k++) {
		fill(n, p, n->param[k], n->learn[k]);
		zero = mem_array(float, count(n, n->history[k]));
		must(plan_write(p, n->history[k], zero));
		mem_free(zero);
	}
}

static float *
read(const struct net *n, struct plan *p, int t)
{
	float *v = mem_array(float, count(n, t));

	must(plan_read(p, t, v));
	return v;
}

static float
run(const struct net *n, struct plan *p, bool backward, bool accumulate,
    uint64_t iteration)
{
	struct plan_run r = { backward, accumulate, iteration };
	float loss;

	must(plan_run(p, &r));
	must(plan_read(p, n->loss, &loss));
	return loss;
}

static void
update(const struct net *n, struct plan *p, uint64_t iteration)
{
	struct update_param q[PARAMS_MAX];
	struct update u = { .fn = UPDATE_SGD,
		.rate = 0.02f,
		.momentum = 0.9f,
		.weight_decay = 0.001f,
		.clip = 2,
		.iter_size = 1,
		.iteration = iteration,
		.params = q };
	int k;

	for (k = 0; k < n->n; k++)
		if (n->learn[k])
			q[u.n++] = (struct update_param){ n->param[k],
				graph_tensor(n->g, n->param[k])->grad,
				{ n->history[k], -1 }, 1, 1 };
	must(plan_update(p, &u));
}

static double
error(const float *a, const float *b, size_t n)
{
	double worst = 0, most = 1e-2;
	size_t k;

	for (k = 0; k < n; k++) {
		if (!(fabs((double)a[k] - (double)b[k]) <= worst))
			worst = fabs((double)a[k] - (double)b[k]);
		most = fmax(most, fabs((double)b[k]));
	}
	return worst / most;
}

static void
compare(const struct net *n, const char *net, struct plan *p, struct plan *q,
    int t, double bound)
{
	float *a = read(n, p, t), *b = read(n, q, t);
	double e = error(a, b, count(n, t));

	if (!(e <= bound))
		fail_msg("%s: tensor %d (%s) differs by %g", net, t,
		    graph_tensor(n->g, t)->name != NULL
			? graph_tensor(n->g, t)->name
			: "",
		    e);
	mem_free(a);
	mem_free(b);
}

static struct device *cpu, *ref;

static int
open_devices(void **state)
{
	struct device_opts o = { .threads = 2 };

	(void)state;
	must(device_open(&cpu, "cpu", &o));
	onednn_keep_bf16(cpu);
	must(device_open(&ref, "ref", &o));
	return 0;
}

static int
close_devices(void **state)
{
	(void)state;
	device_close(cpu);
	device_close(ref);
	return 0;
}

/* Values and every gradient, over two updates, for odd and even batches. */
static void
same_as_ref(void **state)
{
	static const int batches[] = { 1, 6 };
	size_t w, b;

	(void)state;
	for (w = 0; w < LENGTH(nets); w++) {
		for (b = 0; b < LENGTH(batches); b++) {
			struct plan_opts o = { .seed = 5 };
			struct plan *p, *q;
			struct net n;
			uint64_t it;
			int k;

			make(&n, w, batches[b], true);
			must(device_plan(cpu, &p, n.g, &o));
			must(device_plan(ref, &q, n.g, &o));
			fill_all(&n, p);
			fill_all(&n, q);
			for (it = 0; it < 2; it++) {
				double e = nets[w].bound * (it == 0 ? 1 : 10);

				run(&n, p, true, false, it);
				run(&n, q, true, false, it);
				compare(&n, nets[w].name, p, q, n.loss, e);
				compare(&n, nets[w].name, p, q, n.prob, e);
				for (k = 0; k < n.n; k++) {
					int t = n.param[k];

					compare(&n, nets[w].name, p, q, t, e);
					if (n.learn[k])
						compare(&n, nets[w].name, p, q,
						    graph_tensor(n.g, t)->grad,
						    e);
				}
				compare(&n, nets[w].name, p, q,
				    graph_tensor(n.g, n.data)->grad, e);
				update(&n, p, it);
				update(&n, q, it);
			}
			plan_free(p);
			plan_free(q);
			graph_free(n.g);
		}
	}
}

/* A forward-only plan, where batchnorm is folded and weights are packed once,
 * follows the params of the training plan that it shares. */
static void
shares(void **state)
{
	size_t w;

	(void)state;
	for (w = 0; w < LENGTH(nets); w++) {
		struct plan_opts o = { .seed = 5 }, shared = { .seed = 5 };
		struct plan *p, *test, *q, *qtest;
		struct net n, f;
		uint64_t it;

		make(&n, w, 4, true);
		make(&f, w, 3, false);
		must(device_plan(cpu, &p, n.g, &o));
		must(device_plan(ref, &q, n.g, &o));
		shared.share = p;
		must(device_plan(cpu, &test, f.g, &shared));
		shared.share = q;
		must(device_plan(ref, &qtest, f.g, &shared));
		fill_all(&n, p);
		fill_all(&n, q);
		fill(&f, test, f.data, true);
		fill(&f, test, f.label, true);
		fill(&f, qtest, f.data, true);
		fill(&f, qtest, f.label, true);
		for (it = 0; it < 3; it++) {
			run(&f, test, false, false, it);
			run(&f, qtest, false, false, it);
			compare(&f, nets[w].name, test, qtest, f.prob, 1e-4);
			run(&n, p, true, false, it);
			run(&n, q, true, false, it);
			update(&n, p, it);
			update(&n, q, it);
		}
		plan_free(test);
		plan_free(qtest);
		plan_free(p);
		plan_free(q);
		graph_free(n.g);
		graph_free(f.g);
	}
}

/* What was written is read again, whatever the layout inside. */
static void
doors(void **state)
{
	size_t w;

	(void)state;
	for (w = 0; w < LENGTH(nets); w++) {
		struct plan_opts o = { .seed = 5 };
		struct plan *p;
		struct net n;
		int k;

		make(&n, w, 2, true);
		must(device_plan(cpu, &p, n.g, &o));
		fill_all(&n, p);
		run(&n, p, true, false, 0);
		update(&n, p, 0); /* history takes its layout */
		for (k = 0; k < 2 * n.n; k++) {
			int t = k < n.n ? n.param[k] : n.history[k - n.n];
			size_t i, c = count(&n, t);
			float *v = mem_array(float, c), *u;

			for (i = 0; i < c; i++)
				v[i] = (float)(k * 1000) + (float)i;
			must(plan_write(p, t, v));
			u = read(&n, p, t);
			assert_memory_equal(u, v, c * sizeof(*v));
			mem_free(u);
			mem_free(v);
		}
		plan_free(p);
		graph_free(n.g);
	}
}

/* Two runs that accumulate make twice the gradient. */
static void
accumulates(void **state)
{
	size_t w, i;

	(void)state;
	for (w = 0; w < LENGTH(nets); w++) {
		struct plan_opts o = { .seed = 5 };
		struct plan *p;
		struct net n;
		int k;

		make(&n, w, 2, true);
		for (k = 0; k < n.n && n.learn[k]; k++)
			;
		if (k < n.n) {
			graph_free(n.g); /* running means change each run */
			continue;
		}
		must(device_plan(cpu, &p, n.g, &o));
		fill_all(&n, p);
		for (k = 0; k < n.n; k++) {
			int t = graph_tensor(n.g, n.param[k])->grad;
			float *once, *twice;

			run(&n, p, true, false, 1);
			once = read(&n, p, t);
			run(&n, p, true, true, 1);
			twice = read(&n, p, t);
			for (i = 0; i < count(&n, t); i++)
				assert_true(twice[i] == 2 * once[i]);
			mem_free(once);
			mem_free(twice);
		}
		plan_free(p);
		graph_free(n.g);
	}
}

/* Bytes of all params after some iterations, going over to a fresh plan in the
 * middle as a resumed training does. */
static void
trained(size_t w, int go_over, float **out, size_t *size)
{
	struct plan_opts o = { .seed = 5 };
	struct plan *p, *q;
	struct net n;
	int it, k;

	make(&n, w, 3, true);
	must(device_plan(cpu, &p, n.g, &o));
	fill_all(&n, p);
	for (it = 0; it < 4; it++) {
		if (it == go_over) {
			must(device_plan(cpu, &q, n.g, &o));
			fill_all(&n, q);
			for (k = 0; k < 2 * n.n; k++) {
				int t =
				    k < n.n ? n.param[k] : n.history[k - n.n];
				float *v = read(&n, p, t);

				must(plan_write(q, t, v));
				mem_free(v);
			}
			plan_free(p);
			p = q;
		}
		run(&n, p, true, false, (uint64_t)it);
		update(&n, p, (uint64_t)it);
	}
	for (k = 0, *size = 0; k < n.n; k++)
		*size += count(&n, n.param[k]);
	*out = mem_array(float, *size);
	for (k = 0, *size = 0; k < n.n; k++) {
		must(plan_read(p, n.param[k], *out + *size));
		*size += count(&n, n.param[k]);
	}
	plan_free(p);
	graph_free(n.g);
}

static void
same_bits(void **state)
{
	size_t w;

	(void)state;
	for (w = 0; w < LENGTH(nets); w++) {
		float *a, *b, *c;
		size_t n;

		trained(w, -1, &a, &n);
		trained(w, -1, &b, &n);
		trained(w, 2, &c, &n);
		if (memcmp(a, b, n * sizeof(*a)) != 0)
			fail_msg("%s: the second run differs", nets[w].name);
		if (memcmp(a, c, n * sizeof(*a)) != 0)
			fail_msg("%s: the resumed run differs", nets[w].name);
		mem_free(a);
		mem_free(b);
		mem_free(c);
	}
}

/* bf16 is near fp32, or refused where the CPU has none. */
static void
in_bf16(void **state)
{
	size_t w;

	(void)state;
	for (w = 0; w < LENGTH(nets); w++) {
		struct plan_opts o = { .seed = 5, .precision = PRECISION_BF16 };
		struct plan *p, *q;
		struct net n;
		int k, rc;

		make(&n, w, 6, true);
		rc = device_plan(cpu, &p, n.g, &o);
		if (rc == ERR_UNSUPPORTED &&
		    strstr(cpu->name, "bf16") == NULL &&
		    strstr(cpu->name, "amx") == NULL) {
			graph_free(n.g);
			skip();
		}
		must(rc);
		o.precision = PRECISION_FP32;
		must(device_plan(ref, &q, n.g, &o));
		fill_all(&n, p);
		fill_all(&n, q);
		run(&n, p, true, false, 0);
		run(&n, q, true, false, 0);
		compare(&n, nets[w].name, p, q, n.prob, 0.05);
		for (k = 0; k < n.n; k++)
			if (n.learn[k])
				compare(&n, nets[w].name, p, q,
				    graph_tensor(n.g, n.param[k])->grad, 0.3);
		plan_free(p);
		plan_free(q);
		graph_free(n.g);
	}
}

/* A softmax so wrong that a probability is 0 costs what Caffe makes of it, the
 * log of FLT_MIN, and one that is nearly so its own log. */
static void
hopeless(void **state)
{
	static const float x[] = { 0, 200, 0, 87.2f, 0, 1 },
			   label[] = { 0, 0, 1 };
	const float ps[] = { 87.336545f, 87.2f, 0.31326169f };
	struct shape s = { 2, { 3, 2 } }, l = { 1, { 3 } };
	union op_attr a = { .loss = { .fn = LOSS_SOFTMAX, .axis = 1 } };
	struct plan_opts o = { .seed = 1 };
	struct plan_run r = { .backward = false };
	struct graph *g = graph_new();
	struct plan *p;
	float loss;
	int in[2], y;

	(void)state;
	in[0] = must(graph_add_tensor(g, TENSOR_INPUT, "x", &s));
	in[1] = must(graph_add_tensor(g, TENSOR_INPUT, "label", &l));
	y = must(graph_add(g, OP_LOSS, &a, in, 2));
	graph_tensor(g, y)->keep = true;
	must(device_plan(cpu, &p, g, &o));
	must(plan_write(p, in[0], x));
	must(plan_write(p, in[1], label));
	must(plan_run(p, &r));
	must(plan_read(p, y, &loss));
	assert_float_equal(loss, (ps[0] + ps[1] + ps[2]) / 3, 1e-4);
	plan_free(p);
	graph_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_ref),
		cmocka_unit_test(shares),
		cmocka_unit_test(doors),
		cmocka_unit_test(accumulates),
		cmocka_unit_test(same_bits),
		cmocka_unit_test(in_bf16),
		cmocka_unit_test(hopeless),
	};

	return cmocka_run_group_tests(tests, open_devices, close_devices);
}
