/* ONNX's pooling, and deconvolutions with more at their ends: values worked out by
 * hand or from the examples of ONNX's operators, and gradients by differences. */
#include "bench.h"

#define IN4(h, w)                                                              \
	"input: 'x' input_shape { dim: 1 dim: 1 dim: " #h " dim: " #w " } "
#define IN3(n)     "input: 'x' input_shape { dim: 1 dim: 1 dim: " #n " } "
#define POOL(what) "pool_param { " what " } "

enum { MOST = 40 };

/* x is 1, 2, 3, ... */
static const struct {
	const char *text;
	size_t nx, n;
	float want[MOST];
} cases[] = {
	{ IN4(4, 4) ON("MaxPool", POOL("kernel: 3 stride: 2 ceil_mode: true")),
	    16, 4, { 11, 12, 15, 16 } },
	{ IN4(4, 4)
		ON("AveragePool", POOL("kernel: 3 stride: 2 ceil_mode: true")),
	    16, 4, { 6, 7.5f, 12, 13.5f } },
	{ IN4(4, 4) ON("MaxPool", POOL("kernel: 2 dilation: 2")), 16, 4,
	    { 11, 12, 15, 16 } },
	/* SAME_UPPER: one more at the end */
	{ IN4(2, 3)
		ON("MaxPool", POOL("kernel: 2 pad: 0 pad: 0 pad: 1 pad: 1")),
	    6, 6, { 5, 6, 6, 5, 6, 6 } },
	{ IN4(2, 3) ON(
	      "AveragePool", POOL("kernel: 2 pad: 0 pad: 0 pad: 1 pad: 1")),
	    6, 6, { 3, 4, 4.5f, 4.5f, 5.5f, 6 } },
	{ IN4(2, 3) ON("AveragePool",
	      POOL("kernel: 2 pad: 0 pad: 0 pad: 1 pad: 1 "
		   "count_include_pad: true")),
	    6, 6, { 3, 4, 2.25f, 2.25f, 2.75f, 1.5f } },
	{ IN4(2, 2) ON(
	      "AveragePool", POOL("kernel: 3 pad: 1 pad: 1 pad: 1 pad: 1")),
	    4, 4, { 2.5f, 2.5f, 2.5f, 2.5f } },
	{ IN4(2, 2) ON("AveragePool",
	      POOL("kernel: 3 pad: 1 pad: 1 pad: 1 pad: 1 "
		   "count_include_pad: true")),
	    4, 4, { 10 / 9.0f, 10 / 9.0f, 10 / 9.0f, 10 / 9.0f } },
	{ IN3(5) ON("MaxPool", POOL("kernel: 2 stride: 2")), 5, 2, { 2, 4 } },
	{ IN3(5) ON("AveragePool", POOL("kernel: 3 stride: 2 pad: 1 pad: 1")),
	    5, 3, { 1.5f, 3, 4.5f } },
	{ IN3(4) ON("LpPool", POOL("kernel: 2")), 4, 3,
	    { 2.2360680f, 3.6055513f, 5 } },
	{ IN3(4) ON("LpPool", POOL("kernel: 2 p: 1 pad: 1 pad: 1")), 4, 5,
	    { 1, 3, 5, 7, 4 } },
	{ "input: 'x' input_shape { dim: 1 dim: 1 dim: 2 dim: 2 dim: 2 } " ON(
	      "MaxPool", POOL("kernel: 2 kernel: 1 kernel: 2")),
	    8, 2, { 6, 8 } },
	{ "input: 'x' input_shape { dim: 1 dim: 1 dim: 2 dim: 2 dim: 2 } " ON(
	      "AveragePool", POOL("kernel: 2")),
	    8, 1, { 4.5f } },
	/* opset 19: a window that begins in the padding at the end is dropped */
	{ IN3(3) ON("MaxPool",
	      POOL("kernel: 1 stride: 2 pad: 0 pad: 1 ceil_mode: true")),
	    3, 2, { 1, 3 } },
	/* weights 1: each number on two places, and what is behind them */
	{ IN3(2) ON("Deconvolution",
	      "convolution_param { num_output: 1 kernel_size: 2 stride: 3 "
	      "output_padding: 1 weight_filler { value: 1 } }"),
	    2, 6, { 1, 1, 0, 2, 2, 0 } },
	{ IN4(1, 2) ON("Deconvolution",
	      "convolution_param { num_output: 1 kernel_size: 1 stride: 2 "
	      "output_padding: 0 output_padding: 1 weight_filler { value: 1 } "
	      "}"),
	    2, 4, { 1, 0, 2, 0 } },
	{ "input: 'x' input_shape { dim: 1 dim: 1 dim: 1 dim: 1 dim: 2 } " ON(
	      "Deconvolution",
	      "convolution_param { num_output: 1 kernel_size: 1 stride: 2 "
	      "output_padding: 1 weight_filler { value: 1 } }"),
	    2, 16, { 1, 0, 2 } },
};

static void
test_values(void **state)
{
	float x[MOST];

	(void)state;
	for (size_t i = 0; i < MOST; i++)
		x[i] = (float)(i + 1);
	for (size_t i = 0; i < LENGTH(cases); i++)
		expect(cases[i].text, x, cases[i].want, cases[i].n);
}

/* The second top of MaxPool, both ways of counting; the second channel goes on
 * where the first ends. */
static void
places(const char *order, const float *want)
{
	struct bench b = { 0 };
	char text[512];
	float x[12], *at;
	int t;

	snprintf(text, sizeof(text),
	    "input: 'x' input_shape { dim: 1 dim: 2 dim: 2 dim: 3 } "
	    "layer { name: 'a' type: 'MaxPool' bottom: 'x' top: 'm' top: 'y' "
	    "pool_param { kernel: 1 kernel: 2 %s } }",
	    order);
	for (int i = 0; i < 12; i++)
		x[i] = (float)i;
	x[11] = x[10]; /* the first of equals */
	build(&b, text, false);
	plan(&b);
	must(plan_write(b.plan, net_blob_find(b.net, "x")->tensor, x));
	run(&b, false);
	t = net_blob_find(b.net, "y")->tensor;
	assert_int_equal(count(&b, t), 8);
	at = get(&b, t);
	for (int i = 0; i < 8; i++)
		assert_float_equal(at[i], want[i], 0);
	mem_free(at);
	close_bench(&b);
}

static void
test_places(void **state)
{
	const float rows[8] = { 1, 2, 4, 5, 7, 8, 10, 10 };
	const float columns[8] = { 2, 4, 3, 5, 8, 10, 9, 9 };

	(void)state;
	places("", rows);
	places("storage_order: 1", columns);
}

static const struct {
	const char *what, *text;
} grads[] = {
	{ "AveragePool",
	    X ON("AveragePool",
		POOL("kernel: 3 stride: 2 pad: 1 pad: 1 pad: 1 pad: 1")) },
	{ "AveragePool ceil",
	    X ON("AveragePool", POOL("kernel: 3 stride: 2 ceil_mode: true")) },
	{ "AveragePool dilated",
	    X ON("AveragePool",
		POOL("kernel: 2 dilation: 2 pad: 1 pad: 0 pad: 0 pad: 1")) },
	{ "LpPool",
	    "input: 'x' input_shape { dim: 2 dim: 3 dim: 5 } " ON(
		"LpPool", POOL("kernel: 3 p: 2 pad: 1 pad: 1")) },
	{ "Deconvolution",
	    X ON("Deconvolution",
		"convolution_param { num_output: 2 kernel_size: 3 stride: 2 pad: "
		"1 output_padding: 1" GAUSS "}") },
	{ "Convolution 3-d",
	    "input: 'x' input_shape { dim: 1 dim: 2 dim: 3 dim: 4 dim: 3 } " ON(
		"Convolution",
		"convolution_param { num_output: 2 kernel_size: 2 kernel_size: "
		"3 kernel_size: 1 pad: 0 pad: 1 pad: 0" GAUSS "}") },
};

static void
test_gradients(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(grads); i++)
		check_gradient(grads[i].what, grads[i].text);
}

static void
refused(const char *text, const char *why)
{
	struct net_opts o = { .phase = CAFFE__PHASE__TEST };
	Caffe__NetParameter *np;
	struct net *net = NULL;

	must(caffe_net_parse(&np, text, strlen(text), "net"));
	assert_true(net_new(&net, np, &o) < 0);
	if (strstr(err_text(), why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err_text(), why);
	caffe_msg_free(np);
}

static void
test_refused(void **state)
{
	(void)state;
	refused(X ON("MaxPool", ""), "kernel is not given");
	refused(X ON("MaxPool", POOL("kernel: 9")), "does not fit");
	refused(X ON("MaxPool", POOL("kernel: 3 pad: 1")),
	    "pad is given 1 time for 2 spatial axes");
	refused(M ON("MaxPool", POOL("kernel: 3")), "2 axes");
	refused(X ON("Deconvolution",
		    "convolution_param { num_output: 2 kernel_size: 3 "
		    "output_padding: 1 }"),
	    "not below the stride");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_gradients),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
