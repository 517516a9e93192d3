/* --freeze on every standard net, on layers of all kinds with weights, and on
 * blobs that are shared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "nn/nets.h"
#include "nn/use.h"
#include "recipe/nets/freeze.h"

static const char *const all[] = { "*" };

static struct net *
built(const Caffe__NetParameter *np, const struct net_data *d, const char *name)
{
	struct net *n;

	if (net_new_use(&n, np, NET_TRAIN, d) < 0)
		fail_msg("%s: %s", name, err_text());
	return n;
}

/* All but the last layer with weights are frozen: it alone has a gradient. */
static void
standard(void **state)
{
	(void)state;
	for (const struct net_standard *s = net_standards; s->name; s++) {
		struct net_data d = { .batch = 1, .classes = s->classes };
		Caffe__NetParameter *np;
		struct net *n;
		int last = -1;

		if (strcmp(s->name, "regression") == 0)
			d.labels = 2;
		assert_true(net_data_size(&d, s->input) >= 0);
		assert_int_equal(net_standard_read(&np, s->name), 0);
		n = built(np, &d, s->name);
		for (int i = 0; i < n->nlayers; i++) {
			if (n->layers[i].nparams == 0)
				continue;
			assert_true(net_freeze(n, n->layers[i].name) >= 1);
			last = i;
		}
		assert_true(last >= 0);
		for (int i = 0; i < n->nparams; i++)
			assert_true(n->params[n->params[i].owner].frozen);
		for (int i = 0; i < n->layers[last].nparams; i++)
			n->params[n->params[n->layers[last].param + i].owner]
			    .lr_mult = 1;
		if (net_backward(n) < 0)
			fail_msg("%s: %s", s->name, err_text());
		net_free(n);
		caffe_msg_free(np);
	}
}

#define IN                                                                     \
	"layer { name: 'x' type: 'DummyData' top: 'x' top: 'l' top: 'c'"       \
	" dummy_data_param { shape { dim: 4 dim: 2 dim: 3 dim: 3 }"            \
	" shape { dim: 4 } shape { dim: 4 dim: 2 } } }"
#define OUT(bottom)                                                            \
	"layer { name: 'q' type: 'InnerProduct' bottom: '" bottom              \
	"' top: 'q' inner_product_param { num_output: 3 } }"                   \
	"layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'q'"             \
	" bottom: 'l' top: 'loss' }"
#define ONE(type, more)                                                        \
	IN "layer { name: 'f' type: '" type "' bottom: 'x' top: 'y' " more     \
	   " }" OUT("y")

static const char *const kinds[] = {
	ONE("Convolution",
	    "convolution_param { num_output: 2 kernel_size: 3 bias_term: "
	    "false }"),
	ONE("Convolution",
	    "convolution_param { num_output: 2 kernel_size: 3 }"),
	ONE("Convolution",
	    "param { lr_mult: 1 } convolution_param { num_output: 2 "
	    "kernel_size: 3 }"),
	ONE("Deconvolution",
	    "convolution_param { num_output: 2 kernel_size: 2 bias_term: "
	    "false }"),
	ONE("InnerProduct",
	    "inner_product_param { num_output: 2 bias_term: false }"),
	ONE("BatchNorm", ""),
	ONE("BN", "bn_param { frozen: true }"),
	ONE("LayerNorm", ""),
	ONE("Scale", ""),
	ONE("Scale", "scale_param { bias_term: true }"),
	ONE("Bias", ""),
	ONE("PReLU", ""),
	ONE("GroupNorm",
	    "param { lr_mult: 1 } group_norm_param { num_groups: 2 }"),
	IN "layer { name: 'f' type: 'LSTM' bottom: 'x' bottom: 'c' top: 'y'"
	   " recurrent_param { num_output: 2 } }" OUT("y"),
	IN "layer { name: 'f' type: 'RNN' bottom: 'x' bottom: 'c' top: 'y'"
	   " recurrent_param { num_output: 2 } }" OUT("y"),
	/* two that share their weights: one pattern for one of them */
	IN "layer { name: 'f' type: 'InnerProduct' bottom: 'x' top: 'y'"
	   " param { name: 'w' lr_mult: 1 } param { name: 'b' lr_mult: 2 }"
	   " inner_product_param { num_output: 2 } }"
	   "layer { name: 'g' type: 'InnerProduct' bottom: 'x' top: 'z'"
	   " param { name: 'w' lr_mult: 1 } param { name: 'b' lr_mult: 2 }"
	   " inner_product_param { num_output: 2 } }"
	   "layer { name: 's' type: 'Eltwise' bottom: 'y' bottom: 'z'"
	   " top: 's' }" OUT("s"),
};

/* What is written down builds again, and only q learns. */
static void
each_kind(void **state)
{
	static const char *const patterns[] = { "f" };
	const struct net_data d = { 0 };
	const struct train_job job = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		Caffe__NetParameter *np;
		struct net *n;

		if (caffe_net_parse(&np, kinds[i], strlen(kinds[i]), "net") < 0)
			fail_msg("%zu: %s", i, err_text());
		if (freeze_layers(np, &job, NULL, patterns, 1) < 0)
			fail_msg("%zu: %s", i, err_text());
		n = built(np, &d, kinds[i]);
		for (int k = 0; k < n->nparams; k++) {
			const struct net_param *p =
			    &n->params[n->params[k].owner];
			const char *layer = n->layers[p->layer].name;
			const bool learns = p->learn && p->lr_mult != 0;

			assert_true(learns == (strcmp(layer, "q") == 0));
		}
		if (net_backward(n) < 0)
			fail_msg("%zu: %s", i, err_text());
		net_free(n);
		caffe_msg_free(np);
	}
}

static void
refused(void **state)
{
	static const char *const none[] = { "conv*" }, *const dry[] = { "x" };
	const struct train_job job = { 0 };
	Caffe__NetParameter *np;

	(void)state;
	assert_int_equal(
	    caffe_net_parse(&np, kinds[0], strlen(kinds[0]), "net"), 0);
	assert_int_equal(freeze_layers(np, &job, NULL, none, 1), ERR_USAGE);
	/* a layer without weights is not one that can be frozen */
	assert_int_equal(freeze_layers(np, &job, NULL, dry, 1), ERR_USAGE);
	assert_int_equal(freeze_layers(np, &job, NULL, all, 1), 0);
	assert_int_equal(freeze_layers(np, &job, NULL, all, 0), 0);
	caffe_msg_free(np);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standard),
		cmocka_unit_test(each_kind),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
