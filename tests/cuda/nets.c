/*
 * Standard nets on the CUDA backend against the CPU: the loss and the gradients
 * of the same weights and inputs, and the weights after some iterations.
 *
 *	nets [--device cuda:0] [--precision tf32] [NET...]
 *
 * Without operands, lenet.  Emulated on this machine
 * (lib/cuda/host) unless NNUTILS_TEST_GPU is set.
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
#include "nn/net.h"
#include "nn/nets.h"
#include "nn/use.h"

enum { BATCH = 4, ITERATIONS = 3, PARAMS_MAX = 1024 };

static const char *device_name = "cuda";
static enum precision precision = PRECISION_FP32;
static const char *const *names;
static int nnames;

static int
good(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
	return rc;
}

static struct net *
load(const char *name, int *classes)
{
	const struct net_standard *s = net_standard_find(name);
	struct net_data d = { .batch = BATCH };
	Caffe__NetParameter *np = NULL;
	struct net *n = NULL;

	if (s == NULL)
		fail_msg("no standard net %s", name);
	*classes = d.classes = s->classes > 0 ? s->classes : 10;
	good(net_data_size(&d, s->input));
	good(net_standard_read(&np, s->name));
	if (net_new_use(&n, np, NET_TRAIN, &d) < 0) {
		d.labels = 2; /* regression's */
		good(net_new_use(&n, np, NET_TRAIN, &d));
	}
	caffe__net_parameter__free_unpacked(np, NULL);
	good(net_backward(n));
	return n;
}

static int
learned(struct net *n, struct update_param *q)
{
	int k = 0;

	for (int i = 0; i < n->nparams && k < PARAMS_MAX; i++) {
		const struct net_param *w = &n->params[i];
		const int grad = graph_tensor(n->graph, w->tensor)->grad;
		char name[256];

		if (!w->learn || w->owner != i || grad < 0)
			continue;
		snprintf(name, sizeof(name), "%s.h", w->key);
		q[k] = (struct update_param){ w->tensor, grad, { 0, -1 },
			w->lr_mult, w->decay_mult };
		q[k++].history[0] = good(graph_add_tensor(n->graph,
		    TENSOR_STATE, name, graph_shape(n->graph, w->tensor)));
	}
	return k;
}

static void
write_inputs(const struct net *n, struct plan *p, int classes, uint64_t stream)
{
	struct rng r;

	rng_init(&r, 1, stream);
	for (int t = 0; t < graph_tensors(n->graph); t++) {
		const struct tensor *x = graph_tensor(n->graph, t);
		const size_t c = shape_count(&x->shape);
		float *v;

		if (x->kind != TENSOR_INPUT)
			continue;
		v = mem_array(float, c + 1);
		for (size_t i = 0; i < c; i++)
			v[i] = x->shape.n == 1 || strstr(x->name, "label")
			    ? (float)rng_below(&r, (uint64_t)classes)
			    : (float)(rng_uniform(&r) - 0.5);
		good(plan_write(p, t, v));
		mem_free(v);
	}
}

/* Norm of the difference over the norm. */
static double
difference(const struct net *n, struct plan *p, struct plan *q, int t)
{
	const size_t count = shape_count(graph_shape(n->graph, t));
	float *x = mem_array(float, count + 1);
	float *y = mem_array(float, count + 1);
	double d = 0, all = 1e-12;

	good(plan_read(p, t, x));
	good(plan_read(q, t, y));
	for (size_t i = 0; i < count; i++) {
		const double e = (double)x[i] - (double)y[i];

		d += e * e;
		all += (double)x[i] * (double)x[i];
	}
	mem_free(x);
	mem_free(y);
	return sqrt(d / all);
}

static void
check_net(const char *name, double tolerance)
{
	struct update_param *q = mem_array(struct update_param, PARAMS_MAX);
	struct update u = { .fn = UPDATE_SGD,
		.rate = 0.001F,
		.momentum = 0.9F,
		.weight_decay = 0.0005F,
		.iter_size = 1,
		.params = q };
	struct plan_opts o = { .seed = 7 };
	struct device *d[2];
	struct plan *p[2];
	int classes;
	struct net *n = load(name, &classes);
	double loss[2], first = 0, last = 0;

	u.n = learned(n, q);
	good(device_open(&d[0], "cpu", NULL));
	good(device_open(&d[1], device_name, NULL));
	for (int k = 0; k < 2; k++) {
		o.precision = k == 0 ? PRECISION_FP32 : precision;
		good(device_plan(d[k], &p[k], n->graph, &o));
		good(net_fill(n, p[k], 3));
	}
	for (int i = 0; i < ITERATIONS; i++) {
		const struct plan_run r = { true, false, (uint64_t)i };

		for (int k = 0; k < 2; k++) {
			write_inputs(n, p[k], classes, (uint64_t)i);
			good(plan_run(p[k], &r));
			good(net_loss(n, p[k], &loss[k]));
			good(plan_update(p[k], &u));
		}
		last = fabs(loss[0] - loss[1]) / fmax(fabs(loss[0]), 1e-3);
		first = i == 0 ? last : first;
	}
	for (int k = 0; k < u.n; k++)
		last = fmax(last, difference(n, p[0], p[1], q[k].param));
	printf("# %-16s %s: loss %.2g, weights after %d iterations %.2g\n",
	    name, precision_name(precision), first, ITERATIONS, last);
	assert_true(first <= tolerance);
	assert_true(last <= 3 * tolerance);
	for (int k = 0; k < 2; k++) {
		plan_free(p[k]);
		device_close(d[k]);
	}
	net_free(n);
	mem_free(q);
}

static void
test_nets(void **state)
{
	static const double tolerance[] = { [PRECISION_FP32] = 1e-3,
		[PRECISION_TF32] = 1e-2,
		[PRECISION_BF16] = 5e-2,
		[PRECISION_FP16] = 2e-2 };

	(void)state;
	for (int i = 0; i < nnames; i++)
		check_net(names[i], tolerance[precision]);
}

int
main(int argc, char **argv)
{
	static const char *const few[] = { "lenet" };
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_nets) };
	char *obj = getenv("OBJ"), modules[4096];
	int i = 1;

	snprintf(
	    modules, sizeof(modules), "%s/emu", obj != NULL ? obj : "bin/obj");
	if (getenv("NNUTILS_TEST_GPU") == NULL)
		setenv("NNUTILS_MODULES", modules, 1);
	for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		if (strcmp(argv[i], "--device") == 0)
			device_name = argv[i + 1];
		else if (precision_find(&precision, argv[i + 1]) < 0)
			return 2;
	}
	names = i < argc ? (const char *const *)&argv[i] : few;
	nnames = i < argc ? argc - i : (int)LENGTH(few);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
