/*
 * Labels that are shares of the classes: the loss of one class alone is that of its
 * label, and of a mixture the mixture of the losses; accuracy takes the class that
 * has most.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "nn/net.h"

#define NET(labels, type, more)                                                \
	"input: 'x' input_shape { dim: 2 dim: 3 dim: 1 dim: 1 } input: 't' "   \
	"input_shape { " labels " } layer { name: 'y' type: '" type            \
	"' bottom: 'x' bottom: 't' top: 'y' " more " } "
#define ONE    "dim: 2"
#define SHARES "dim: 2 dim: 3"

static const float mild[6] = { 2, -1, 0.5F, 0, 3, 1 };
static const float far[6] = { 2, -1, 0.5F, 0, 3, 100 };

/* The first value of y, on a device. */
static float
value_of(const char *text, const char *device, const float *scores,
    const float *labels)
{
	const struct net_opts no = { .phase = CAFFE__PHASE__TRAIN };
	struct device *d;
	struct plan *plan;
	struct net *net;
	Caffe__NetParameter *np;
	float y;

	assert_int_equal(caffe_net_parse(&np, text, strlen(text), "net"), 0);
	if (net_new(&net, np, &no) < 0)
		fail_msg("%s", err_text());
	caffe_msg_free(np);
	assert_int_equal(
	    device_open(&d, device, &(struct device_opts){ 0 }), 0);
	assert_int_equal(
	    device_plan(d, &plan, net->graph, &(struct plan_opts){ 0 }), 0);
	assert_int_equal(plan_write(plan, net_input_find(net, "x"), scores), 0);
	assert_int_equal(plan_write(plan, net_input_find(net, "t"), labels), 0);
	assert_int_equal(plan_run(plan, &(struct plan_run){ 0 }), 0);
	assert_int_equal(
	    plan_read(plan, net_blob_find(net, "y")->tensor, &y), 0);
	plan_free(plan);
	net_free(net);
	device_close(d);
	return y;
}

#define WEIGHTS "class_weighting: 0.5 class_weighting: 2 class_weighting: 1 "

static void
mixtures(void **state)
{
	static const char *const one[] = {
		NET(ONE, "SoftmaxWithLoss", ""),
		NET(ONE, "SoftmaxWithLoss",
		    "loss_param { label_smoothing: 0.2 " WEIGHTS "}"),
		NET(ONE, "SoftmaxWithLoss",
		    "loss_param { normalization: NONE " WEIGHTS "}"),
	};
	static const char *const shares[] = {
		NET(SHARES, "SoftmaxWithLoss", ""),
		NET(SHARES, "SoftmaxWithLoss",
		    "loss_param { label_smoothing: 0.2 " WEIGHTS "}"),
		NET(SHARES, "SoftmaxWithLoss",
		    "loss_param { normalization: NONE " WEIGHTS "}"),
	};
	static const float a[2] = { 0, 2 }, b[2] = { 2, 1 };
	static const float alone[6] = { 1, 0, 0, 0, 0, 1 };
	static const float both[6] = { 0.7F, 0, 0.3F, 0, 0.3F, 0.7F };

	(void)state;
	for (size_t i = 0; i < LENGTH(one); i++)
		for (int k = 0; k < 2; k++) {
			const char *device = k == 0 ? "ref" : "cpu";
			const float la = value_of(one[i], device, mild, a),
				    lb = value_of(one[i], device, mild, b);

			assert_float_equal(
			    value_of(shares[i], device, mild, alone), la, 1e-5);
			assert_float_equal(
			    value_of(shares[i], device, mild, both),
			    0.7F * la + 0.3F * lb, 1e-5);
		}
}

/* Also where the softmax itself is 0: of 0 3 100 the logs are -100, -97 and 0. */
static void
by_hand(void **state)
{
	const double sum = exp(2) + exp(-1) + exp(0.5);
	static const float t[6] = { 0.25F, 0, 0.75F, 0.5F, 0.5F, 0 };
	const double first = -(0.25 * (2 - log(sum)) + 0.75 * (0.5 - log(sum)));

	(void)state;
	for (int k = 0; k < 2; k++)
		assert_float_equal(value_of(NET(SHARES, "SoftmaxWithLoss", ""),
				       k == 0 ? "ref" : "cpu", far, t),
		    (first + 0.5 * 100 + 0.5 * 97) / 2, 1e-4);
}

static void
most(void **state)
{
	static const float t[6] = { 0.6F, 0, 0.4F, 0.3F, 0.4F, 0.3F };

	(void)state;
	assert_float_equal(
	    value_of(NET(SHARES, "Accuracy", ""), "ref", mild, t), 1, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mixtures),
		cmocka_unit_test(by_hand),
		cmocka_unit_test(most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
