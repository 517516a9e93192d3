/*
 * The memory plan: on random graphs no op ever reads bytes that another tensor
 * has taken (shown by writing every tensor's number where it lies), and a net
 * gives the same numbers when nothing may share.  Prints how much is saved.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "device/device.h"

enum { GRAPHS = 200, ALIGN = 4 };

static int
below(struct rng *r, int n)
{
	return (int)rng_below(r, (uint64_t)n);
}

/* One more op on tensors that exist; 0 when the draw did not fit. */
static void
add_random_op(struct graph *g, struct rng *r)
{
	const int x = below(r, graph_tensors(g));
	const struct shape s = *graph_shape(g, x);
	const struct shape flat = { .n = 2,
		.d = { 1, (int64_t)shape_count(&s) } };
	int in[3] = { x, x, x };
	union op_attr a;

	for (int i = 1; i < 3; i++) {
		const int t = below(r, graph_tensors(g));

		if (shape_same(graph_shape(g, t), &s))
			in[i] = t;
	}
	switch (below(r, 7)) {
	case 0: graph_unary(g, x, UNARY_TANH, 0, 0, 0); break;
	case 1: graph_binary(g, in[0], in[1], BINARY_ADD); break;
	case 2: graph_sum(g, in, 1 + below(r, 3), NULL); break;
	case 3: graph_reshape(g, x, &flat); break;
	case 4:
		graph_broadcast(g,
		    graph_reduce(g, x, REDUCE_SUM, 1U << below(r, s.n), 1), &s);
		break;
	case 5:
		a.axis = below(r, s.n);
		graph_add(g, OP_SOFTMAX, &a, &x, 1);
		break;
	default:
		a.axis = s.n - 1;
		if (s.d[s.n - 1] < 40)
			graph_add(g, OP_CONCAT, &a, in, 2);
	}
}

static struct graph *
random_graph(uint64_t seed)
{
	struct graph *g = graph_new();
	struct shape s;
	struct rng r;

	rng_init(&r, seed, 0);
	s = shape_of(3, 1 + below(&r, 4), 1 + below(&r, 4), 1 + below(&r, 4));
	graph_add_tensor(g, TENSOR_INPUT, "data", &s);
	graph_add_tensor(g, TENSOR_PARAM, "param", &s);
	while (graph_ops(g) < 40)
		add_random_op(g, &r);
	for (int t = 0; t < graph_tensors(g); t++)
		if (graph_tensor(g, t)->producer >= 0)
			graph_tensor(g, t)->keep = below(&r, 6) == 0;
	return g;
}

/* A RESHAPE's output holds what its input holds. */
static int
value_of(const struct graph *g, int t)
{
	const int p = graph_tensor(g, t)->producer;

	if (p >= 0 && graph_op(g, p)->kind == OP_RESHAPE)
		return value_of(g, graph_op(g, p)->in[0]);
	return t;
}

static void
check_bytes(const int *arena, const struct graph *g, int t,
    const size_t *offset, const size_t *size)
{
	for (size_t i = 0; i < size[t]; i++)
		if (arena[offset[t] + i] != value_of(g, t))
			fail_msg("tensor %d lost byte %zu", t, i);
}

/* Run the graph on numbers of tensors instead of numbers. */
static void
walk(
    const struct graph *g, const size_t *offset, const size_t *size, int *arena)
{
	for (int i = 0; i < graph_ops(g); i++) {
		const struct op *op = graph_op(g, i);

		for (int k = 0; k < op->nin; k++)
			if (offset[op->in[k]] != SIZE_MAX)
				check_bytes(arena, g, op->in[k], offset, size);
		for (int k = 0; k < op->nout; k++) {
			const int t = op->out[k];

			for (size_t j = 0; j < size[t]; j++)
				if (offset[t] != SIZE_MAX)
					arena[offset[t] + j] = value_of(g, t);
		}
	}
	for (int t = 0; t < graph_tensors(g); t++)
		if (graph_tensor(g, t)->keep && offset[t] != SIZE_MAX)
			check_bytes(arena, g, t, offset, size);
}

static void
test_random(void **state)
{
	size_t all = 0, used = 0;

	(void)state;
	for (uint64_t seed = 0; seed < GRAPHS; seed++) {
		struct graph *g = random_graph(seed);
		const size_t n = (size_t)graph_tensors(g);
		size_t *size = mem_array(size_t, n);
		size_t *offset = mem_array(size_t, n);
		size_t total;
		int *arena;

		for (size_t t = 0; t < n; t++) {
			if (graph_tensor(g, (int)t)->producer >= 0)
				size[t] = shape_count(graph_shape(g, (int)t));
			all += size[t];
		}
		graph_plan_memory(g, size, ALIGN, offset, &total);
		used += total;
		arena = mem_array(int, total + 1);
		memset(arena, -1, (total + 1) * sizeof(*arena));
		for (size_t t = 0; t < n; t++)
			if (offset[t] != SIZE_MAX) {
				assert_int_equal(offset[t] % ALIGN, 0);
				assert_true(offset[t] + size[t] <= total);
			}
		walk(g, offset, size, arena);
		mem_free(arena);
		mem_free(size);
		mem_free(offset);
		graph_free(g);
	}
	printf("# %d graphs: %zu of %zu elements\n", GRAPHS, used, all);
	assert_true(used < all);
}

/* A chain of in-place ops and reshapes needs one tensor's room. */
static void
test_chain(void **state)
{
	struct graph *g = graph_new();
	const struct shape s = shape_of(2, 4, 8), flat = shape_of(1, 32);
	size_t size[16], offset[16], total;
	int t;

	(void)state;
	t = graph_add_tensor(g, TENSOR_INPUT, "data", &s);
	for (int i = 0; i < 3; i++) {
		t = graph_unary(g, t, UNARY_TANH, 0, 0, 0);
		t = graph_reshape(g, t, &flat);
		t = graph_reshape(g, t, &s);
	}
	graph_tensor(g, t)->keep = true;
	for (int i = 0; i < graph_tensors(g); i++)
		size[i] = i == 0 ? 0 : 32 * sizeof(float);
	graph_plan_memory(g, size, 64, offset, &total);
	assert_int_equal(total, 32 * sizeof(float));
	assert_true(offset[0] == SIZE_MAX);
	/* A reshaped input that lies elsewhere lies there too. */
	t = graph_reshape(g, 0, &flat);
	size[t] = 128;
	graph_plan_memory(g, size, 64, offset, &total);
	assert_true(offset[t] == SIZE_MAX);
	graph_free(g);
}

/* conv, LRN, two branches, concat, batchnorm, sum, dropout, loss; training. */
static struct graph *
make_net(int *loss, int grads[3])
{
	struct graph *g = graph_new();
	struct shape s = shape_of(4, 4, 3, 8, 8), f = shape_of(4, 6, 3, 3, 3);
	const struct shape c = shape_of(1, 12), one = shape_of(1, 1);
	const struct shape m = shape_of(2, 5, 12 * 64);
	const struct shape flat = shape_of(2, 4, 12 * 64);
	union op_attr conv = { .conv = { .nd = 2,
				   .kernel = { 3, 3 },
				   .stride = { 1, 1 },
				   .pad = { 1, 1 },
				   .dilation = { 1, 1 },
				   .group = 1 } },
		      a;
	int in[6], want[3], x, y;
	struct graph_seed seed;

	x = graph_add_tensor(g, TENSOR_INPUT, "data", &s);
	want[0] = graph_add_tensor(g, TENSOR_PARAM, "conv/0", &f);
	want[1] = graph_add_tensor(g, TENSOR_PARAM, "bn/gamma", &c);
	want[2] = graph_add_tensor(g, TENSOR_PARAM, "ip/0", &m);
	in[0] = x;
	in[1] = want[0];
	x = graph_add(g, OP_CONV, &conv, in, 2);
	x = graph_unary(g, x, UNARY_RELU, 0, 0, 0);
	a = (union op_attr){ .lrn = { LRN_ACROSS, 3, 1, 0.75F, 1 } };
	y = graph_add(g, OP_LRN, &a, &x, 1);
	in[0] = graph_unary(g, y, UNARY_TANH, 0, 0, 0);
	in[1] = x;
	a.axis = 1;
	in[0] = graph_add(g, OP_CONCAT, &a, in, 2);
	in[1] = graph_add_tensor(g, TENSOR_PARAM, "bn/0", &c);
	in[2] = graph_add_tensor(g, TENSOR_PARAM, "bn/1", &c);
	in[3] = graph_add_tensor(g, TENSOR_PARAM, "bn/2", &one);
	in[4] = want[1];
	in[5] = -1;
	a = (union op_attr){ .batchnorm = { 1e-5F, 0.9F, true, false } };
	y = graph_add(g, OP_BATCHNORM, &a, in, 6);
	in[0] = graph_unary(g, y, UNARY_RELU, 0, 0, 0);
	in[1] = y;
	in[0] = graph_sum(g, in, 2, NULL);
	a = (union op_attr){ .dropout = { 0.3F, 1 } };
	in[0] = graph_add(g, OP_DROPOUT, &a, in, 1);
	in[0] = graph_reshape(g, in[0], &flat);
	in[1] = want[2];
	a = (union op_attr){ .matmul = { .tb = true } };
	in[0] = graph_add(g, OP_MATMUL, &a, in, 2);
	s = shape_of(1, 4);
	in[1] = graph_add_tensor(g, TENSOR_INPUT, "label", &s);
	a = (union op_attr){
		.loss = { .fn = LOSS_SOFTMAX, .axis = 1, .norm = NORM_VALID }
	};
	*loss = graph_add(g, OP_LOSS, &a, in, 2);
	assert_true(*loss >= 0);
	graph_tensor(g, *loss)->keep = true;
	seed = (struct graph_seed){ *loss, 1, -1 };
	assert_int_equal(graph_backward(g, &seed, 1, want, 3), 0);
	for (int i = 0; i < 3; i++)
		grads[i] = graph_tensor(g, want[i])->grad;
	return g;
}

/* Loss and gradients one after the other into v; bytes of values. */
static size_t
run_net(struct device *d, bool keep_all, float *v)
{
	const struct plan_run r = { .backward = true, .iteration = 1 };
	struct plan_memory memory;
	int loss, grads[3];
	struct graph *g = make_net(&loss, grads);
	struct plan *p;
	struct rng rng;

	for (int t = 0; t < graph_tensors(g) && keep_all; t++)
		if (graph_tensor(g, t)->kind == TENSOR_VALUE)
			graph_tensor(g, t)->keep = true;
	assert_int_equal(device_plan(d, &p, g, NULL), 0);
	rng_init(&rng, 1, 0);
	for (int t = 0; t < graph_tensors(g); t++) {
		const enum tensor_kind k = graph_tensor(g, t)->kind;
		static float x[5 * 12 * 64];

		if (k != TENSOR_INPUT && k != TENSOR_PARAM)
			continue;
		for (size_t i = 0; i < shape_count(graph_shape(g, t)); i++)
			x[i] = (float)rng_uniform(&rng);
		assert_int_equal(plan_write(p, t, x), 0);
	}
	assert_int_equal(plan_run(p, &r), 0);
	assert_int_equal(plan_read(p, loss, v++), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(plan_read(p, grads[i], v), 0);
		v += shape_count(graph_shape(g, grads[i]));
	}
	plan_memory(p, &memory);
	plan_free(p);
	graph_free(g);
	return memory.values;
}

static void
test_net(void **state)
{
	static float shared[8192], apart[8192];
	struct device *d;
	size_t small, large;

	(void)state;
	assert_int_equal(device_open(&d, "ref", NULL), 0);
	small = run_net(d, false, shared);
	large = run_net(d, true, apart);
	assert_true(shared[0] > 0);
	assert_memory_equal(shared, apart, sizeof(shared));
	printf("# values: %zu bytes shared, %zu apart\n", small, large);
	assert_true(small < large);
	device_close(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_net),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
