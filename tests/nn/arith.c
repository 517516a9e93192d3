/* Layers that do ONNX's arithmetic: values worked out by hand or by numpy, and
 * gradients by differences. */
#include "bench.h"

#define V(n)   "input: 'x' input_shape { dim: " #n " } "
#define MATRIX "input: 'x' input_shape { dim: 2 dim: 3 } "
/* x and a second input u */
#define PAIR(first, second)                                                    \
	"input: 'x' input_shape { " first " } "                                \
	"input: 'u' input_shape { " second " } "
#define OF_TWO(type, more)                                                     \
	"layer { name: 'a' type: '" type                                       \
	"' bottom: 'x' bottom: 'u' top: 'y' " more " } "

enum { MOST = 12 };

/* Functions of x. */
static const struct {
	const char *text;
	size_t n;
	float x[MOST], want[MOST];
} ones[] = {
	{ V(3) ON("Erf", ""), 3, { -1, 0, 0.5f },
	    { -0.84270079f, 0, 0.52049988f } },
	{ V(3) ON("Sqrt", ""), 3, { 0, 4, 2.25f }, { 0, 2, 1.5f } },
	{ V(2) ON("Reciprocal", ""), 2, { -4, 0.5f }, { -0.25f, 2 } },
	{ V(4) ON("Floor", ""), 4, { -1.5f, -1, 0.5f, 2 }, { -2, -1, 0, 2 } },
	{ V(4) ON("Ceil", ""), 4, { -1.5f, -1, 0.5f, 2 }, { -1, -1, 1, 2 } },
	{ V(8) ON("Round", ""), 8,
	    { -2.5f, -1.5f, -0.5f, 0.4f, 0.5f, 1.5f, 2.5f, 2.6f },
	    { -2, -2, 0, 0, 0, 2, 2, 3 } },
	{ V(3) ON("Sign", ""), 3, { -3, 0, 2 }, { -1, 0, 1 } },
	{ V(2) ON("Acosh", ""), 2, { 1, 10 }, { 0, 2.9932228f } },
	{ V(2) ON("Atanh", ""), 2, { -0.5f, 0 }, { -0.54930615f, 0 } },
	{ V(2) ON("Softsign", ""), 2, { -1, 3 }, { -0.5f, 0.75f } },
	{ V(2) ON("Selu", ""), 2, { -1, 2 }, { -1.1113307f, 2.1014020f } },
	{ V(2) ON("Selu", "unary_param { alpha: 2 gamma: 3 }"), 2, { -1, 1 },
	    { -3.7927234f, 3 } },
	{ V(2) ON("Celu", "unary_param { alpha: 2 }"), 2, { -1, 1 },
	    { -0.78693867f, 1 } },
	{ V(3) ON("HardSigmoid", ""), 3, { -4, 1, 3 }, { 0, 0.7f, 1 } },
	{ V(3) ON("HardSigmoid", "unary_param { alpha: 0.5 beta: 0.6 }"), 3,
	    { -1, 0, 1 }, { 0.1f, 0.6f, 1 } },
	{ V(3) ON("ThresholdedRelu", ""), 3, { -2, 1, 1.5f }, { 0, 0, 1.5f } },
	{ V(5) ON("Shrink", "unary_param { lambd: 1.5 bias: 1.5 }"), 5,
	    { -2, -1, 0, 1, 2 }, { -0.5f, 0, 0, 0, 0.5f } },
	{ V(2) ON("Not", ""), 2, { 0, 1 }, { 1, 0 } },
	{ V(3) ON("IsNaN", ""), 3, { NAN, 1, INFINITY }, { 1, 0, 0 } },
	{ V(3) ON("IsInf", ""), 3, { -INFINITY, NAN, INFINITY }, { 1, 0, 1 } },
	{ V(3) ON("IsInf", "unary_param { negative: false }"), 3,
	    { -INFINITY, NAN, INFINITY }, { 0, 0, 1 } },
	{ V(2) ON("Cast", ""), 2, { 1.5f, -2 }, { 1.5f, -2 } },
	{ V(3) ON("Cast", "cast_param { to: INT }"), 3, { -1.7f, 0.9f, 3 },
	    { -1, 0, 3 } },
	{ V(3) ON("Cast", "cast_param { to: BOOL }"), 3, { -1, 0, 0.25f },
	    { 1, 0, 1 } },
	{ V(4) ON("Cast", "cast_param { to: UINT8 }"), 4,
	    { -1, 257, 3.9f, 255 }, { 255, 1, 3, 255 } },
	{ V(4) ON("Cast", "cast_param { to: INT8 }"), 4,
	    { 128, -129, -1.5f, 5 }, { -128, 127, -1, 5 } },
	/* halves have 11 bits, 2^-24 is their least, 65504 their greatest */
	{ V(5) ON("Cast", "cast_param { to: FLOAT16 }"), 5,
	    { 2049, 2051, 65519, 65520, 8.9e-8f },
	    { 2048, 2052, 65504, INFINITY, 1.1920929e-7f } },
	{ V(3) ON("Cast", "cast_param { to: BFLOAT16 }"), 3, { 257, 259, -1 },
	    { 256, 260, -1 } },
	{ MATRIX ON("LogSoftmax", ""), 6, { 0, 1, 2, 1000, 1001, 1002 },
	    { -2.4076059f, -1.4076059f, -0.40760596f, -2.4076059f, -1.4076059f,
		-0.40760596f } },
	{ MATRIX ON("Hardmax", "softmax_param { axis: -1 }"), 6,
	    { 3, 1, 3, 0, 2, 1 }, { 1, 0, 0, 0, 1, 0 } },
	{ MATRIX ON("LpNormalization", ""), 6, { 3, 4, 0, 0, 0, 0 },
	    { 0.6f, 0.8f, 0, 0, 0, 0 } },
	{ MATRIX ON("LpNormalization", "lp_normalization_param { p: 1 }"), 6,
	    { 3, -4, 1, 0, 0, 0 }, { 0.375f, -0.5f, 0.125f, 0, 0, 0 } },
	{ V(4) ON("RMSNorm", "rms_norm_param { eps: 0 }"), 4, { 1, -1, 7, 7 },
	    { 0.2f, -0.2f, 1.4f, 1.4f } },
};

/* Functions of x and u. */
static const struct {
	const char *text;
	size_t nx, nu, n;
	float x[MOST], u[MOST], want[MOST];
} twos[] = {
	{ PAIR("dim: 2 dim: 1", "dim: 3") OF_TWO("Add", ""), 2, 3, 6, { 1, 10 },
	    { 1, 2, 3 }, { 2, 3, 4, 11, 12, 13 } },
	{ PAIR("dim: 2", "dim: 2 dim: 1") OF_TWO("Sub", ""), 2, 2, 4, { 1, 2 },
	    { 5, 7 }, { -4, -3, -6, -5 } },
	{ PAIR("dim: 3", "dim: 1") OF_TWO("Mul", ""), 3, 1, 3, { 1, -2, 3 },
	    { 2 }, { 2, -4, 6 } },
	{ PAIR("dim: 3", "") OF_TWO("Div", ""), 3, 1, 3, { 1, -2, 3 }, { 2 },
	    { 0.5f, -1, 1.5f } },
	{ PAIR("dim: 3", "") OF_TWO("Div", "arith_param { integer: true }"), 3,
	    1, 3, { 7, -7, 6 }, { 2 }, { 3, -3, 3 } },
	{ PAIR("dim: 3", "dim: 3") OF_TWO("Pow", ""), 3, 3, 3, { 2, -3, 4 },
	    { 3, 2, 0.5f }, { 8, 9, 2 } },
	{ PAIR("dim: 6", "dim: 6") OF_TWO("Mod", ""), 6, 6, 6,
	    { -4, 7, 5, 4, -7, 8 }, { 2, -3, 8, -2, 3, 5 },
	    { 0, -2, 5, 0, 2, 3 } },
	{ PAIR("dim: 6", "dim: 6") OF_TWO("Mod", "arith_param { fmod: true }"),
	    6, 6, 6, { -4.3f, 7.2f, 5, 4.3f, -7.2f, 8 },
	    { 2.1f, -3.4f, 8, -2.1f, 3.4f, 5 },
	    { -0.1f, 0.4f, 5, 0.1f, -0.4f, 3 } },
	{ PAIR("dim: 3", "dim: 3") OF_TWO("Max", ""), 3, 3, 3, { 3, 2, 1 },
	    { 1, 4, 4 }, { 3, 4, 4 } },
	{ PAIR("dim: 3", "dim: 3") OF_TWO("Min", ""), 3, 3, 3, { 3, 2, 1 },
	    { 1, 4, 4 }, { 1, 2, 1 } },
	{ PAIR("dim: 2", "dim: 2") OF_TWO("Mean", ""), 2, 2, 2, { 3, 2 },
	    { 1, 4 }, { 2, 3 } },
	{ PAIR("dim: 2", "dim: 2") OF_TWO("Sum", ""), 2, 2, 2, { 3, 2 },
	    { 1, 4 }, { 4, 6 } },
	{ PAIR("dim: 4", "dim: 4") OF_TWO("And", ""), 4, 4, 4, { 0, 0, 1, 1 },
	    { 0, 1, 0, 1 }, { 0, 0, 0, 1 } },
	{ PAIR("dim: 4", "dim: 4") OF_TWO("Or", ""), 4, 4, 4, { 0, 0, 1, 1 },
	    { 0, 1, 0, 1 }, { 0, 1, 1, 1 } },
	{ PAIR("dim: 4", "dim: 4") OF_TWO("Xor", ""), 4, 4, 4, { 0, 0, 1, 1 },
	    { 0, 1, 0, 1 }, { 0, 1, 1, 0 } },
	{ PAIR("dim: 3", "") OF_TWO("Equal", ""), 3, 1, 3, { 1, 2, 3 }, { 2 },
	    { 0, 1, 0 } },
	{ PAIR("dim: 3", "") OF_TWO("Less", ""), 3, 1, 3, { 1, 2, 3 }, { 2 },
	    { 1, 0, 0 } },
	{ PAIR("dim: 3", "") OF_TWO("LessOrEqual", ""), 3, 1, 3, { 1, 2, 3 },
	    { 2 }, { 1, 1, 0 } },
	{ PAIR("dim: 3", "") OF_TWO("Greater", ""), 3, 1, 3, { 1, 2, 3 }, { 2 },
	    { 0, 0, 1 } },
	{ PAIR("dim: 3", "") OF_TWO("GreaterOrEqual", ""), 3, 1, 3, { 1, 2, 3 },
	    { 2 }, { 0, 1, 1 } },
	/* matrices, vectors, batches */
	{ PAIR("dim: 2 dim: 2", "dim: 2 dim: 3") OF_TWO("MatMul", ""), 4, 6, 6,
	    { 1, 2, 3, 4 }, { 1, 0, 2, 0, 1, 1 }, { 1, 2, 4, 3, 4, 10 } },
	{ PAIR("dim: 2", "dim: 2 dim: 3") OF_TWO("MatMul", ""), 2, 6, 3,
	    { 1, 2 }, { 1, 0, 2, 0, 1, 1 }, { 1, 2, 4 } },
	{ PAIR("dim: 2 dim: 2", "dim: 2") OF_TWO("MatMul", ""), 4, 2, 2,
	    { 1, 2, 3, 4 }, { 1, -1 }, { -1, -1 } },
	{ PAIR("dim: 2", "dim: 2") OF_TWO("MatMul", ""), 2, 2, 1, { 1, 2 },
	    { 3, 4 }, { 11 } },
	{ PAIR("dim: 2 dim: 1 dim: 2", "dim: 2 dim: 2 dim: 1")
		OF_TWO("MatMul", "matmul_param { alpha: 2 }"),
	    4, 4, 2, { 1, 2, 3, 4 }, { 1, 1, 2, 0 }, { 6, 12 } },
	{ PAIR("dim: 2 dim: 2", "dim: 1 dim: 3 dim: 2")
		OF_TWO("MatMul", "matmul_param { transpose_b: true }"),
	    4, 6, 6, { 1, 2, 3, 4 }, { 1, 0, 0, 1, 2, 1 },
	    { 1, 2, 4, 3, 4, 10 } },
	{ PAIR("dim: 2 dim: 1 dim: 1 dim: 2", "dim: 2 dim: 2 dim: 1")
		OF_TWO("MatMul", ""),
	    4, 4, 4, { 1, 2, 3, 4 }, { 1, 1, 2, 0 }, { 3, 2, 7, 6 } },
};

/* x 1 to 6, or as given, reduced. */
static const struct {
	const char *text;
	size_t n;
	float want[MOST];
} reductions[] = {
	{ MATRIX ON("ReduceMean", "reduce_param { axis: 0 }"), 3,
	    { 2.5f, 3.5f, 4.5f } },
	{ MATRIX ON("ReduceMean", "reduce_param { keepdims: false }"), 1,
	    { 3.5f } },
	{ MATRIX ON("ReduceSum", "reduce_param { axis: -1 keepdims: false }"),
	    2, { 6, 15 } },
	{ MATRIX ON("ReduceMax", "reduce_param { axis: 1 }"), 2, { 3, 6 } },
	{ MATRIX ON("ReduceMin", "reduce_param { axis: 1 }"), 2, { 1, 4 } },
	{ MATRIX ON("ReduceProd", "reduce_param { axis: 0 }"), 3,
	    { 4, 10, 18 } },
	{ MATRIX ON("ReduceL1", "reduce_param { axis: 0 axis: 1 }"), 1,
	    { 21 } },
	{ MATRIX ON("ReduceL2", "reduce_param { axis: 0 }"), 3,
	    { 4.1231056f, 5.3851648f, 6.7082039f } },
	{ MATRIX ON("ReduceLogSum", "reduce_param { axis: 1 }"), 2,
	    { 1.7917595f, 2.7080502f } },
	{ MATRIX ON("ReduceLogSumExp", "reduce_param { axis: 1 }"), 2,
	    { 3.4076059f, 6.4076059f } },
	{ MATRIX ON("ReduceSumSquare", "reduce_param { axis: 1 }"), 2,
	    { 14, 77 } },
	{ MATRIX ON("ArgMin", "argmax_param { axis: 0 }"), 3, { 0, 0, 0 } },
	{ MATRIX ON("ArgMax", "argmax_param { axis: 1 keepdims: false }"), 2,
	    { 2, 2 } },
};

static void
expect_two(size_t k)
{
	struct bench b = { 0 };
	float *y;

	build(&b, twos[k].text, false);
	plan(&b);
	assert_int_equal(
	    count(&b, net_blob_find(b.net, "x")->tensor), twos[k].nx);
	assert_int_equal(
	    count(&b, net_blob_find(b.net, "u")->tensor), twos[k].nu);
	must(plan_write(b.plan, net_blob_find(b.net, "x")->tensor, twos[k].x));
	must(plan_write(b.plan, net_blob_find(b.net, "u")->tensor, twos[k].u));
	run(&b, false);
	assert_int_equal(count(&b, b.y), twos[k].n);
	y = get(&b, b.y);
	for (size_t i = 0; i < twos[k].n; i++)
		if (!(fabsf(y[i] - twos[k].want[i]) <= 1e-5))
			fail_msg("%s: value %zu is %g, not %g", twos[k].text, i,
			    y[i], twos[k].want[i]);
	mem_free(y);
	close_bench(&b);
}

static void
test_values(void **state)
{
	const float x[6] = { 1, 2, 3, 4, 5, 6 };

	(void)state;
	for (size_t i = 0; i < LENGTH(ones); i++)
		expect(ones[i].text, ones[i].x, ones[i].want, ones[i].n);
	for (size_t i = 0; i < LENGTH(twos); i++)
		expect_two(i);
	for (size_t i = 0; i < LENGTH(reductions); i++)
		expect(
		    reductions[i].text, x, reductions[i].want, reductions[i].n);
}

/* Of equals the last, as Caffe has it, or the first; and what axes are left. */
static void
test_equals(void **state)
{
	const float x[6] = { 1, 1, 0, 2, 3, 3 };
	const float last[2] = { 1, 2 }, first[2] = { 0, 1 };
	const struct {
		const char *text;
		int axes;
	} both[] = {
		{ "argmax_param { axis: 1 }", 2 },
		{ "argmax_param { axis: 1 select_last_index: false keepdims: "
		  "false }",
		    1 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(both); i++) {
		struct bench b = { 0 };
		char text[512];

		snprintf(text, sizeof(text), MATRIX ON("ArgMax", "%s"),
		    both[i].text);
		expect(text, x, i == 0 ? last : first, 2);
		build(&b, text, false);
		assert_int_equal(
		    graph_shape(b.net->graph, b.y)->n, both[i].axes);
		net_free(b.net);
	}
}

#define NORM3(tops)                                                            \
	"input: 'x' input_shape { dim: 2 dim: 2 } layer { name: 'a' type: "    \
	"'LayerNorm' bottom: 'x' " tops " layer_norm_param { eps: 0 } } "

static void
test_moments(void **state)
{
	const float x[4] = { 1, 3, 10, 20 };
	const float mean[2] = { 2, 15 }, istd[2] = { 1, 0.2f };

	(void)state;
	expect(NORM3("top: 'n' top: 'y'"), x, mean, 2);
	expect(NORM3("top: 'n' top: 'm' top: 'y'"), x, istd, 2);
}

/* q and k have two channels of which one is 0, so scores are scale q k. */
static void
test_attention(void **state)
{
	const float q[4] = { 1, 0, 2, 0 }, k[6] = { 1, 5, 0, 5, -1, 5 };
	const float v[6] = { 3, 1, 6, 2, 9, 3 };
	const float mask[3] = { 0, 0, -1e30f };
	const struct {
		const char *more;
		bool masked;
		float scale;
	} both[] = {
		{ "", false, 0.70710678f },
		{ "attention_param { scale: 0.5 }", true, 0.5f },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(both); i++) {
		struct bench b = { 0 };
		char text[1024];
		float *y;

		snprintf(text, sizeof(text),
		    "input: 'q' input_shape { dim: 1 dim: 2 dim: 2 } "
		    "input: 'k' input_shape { dim: 1 dim: 3 dim: 2 } "
		    "input: 'v' input_shape { dim: 1 dim: 3 dim: 2 } "
		    "input: 'm' input_shape { dim: 3 } "
		    "layer { name: 'a' type: 'Attention' bottom: 'q' bottom: "
		    "'k' bottom: 'v' %s top: 'y' %s }",
		    both[i].masked ? "bottom: 'm'" : "", both[i].more);
		build(&b, text, false);
		plan(&b);
		must(plan_write(b.plan, net_blob_find(b.net, "q")->tensor, q));
		must(plan_write(b.plan, net_blob_find(b.net, "k")->tensor, k));
		must(plan_write(b.plan, net_blob_find(b.net, "v")->tensor, v));
		must(plan_write(
		    b.plan, net_blob_find(b.net, "m")->tensor, mask));
		run(&b, false);
		assert_int_equal(count(&b, b.y), 4);
		y = get(&b, b.y);
		for (int r = 0; r < 2; r++) {
			double e[3], sum = 0, want = 0;

			for (int s = 0; s < 3; s++) {
				e[s] = exp((double)(both[i].scale * q[2 * r] *
				    k[2 * s]));
				if (both[i].masked && s == 2)
					e[s] = 0;
				sum += e[s];
				want += e[s] * (double)(s + 1);
			}
			assert_float_equal(y[2 * r], 3 * want / sum, 1e-5);
			assert_float_equal(y[2 * r + 1], want / sum, 1e-5);
		}
		mem_free(y);
		close_bench(&b);
	}
}

static const struct {
	const char *what, *text;
} grads[] = {
	{ "LogSoftmax", X ON("LogSoftmax", "") },
	{ "LpNormalization",
	    X ON("LpNormalization", "lp_normalization_param { axis: 1 }") },
	{ "RMSNorm", X ON("RMSNorm", "rms_norm_param { axis: 2 }") },
	{ "Attention",
	    "input: 'q' input_shape { dim: 2 dim: 2 dim: 3 dim: 4 } "
	    "input: 'k' input_shape { dim: 2 dim: 1 dim: 5 dim: 4 } "
	    "input: 'v' input_shape { dim: 2 dim: 1 dim: 5 dim: 2 } "
	    "input: 'm' input_shape { dim: 3 dim: 5 } "
	    "layer { name: 'a' type: 'Attention' bottom: 'q' bottom: 'k' "
	    "bottom: 'v' bottom: 'm' top: 'y' }" },
	{ "Erf", M ON("Erf", "") },
	{ "Selu", M ON("Selu", "") },
	{ "Celu", M ON("Celu", "unary_param { alpha: 0.75 }") },
	{ "HardSigmoid", M ON("HardSigmoid", "") },
	{ "ThresholdedRelu",
	    M ON("ThresholdedRelu", "unary_param { alpha: 0.5 }") },
	{ "Shrink", M ON("Shrink", "unary_param { bias: 0.25 }") },
	{ "Cast", M ON("Cast", "") },
	{ "Sub",
	    PAIR("dim: 2 dim: 1 dim: 3", "dim: 4 dim: 1") OF_TWO("Sub", "") },
	{ "Max", PAIR("dim: 4", "") OF_TWO("Max", "") },
	{ "Mean", PAIR("dim: 4", "dim: 2 dim: 1") OF_TWO("Mean", "") },
	{ "Mod",
	    PAIR("dim: 3", "dim: 3")
		OF_TWO("Mod", "arith_param { fmod: true }") },
	{ "ReduceProd",
	    X ON("ReduceProd", "reduce_param { axis: 1 axis: -1 }") },
	{ "ReduceL2", X ON("ReduceL2", "reduce_param { axis: 2 }") },
	{ "ReduceLogSumExp",
	    X ON("ReduceLogSumExp", "reduce_param { axis: 2 axis: 0 }") },
	{ "ReduceMean",
	    X ON("ReduceMean", "reduce_param { axis: 1 keepdims: false }") },
	{ "MatMul",
	    PAIR("dim: 3 dim: 2", "dim: 2 dim: 4") OF_TWO("MatMul", "") },
	{ "MatMul of batches",
	    PAIR("dim: 2 dim: 1 dim: 3 dim: 2", "dim: 2 dim: 2 dim: 4")
		OF_TWO("MatMul", "") },
	{ "MatMul turned",
	    PAIR("dim: 3 dim: 2 dim: 3", "dim: 4 dim: 2") OF_TWO("MatMul",
		"matmul_param { transpose_a: true transpose_b: true alpha: 0.5 "
		"}") },
	{ "MatMul of a vector",
	    PAIR("dim: 2", "dim: 3 dim: 2 dim: 2") OF_TWO("MatMul", "") },
};

static void
test_gradients(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(grads); i++)
		check_gradient(grads[i].what, grads[i].text);
}

/* Steps end the way back and are no mistake: what is before them is not moved. */
static void
test_steps(void **state)
{
	struct bench b = { 0 };

	(void)state;
	build(&b,
	    M "layer { name: 'f' type: 'Floor' bottom: 'x' top: 'f' } "
	      "layer { name: 'g' type: 'Greater' bottom: 'x' bottom: 'f' top: "
	      "'g' } "
	      "layer { name: 'c' type: 'Cast' bottom: 'g' top: 'c' cast_param "
	      "{ to: INT } } "
	      "layer { name: 'a' type: 'Mul' bottom: 'c' bottom: 'x' top: 'y' "
	      "} ",
	    true);
	close_bench(&b);
	check_gradient("a chosen part",
	    M "layer { name: 'f' type: 'Floor' bottom: 'x' top: 'f' } "
	      "layer { name: 'g' type: 'Greater' bottom: 'x' bottom: 'f' top: "
	      "'g' } "
	      "layer { name: 'c' type: 'Cast' bottom: 'g' top: 'c' cast_param "
	      "{ to: INT } } "
	      "layer { name: 'a' type: 'Mul' bottom: 'c' bottom: 'x' top: 'y' "
	      "} ");
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
	refused(PAIR("dim: 2 dim: 3", "dim: 2") OF_TWO("Add", ""),
	    "2x3 and 2 do not stretch to one shape");
	refused(PAIR("dim: 2 dim: 3", "dim: 2 dim: 3") OF_TWO("MatMul", ""),
	    "2x3 and 2x3 have no product");
	refused(M ON("ReduceSum", "reduce_param { axis: 2 }"), "axis");
	refused("input: 'x' input_shape { dim: 20000000 } " ON(
		    "Hardmax", "softmax_param { axis: 0 }"),
	    "axis 0 has 20000000 places; it takes 16777216 at most");
	refused("input: 'x' input_shape { dim: 9000 dim: 9000 } " ON(
		    "Einsum", "einsum_param { equation: 'ii->i' }"),
	    "a diagonal has 9000 places; it takes 8192 at most");
	refused(M ON("Celu", "unary_param { alpha: 0 }"), "above 0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_equals),
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_attention),
		cmocka_unit_test(test_gradients),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
