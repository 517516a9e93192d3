/*
 * The example plug-in: loads, blanks a quarter and nothing else, gives the
 * gradient of that; and objects that are no plug-ins are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "nn/net.h"
#include "nn/plugin.h"

enum { SIDE = 6, N = 2 * SIDE * SIDE };

static const char text[] =
    "force_backward: true "
    "layer { name: 'x' type: 'Input' top: 'x' input_param { shape { dim: 1 "
    "dim: 2 dim: 6 dim: 6 } } } "
    "layer { name: 'b' type: 'BlankSquare' bottom: 'x' top: 'y' } "
    "layer { name: 's' type: 'Reduction' bottom: 'y' top: 's' loss_weight: 1 "
    "}";

static struct net *
build(void)
{
	const struct net_opts o = { .phase = CAFFE__PHASE__TRAIN };
	Caffe__NetParameter *np;
	struct net *n;

	assert_int_equal(
	    caffe_net_parse(&np, text, sizeof(text) - 1, "net"), 0);
	if (net_new(&n, np, &o) < 0)
		fail_msg("%s", err_text());
	caffe_msg_free(np);
	return n;
}

static void
test_refused(void **state)
{
	char *self = mem_printf("%s/libcmocka-none.so", getenv("OBJ"));

	(void)state;
	assert_int_equal(layer_plugin_load(self), ERR_MISSING);
	assert_int_equal(layer_plugin_load("libm.so.6"), ERR_MISSING);
	assert_int_equal(
	    layer_plugin_load("/lib/x86_64-linux-gnu/libm.so.6"), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "is not a layer plug-in"));
	assert_null(layer_plugin_find("BlankSquare"));
	mem_free(self);
}

static void
run(struct net *n, struct plan *p, uint64_t iteration, float *y, float *dx)
{
	const struct plan_run r = { .backward = true, .iteration = iteration };
	int x = net_blob_find(n, "x")->tensor;

	assert_int_equal(plan_run(p, &r), 0);
	assert_int_equal(plan_read(p, net_blob_find(n, "y")->tensor, y), 0);
	assert_int_equal(plan_read(p, graph_tensor(n->graph, x)->grad, dx), 0);
}

static void
test_blank(void **state)
{
	char *path = mem_printf(
	    "%s/examples/plugin-layer/blank_square.so", getenv("OBJ"));
	struct device_opts o = { .threads = 1 };
	struct plan_opts po = { .precision = PRECISION_FP32 };
	float x[N], y[N], dx[N], again[N];
	struct device *d;
	struct plan *p;
	struct net *n;
	int i, k, zeros, moved = 0;

	(void)state;
	if (layer_plugin_load(path) < 0)
		fail_msg("%s", err_text());
	n = build();
	graph_tensor(n->graph, net_blob_find(n, "y")->tensor)->keep = true;
	assert_int_equal(net_backward(n), 0);
	assert_int_equal(device_open(&d, "ref", &o), 0);
	assert_int_equal(device_plan(d, &p, n->graph, &po), 0);
	for (i = 0; i < N; i++)
		x[i] = (float)(i + 1);
	assert_int_equal(plan_write(p, net_blob_find(n, "x")->tensor, x), 0);
	for (k = 0; k < 20; k++) {
		run(n, p, (uint64_t)k, y, dx);
		for (i = zeros = 0; i < N; i++) {
			zeros += y[i] == 0;
			assert_true(y[i] == 0 || y[i] == x[i]);
			assert_float_equal(dx[i], y[i] != 0, 0);
		}
		assert_int_equal(zeros, N / 4);
		moved += k > 0 && memcmp(y, again, sizeof(y)) != 0;
		memcpy(again, y, sizeof(y));
	}
	assert_true(moved > 5);
	run(n, p, 19, y, dx);
	assert_memory_equal(y, again, sizeof(y));
	plan_free(p);
	net_free(n);
	device_close(d);
	mem_free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_blank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
