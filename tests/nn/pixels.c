/* Layers that score and punish labelled pixels, by values worked by hand. */
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
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "metric/segment_tally.h"
#include "nn/net.h"

#define IN(name, n, c, w)                                                      \
	"input: '" name "' input_shape { dim: " #n " dim: " #c                 \
	" dim: 1 dim: " #w " } "
#define SCORE(type, more)                                                      \
	"layer { name: 's' type: '" type                                       \
	"' bottom: 'x' bottom: 't' top: 'y' " more " } "

struct bench {
	struct device *device;
	struct net *net;
	struct plan *plan;
};

static int
open_bench(struct bench *b, const char *text, Caffe__Phase phase)
{
	const struct net_opts no = { .phase = phase };
	const struct plan_opts po = { 0 };
	Caffe__NetParameter *np;
	int rc;

	memset(b, 0, sizeof(*b));
	assert_int_equal(caffe_net_parse(&np, text, strlen(text), "net"), 0);
	rc = net_new(&b->net, np, &no);
	caffe_msg_free(np);
	if (rc < 0)
		return rc;
	assert_int_equal(
	    device_open(&b->device, "ref", &(struct device_opts){ 0 }), 0);
	return device_plan(b->device, &b->plan, b->net->graph, &po);
}

static void
close_bench(struct bench *b)
{
	plan_free(b->plan);
	net_free(b->net);
	device_close(b->device);
}

static int
run(struct bench *b, const float *x, const float *t)
{
	assert_int_equal(
	    plan_write(b->plan, net_input_find(b->net, "x"), x), 0);
	assert_int_equal(
	    plan_write(b->plan, net_input_find(b->net, "t"), t), 0);
	return plan_run(b->plan, &(struct plan_run){ 0 });
}

static void
expect(struct bench *b, int tensor, const float *want, size_t n)
{
	float *y =
	    mem_array(float, shape_count(graph_shape(b->net->graph, tensor)));

	assert_int_equal(shape_count(graph_shape(b->net->graph, tensor)), n);
	assert_int_equal(plan_read(b->plan, tensor, y), 0);
	for (size_t i = 0; i < n; i++)
		if (!(fabsf(y[i] - want[i]) < 1e-6F))
			fail_msg("value %zu is %g, not %g", i, (double)y[i],
			    (double)want[i]);
	mem_free(y);
}

/* Two pictures of four pixels, three classes; 255 and 9 are left out.
 *	answers 0 1 1 2 and 1 1 0 0, truth 0 1 0 255 and 1 9 1 0 */
static const float scores[24] = { 2, 0, 0, 0, 1, 5, 1, 0, 0, 1, 0, 1, /**/ 0, 0,
	3, 9, 1, 1, 2, 0, 0, 0, 0, 8 };
static const float truth[8] = { 0, 1, 0, 255, 1, 9, 1, 0 };
static const float some_truth[8] = { 0, 1, 0, 255, 1, 255, 1, 0 };
static const float counts[18] = { 2, 1, 0, 1, 2, 0, 1, 1, 0, /**/ 1, 2, 0, 2, 1,
	0, 1, 1, 0 };

/* What its tally makes of the counts. */
static void
expect_figures(const struct layer *l, const float *v, size_t n, double accuracy)
{
	const struct tally_counts c = { v, n };
	struct gate_value f[16];
	struct tally *t;

	assert_int_equal(l->type->tally(l, NULL, 0, &t), 0);
	assert_int_equal(tally_add(t, &c, 1), 0);
	assert_true(tally_figures(t, f, 16) > 5);
	assert_string_equal(f[1].name, "miou");
	assert_true(fabs(f[0].value - accuracy) < 1e-12);
	tally_free(t);
}

static void
seg_accuracy(void **state)
{
	/* of class 0 2 of 3, of class 1 2 of 3; IoU 2/4 and 2/4 */
	const float y[3] = { 4.0F / 6, 2.0F / 3, 0.5F };
	int tensor[LAYER_COUNTS];
	const struct layer *l;
	struct bench b;

	(void)state;
	assert_int_equal(
	    open_bench(&b,
		IN("x", 2, 3, 4) IN("t", 2, 1, 4) SCORE("SegAccuracy",
		    "seg_accuracy_param { ignore_label: 255 "
		    "ignore_label: 9 }"),
		CAFFE__PHASE__TEST),
	    0);
	assert_int_equal(run(&b, scores, truth), 0);
	expect(&b, net_blob_find(b.net, "y")->tensor, y, 3);
	l = net_layer_find(b.net, "s");
	assert_int_equal(layer_counts(l, tensor), 1);
	expect(&b, tensor[0], counts, 18);
	expect_figures(l, counts, 18, 4.0 / 6);
	close_bench(&b);
}

static void
accuracy_of_maps(void **state)
{
	const float y = 4.0F / 6;
	int tensor[LAYER_COUNTS];
	struct bench b;

	(void)state;
	assert_int_equal(open_bench(&b,
			     IN("x", 2, 3, 4) IN("t", 2, 1, 4) SCORE("Accuracy",
				 "accuracy_param { ignore_label: 255 }"),
			     CAFFE__PHASE__TEST),
	    0);
	assert_int_equal(run(&b, scores, some_truth), 0);
	expect(&b, net_blob_find(b.net, "y")->tensor, &y, 1);
	assert_int_equal(layer_counts(net_layer_find(b.net, "s"), tensor), 1);
	expect(&b, tensor[0], counts, 18);
	close_bench(&b);
	/* not while training, nor for one label a picture, nor for the first few */
	assert_int_equal(
	    open_bench(&b,
		IN("x", 2, 3, 4) IN("t", 2, 1, 4) SCORE("Accuracy", ""),
		CAFFE__PHASE__TRAIN),
	    0);
	assert_int_equal(layer_counts(net_layer_find(b.net, "s"), tensor), 0);
	close_bench(&b);
	assert_int_equal(
	    open_bench(&b,
		IN("x", 2, 3, 1) IN("t", 2, 1, 1) SCORE("Accuracy", ""),
		CAFFE__PHASE__TEST),
	    0);
	assert_int_equal(layer_counts(net_layer_find(b.net, "s"), tensor), 0);
	close_bench(&b);
	assert_int_equal(open_bench(&b,
			     IN("x", 2, 3, 4) IN("t", 2, 1, 4) SCORE(
				 "Accuracy", "accuracy_param { top_k: 2 }"),
			     CAFFE__PHASE__TEST),
	    0);
	assert_int_equal(layer_counts(net_layer_find(b.net, "s"), tensor), 0);
	close_bench(&b);
}

/* One score a pixel: above 0 it is class 1. */
static void
two_classes(void **state)
{
	static const float x[4] = { -1, 0.1F, 3, 0 }, t[4] = { 0, 1, 0, 1 };
	static const float want[6] = { 2, 2, 2, 2, 1, 1 };
	int tensor[LAYER_COUNTS];
	struct bench b;

	(void)state;
	assert_int_equal(
	    open_bench(&b,
		IN("x", 1, 1, 4) IN("t", 1, 1, 4) SCORE("SegAccuracy", ""),
		CAFFE__PHASE__TEST),
	    0);
	assert_int_equal(run(&b, x, t), 0);
	assert_int_equal(layer_counts(net_layer_find(b.net, "s"), tensor), 1);
	expect(&b, tensor[0], want, 6);
	close_bench(&b);
}

static void
bad(void **state)
{
	static const float t[8] = { 0, 1, 0, 3, 1, 0, 1, 0 };
	struct bench b;

	(void)state;
	assert_int_equal(
	    open_bench(&b,
		IN("x", 2, 3, 4) IN("t", 2, 1, 4) SCORE("SegAccuracy", ""),
		CAFFE__PHASE__TEST),
	    0);
	assert_int_equal(run(&b, scores, t), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "label 3 is outside 0 to 2"));
	close_bench(&b);
	assert_int_equal(
	    open_bench(&b,
		IN("x", 2, 3, 4) IN("t", 2, 1, 3) SCORE("SegAccuracy", ""),
		CAFFE__PHASE__TEST),
	    ERR_FORMAT);
	assert_non_null(strstr(err_text(), "a label a pixel"));
	close_bench(&b);
}

/* The losses by their formulas, in plain loops. */
static double
softmax_of(const float *x, int i, int c, int n)
{
	double sum = 0;

	for (int k = 0; k < n; k++)
		sum += exp((double)x[k * 4 + i]);
	return exp((double)x[c * 4 + i]) / sum;
}

static void
dice_loss(void **state)
{
	double both[3] = { 0 }, all[3] = { 0 }, mean = 0;
	struct bench b;
	float y;

	(void)state;
	for (int k = 0; k < 8; k++) {
		const int i = k % 4, t = (int)some_truth[k];

		for (int c = 0; c < 3 && t != 255; c++) {
			const double p =
			    softmax_of(scores + k / 4 * 12, i, c, 3);

			both[c] += t == c ? p : 0;
			all[c] += p * p + (t == c);
		}
	}
	for (int c = 0; c < 3; c++)
		mean += (2 * both[c] + 0.5) / (all[c] + 0.5) / 3;
	y = (float)(1 - mean);
	assert_int_equal(open_bench(&b,
			     IN("x", 2, 3, 4) IN("t", 2, 1, 4) SCORE("DiceLoss",
				 "loss_param { ignore_label: 255 } "
				 "dice_loss_param { smooth: 0.5 }"),
			     CAFFE__PHASE__TEST),
	    0);
	assert_int_equal(run(&b, scores, some_truth), 0);
	expect(&b, net_blob_find(b.net, "y")->tensor, &y, 1);
	close_bench(&b);
}

static void
focal_loss(void **state)
{
	static const double weight[3] = { 0.5, 2, 1 };
	struct bench b;
	double sum = 0;
	float y;

	(void)state;
	for (int k = 0; k < 8; k++) {
		const int t = (int)some_truth[k];
		double p;

		if (t == 255)
			continue;
		p = softmax_of(scores + k / 4 * 12, k % 4, t, 3);
		sum -= weight[t] * pow(1 - p, 3) * log(p + 1e-7) / 6;
	}
	y = (float)sum;
	assert_int_equal(
	    open_bench(&b,
		IN("x", 2, 3, 4) IN("t", 2, 1, 4) SCORE("FocalLoss",
		    "focal_loss_param { gamma: 3 } loss_param { ignore_label: 255 "
		    "class_weighting: 0.5 class_weighting: 2 class_weighting: 1 }"),
		CAFFE__PHASE__TEST),
	    0);
	assert_int_equal(run(&b, scores, some_truth), 0);
	expect(&b, net_blob_find(b.net, "y")->tensor, &y, 1);
	close_bench(&b);
}

/* Sigmoid of 0 is a half. */
static void
focal_loss_of_two_classes(void **state)
{
	static const float x[4] = { 0 }, t[4] = { 0, 1, 1, 0 };
	const float y = (float)(0.25 * log(2) * (0.1 + 0.9) / 2);
	struct bench b;

	(void)state;
	assert_int_equal(
	    open_bench(&b,
		IN("x", 1, 1, 4) IN("t", 1, 1, 4)
		    SCORE("FocalLoss", "focal_loss_param { alpha: 0.9 }"),
		CAFFE__PHASE__TEST),
	    0);
	assert_int_equal(run(&b, x, t), 0);
	expect(&b, net_blob_find(b.net, "y")->tensor, &y, 1);
	close_bench(&b);
}

/* What is no class is not passed over. */
static void
labels_that_are_none(void **state)
{
	static const char *const types[] = { "DiceLoss", "FocalLoss" };
	char text[512];
	struct bench b;
	float y;

	(void)state;
	for (int i = 0; i < 2; i++) {
		snprintf(text, sizeof(text),
		    IN("x", 2, 3, 4) IN("t", 2, 1, 4)
			SCORE("%s", "loss_param { ignore_label: 255 }"),
		    types[i]);
		assert_int_equal(open_bench(&b, text, CAFFE__PHASE__TEST), 0);
		assert_int_equal(run(&b, scores, truth), 0); /* 9 */
		assert_int_equal(
		    plan_read(b.plan, net_blob_find(b.net, "y")->tensor, &y),
		    0);
		assert_false(isfinite(y));
		close_bench(&b);
	}
	assert_int_equal(
	    open_bench(&b,
		IN("x", 2, 3, 4) IN("t", 2, 1, 4)
		    SCORE("FocalLoss", "focal_loss_param { alpha: 0.25 }"),
		CAFFE__PHASE__TEST),
	    ERR_FORMAT);
	assert_non_null(strstr(err_text(), "alpha is for one score a place"));
	close_bench(&b);
	assert_int_equal(
	    open_bench(&b,
		IN("x", 2, 3, 4) IN("t", 2, 1, 3) SCORE("DiceLoss", ""),
		CAFFE__PHASE__TEST),
	    ERR_FORMAT);
	close_bench(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seg_accuracy),
		cmocka_unit_test(accuracy_of_maps),
		cmocka_unit_test(two_classes),
		cmocka_unit_test(bad),
		cmocka_unit_test(dice_loss),
		cmocka_unit_test(focal_loss),
		cmocka_unit_test(focal_loss_of_two_classes),
		cmocka_unit_test(labels_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
