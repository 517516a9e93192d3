/*
 * What forks of Caffe add to its layers: values worked out by hand, and gradients.
 */
#include "bench.h"
#include "caffe/filter.h"
#include "nn/deploy.h"

#define ROW(n) "input: 'x' input_shape { dim: 1 dim: " #n " } "
#define IN(c, h, w)                                                            \
	"input: 'x' input_shape { dim: 1 dim: " #c " dim: " #h " dim: " #w " } "

static const struct {
	const char *what, *text;
} grads[] = {
	{ "InnerProduct with weights of length 1",
	    M ON("InnerProduct",
		"inner_product_param { num_output: 3 normalize: true" GAUSS
		"}") },
	{ "the same, transposed",
	    M ON("InnerProduct",
		"inner_product_param { num_output: 3 normalize: true "
		"transpose: true" GAUSS "}") },
	{ "Normalize of NormFace", X ON("Normalize", "normalize_param { }") },
	{ "its L1",
	    X ON("Normalize", "normalize_param { normalize_type: 'L1' }") },
	{ "Convolution with sides",
	    X ON("Convolution",
		"convolution_param { num_output: 2 kernel_size: 3 pad_l: 2 "
		"pad_b: 1" GAUSS "}") },
	{ "Pooling with sides",
	    X ON("Pooling",
		"pooling_param { pool: AVE kernel_size: 3 pad_t: 1 pad_r: 2 "
		"}") },
	{ "Pooling of video",
	    "input: 'x' input_shape { dim: 1 dim: 2 dim: 4 dim: 5 dim: 4 } " ON(
		"Pooling",
		"pooling_param { pool: AVE kernel_size: 2 kernel_size: 3 "
		"kernel_size: 2 stride: 2 pad: 1 pad: 1 pad: 0 }") },
	{ "Convolution of video",
	    "input: 'x' input_shape { dim: 1 dim: 2 dim: 4 dim: 5 dim: 4 } " ON(
		"Convolution",
		"convolution_param { num_output: 2 kernel_size: 3 "
		"kernel_size: 3 kernel_size: 2 pad: 1 pad: 0 pad: 0" GAUSS
		"}") },
	{ "Reverse", X ON("Reverse", "reverse_param { axis: -1 }") },
	{ "SignedSqrt", X ON("SignedSqrt", "") },
	{ "L2Normalization", X ON("L2Normalization", "") },
	{ "LSTM that forgets less",
	    "input: 'x' input_shape { dim: 3 dim: 2 dim: 2 } "
	    "input: 'h' input_shape { dim: 1 dim: 2 dim: 2 } "
	    "input: 'k' input_shape { dim: 1 dim: 2 dim: 2 } "
	    "layer { name: 'c' type: 'DummyData' top: 'c' dummy_data_param { "
	    "shape { dim: 3 dim: 2 } data_filler { value: 1 } } } "
	    "layer { name: 'a' type: 'LSTM' bottom: 'x' bottom: 'c' bottom: "
	    "'h' bottom: 'k' top: 'y' top: 'p' top: 'q' recurrent_param { "
	    "num_output: 2 expose_hidden: true lstm_additional_forget_bias: "
	    "1.5" GAUSS "} }" },
	{ "SmoothL1Loss with axes of 1",
	    "input: 'x' input_shape { dim: 3 dim: 1 dim: 1 dim: 1 } "
	    "input: 't' input_shape { dim: 3 dim: 1 } "
	    "layer { name: 'a' type: 'SmoothL1Loss' bottom: 'x' bottom: 't' "
	    "top: 'y' }" },
	{ "EuclideanLoss with a weight for each value",
	    M
	    "input: 't' input_shape { dim: 3 dim: 4 } input: 'w' "
	    "input_shape { dim: 3 dim: 4 } layer { name: 'a' type: "
	    "'EuclideanLoss' bottom: 'x' bottom: 't' bottom: 'w' top: 'y' }" },
	{ "SigmoidCrossEntropyLoss over a fixed number",
	    M "input: 't' input_shape { dim: 3 dim: 4 } layer { name: 'a' "
	      "type: 'SigmoidCrossEntropyLoss' bottom: 'x' bottom: 't' "
	      "top: 'y' loss_param { normalization: PRE_FIXED "
	      "pre_fixed_normalizer: 8 } }" },
};

static void
gradients(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(grads); i++)
		check_gradient(grads[i].what, grads[i].text);
}

/* x is -1 -2 -3 -4 in a square: what is padded is greater, and takes no part. */
static void
sides(void **state)
{
	const float x[4] = { -1, -2, -3, -4 };
	const float left[6] = { -1, -1, -2, -3, -3, -4 };
	const float mean[2] = { -2.5f, -1.75f };

	(void)state;
	expect(
	    IN(1, 2, 2) ON("Pooling",
		"pooling_param { kernel_h: 1 kernel_w: 2 pad_l: 1 pad_r: 1 }"),
	    x, left, 6);
	/* the second window is half outside: -3 -4 0 0 over four */
	expect(IN(1, 2, 2) ON("Pooling",
		   "pooling_param { pool: AVE kernel_size: 2 pad_b: 1 }"),
	    x, mean, 2);
	expect(IN(1, 2, 2) ON("Convolution",
		   "convolution_param { num_output: 1 kernel_size: 2 pad_t: 1 "
		   "bias_term: false weight_filler { value: 1 } }"),
	    x, (const float[2]){ -3, -10 }, 2);
}

/* (D, H, W) is (2, 2, 2), the values their places. */
static void
video(void **state)
{
	const float x[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	const char *in =
	    "input: 'x' input_shape { dim: 1 dim: 1 dim: 2 dim: 2 dim: 2 } ";
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), "%s%s", in,
	    ON("Pooling", "pooling_param { kernel_size: 2 }"));
	expect(text, x, (const float[1]){ 7 }, 1);
	snprintf(text, sizeof(text), "%s%s", in,
	    ON("Pooling",
		"pooling_param { pool: AVE kernel_size: 1 kernel_size: 2 "
		"kernel_size: 2 }"));
	expect(text, x, (const float[2]){ 1.5f, 5.5f }, 2);
	snprintf(text, sizeof(text), "%s%s", in,
	    ON("Pooling", "pooling_param { pool: AVE global_pooling: true }"));
	expect(text, x, (const float[1]){ 3.5f }, 1);
}

static void
values(void **state)
{
	const float x[6] = { 3, 4, 0, 0, 0, 0 };

	(void)state;
	expect(ROW(2) ON("Normalize", "normalize_param { }"), x,
	    (const float[2]){ .6f, .8f }, 2);
	expect(ROW(2)
		   ON("Normalize", "normalize_param { normalize_type: 'L1' }"),
	    x, (const float[2]){ 3.f / 7, 4.f / 7 }, 2);
	/* weights of 2 are as those of 1 / sqrt 2 */
	expect(ROW(2) ON("InnerProduct",
		   "inner_product_param { num_output: 1 normalize: true "
		   "weight_filler { value: 2 } }"),
	    x, (const float[1]){ 7 / 1.41421356f }, 1);
	/* floor, where Caffe's own is ceil */
	expect(IN(1, 1, 5) ON("Pooling",
		   "pooling_param { kernel_h: 1 kernel_w: 2 stride: 2 "
		   "torch_pooling: true }"),
	    x, (const float[2]){ 4, 0 }, 2);
	/* 2 (9 + 16) / 2 */
	expect(
	    ROW(2) NUMBER("t", 2,
		0) "layer { name: 'w' type: 'DummyData' top: 'w' dummy_data_param "
		   "{ shape { dim: 1 } data_filler { value: 2 } } } "
		   "layer { name: 'a' type: 'EuclideanLoss' bottom: 'x' bottom: "
		   "'t' bottom: 'w' top: 'y' }",
	    x, (const float[1]){ 25 }, 1);
	/* the window 1..3 is wider by one and a half at each end: all of it */
	expect(
	    IN(1, 4, 4) NUMBER("r0", 1, 0) NUMBER("r1", 2, 1) NUMBER("r3", 2,
		3) "layer { name: 'r' type: 'Concat' bottom: 'r0' bottom: 'r1' "
		   "bottom: 'r3' top: 'r' } layer { name: 'a' type: 'ROIPooling' "
		   "bottom: 'x' bottom: 'r' top: 'y' roi_pooling_param { "
		   "pooled_h: 1 pooled_w: 1 pad_ratio: 0.5 } }",
	    (const float[16]){ 9 }, (const float[1]){ 9 }, 1);
	/* log(1 + 1 / e), over 4 instead of one item */
	expect(
	    ROW(2) NUMBER("t", 1,
		1) "layer { name: 'r' type: 'Reshape' bottom: 't' top: 'u' "
		   "reshape_param { shape { dim: 1 } } } "
		   "layer { name: 'a' type: 'SoftmaxWithLoss' bottom: 'x' bottom: "
		   "'u' top: 'y' loss_param { normalization: PRE_FIXED "
		   "pre_fixed_normalizer: 4 } }",
	    x, (const float[1]){ .3132617f / 4 }, 1);
}

static void
compositions(void **state)
{
	const float x[6] = { 3, 4, -9, 0.25f, 0, 1 };

	(void)state;
	expect("input: 'x' input_shape { dim: 2 dim: 3 } " ON(
		   "Reverse", "reverse_param { axis: 1 }"),
	    x, (const float[6]){ -9, 4, 3, 1, 0, 0.25f }, 6);
	expect("input: 'x' input_shape { dim: 3 dim: 2 } " ON("Reverse", ""), x,
	    (const float[6]){ 0, 1, -9, 0.25f, 3, 4 }, 6);
	expect("input: 'x' input_shape { dim: 1 dim: 6 } " ON("SignedSqrt", ""),
	    x, (const float[6]){ 1.7320508f, 2, -3, 0.5f, 0, 1 }, 6);
	expect(ROW(2) ON("L2Normalization", ""), x,
	    (const float[2]){ .6f, .8f }, 2);
	/* the middle of three by one: 4 */
	expect("input: 'x' input_shape { dim: 1 dim: 3 } " NUMBER("r", 1, 0)
		   ON("Crop",
		       "bottom: 'r' crop_param { axis: 1 center_align: true }"),
	    x, (const float[1]){ 4 }, 1);
}

/* From a cell of 1, with weights of 0: tanh(sigmoid(b)) / 2. */
static void
forget_bias(void **state)
{
	const float x[1] = { 1 };

	(void)state;
	expect("input: 'x' input_shape { dim: 1 dim: 1 dim: 1 } "
	       "layer { name: 'c' type: 'DummyData' top: 'c' dummy_data_param "
	       "{ shape { dim: 1 dim: 1 } data_filler { value: 1 } } } "
	       "layer { name: 'h' type: 'DummyData' top: 'h' dummy_data_param "
	       "{ shape { dim: 1 dim: 1 dim: 1 } data_filler { value: 1 } } } "
	       "layer { name: 'a' type: 'LSTM' bottom: 'x' bottom: 'c' bottom: "
	       "'h' bottom: 'h' top: 'y' top: 'p' top: 'q' recurrent_param { "
	       "num_output: 1 expose_hidden: true "
	       "lstm_additional_forget_bias: 2 } }",
	    x, (const float[1]){ 0.3534092f }, 1);
}

/* Two vectors, both of class 1, whose centre is 1 1: away by 2 3 and by -10 -1. */
static void
center_loss(void **state)
{
	static const struct {
		const char *type;
		float loss, dx[4], dc[2];
	} cases[] = {
		{ "L2", 28.5f, { 1, 1.5f, -5, -.5f }, { 8.f / 3, -2.f / 3 } },
		{ "L1", 8, { .5f, .5f, -.5f, -.5f }, { 0, 0 } },
	};
	const float x[4] = { 3, 4, -9, 0 };

	(void)state;
	for (size_t k = 0; k < LENGTH(cases); k++) {
		struct bench b = { 0 };
		struct graph_seed seed;
		const float one = 1;
		char text[1024];
		float *v;

		snprintf(text, sizeof(text),
		    "input: 'x' input_shape { dim: 2 dim: 2 } "
		    "layer { name: 'l' type: 'DummyData' top: 'l' "
		    "dummy_data_param { shape { dim: 2 } data_filler { value: "
		    "1 } } } layer { name: 'a' type: 'CenterLoss' bottom: 'x' "
		    "bottom: 'l' top: 'y' center_loss_param { num_output: 3 "
		    "distance_type: '%s' center_filler { value: 1 } } }",
		    cases[k].type);
		build(&b, text, true);
		seed = (struct graph_seed){ .tensor = b.y, .grad = -1 };
		seed.grad = graph_add_tensor(b.net->graph, TENSOR_INPUT, "dy",
		    graph_shape(b.net->graph, b.y));
		graph_tensor(b.net->graph, b.y)->keep = true;
		must(net_backward_from(b.net, &seed, 1));
		plan(&b);
		must(plan_write(b.plan, seed.grad, &one));
		must(plan_write(b.plan, net_blob_find(b.net, "x")->tensor, x));
		run(&b, true);
		v = get(&b, b.y);
		assert_float_equal(v[0], cases[k].loss, 1e-5);
		mem_free(v);
		v = get(&b,
		    graph_tensor(
			b.net->graph, net_blob_find(b.net, "x")->tensor)
			->grad);
		for (int i = 0; i < 4; i++)
			assert_float_equal(v[i], cases[k].dx[i], 1e-5);
		mem_free(v);
		v = get(&b,
		    graph_tensor(b.net->graph, b.net->params[0].tensor)->grad);
		assert_float_equal(v[0], 0, 0);
		assert_float_equal(v[2], cases[k].dc[0], 1e-5);
		assert_float_equal(v[3], cases[k].dc[1], 1e-5);
		mem_free(v);
		close_bench(&b);
	}
}

/* Boxes of one place: TextBoxes++'s twice, TL-SSD's at each offset. */
static void
priors(void **state)
{
	static const char frame[] =
	    "input: 'f' input_shape { dim: 1 dim: 8 dim: 1 dim: 1 } "
	    "input: 'd' input_shape { dim: 1 dim: 3 dim: 100 dim: 100 } "
	    "layer { name: 'a' type: 'PriorBox' bottom: 'f' bottom: 'd' top: "
	    "'y' prior_box_param { min_size: 30 flip: false %s } }";
	static const struct {
		const char *param;
		float want[16];
		size_t n;
	} cases[] = {
		{ "denser_prior_boxes: true",
		    { .35f, .35f, .65f, .65f, .35f, .85f, .65f, 1.15f }, 8 },
		{ "aspect_ratio: 4 offset_w: 0 offset_w: 0.5 offset_h: 1",
		    { -.3f, .925f, .3f, 1.075f, .2f, .925f, .8f, 1.075f }, 8 },
	};

	(void)state;
	for (size_t k = 0; k < LENGTH(cases); k++) {
		struct bench b = { 0 };
		char text[512];
		float *y;

		snprintf(text, sizeof(text), frame, cases[k].param);
		build(&b, text, false);
		plan(&b);
		run(&b, false);
		assert_int_equal(count(&b, b.y), 2 * cases[k].n);
		y = get(&b, b.y);
		for (size_t i = 0; i < cases[k].n; i++)
			assert_float_equal(y[i], cases[k].want[i], 1e-5);
		mem_free(y);
		close_bench(&b);
	}
}

static void
build_train(struct bench *b, const char *text)
{
	const struct net_opts o = { .phase = CAFFE__PHASE__TRAIN };
	Caffe__NetParameter *np;

	must(caffe_net_parse(&np, text, strlen(text), "net"));
	must(net_new(&b->net, np, &o));
	caffe_msg_free(np);
	b->y = net_blob_find(b->net, "y")->tensor;
	plan(b);
}

/* Of 1 3 5 7 the mean is 4, the variance 5, that of more than the batch 20 / 3. */
static void
running_means(void **state)
{
	static const char *const params[] = { "momentum: 0.75", "decay: 0.75",
		"scale_filler { value: 1 } moving_average: true decay: 0.75" };
	const float x[4] = { 1, 3, 5, 7 };

	(void)state;
	for (size_t k = 0; k < LENGTH(params); k++) {
		struct bench b = { 0 };
		char text[512];
		float *y;

		snprintf(text, sizeof(text),
		    "input: 'x' input_shape { dim: 4 dim: 1 } layer { name: "
		    "'a' type: 'BN' bottom: 'x' top: 'y' bn_param { %s } }",
		    params[k]);
		build_train(&b, text);
		must(plan_write(b.plan, net_blob_find(b.net, "x")->tensor, x));
		run(&b, false);
		assert_int_equal(b.net->nparams, 4);
		y = get(&b, b.y);
		assert_float_equal(y[3], 3 / sqrt(5), 1e-4);
		mem_free(y);
		y = get(&b, b.net->params[2].tensor);
		assert_float_equal(y[0], 1, 1e-6); /* 3/4 0 + 1/4 4 */
		mem_free(y);
		y = get(&b, b.net->params[3].tensor);
		assert_float_equal(y[0], .75 + 20. / 12, 1e-5);
		mem_free(y);
		close_bench(&b);
	}
}

/* sample_weights_test: values are dropped in TEST, else never. */
static void
bayesian(void **state)
{
	static const char *const words[] = { "false", "true" };

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct bench b = { 0 };
		float x[64], *y;
		char text[256];
		int zeros = 0;

		for (int i = 0; i < 64; i++)
			x[i] = 1;
		snprintf(text, sizeof(text),
		    "input: 'x' input_shape { dim: 64 } layer { name: 'a' "
		    "type: 'Dropout' bottom: 'x' top: 'y' dropout_param { "
		    "sample_weights_test: %s } }",
		    words[k]);
		build(&b, text, false);
		plan(&b);
		must(plan_write(b.plan, net_blob_find(b.net, "x")->tensor, x));
		run(&b, false);
		y = get(&b, b.y);
		for (int i = 0; i < 64; i++)
			zeros += y[i] == 0;
		assert_true(k == 0 ? zeros == 0 : zeros > 10 && zeros < 54);
		mem_free(y);
		close_bench(&b);
	}
}

/* A layer's own phase goes before the net's, but into no net for use. */
static void
own_phase(void **state)
{
	static const char text[] =
	    "input: 'x' input_shape { dim: 64 } layer { name: 'a' type: "
	    "'Dropout' bottom: 'x' top: 'y' phase: TEST }";
	static const char train[] =
	    "layer { name: 'd' type: 'Data' top: 'x' top: 'l' } "
	    "layer { name: 'a' type: 'Dropout' bottom: 'x' top: 'y' phase: "
	    "TRAIN }";
	const int64_t chw[3] = { 1, 2, 2 };
	Caffe__NetState *use = caffe_state_new(CAFFE__PHASE__TEST, 0, NULL);
	Caffe__NetParameter *np, *deploy;
	struct bench b = { 0 };

	(void)state;
	build_train(&b, text);
	assert_int_equal(net_layer_find(b.net, "a")->nops, 0);
	close_bench(&b);
	must(caffe_net_parse(&np, train, strlen(train), "net"));
	must(net_deploy_derive(&deploy, np, use, "x", chw));
	assert_int_equal(deploy->n_layer, 1);
	assert_string_equal(deploy->layer[0]->name, "a");
	assert_false(deploy->layer[0]->has_phase);
	caffe_msg_free(deploy);
	caffe_msg_free(np);
	caffe_msg_free(use);
}

static const struct {
	const char *text, *sentence;
} bad[] = {
	{ X ON("Deconvolution",
	      "convolution_param { num_output: 1 kernel_size: 2 pad_l: 1 }"),
	    "known to Convolution and Pooling only" },
	{ X ON("Convolution",
	      "convolution_param { num_output: 1 kernel_size: 2 pad: 1 pad_l: 1 }"),
	    "both given" },
	{ X ON("Convolution",
	      "convolution_param { num_output: 1 kernel_size: 2 pad_type: 2 }"),
	    "pad_type 2 is not known here" },
	{ X ON("Pooling", "top: 'm' pooling_param { kernel_size: 2 pad_l: 1 }"),
	    "do not go together" },
	{ X ON("Pooling",
	      "pooling_param { pool: AVE global_pooling: true "
	      "pad_r: 1 }"),
	    "cannot be used here" },
	{ X ON("Pooling",
	      "pooling_param { kernel_size: 2 kernel_size: 2 kernel_size: 2 }"),
	    "kernel is given 3 times for 2 spatial axes" },
	{ "input: 'x' input_shape { dim: 1 dim: 1 dim: 2 dim: 2 dim: 2 } " ON(
	      "Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 2 }"),
	    "is for 2 spatial axes, not 3" },
	{ "input: 'x' input_shape { dim: 1 dim: 1 dim: 2 dim: 2 dim: 2 } " ON(
	      "Pooling", "top: 'm' pooling_param { kernel_size: 2 }"),
	    "is for 2 spatial axes, not 3" },
	{ X ON("Normalize", "normalize_param { normalize_type: 'max' }"),
	    "it must be L2 or L1" },
	{ M NUMBER("t", 4,
	      1) "layer { name: 'a' type: 'SmoothL1Loss' bottom: 'x' bottom: 't' top: "
		 "'y' }",
	    "\"x\" (3x4) and \"t\" (1x4) must have the same shape" },
	{ M NUMBER("w", 2,
	      1) "layer { name: 'a' type: 'EuclideanLoss' bottom: 'x' bottom: 'x' "
		 "bottom: 'w' top: 'y' }",
	    "one for each value or each item" },
	{ X NUMBER("r", 4,
	      1) "layer { name: 'a' type: 'ROIPooling' bottom: 'x' bottom: 'r' top: "
		 "'y' roi_pooling_param { pooled_h: 1 pooled_w: 1 } }",
	    "windows (R, 5); its bottom \"r\" is 1x4" },
	{ X "layer { name: 'a' type: 'PriorBox' bottom: 'x' bottom: 'x' top: "
	    "'y' prior_box_param { min_size: 3 offset_w: 0.5 } }",
	    "offset_w and offset_h go together" },
	{ M "layer { name: 'a' type: 'SigmoidCrossEntropyLoss' bottom: 'x' "
	    "bottom: 'x' top: 'y' loss_param { normalization: PRE_FIXED "
	    "pre_fixed_normalizer: 0 } }",
	    "it must be above 0" },
	{ X ON("BN", "bn_param { momentum: 2 }"), "is not within 0 to 1" },
};

static void
refusals(void **state)
{
	const struct net_opts o = { .phase = CAFFE__PHASE__TEST };

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		Caffe__NetParameter *np;
		struct net *n;

		must(caffe_net_parse(
		    &np, bad[i].text, strlen(bad[i].text), "net"));
		if (net_new(&n, np, &o) >= 0)
			fail_msg("taken: %s", bad[i].text);
		if (strstr(err_text(), bad[i].sentence) == NULL)
			fail_msg("%s: says \"%s\"", bad[i].text, err_text());
		caffe_msg_free(np);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gradients),
		cmocka_unit_test(sides),
		cmocka_unit_test(video),
		cmocka_unit_test(values),
		cmocka_unit_test(compositions),
		cmocka_unit_test(forget_bias),
		cmocka_unit_test(center_loss),
		cmocka_unit_test(priors),
		cmocka_unit_test(running_means),
		cmocka_unit_test(bayesian),
		cmocka_unit_test(own_phase),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
