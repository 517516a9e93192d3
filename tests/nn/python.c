/*
 * The native twins of Python layers, on values worked out by hand;
 * and the clustering of boxes.
 */
#include <math.h>
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
#include "nn/rects.h"

struct blob {
	const char *name;
	const float *v;
};

static void
must(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
}

/* The values of blob `want` after a run with these inputs; caller's. */
static float *
run(const char *text, const struct blob *in, const char *want, size_t *n)
{
	const struct net_opts o = { .phase = CAFFE__PHASE__TEST };
	const struct device_opts d = { .threads = 1 };
	const struct plan_opts po = { .precision = PRECISION_FP32 };
	const struct plan_run once = { 0 };
	Caffe__NetParameter *np;
	struct device *dev;
	struct net *net;
	struct plan *p;
	float *v;
	int t;

	must(caffe_net_parse(&np, text, strlen(text), "net"));
	must(net_new(&net, np, &o));
	caffe_msg_free(np);
	t = net_blob_find(net, want)->tensor;
	graph_tensor(net->graph, t)->keep = true;
	must(device_open(&dev, "ref", &d));
	must(device_plan(dev, &p, net->graph, &po));
	for (; in->name; in++)
		must(
		    plan_write(p, net_blob_find(net, in->name)->tensor, in->v));
	must(plan_run(p, &once));
	*n = shape_count(graph_shape(net->graph, t));
	v = mem_array(float, *n + 1);
	must(plan_read(p, t, v));
	plan_free(p);
	net_free(net);
	device_close(dev);
	return v;
}

static void
test_blank_square(void **state)
{
	float x[32], *y;
	struct blob in[] = { { "x", x }, { NULL, NULL } };
	size_t n, i, zeros = 0;

	(void)state;
	for (i = 0; i < 32; i++)
		x[i] = 1;
	y = run("input: 'x' input_shape { dim: 1 dim: 2 dim: 4 dim: 4 } "
		"layer { name: 'b' type: 'Python' bottom: 'x' top: 'y' "
		"python_param { module: 'digits_python_layers' layer: "
		"'BlankSquareLayer' } }",
	    in, "y", &n);
	assert_int_equal(n, 32);
	for (i = 0; i < n; i++)
		zeros += y[i] == 0;
	assert_int_equal(zeros, 8);
	mem_free(y);
}

/* Four places: predicted 1 1 0 0, labelled 1 0 0 1: 2 x 1 / (2 + 2). */
static void
test_dice(void **state)
{
	static const float x[8] = { 0, 0, 1, 1, 1, 1, 0, 0 };
	static const float l[4] = { 1, 0, 0, 1 };
	const struct blob in[] = { { "x", x }, { "l", l }, { NULL, NULL } };
	float *y;
	size_t n;

	(void)state;
	y = run("input: 'x' input_shape { dim: 1 dim: 2 dim: 2 dim: 2 } "
		"input: 'l' input_shape { dim: 1 dim: 1 dim: 2 dim: 2 } "
		"layer { name: 'd' type: 'Python' bottom: 'x' bottom: 'l' top: "
		"'y' python_param { module: 'digits_python_layers' layer: "
		"'Dice' } }",
	    in, "y", &n);
	assert_int_equal(n, 1);
	assert_float_equal(y[0], 0.5, 1e-6);
	mem_free(y);
}

#define DETECT                                                                 \
	"input: 'c' input_shape { dim: 1 dim: 1 dim: 4 dim: 8 } "              \
	"input: 'b' input_shape { dim: 1 dim: 4 dim: 4 dim: 8 } "
#define CLUSTER                                                                \
	"layer { name: 'k' type: 'Python' bottom: 'c' bottom: 'b' top: 'y' "   \
	"python_param { module: 'caffe.layers.detectnet.clustering' layer: "   \
	"'ClusterDetections' param_str: '128, 64, 16, 0.6, 3, 0.02, 22' } } "

/* Five cells say the same box (10, 20, 60, 50), one says another. */
static void
grids(float *cover, float *box)
{
	static const float side[4] = { 10, 20, 60, 50 };
	int i, k, x, y;

	memset(cover, 0, 32 * sizeof(*cover));
	memset(box, 0, 128 * sizeof(*box));
	for (i = 0; i < 6; i++) {
		x = 1 + i % 3;
		y = 1 + i / 3;
		cover[y * 8 + x] = 0.9f;
		for (k = 0; k < 4; k++)
			box[k * 32 + y * 8 + x] = side[k] -
			    (float)(16 * (k % 2 ? y : x)) + (i == 5 ? 40.f : 0);
	}
	cover[0] = 0.59f; /* below the threshold */
}

static void
test_cluster(void **state)
{
	float cover[32], box[128], *y;
	const struct blob in[] = { { "c", cover }, { "b", box },
		{ NULL, NULL } };
	const float want[5] = { 10, 20, 60, 50, 1.609375f }; /* ln 5 */
	size_t n, i;

	(void)state;
	grids(cover, box);
	y = run(DETECT CLUSTER, in, "y", &n);
	assert_int_equal(n, 250);
	for (i = 0; i < 5; i++)
		assert_float_equal(y[i], want[i], 1e-6);
	for (; i < n; i++)
		assert_float_equal(y[i], 0, 0);
	mem_free(y);
}

/* Found one of two true boxes, nothing wrong: precision 100, recall 50. */
static void
test_score(void **state)
{
	float cover[32], box[128], *y;
	const struct blob in[] = { { "c", cover }, { "b", box },
		{ NULL, NULL } };
	static const char text[] = DETECT CLUSTER
	    "layer { name: 'g' type: 'Python' bottom: 'c' bottom: 'b' top: 't' "
	    "python_param { module: 'caffe.layers.detectnet.clustering' layer: "
	    "'ClusterGroundtruth' param_str: '128, 64, 16, 1' } } "
	    "layer { name: 's' type: 'Python' bottom: 't' bottom: 'y' top: 's' "
	    "python_param { module: 'caffe.layers.detectnet.mean_ap' layer: "
	    "'ScoreDetections' } } "
	    "layer { name: 'm' type: 'Python' bottom: 's' top: 'm' top: 'p' "
	    "top: 'r' python_param { module: 'caffe.layers.detectnet.mean_ap' "
	    "layer: 'mAP' } }";
	static const char *const tops[] = { "m", "p", "r" };
	static const float want[] = { 50, 100, 50 };
	size_t n, i;

	(void)state;
	grids(cover, box);
	cover[0] = 0;
	for (i = 0; i < 3; i++) {
		y = run(text, in, tops[i], &n);
		assert_float_equal(y[0], want[i], 1e-5);
		mem_free(y);
	}
}

/* By the rule of rects.h: two groups, and a box alone that is dropped. */
static void
test_rects(void **state)
{
	struct rect r[] = { { 10, 10, 20, 20, 1 }, { 100, 100, 40, 30, 1 },
		{ 12, 11, 19, 21, 1 }, { 11, 10, 20, 19, 1 },
		{ 101, 102, 40, 30, 1 }, { 300, 10, 9, 9, 1 } };
	size_t n = rects_group(r, LENGTH(r), 1, 0.2);

	(void)state;
	assert_int_equal(n, 2);
	assert_int_equal(r[0].x, 11);
	assert_int_equal(r[0].y, 10);
	assert_int_equal(r[0].w, 20);
	assert_int_equal(r[0].h, 20);
	assert_int_equal(r[0].n, 3);
	assert_int_equal(r[1].x, 100);
	assert_int_equal(r[1].y, 101);
	assert_int_equal(r[1].n, 2);
	assert_int_equal(rects_group(r, 0, 1, 0.2), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blank_square),
		cmocka_unit_test(test_dice),
		cmocka_unit_test(test_cluster),
		cmocka_unit_test(test_score),
		cmocka_unit_test(test_rects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
