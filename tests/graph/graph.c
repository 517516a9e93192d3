/* Shapes, graphs and their errors; what graph_backward builds and refuses; what
 * pruning drops; multiplications counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "graph/backend.h"
#include "graph/graph.h"

static void
assert_error(int rc, int code, const char *word)
{
	assert_int_equal(rc, code);
	if (strstr(err_text(), word) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err_text(), word);
}

static void
test_shape(void **state)
{
	struct shape s = shape_of(4, 64, 3, 28, 30), big = { .n = 9 };
	char text[SHAPE_TEXT_MAX];
	int axis;

	(void)state;
	assert_int_equal(shape_count(&s), 64 * 3 * 28 * 30);
	assert_int_equal(shape_count_axes(&s, 1, 3), 84);
	assert_string_equal(shape_text(text, &s), "64x3x28x30");
	assert_int_equal(shape_axis(&axis, &s, -2), 0);
	assert_int_equal(axis, 2);
	assert_error(shape_axis(&axis, &s, 4), ERR_RANGE, "64x3x28x30");
	assert_int_equal(shape_check(&s), 0);
	assert_error(shape_check(&big), ERR_RANGE, "9 axes");
	s.d[2] = -1;
	assert_error(shape_check(&s), ERR_RANGE, "negative");
	s.d[2] = INT64_MAX;
	assert_error(shape_check(&s), ERR_RANGE, "too large");
	s.d[0] = 0;
	s.d[2] = 1;
	assert_int_equal(shape_check(&s), 0);
	s = (struct shape){ .n = 0 };
	assert_int_equal(shape_count(&s), 1);
	assert_string_equal(shape_text(text, &s), "scalar");
	s = (struct shape){ .n = 8 };
	for (int i = 0; i < 8; i++)
		s.d[i] = INT64_MAX;
	shape_text(text, &s); /* bounded */
	assert_true(strlen(text) < SHAPE_TEXT_MAX);
}

static void
test_tensors(void **state)
{
	struct graph *g = graph_new();
	struct shape s = shape_of(2, 3, 4), t = shape_of(2, 3, 5);
	const float one[12] = { 1 };
	int x, p, c;

	(void)state;
	x = graph_add_tensor(g, TENSOR_INPUT, "data", &s);
	p = graph_add_tensor(g, TENSOR_PARAM, "ip/0", &s);
	assert_int_equal(graph_add_tensor(g, TENSOR_PARAM, "ip/0", &s), p);
	assert_error(
	    graph_add_tensor(g, TENSOR_PARAM, "ip/0", &t), ERR_FORMAT, "3x5");
	assert_error(
	    graph_add_tensor(g, TENSOR_INPUT, "data", &s), ERR_FORMAT, "data");
	assert_error(
	    graph_add_tensor(g, TENSOR_STATE, "ip/0", &s), ERR_FORMAT, "ip/0");
	assert_int_equal(graph_find(g, "data"), x);
	assert_int_equal(graph_find(g, "ip/0"), p);
	assert_int_equal(graph_find(g, "none"), -1);
	c = graph_add_const(g, "c", &s, one);
	assert_true(graph_tensor(g, c)->data != one);
	assert_true(graph_tensor(g, c)->data[0] == 1);
	graph_free(g);
}

static void
test_add_errors(void **state)
{
	struct graph *g = graph_new();
	struct shape s = shape_of(4, 1, 3, 8, 8), w = shape_of(4, 2, 4, 3, 3);
	union op_attr a = { .conv = { .nd = 2,
				.kernel = { 3, 3 },
				.stride = { 1, 1 },
				.dilation = { 1, 1 },
				.group = 1 } };
	int in[2];

	(void)state;
	in[0] = graph_add_tensor(g, TENSOR_INPUT, "data", &s);
	in[1] = graph_add_tensor(g, TENSOR_PARAM, "w", &w);
	graph_set_name(g, "conv1");
	assert_error(graph_add(g, OP_CONV, &a, in, 2), ERR_FORMAT,
	    "layer conv1: conv: input 1 is 2x4x3x3 where 2x3x3x3 is needed");
	assert_error(
	    graph_add(g, OP_CONV, &a, in, 1), ERR_FORMAT, "inputs is 1");
	a.conv.kernel[0] = 9;
	assert_error(graph_add(g, OP_IM2COL, &a, in, 1), ERR_FORMAT,
	    "a window of 9 does not fit 8");
	a.conv.stride[1] = 0;
	assert_error(
	    graph_add(g, OP_IM2COL, &a, in, 1), ERR_FORMAT, "stride 0");
	a.conv.stride[1] = 1;
	a.conv.kernel[0] = a.conv.kernel[1] = a.conv.pad[0] = INT32_MAX;
	assert_error(graph_add(g, OP_IM2COL, &a, in, 1), ERR_RANGE, "window");
	in[1] = 99;
	assert_error(graph_add(g, OP_CONV, &a, in, 2), ERR_FORMAT,
	    "input 1 does not exist");
	/* An error goes through what is built on it, as it was said first. */
	s.d[0] = 2;
	assert_int_equal(
	    graph_unary(g, graph_reshape(g, in[0], &s), UNARY_ABS, 0, 0, 0),
	    ERR_FORMAT);
	assert_non_null(strstr(err_text(), "2x3x8x8"));
	graph_free(g);
}

static int
count(const struct graph *g, enum op_kind kind, enum op_stage stage)
{
	int n = 0;

	for (int i = 0; i < graph_ops(g); i++)
		n += graph_op(g, i)->kind == kind &&
		    graph_op(g, i)->stage == stage;
	return n;
}

/* x -> tanh -> (* w), (+ x): only what leads to w is built. */
static void
test_backward(void **state)
{
	struct graph *g = graph_new();
	const struct shape s = shape_of(2, 2, 3);
	int x = graph_add_tensor(g, TENSOR_INPUT, "x", &s);
	int w = graph_add_tensor(g, TENSOR_PARAM, "w", &s);
	int unused = graph_add_tensor(g, TENSOR_PARAM, "unused", &s);
	int y = graph_unary(g, x, UNARY_TANH, 0, 0, 0), d;
	const int want[2] = { w, unused };
	struct graph_seed seed = { -1, 2, -1 };

	(void)state;
	y = graph_binary(g, y, w, BINARY_MUL);
	y = graph_binary(g, y, w, BINARY_ADD);
	seed.tensor = y;
	assert_int_equal(graph_backward(g, &seed, 1, want, 2), 0);
	d = graph_tensor(g, w)->grad;
	assert_int_equal(graph_tensor(g, d)->kind, TENSOR_GRAD);
	assert_string_equal(graph_tensor(g, d)->name, "w");
	assert_int_equal(graph_tensor(g, unused)->grad, -1);
	assert_int_equal(graph_tensor(g, x)->grad, -1);
	assert_int_equal(count(g, OP_UNARY_GRAD, STAGE_BACKWARD), 0);
	assert_int_equal(count(g, OP_SUM, STAGE_BACKWARD), 1);
	graph_free(g);
}

/* Two wanted tensors with one gradient each get their own; so does one whose
 * gradient is the seed itself. */
static void
test_own_gradients(void **state)
{
	struct graph *g = graph_new();
	const struct shape s = shape_of(1, 4), flat = shape_of(2, 2, 2);
	const int want[3] = {
		graph_add_tensor(g, TENSOR_PARAM, "a", &s),
		graph_add_tensor(g, TENSOR_PARAM, "b", &s),
		graph_add_tensor(g, TENSOR_PARAM, "c", &flat),
	};
	const int dy = graph_add_tensor(g, TENSOR_INPUT, "dy", &s);
	int y = graph_binary(g, want[0], want[1], BINARY_ADD), d[3];
	struct graph_seed seed;

	(void)state;
	y = graph_binary(g, y, graph_reshape(g, want[2], &s), BINARY_ADD);
	seed = (struct graph_seed){ y, 1, dy };
	assert_int_equal(graph_backward(g, &seed, 1, want, 3), 0);
	for (int i = 0; i < 3; i++) {
		const struct tensor *t;

		d[i] = graph_tensor(g, want[i])->grad;
		t = graph_tensor(g, d[i]);
		assert_int_equal(t->kind, TENSOR_GRAD);
		assert_true(d[i] != dy);
		assert_int_not_equal(
		    graph_op(g, t->producer)->kind, OP_RESHAPE);
	}
	assert_true(d[0] != d[1]);
	graph_free(g);
}

/* More terms than one SUM takes. */
static void
test_many_terms(void **state)
{
	struct graph *g = graph_new();
	const struct shape s = shape_of(1, 4);
	const int w = graph_add_tensor(g, TENSOR_PARAM, "w", &s);
	struct graph_seed seed = { -1, 1, -1 };
	int y = graph_unary(g, w, UNARY_TANH, 0, 0, 0);

	(void)state;
	for (int i = 0; i < 150; i++)
		y = graph_binary(
		    g, y, graph_unary(g, w, UNARY_TANH, 0, 0, 0), BINARY_ADD);
	seed.tensor = y;
	assert_int_equal(graph_backward(g, &seed, 1, &w, 1), 0);
	assert_int_equal(count(g, OP_SUM, STAGE_BACKWARD), 3);
	graph_free(g);
}

static void
test_no_gradient(void **state)
{
	struct graph *g = graph_new();
	const struct shape s = shape_of(2, 2, 3), other = shape_of(1, 6);
	const int w = graph_add_tensor(g, TENSOR_PARAM, "w", &s);
	const int dy = graph_add_tensor(g, TENSOR_INPUT, "dy", &other);
	const union op_attr a = { .argmax = { .top_k = 1 } };
	struct graph_seed seed = { -1, 1, -1 };

	(void)state;
	graph_set_name(g, "best");
	seed.tensor = graph_add(g, OP_ARGMAX, &a, &w, 1);
	assert_error(
	    graph_backward(g, &seed, 1, &w, 1), ERR_UNSUPPORTED, "layer best");
	graph_op(g, 0)->no_grad = 1; /* nothing flows: no error */
	assert_int_equal(graph_backward(g, &seed, 1, &w, 1), 0);
	graph_set_name(g, "step");
	seed.tensor = graph_unary(g, w, UNARY_THRESHOLD, 0, 0, 0);
	assert_error(
	    graph_backward(g, &seed, 1, &w, 1), ERR_UNSUPPORTED, "layer step");
	seed.grad = dy;
	assert_error(
	    graph_backward(g, &seed, 1, &w, 1), ERR_FORMAT, "another shape");
	graph_free(g);
}

static void
test_prune(void **state)
{
	struct graph *g = graph_new(), *c;
	const struct shape s = shape_of(2, 2, 3);
	const int x = graph_add_tensor(g, TENSOR_INPUT, "x", &s);
	int y = graph_unary(g, x, UNARY_TANH, 0, 0, 0), z;

	(void)state;
	graph_unary(g, y, UNARY_ABS, 0, 0, 0);
	z = graph_unary(g, y, UNARY_SIGMOID, 0, 0, 0);
	graph_tensor(g, z)->keep = true;
	c = graph_copy(g);
	graph_free(g); /* the copy stands alone */
	graph_prune(c);
	assert_int_equal(graph_ops(c), 2);
	assert_int_equal(graph_tensor(c, z)->producer, 1);
	assert_int_equal(graph_tensors(c), 4);
	assert_string_equal(graph_tensor(c, x)->name, "x");
	graph_free(c);
}

static void
test_prologue_and_macs(void **state)
{
	struct graph *g = graph_new();
	struct shape s = shape_of(4, 2, 4, 8, 8), w = shape_of(4, 6, 2, 3, 3);
	const union op_attr a = { .conv = { .nd = 2,
				      .kernel = { 3, 3 },
				      .stride = { 1, 1 },
				      .pad = { 1, 1 },
				      .dilation = { 1, 1 },
				      .group = 2 } };
	const union op_attr m = { .matmul = { .ta = true } };
	int in[2], x;

	(void)state;
	x = graph_add_tensor(g, TENSOR_INPUT, "x", &s);
	in[1] = graph_add_tensor(g, TENSOR_PARAM, "w", &w);
	in[1] = graph_unary(g, in[1], UNARY_POWER, 0, 0.5F, 1);
	in[0] = x;
	graph_add(g, OP_CONV, &a, in, 2);
	assert_true(graph_is_prologue(g, 0));
	assert_false(graph_is_prologue(g, 1));
	assert_int_equal(graph_op_macs(g, 0), 0);
	assert_int_equal(graph_op_macs(g, 1), 2 * 6 * 64 * 18);
	s = shape_of(2, 5, 7);
	in[0] = graph_add_tensor(g, TENSOR_INPUT, "a", &s);
	s = shape_of(2, 5, 3);
	in[1] = graph_add_tensor(g, TENSOR_INPUT, "b", &s);
	graph_add(g, OP_MATMUL, &m, in, 2);
	assert_int_equal(graph_op_macs(g, 2), 7 * 5 * 3);
	graph_free(g);
}

static void
test_precision(void **state)
{
	enum precision p;

	(void)state;
	assert_int_equal(precision_find(&p, "bf16"), 0);
	assert_int_equal(p, PRECISION_BF16);
	assert_string_equal(precision_name(p), "bf16");
	assert_error(precision_find(&p, "int4"), ERR_USAGE, "int4");
}

/* Each of many names is found, with those of values that are none, which may be
 * anything; adding again gives what is there. */
static void
test_names(void **state)
{
	struct graph *g = graph_new();
	const struct shape s = shape_of(1, 3);
	int id[1000];
	char name[32];

	(void)state;
	assert_int_equal(graph_find(g, "p0"), -1);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		id[i] = graph_add_tensor(
		    g, i % 3 == 0 ? TENSOR_VALUE : TENSOR_PARAM, name, &s);
		assert_true(id[i] >= 0);
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		assert_int_equal(graph_find(g, name), i % 3 == 0 ? -1 : id[i]);
		if (i % 3 != 0)
			assert_int_equal(
			    graph_add_tensor(g, TENSOR_PARAM, name, &s), id[i]);
	}
	assert_int_equal(graph_find(g, "p1000"), -1);
	assert_int_equal(graph_find(g, ""), -1);
	graph_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_tensors),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_add_errors),
		cmocka_unit_test(test_backward),
		cmocka_unit_test(test_own_gradients),
		cmocka_unit_test(test_many_terms),
		cmocka_unit_test(test_no_gradient),
		cmocka_unit_test(test_prune),
		cmocka_unit_test(test_prologue_and_macs),
		cmocka_unit_test(test_precision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
