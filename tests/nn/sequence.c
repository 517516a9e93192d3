/*
 * LSTMSequence, GRUSequence and RNNSequence: outputs that onnxruntime gave for the
 * same numbers, and gradients by differences.
 *
 * Number i of x, of the states and of each blob is (7 i mod 11 - 5) / 8; R is half
 * of that, and the items of an LSTM's c are the other way round.
 */
#include "bench.h"

enum { MOST = 24 };

#define IN(t, n, i)                                                            \
	"input: 'x' input_shape { dim: " #t " dim: " #n " dim: " #i " } "
#define H0(d, n, h)                                                            \
	"input: 'h' input_shape { dim: " #d " dim: " #n " dim: " #h " } "
#define C0(d, n, h)                                                            \
	"input: 'c' input_shape { dim: " #d " dim: " #n " dim: " #h " } "
#define L0 "input: 'l' input_shape { dim: 2 } "
#define LAYER(type, bottoms, tops, more)                                       \
	"layer { name: 'a' type: '" type "Sequence' bottom: 'x' " bottoms " "  \
	"top: 'y' " tops " sequence_param { hidden_size: 2 " more " } } "

static const struct {
	const char *text;
	int last; /* the second length; the first is all steps */
	size_t ny, nh, nc;
	float y[MOST], h[MOST], c[MOST];
} cases[] = {
	{ IN(3, 2, 2) H0(2, 2, 2) C0(2, 2, 2) L0 LAYER("LSTM",
	      "bottom: 'h' bottom: 'c' bottom: 'l'", "top: 'yh' top: 'yc'",
	      "direction: BIDIRECTIONAL peephole: true lengths: true"),
	    2, 24, 8, 8,
	    { 0.035065f, -0.048539f, -0.047763f, 0.028456f, -0.278559f,
		0.311500f, -0.231860f, 0.197394f, 0.097014f, 0.020026f,
		0.040704f, 0.159691f, -0.152453f, 0.156811f, -0.066128f,
		-0.004437f, 0.118969f, -0.029206f, 0, 0, -0.020264f, 0.201033f,
		0, 0 },
	    { 0.118969f, -0.029206f, 0.040704f, 0.159691f, -0.278559f,
		0.311500f, -0.231860f, 0.197394f },
	    { 0.366430f, -0.067489f, 0.098520f, 0.272392f, -0.586112f,
		0.766163f, -0.456928f, 0.518950f } },
	{ IN(2, 1, 2) LAYER("LSTM", "", "top: 'yh' top: 'yc'",
	      "input_forget: true clip: 0.5"),
	    0, 4, 2, 2, { 0.065208f, -0.060124f, 0.104104f, -0.006914f },
	    { 0.104104f, -0.006914f }, { 0.283067f, -0.014622f } },
	{ IN(3, 2, 2) H0(2, 2, 2) L0 LAYER("GRU", "bottom: 'h' bottom: 'l'",
	      "top: 'yh'",
	      "direction: BIDIRECTIONAL linear_before_reset: true lengths: "
	      "true"),
	    1, 24, 8, 0,
	    { -0.213851f, -0.061957f, 0.044654f, 0.204881f, -0.662949f,
		0.741171f, -0.094154f, 0.458163f, -0.154249f, -0.296995f, 0, 0,
		-0.459865f, 0.478375f, 0, 0, 0.100620f, -0.451307f, 0, 0,
		-0.308918f, 0.451082f, 0, 0 },
	    { 0.100620f, -0.451307f, 0.044654f, 0.204881f, -0.662949f,
		0.741171f, -0.094154f, 0.458163f },
	    { 0 } },
	{ IN(3, 1, 2) H0(1, 1, 2)
		LAYER("GRU", "bottom: 'h'", "top: 'yh'", "direction: REVERSE"),
	    0, 6, 2, 0,
	    { 0.114541f, -0.545929f, -0.057041f, -0.409349f, -0.361895f,
		-0.181014f },
	    { 0.114541f, -0.545929f }, { 0 } },
	/* the same with the batch in front: of one item it lies alike */
	{ IN(1, 3, 2) H0(1, 1, 2) LAYER("GRU", "bottom: 'h'", "top: 'yh'",
	      "direction: REVERSE layout: 1"),
	    0, 6, 2, 0,
	    { 0.114541f, -0.545929f, -0.057041f, -0.409349f, -0.361895f,
		-0.181014f },
	    { 0.114541f, -0.545929f }, { 0 } },
	{ IN(3, 1, 2) H0(1, 1, 2)
		LAYER("RNN", "bottom: 'h'", "top: 'yh'", "activation: 'Relu'"),
	    0, 6, 2, 0, { 0, 1.343750f, 0, 1.748047f, 0, 1.155640f },
	    { 0, 1.155640f }, { 0 } },
	{ IN(2, 1, 2) LAYER("GRU", "", "top: 'yh'",
	      "activation: 'HardSigmoid' activation: 'Softsign'"),
	    0, 4, 2, 0, { 0.125486f, -0.201034f, 0.182189f, -0.338965f },
	    { 0.182189f, -0.338965f }, { 0 } },
};

static void
ramp(const struct bench *b, int t, float factor)
{
	const size_t n = count(b, t);
	float *v = mem_array(float, n + 1);

	for (size_t i = 0; i < n; i++)
		v[i] = factor * (float)((int)(i * 7 % 11) - 5) / 8;
	must(plan_write(b->plan, t, v));
	mem_free(v);
}

static int
blob(const struct bench *b, const char *name)
{
	const struct net_blob *n = net_blob_find(b->net, name);

	return n != NULL ? n->tensor : -1;
}

/* c (D, N, H) of D 2, N 2, H 2 */
static void
turned(const struct bench *b, int t)
{
	float *v = get(b, t), w[8];

	for (int i = 0; i < 8; i++)
		w[i] = v[i ^ 2];
	must(plan_write(b->plan, t, w));
	mem_free(v);
}

static void
write_all(const struct bench *b, int last)
{
	const float lengths[2] = { 3, (float)last };
	int nth = 0;

	for (int i = 0; i < graph_tensors(b->net->graph); i++)
		if (graph_tensor(b->net->graph, i)->kind == TENSOR_PARAM)
			ramp(b, i, nth++ == 1 ? 0.5f : 1);
	ramp(b, blob(b, "x"), 1);
	if (blob(b, "h") >= 0)
		ramp(b, blob(b, "h"), 1);
	if (blob(b, "c") >= 0) {
		ramp(b, blob(b, "c"), 1);
		turned(b, blob(b, "c"));
	}
	if (blob(b, "l") >= 0)
		must(plan_write(b->plan, blob(b, "l"), lengths));
}

static void
same(const struct bench *b, const char *name, const float *want, size_t n)
{
	float *y;

	if (n == 0)
		return;
	assert_int_equal(count(b, blob(b, name)), n);
	y = get(b, blob(b, name));
	for (size_t i = 0; i < n; i++)
		assert_float_equal(y[i], want[i], 2e-6);
	mem_free(y);
}

static void
test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct bench b = { 0 };

		build(&b, cases[i].text, false);
		plan(&b);
		write_all(&b, cases[i].last);
		run(&b, false);
		same(&b, "y", cases[i].y, cases[i].ny);
		same(&b, "yh", cases[i].h, cases[i].nh);
		same(&b, "yc", cases[i].c, cases[i].nc);
		close_bench(&b);
	}
}

/* Two lengths that do not change, and one top of all: what is behind a sequence's
 * end changes nothing. */
#define LENGTHS                                                                \
	"layer { name: 'l0' type: 'DummyData' top: 'l0' top: 'l1' "            \
	"dummy_data_param { shape { dim: 1 } data_filler { value: 3 } "        \
	"data_filler { value: 2 } } } "                                        \
	"layer { name: 'l' type: 'Concat' bottom: 'l0' bottom: 'l1' top: 'l' " \
	"concat_param { axis: 0 } } "
#define FILLED                                                                 \
	"weight_filler { type: 'gaussian' std: 0.5 } bias_filler { type: "     \
	"'gaussian' std: 0.5 } hidden_size: 3 "
#define GRAD(type, bottoms, tops, more)                                        \
	"layer { name: 'a' type: '" type "Sequence' bottom: 'x' " bottoms " "  \
	"" tops " sequence_param { " FILLED more " } } "

static const struct {
	const char *what, *text;
} grads[] = {
	{ "LSTM",
	    IN(3, 2, 2) H0(2, 2, 3) C0(2, 2, 3) LENGTHS GRAD("LSTM",
		"bottom: 'h' bottom: 'c' bottom: 'l'", "top: 'y'",
		"direction: BIDIRECTIONAL peephole: true lengths: true") },
	{ "LSTM's last c",
	    IN(2, 2, 2) H0(1, 2, 3) C0(1, 2, 3)
		GRAD("LSTM", "bottom: 'h' bottom: 'c'",
		    "top: 't' top: 'u' top: 'y'", "input_forget: true") },
	{ "LSTM with a clip",
	    IN(2, 1, 2) GRAD("LSTM", "", "top: 'y'", "clip: 0.4") },
	{ "GRU",
	    IN(3, 2, 2) H0(2, 2, 3)
		LENGTHS GRAD("GRU", "bottom: 'h' bottom: 'l'", "top: 'y'",
		    "direction: BIDIRECTIONAL lengths: true") },
	{ "GRU, linear before reset",
	    IN(3, 2, 2) H0(1, 2, 3) GRAD("GRU", "bottom: 'h'",
		"top: 't' top: 'y'", "linear_before_reset: true") },
	{ "RNN",
	    IN(2, 3, 2) H0(2, 1, 3) GRAD("RNN", "", "top: 'y'",
		"activation: 'Tanh' activation: 'Softplus' layout: 1 "
		"direction: BIDIRECTIONAL") },
	{ "RNN, other activations",
	    IN(3, 2, 2) GRAD("RNN", "", "top: 'y'",
		"activation: 'ScaledTanh' activation: 'Elu' activation_alpha: "
		"0.7 activation_alpha: 1 activation_beta: 1.5 direction: "
		"BIDIRECTIONAL") },
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
	struct bench b = { 0 };
	const struct plan_run once = { 0 };
	const float lengths[2] = { 1, 4 };

	(void)state;
	refused(IN(3, 2, 2) LAYER("RNN", "", "", "activation: 'Step'"),
	    "\"Step\" is not known");
	refused(IN(3, 2, 2) LAYER("GRU", "", "", "activation: 'Tanh'"),
	    "2 for each direction");
	refused(IN(3, 2, 2) H0(1, 1, 2) LAYER("GRU", "bottom: 'h'", "", ""),
	    "initial state is 1x1x2, not 1x2x2");
	refused(M LAYER("GRU", "", "", ""), "three axes");
	build(&b,
	    IN(3, 2, 2) L0 LAYER("RNN", "bottom: 'l'", "", "lengths: true"),
	    false);
	plan(&b);
	must(plan_write(b.plan, blob(&b, "l"), lengths));
	assert_true(plan_run(b.plan, &once) < 0);
	assert_non_null(strstr(err_text(), "sequence 1 has a length of 4"));
	close_bench(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_gradients),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
