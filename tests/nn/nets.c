/* The standard nets: all are read, belong together, and are found by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "nn/nets.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
