/*
 * Real models against outputs that OpenCV's importer gave for them
 * (../shared/data/reference_outputs): whole tensors, 1e-4.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "device/device.h"
#include "file/file.h"
#include "file/npy.h"
#include "nn/net.h"
#include "nn/read.h"

#define DATA "../shared/data/"

static const struct reference {
	const char *net, *weights, *input, *name;
	const char *blobs[3];
} cases[] = {
	{ "lenet_bvlc2014/lenet.prototxt",
	    "lenet_bvlc2014/lenet_iter_10000.caffemodel", "data", "lenet2014",
	    { "prob" } },
	{ "cifar10_quick_bvlc2014/cifar10_quick.prototxt",
	    "cifar10_quick_bvlc2014/cifar10_quick_iter_5000.caffemodel", "data",
	    "cifar10_quick", { "prob" } },
	{ "mtcnn_v1/det1.prototxt", "mtcnn_v1/det1.caffemodel", "data",
	    "mtcnn_det1", { "conv4-2", "prob1" } },
	{ "mtcnn_v1/det2.prototxt", "mtcnn_v1/det2.caffemodel", "data",
	    "mtcnn_det2", { "conv5-2", "prob1" } },
	{ "mtcnn_v1/det3.prototxt", "mtcnn_v1/det3.caffemodel", "data",
	    "mtcnn_det3", { "conv6-2", "conv6-3", "prob1" } },
};

static void
read_array(struct npy *a, const char *name, const char *blob)
{
	char *path = mem_printf(DATA "reference_outputs/%s.%s.npy", name, blob);

	if (npy_read(a, path, 1 << 28) < 0)
		fail_msg("%s", err_text());
	mem_free(path);
}

/* The largest difference of a blob to its reference. */
static double
difference(
    const struct net *net, struct plan *p, const char *name, const char *blob)
{
	const struct net_blob *b = net_blob_find(net, blob);
	double worst = 0;
	struct npy want;
	float *got;

	assert_non_null(b);
	read_array(&want, name, blob);
	assert_int_equal(
	    shape_count(graph_shape(net->graph, b->tensor)), want.count);
	got = mem_array(float, want.count);
	assert_int_equal(plan_read(p, b->tensor, got), 0);
	for (size_t i = 0; i < want.count; i++) {
		double d = fabs(
		    (double)got[i] - (double)((const float *)want.data)[i]);

		worst = isnan(d) ? INFINITY : fmax(worst, d);
	}
	mem_free(got);
	npy_clear(&want);
	return worst;
}

static void
check(const struct reference *c, struct device *dev)
{
	char *net_path = mem_printf(DATA "models/%s", c->net);
	char *weights_path = mem_printf(DATA "models/%s", c->weights);
	struct net_input inputs[2] = { { .name = c->input } };
	struct net_opts no = { .phase = CAFFE__PHASE__TEST, .inputs = inputs };
	struct plan_opts po = { .precision = PRECISION_FP32 };
	struct plan_run run = { .backward = false };
	Caffe__NetParameter *np = NULL, *w = NULL;
	struct net *net = NULL;
	struct plan *p = NULL;
	struct npy in;

	read_array(&in, c->name, "input");
	inputs[0].shape.n = in.ndim;
	for (int i = 0; i < in.ndim; i++)
		inputs[0].shape.d[i] = (int64_t)in.dim[i];
	assert_int_equal(net_read(&np, net_path), 0);
	assert_int_equal(caffe_weights_read(&w, weights_path), 0);
	if (net_new(&net, np, &no) < 0)
		fail_msg("%s: %s", c->name, err_text());
	for (int i = 0; i < 3 && c->blobs[i] != NULL; i++)
		graph_tensor(
		    net->graph, net_blob_find(net, c->blobs[i])->tensor)
		    ->keep = true;
	assert_int_equal(device_plan(dev, &p, net->graph, &po), 0);
	assert_int_equal(net_copy_weights(net, p, w, NULL), 0);
	assert_int_equal(
	    plan_write(p, net_blob_find(net, c->input)->tensor, in.data), 0);
	assert_int_equal(plan_run(p, &run), 0);
	for (int i = 0; i < 3 && c->blobs[i] != NULL; i++) {
		double d = difference(net, p, c->name, c->blobs[i]);

		print_message("# %-14s %-8s %-7s %.1e\n", c->name, c->blobs[i],
		    dev->backend->name, d);
		assert_true(d <= 1e-4);
	}
	plan_free(p);
	net_free(net);
	caffe_msg_free(np);
	caffe_msg_free(w);
	npy_clear(&in);
	mem_free(net_path);
	mem_free(weights_path);
}

static void
models(void **state)
{
	static const char *const devices[] = { "ref", "cpu" };

	(void)state;
	if (!file_exists(DATA "reference_outputs")) {
		print_message("# skipped: no shared data\n");
		skip();
	}
	for (size_t d = 0; d < LENGTH(devices); d++) {
		struct device_opts o = { .threads = 2 };
		struct device *dev = NULL;

		assert_int_equal(device_open(&dev, devices[d], &o), 0);
		for (size_t i = 0; i < LENGTH(cases); i++)
			check(&cases[i], dev);
		device_close(dev);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(models),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
