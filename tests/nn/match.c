/* The judge of weights and nets. */
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
#include "caffe/blob.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "nn/match.h"
#include "nn/net.h"

#define DATA                                                                   \
	"layer { name: 'v' type: 'Input' top: 'v'"                             \
	" input_param { shape { dim: 2 dim: 4 } } } "
#define IP(name, bottom, top, more)                                            \
	"layer { name: '" name "' type: 'InnerProduct' bottom: '" bottom       \
	"' top: '" top "' inner_product_param { num_output: 4 } " more " } "

static struct net *
made(const char *text)
{
	static const struct net_opts o = { .phase = CAFFE__PHASE__TEST };
	Caffe__NetParameter *np;
	struct net *n = NULL;

	if (caffe_net_parse(&np, text, strlen(text), "net") < 0 ||
	    net_new(&n, np, &o) < 0)
		fail_msg("%s", err_text());
	caffe_msg_free(np);
	return n;
}

/* A layer of 4 inputs and 4 outputs, all of one value. */
static void
put(Caffe__NetParameter *w, const char *name, float value, int blobs)
{
	Caffe__LayerParameter *l =
	    caffe_new(Caffe__LayerParameter, layer_parameter);
	float v[16];
	int i;

	for (i = 0; i < 16; i++)
		v[i] = value;
	if (name != NULL)
		caffe_set_str(l, "name", name);
	for (i = 0; i < blobs; i++)
		caffe_add(&l->blobs, &l->n_blobs,
		    caffe_blob_new((int64_t[]){ 4, 4 }, i == 0 ? 2 : 1, v));
	caffe_add(&w->layer, &w->n_layer, l);
}

static int
verdict(
    const char *net, const Caffe__NetParameter *w, struct net_copy_report *r)
{
	struct net *n = made(net);
	int rc = net_match_weights(n, w, r);

	net_free(n);
	return rc;
}

static void
layers_are_counted(void **state)
{
	Caffe__NetParameter *w = caffe_new(Caffe__NetParameter, net_parameter);
	struct net_copy_report r = { 0 };
	struct buf b;

	(void)state;
	put(w, "a", 1, 2);
	put(w, "other", 1, 2);
	assert_int_equal(verdict(DATA IP("a", "v", "a", "") IP(
				     "b", "a", "b", "") IP("c", "b", "c", ""),
			     w, &r),
	    0);
	assert_int_equal(r.layers, 3);
	assert_int_equal(r.filled, 1);
	buf_init(&b, 1000);
	net_copy_missing_text(&b, &r);
	assert_string_equal(buf_str(&b), "b, c");
	assert_int_equal(net_copy_whole(&r), ERR_FORMAT);
	assert_string_equal(
	    err_text(), "has no weights for 2 of 3 layers: b, c");
	buf_clear(&b);
	net_copy_report_clear(&r);
	caffe_msg_free(w);
}

static void
sharers_need_no_weights(void **state)
{
	Caffe__NetParameter *w = caffe_new(Caffe__NetParameter, net_parameter);
	struct net_copy_report r = { 0 };

	(void)state;
	put(w, "a", 1, 2);
	assert_int_equal(
	    verdict(DATA IP("a", "v", "a",
			"param { name: 'w' } param { name: 'b' }") IP("s", "a",
			"s", "param { name: 'w' } param { name: 'b' }"),
		w, &r),
	    0);
	assert_int_equal(r.layers, 1);
	assert_int_equal(net_copy_whole(&r), 0);
	net_copy_report_clear(&r);
	caffe_msg_free(w);
}

/* Each gets its own, not the last one's. */
static void
names_that_stand_twice(void **state)
{
	static const char *const nets[] = {
		DATA IP("a", "v", "x", "") IP("a", "x", "y", ""),
		DATA IP("", "v", "x", "") IP("", "x", "y", ""),
	};
	static const char *const names[] = { "a", NULL };
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(nets); i++) {
		Caffe__NetParameter *w =
		    caffe_new(Caffe__NetParameter, net_parameter);
		struct net_copy_report r = { 0 };

		put(w, names[i], 1, 2);
		put(w, names[i], 2, 2);
		assert_int_equal(verdict(nets[i], w, &r), 0);
		assert_int_equal(r.filled, 2);
		assert_int_equal(r.n, 4);
		assert_int_equal(r.rows[0].param, 0);
		assert_float_equal(r.rows[0].blob->data[0], 1, 0);
		assert_int_equal(r.rows[2].param, 2);
		assert_float_equal(r.rows[2].blob->data[0], 2, 0);
		net_copy_report_clear(&r);
		caffe_msg_free(w);
	}
}

static void
refused(void **state)
{
	static const struct {
		const char *name;
		float value;
		int blobs;
		const char *says;
	} cases[] = {
		{ "z", 1, 2, "is another net's: of its 1 layer with weights" },
		{ "a", 1, 0, "holds no weights" },
		{ "a", 1, 1, "the bias is missing" },
		{ "a", 1, 3, "3 blobs in the weights and 2 in the net" },
		{ "a", NAN, 2, "value 0 of 16 is NaN" },
		{ "a", -INFINITY, 2, "value 0 of 16 is infinite" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		Caffe__NetParameter *w =
		    caffe_new(Caffe__NetParameter, net_parameter);
		struct net_copy_report r = { 0 };

		put(w, cases[i].name, cases[i].value, cases[i].blobs);
		assert_int_equal(
		    verdict(DATA IP("a", "v", "a", ""), w, &r), ERR_FORMAT);
		if (strstr(err_text(), cases[i].says) == NULL)
			fail_msg("%s", err_text());
		net_copy_report_clear(&r);
		caffe_msg_free(w);
	}
}

static void
infinite_is_found(void **state)
{
	static float v[5000];

	(void)state;
	assert_int_equal(net_first_infinite(v, 0), 0);
	assert_int_equal(net_first_infinite(v, 5000), 5000);
	v[4999] = NAN;
	assert_int_equal(net_first_infinite(v, 5000), 4999);
	assert_int_equal(net_first_infinite(v, 4999), 4999);
	v[1024] = -INFINITY;
	assert_int_equal(net_first_infinite(v, 5000), 1024);
}

/* FCN's deconvolutions: all channels to all, but only each to itself; and one that
 * mixes them, which is another net's. */
static void
own_of_all(void **state)
{
	static const char net[] =
	    "layer { name: 'v' type: 'Input' top: 'v' input_param { shape { "
	    "dim: 1 dim: 3 dim: 2 dim: 2 } } } layer { name: 'u' type: "
	    "'Deconvolution' bottom: 'v' top: 'u' convolution_param { "
	    "num_output: 3 group: 3 bias_term: false kernel_size: 2 } }";
	Caffe__NetParameter *w = caffe_new(Caffe__NetParameter, net_parameter);
	Caffe__LayerParameter *l =
	    caffe_new(Caffe__LayerParameter, layer_parameter);
	const struct device_opts d = { .threads = 1 };
	const struct plan_opts po = { .precision = PRECISION_FP32 };
	struct net_copy_report r = { 0 };
	float v[3 * 3 * 4] = { 0 }, got[3 * 4];
	struct net *n = made(net);
	struct device *dev;
	struct plan *p;

	(void)state;
	for (int i = 0; i < 3 * 4; i++)
		v[(i / 4 * 3 + i / 4) * 4 + i % 4] = (float)(i + 1);
	caffe_set_str(l, "name", "u");
	caffe_add(&l->blobs, &l->n_blobs,
	    caffe_blob_new((int64_t[]){ 3, 3, 2, 2 }, 4, v));
	caffe_add(&w->layer, &w->n_layer, l);
	assert_int_equal(device_open(&dev, "ref", &d), 0);
	assert_int_equal(device_plan(dev, &p, n->graph, &po), 0);
	assert_int_equal(net_copy_weights(n, p, w, NULL), 0);
	assert_int_equal(plan_read(p, n->params[0].tensor, got), 0);
	for (int i = 0; i < 3 * 4; i++)
		assert_float_equal(got[i], i + 1, 0);
	l->blobs[0]->data[5] = 1e-3f;
	assert_int_equal(verdict(net, w, &r), ERR_FORMAT);
	assert_non_null(strstr(err_text(),
	    "blob 0 is 3x3x2x2 in the weights and 3x1x2x2 in the net"));
	net_copy_report_clear(&r);
	plan_free(p);
	device_close(dev);
	net_free(n);
	caffe_msg_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layers_are_counted),
		cmocka_unit_test(sharers_need_no_weights),
		cmocka_unit_test(names_that_stand_twice),
		cmocka_unit_test(refused),
		cmocka_unit_test(infinite_is_found),
		cmocka_unit_test(own_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
