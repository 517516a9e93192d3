/* Einsum, Det, Quantize and Dequantize: values worked out by hand or by numpy, and
 * gradients by differences. */
#include "bench.h"

enum { MOST = 16, INPUTS = 3 };

#define A(dims) "input: 'x' input_shape { " dims " } "
#define B(dims) "input: 'u' input_shape { " dims " } "
#define C(dims) "input: 'v' input_shape { " dims " } "
#define EINSUM(bottoms, equation)                                              \
	"layer { name: 'a' type: 'Einsum' " bottoms                            \
	" top: 'y' einsum_param { equation: '" equation "' } } "
#define ONE   "bottom: 'x'"
#define TWO   "bottom: 'x' bottom: 'u'"
#define THREE "bottom: 'x' bottom: 'u' bottom: 'v'"
#define QUANTIZE(type, bottoms, more)                                          \
	"layer { name: 'a' type: '" type "' " bottoms                          \
	" top: 'y' quantize_param { " more " } } "

static const struct {
	const char *text;
	size_t n;
	float in[INPUTS][MOST];
	float want[MOST];
} cases[] = {
	{ A("dim: 2 dim: 3") EINSUM(ONE, "ij->ji"), 6, { { 1, 2, 3, 4, 5, 6 } },
	    { 1, 4, 2, 5, 3, 6 } },
	{ A("dim: 2 dim: 3") EINSUM(ONE, "ji"), 6, { { 1, 2, 3, 4, 5, 6 } },
	    { 1, 4, 2, 5, 3, 6 } },
	{ A("dim: 2 dim: 3") EINSUM(ONE, "ij->i"), 2, { { 1, 2, 3, 4, 5, 6 } },
	    { 6, 15 } },
	{ A("dim: 2 dim: 3") EINSUM(ONE, "ij->"), 1, { { 1, 2, 3, 4, 5, 6 } },
	    { 21 } },
	{ A("dim: 2 dim: 2") EINSUM(ONE, "ii"), 1, { { 1, 2, 3, 4 } }, { 5 } },
	{ A("dim: 2 dim: 2 dim: 2") EINSUM(ONE, "...ii ->...i"), 4,
	    { { 1, 2, 3, 4, 5, 6, 7, 8 } }, { 1, 4, 5, 8 } },
	{ A("dim: 3") B("dim: 3") EINSUM(TWO, "i,i"), 1,
	    { { 1, 2, 3 }, { 4, 5, 6 } }, { 32 } },
	{ A("dim: 2") B("dim: 3") EINSUM(TWO, "i,j->ji"), 6,
	    { { 1, 2 }, { 4, 5, 6 } }, { 4, 8, 5, 10, 6, 12 } },
	{ A("dim: 2 dim: 1 dim: 2") B("dim: 2 dim: 2 dim: 1")
		EINSUM(TWO, "bij, bjk -> bik"),
	    2, { { 1, 2, 3, 4 }, { 5, 6, 7, 8 } }, { 17, 53 } },
	{ A("dim: 2 dim: 2") B("dim: 2 dim: 1 dim: 2")
		EINSUM(TWO, "...i,...ji->...j"),
	    2, { { 1, 2, 3, 4 }, { 1, 0, 0, 1 } }, { 1, 4 } },
	/* a letter of one operand that nobody needs is summed first */
	{ A("dim: 2 dim: 2") B("dim: 2 dim: 2") EINSUM(TWO, "ij,jk->i"), 2,
	    { { 1, 2, 3, 4 }, { 1, 2, 3, 4 } }, { 17, 37 } },
	{ A("dim: 2") B("dim: 2 dim: 2") C("dim: 2") EINSUM(THREE, "i,ij,j->"),
	    1, { { 1, 2 }, { 1, 2, 3, 4 }, { 5, 6 } }, { 95 } },
	{ A("dim: 2 dim: 2 dim: 2") "layer { name: 'a' type: 'Det' bottom: "
				    "'x' top: 'y' }",
	    2, { { 1, 2, 3, 4, 0, 2, 3, 1 } }, { -2, -6 } },
	{ A("dim: 3 dim: 3") "layer { name: 'a' type: 'Det' bottom: 'x' top: "
			     "'y' }",
	    1, { { 0, 2, 0, 1, 0, 0, 5, 5, 3 } }, { -6 } },
	/* ONNX's examples of QuantizeLinear and DequantizeLinear */
	{ A("dim: 6") B("dim: 1") C("") QUANTIZE("Quantize", THREE, ""), 6,
	    { { 0, 2, 3, 1000, -254, -1000 }, { 2 }, { 128 } },
	    { 128, 129, 130, 255, 1, 0 } },
	{ A("dim: 1 dim: 2 dim: 2") B("dim: 2")
		QUANTIZE("Quantize", TWO, "low: -128 high: 127"),
	    4, { { 1, 3, 5, -9000 }, { 2, 10 } }, { 0, 2, 0, -128 } },
	{ A("dim: 4") B("") C("") QUANTIZE("Dequantize", THREE, ""), 4,
	    { { 0, 3, 128, 255 }, { 2 }, { 128 } }, { -256, -250, 0, 254 } },
	{ A("dim: 2 dim: 2") B("dim: 2") C("dim: 2")
		QUANTIZE("Dequantize", THREE, "axis: 0"),
	    4, { { 3, 4, 5, 6 }, { 2, 0.5f }, { 1, 2 } }, { 4, 6, 1.5f, 2 } },
};

static void
test_values(void **state)
{
	static const char *const names[INPUTS] = { "x", "u", "v" };

	(void)state;
	for (size_t k = 0; k < LENGTH(cases); k++) {
		struct bench b = { 0 };
		float *y;

		build(&b, cases[k].text, false);
		plan(&b);
		for (int i = 0; i < INPUTS; i++)
			if (net_blob_find(b.net, names[i]) != NULL)
				must(plan_write(b.plan,
				    net_blob_find(b.net, names[i])->tensor,
				    cases[k].in[i]));
		run(&b, false);
		assert_int_equal(count(&b, b.y), cases[k].n);
		y = get(&b, b.y);
		for (size_t i = 0; i < cases[k].n; i++)
			if (!(fabsf(y[i] - cases[k].want[i]) <= 1e-5))
				fail_msg("%s: value %zu is %g, not %g",
				    cases[k].text, i, y[i], cases[k].want[i]);
		mem_free(y);
		close_bench(&b);
	}
}

static const struct {
	const char *what, *text;
} grads[] = {
	{ "Einsum of batches",
	    A("dim: 2 dim: 3 dim: 4") B("dim: 4 dim: 2 dim: 5")
		EINSUM(TWO, "bij,jbk->kib") },
	{ "Einsum that stretches",
	    A("dim: 2 dim: 1 dim: 3") B("dim: 4 dim: 3")
		EINSUM(TWO, "...i,...i->...") },
	{ "Einsum's diagonal",
	    A("dim: 3 dim: 2 dim: 3") EINSUM(ONE, "iji->j") },
	{ "Einsum of three",
	    A("dim: 2 dim: 3") B("dim: 3 dim: 2") C("dim: 2 dim: 2")
		EINSUM(THREE, "ij,jk,kl->il") },
	{ "Det",
	    A("dim: 2 dim: 3 dim: 3") "layer { name: 'a' type: 'Det' bottom: "
				      "'x' top: 'y' }" },
	{ "Dequantize",
	    A("dim: 2 dim: 3") B("dim: 3") C("dim: 3")
		QUANTIZE("Dequantize", THREE, "") },
};

static void
test_gradients(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(grads); i++)
		check_gradient(grads[i].what, grads[i].text);
}

/* A matrix without an inverse has a gradient all the same: its cofactors. */
static void
test_singular(void **state)
{
	const float x[4] = { 1, 2, 2, 4 }, one = 1, want[4] = { 4, -2, -2, 1 };
	struct graph_seed seed = { 0, 0, -1 };
	struct bench b = { 0 };
	struct shape s;
	float *g;
	int t;

	(void)state;
	build(&b,
	    A("dim: 2 dim: 2") "layer { name: 'a' type: 'Det' bottom: "
			       "'x' top: 'y' }",
	    true);
	s = *graph_shape(b.net->graph, b.y);
	seed.tensor = b.y;
	seed.grad = graph_add_tensor(b.net->graph, TENSOR_INPUT, "dy", &s);
	must(net_backward_from(b.net, &seed, 1));
	plan(&b);
	t = net_blob_find(b.net, "x")->tensor;
	must(plan_write(b.plan, t, x));
	must(plan_write(b.plan, seed.grad, &one));
	run(&b, true);
	g = get(&b, graph_tensor(b.net->graph, t)->grad);
	for (int i = 0; i < 4; i++)
		assert_float_equal(g[i], want[i], 1e-6);
	mem_free(g);
	close_bench(&b);
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
	refused(M EINSUM(ONE, "ij->k"), "is in no term");
	refused(M EINSUM(ONE, "ij->ii"), "comes twice");
	refused(M EINSUM(ONE, "ij,jk->ik"), "more terms than bottoms");
	refused(M EINSUM("bottom: 'x' bottom: 'x'", "ij->i"),
	    "fewer terms than bottoms");
	refused(M EINSUM("bottom: 'x' bottom: 'x'", "ij,jk->ik"),
	    "stands for 4 places and for 3");
	refused(M EINSUM(ONE, "i1->i"), "'1' in its equation");
	refused(M EINSUM(ONE, "ijk->i"), "another number of axes");
	refused(M ON("Det", ""), "square matrices");
	refused(M QUANTIZE("Quantize", "bottom: 'x' bottom: 'x'", ""),
	    "does not run along axis 1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_gradients),
		cmocka_unit_test(test_singular),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
