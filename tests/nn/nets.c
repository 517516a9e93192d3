/* The standard nets: all are read, belong together, and are found by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "nn/net.h"
#include "nn/nets.h"
#include "nn/show/describe.h"

static bool
has_top(const Caffe__NetParameter *n, size_t before, const char *blob)
{
	for (size_t i = 0; i < before; i++)
		for (size_t k = 0; k < n->layer[i]->n_top; k++)
			if (strcmp(n->layer[i]->top[k], blob) == 0)
				return true;
	return false;
}

/* Every bottom is some earlier top, names are unique. */
static void
check_wiring(const Caffe__NetParameter *n, const char *net, const char *stage)
{
	for (size_t i = 0; i < n->n_layer; i++) {
		for (size_t k = 0; k < n->layer[i]->n_bottom; k++)
			if (!has_top(n, i, n->layer[i]->bottom[k]))
				fail_msg("%s, %s: layer %s: no blob %s", net,
				    stage, n->layer[i]->name,
				    n->layer[i]->bottom[k]);
		for (size_t k = 0; k < i; k++)
			if (strcmp(n->layer[i]->name, n->layer[k]->name) == 0)
				fail_msg("%s, %s: two layers %s", net, stage,
				    n->layer[i]->name);
	}
}

static void
all(void **state)
{
	static const char *const stages[] = { "train", "val", "deploy" };
	Caffe__NetParameter *n, *in;
	Caffe__NetState *s;

	(void)state;
	for (const struct net_standard *t = net_standards; t->name; t++) {
		if (net_standard_read(&n, t->name) < 0)
			fail_msg("%s", err_text());
		assert_non_null(n->name);
		for (int i = 0; i < 3; i++) {
			const char *const list[] = { stages[i], NULL };

			s = caffe_state_new(
			    i ? CAFFE__PHASE__TEST : CAFFE__PHASE__TRAIN, 0,
			    list);
			assert_int_equal(caffe_net_filter(&in, n, s), 0);
			assert_true(in->n_layer >= 3);
			check_wiring(in, t->name, stages[i]);
			caffe_msg_free(in);
			caffe_msg_free(s);
		}
		caffe_msg_free(n);
	}
}

/* What make worked out is what building the net says. */
static void
costs(void **state)
{
	const struct net_line *kept = net_standard_costs;
	struct net_line x;

	(void)state;
	for (const struct net_standard *t = net_standards; t->name;
	     t++, kept++) {
		if (net_standard_line(t, &x) < 0)
			fail_msg("%s", err_text());
		assert_memory_equal(&x, kept, sizeof(x));
	}
}

static void
names(void **state)
{
	Caffe__NetParameter *n;

	(void)state;
	assert_string_equal(net_standard_find("VGG_16")->name, "vgg16");
	assert_string_equal(
	    net_standard_find("SqueezeNet 1.1")->name, "squeezenet");
	assert_string_equal(
	    net_standard_find("mobilenetv2")->name, "mobilenet-v2");
	assert_null(net_standard_find("vgg"));
	assert_int_equal(net_standard_read(&n, "lennet"), ERR_MISSING);
	assert_string_equal(
	    err_text(), "no standard net \"lennet\" (did you mean lenet?)");
}

/* Tops of data layers: pictures of the intended size, labels. */
static int
shape_data(void *ctx, const struct layer *l, struct shape *top, int ntop)
{
	const struct net_standard *t = ctx;
	int c, h, w;

	assert_int_equal(sscanf(t->input, "%dx%dx%d", &c, &h, &w), 3);
	for (int i = 0; i < ntop; i++) {
		if (strstr(l->p->top[i], "data"))
			top[i] = shape_of(4, 2, c, h, w);
		else if (strncmp(t->name, "yolox", 5) == 0 ||
		    strncmp(t->name, "detectnet", 9) == 0)
			top[i] = shape_of(4, 2, 1, 3, 16); /* boxes */
		else if (ntop == 1 && strcmp(t->name, "regression") != 0)
			top[i] = shape_of(4, 2, 1, h, w); /* a mask */
		else if (strcmp(t->name, "regression") == 0)
			top[i] = shape_of(4, 2, 1, 1, 2);
		else
			top[i] = shape_of(1, 2);
	}
	return 0;
}

static uint64_t
learned(const struct net_standard *t, Caffe__Phase phase, const char *stage)
{
	const char *const stages[] = { stage, NULL };
	const struct net_opts o = { .phase = phase,
		.stages = stages,
		.feed_shape = shape_data,
		.feed_ctx = (void *)t,
		.classes = t->classes };
	Caffe__NetParameter *p;
	struct net_line line;
	struct net *n;

	assert_int_equal(net_standard_read(&p, t->name), 0);
	if (net_new(&n, p, &o) < 0)
		fail_msg("%s: %s", t->name, err_text());
	if (phase == CAFFE__PHASE__TRAIN && net_backward(n) < 0)
		fail_msg("%s: %s", t->name, err_text());
	net_line(n, -1, &line);
	net_free(n);
	caffe_msg_free(p);
	return line.learned;
}

/* The numbers of parameters that the literature and Caffe's model zoo give, and
 * for nets that have none what their layers add up to. */
static void
parameters(void **state)
{
	static const struct {
		const char *name;
		uint64_t train, deploy;
	} figures[] = {
		{ "lenet", 431080, 431080 },
		{ "cifar10-quick", 145578, 145578 },
		{ "cifar10-full", 89578, 89578 },
		{ "alexnet", 60965224, 60965224 },
		{ "caffenet", 60965224, 60965224 },
		{ "nin", 7595176, 7595176 },
		{ "googlenet", 13378280, 6998552 },
		{ "vgg11", 132863336, 132863336 },
		{ "vgg16", 138357544, 138357544 },
		{ "vgg19", 143667240, 143667240 },
		{ "resnet18", 11689512, 11689512 },
		{ "resnet34", 21797672, 21797672 },
		{ "resnet50", 25557032, 25557032 },
		{ "resnet101", 44549160, 44549160 },
		{ "squeezenet1.0", 1248424, 1248424 },
		{ "squeezenet", 1235496, 1235496 },
		{ "mobilenet", 4231976, 4231976 },
		{ "mobilenet-v2", 3504872, 3504872 },
		{ "densenet121", 7978856, 7978856 },
		{ "inception-v3", 23834568, 23834568 },
		{ "resnet18-torchvision", 11689512, 11689512 },
		{ "resnet34-torchvision", 21797672, 21797672 },
		{ "resnet50-torchvision", 25557032, 25557032 },
		{ "resnet101-torchvision", 44549160, 44549160 },
		{ "densenet121-torchvision", 7978856, 7978856 },
		{ "alexnet-torchvision", 61100840, 61100840 },
		{ "mobilenet-v3-small", 2542856, 2542856 },
		{ "mobilenet-v3-large", 5483032, 5483032 },
		{ "efficientnet-b0", 5288548, 5288548 },
		{ "efficientnet-lite0", 4652008, 4652008 },
		{ "convnext-tiny", 28589128, 28589128 },
		{ "rcnn-ilsvrc13", 57687624, 57687624 },
		{ "siamese", 431102, 431102 },
		{ "autoencoder", 501834, 501834 },
		{ "regression", 5002, 5002 },
		/* less the 2 x 64 x 7 x 7 of its fixed windows */
		{ "torch7-mnist", 316618 - 6272, 316618 - 6272 },
		{ "fcn-alexnet", 56954261, 56954261 },
		{ "unet", 31033045, 31033045 },
		{ "unet-small", 483077, 483077 },
		{ "fcn8s", 134362751, 134362751 },
		{ "segnet-basic", 1416140, 1416140 },
		{ "lr-aspp", 1078082, 1078082 },
		{ "binary-segmentation", 45329, 45329 },
		{ "detectnet", 5978677, 5978677 },
		{ "detectnet-small", 182037, 182037 },
		{ "yolox-nano", 912159, 912159 },
		{ "yolox-tiny", 5055855, 5055855 },
		{ "yolox-s", 8968255, 8968255 },
	};
	const struct net_standard *t;

	(void)state;
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		t = net_standard_find(figures[i].name);
		assert_ptr_equal(t, &net_standards[i]);
		assert_int_equal(
		    learned(t, CAFFE__PHASE__TRAIN, "train"), figures[i].train);
		assert_int_equal(
		    learned(t, CAFFE__PHASE__TEST, "val"), figures[i].train);
		assert_int_equal(learned(t, CAFFE__PHASE__TEST, "deploy"),
		    figures[i].deploy);
	}
	assert_null(net_standards[sizeof(figures) / sizeof(figures[0])].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all),
		cmocka_unit_test(costs),
		cmocka_unit_test(names),
		cmocka_unit_test(parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
