/*
 * Means over ranks in plans of the CUDA backend: buckets, captured runs,
 * accumulation, and a rank that is gone, with a reducer of this file's.  Emulated
 * on this machine (lib/cuda/host).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "device/device.h"

/* Two matrices of 9.8 MiB, each a bucket of its own, and a few numbers. */
enum { N = 2, WIDE = 1600, PARAMS = 3 };

struct net {
	struct graph *g;
	int x, label, loss;
	int param[PARAMS], history[PARAMS];
};

struct fake {
	struct plan_reducer r;
	float factor;
	int means, looks, abandoned;
	size_t floats;
	const float *before; /* the end of the bucket before; NULL: a new run */
	bool gone, halted;   /* another rank */
	float vote;          /* what this one said last */
	int fails;           /* at this bucket, counted from 1 over all runs */
};

static int
good(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
	return rc;
}

static int
fake_mean(struct plan_reducer *r, float *v, size_t n, void *stream)
{
	struct fake *f = (struct fake *)r;

	(void)stream;
	assert_int_equal(f->abandoned, 0);
	/* In the order of memory, without a gap. */
	if (f->before != NULL)
		assert_ptr_equal(v, f->before);
	f->before = v + n;
	f->floats += n;
	if (++f->means == f->fails)
		return err_set(ERR_STOPPED, "nobody answers");
	for (size_t i = 0; i < n; i++)
		v[i] *= f->factor;
	if (f->means % 3 == 0) {
		f->vote = v[n - 1];
		v[n - 1] += f->halted ? 0.5F : 0;
	}
	return 0;
}

static int
fake_look(struct plan_reducer *r)
{
	struct fake *f = (struct fake *)r;

	f->looks++;
	return f->gone ? err_set(ERR_STOPPED, "somebody is gone") : 0;
}

static void
fake_abandon(struct plan_reducer *r)
{
	((struct fake *)r)->abandoned++;
}

static void
fake_init(struct fake *f, float factor)
{
	memset(f, 0, sizeof(*f));
	f->factor = factor;
	f->r = (struct plan_reducer){ fake_mean, fake_look, fake_abandon };
}

static void
build(struct net *n)
{
	const struct shape sx = shape_of(2, N, WIDE), sl = shape_of(1, N);
	const struct shape sw[PARAMS] = { shape_of(2, WIDE, WIDE),
		shape_of(1, WIDE), shape_of(2, WIDE, WIDE) };
	const union op_attr product = { .matmul = { .tb = true } };
	const union op_attr loss = {
		.loss = { .fn = LOSS_SOFTMAX, .norm = NORM_VALID, .axis = 1 }
	};
	struct graph_seed seed = { .weight = 1, .grad = -1 };
	int in[3];

	n->g = graph_new();
	n->x = good(graph_add_tensor(n->g, TENSOR_INPUT, "data", &sx));
	n->label = good(graph_add_tensor(n->g, TENSOR_INPUT, "label", &sl));
	for (int i = 0; i < PARAMS; i++) {
		char name[8];

		snprintf(name, sizeof(name), "p%d", i);
		n->param[i] =
		    good(graph_add_tensor(n->g, TENSOR_PARAM, name, &sw[i]));
		name[0] = 'h';
		n->history[i] =
		    good(graph_add_tensor(n->g, TENSOR_STATE, name, &sw[i]));
	}
	in[0] = n->x;
	in[1] = n->param[0];
	in[2] = n->param[1];
	in[0] = good(graph_add(n->g, OP_MATMUL, &product, in, 3));
	in[0] = good(graph_unary(n->g, in[0], UNARY_TANH, 0, 0, 0));
	in[1] = n->param[2];
	in[2] = -1;
	in[0] = good(graph_add(n->g, OP_MATMUL, &product, in, 3));
	in[1] = n->label;
	n->loss = good(graph_add(n->g, OP_LOSS, &loss, in, 2));
	graph_tensor(n->g, n->loss)->keep = true;
	seed.tensor = n->loss;
	good(graph_backward(n->g, &seed, 1, n->param, PARAMS));
}

static void
write_random(struct plan *p, int t, uint64_t stream)
{
	const size_t n = shape_count(graph_shape(p->graph, t));
	float *v = mem_array(float, n);
	struct rng r;

	rng_init(&r, 5, stream);
	for (size_t i = 0; i < n; i++)
		v[i] = (float)(rng_uniform(&r) - 0.5) / 8;
	good(plan_write(p, t, v));
	mem_free(v);
}

/* An iteration of two runs; the update with the second. */
static int
iterate(const struct net *n, struct plan *p, int it, float rate)
{
	struct update_param params[PARAMS];
	struct update u = { .fn = UPDATE_SGD,
		.rate = rate,
		.momentum = 0.9F,
		.iter_size = 2,
		.iteration = (uint64_t)it,
		.params = params,
		.n = PARAMS };

	for (int i = 0; i < PARAMS; i++)
		params[i] = (struct update_param){ n->param[i],
			graph_tensor(n->g, n->param[i])->grad,
			{ n->history[i], -1 }, 1, 1 };
	for (int k = 0; k < 2; k++) {
		const struct plan_step s = { .run = { .backward = true,
						 .accumulate = k > 0,
						 .iteration =
						     (uint64_t)(2 * it + k) },
			.update = k > 0 ? &u : NULL };
		const float label[N] = { (float)it, (float)(7 * k) };

		write_random(p, n->x, (uint64_t)(100 + 2 * it + k));
		good(plan_write(p, n->label, label));
		TRY(plan_step(p, &s));
	}
	return 0;
}

static bool
same(const struct net *n, struct plan *p, struct plan *q)
{
	bool all = true;

	for (int i = 0; i < PARAMS; i++) {
		const size_t count =
		    shape_count(graph_shape(n->g, n->param[i]));
		float *a = mem_array(float, count),
		      *b = mem_array(float, count);

		good(plan_read(p, n->param[i], a));
		good(plan_read(q, n->param[i], b));
		all = all && memcmp(a, b, count * sizeof(*a)) == 0;
		mem_free(a);
		mem_free(b);
	}
	return all;
}

struct two {
	struct net n;
	struct fake f;
	struct device *d;
	struct plan *plain, *reduced;
};

static int
set_up(void **state)
{
	struct two *t = mem_new(struct two);
	struct plan_opts o = { .precision = PRECISION_FP32 };

	build(&t->n);
	fake_init(&t->f, 0.5F);
	good(device_open(&t->d, "cuda:2", NULL));
	good(device_plan(t->d, &t->plain, t->n.g, &o));
	o.reducer = &t->f.r;
	good(device_plan(t->d, &t->reduced, t->n.g, &o));
	for (int i = 0; i < PARAMS; i++) {
		write_random(t->plain, t->n.param[i], (uint64_t)i);
		write_random(t->reduced, t->n.param[i], (uint64_t)i);
	}
	*state = t;
	return 0;
}

static int
tear_down(void **state)
{
	struct two *t = *state;

	plan_free(t->plain);
	plan_free(t->reduced);
	device_close(t->d);
	graph_free(t->n.g);
	mem_free(t);
	return 0;
}

/* Half the gradients at twice the rate is the same, bit for bit: once step by
 * step, once captured, once replayed. */
static void
test_means(void **state)
{
	struct two *t = *state;
	const size_t all = 2 * (size_t)WIDE * WIDE + WIDE;

	for (int it = 0; it < 3; it++) {
		good(iterate(&t->n, t->plain, it, 0.1F));
		t->f.before = NULL;
		good(iterate(&t->n, t->reduced, it, 0.2F));
		assert_true(same(&t->n, t->plain, t->reduced));
		assert_int_equal(t->f.means, 3 * (it + 1));
		assert_true(t->f.floats >= all * (size_t)(it + 1));
	}
	assert_true(t->f.looks > 0);
	assert_int_equal(t->f.abandoned, 0);
}

/* The parameters stay those of the iteration before, and can be read. */
static void
test_gone(void **state)
{
	struct two *t = *state;

	for (int it = 0; it < 3; it++) {
		t->f.before = NULL;
		good(iterate(&t->n, t->plain, it, 0.1F));
		good(iterate(&t->n, t->reduced, it, 0.2F));
	}
	t->f.before = NULL;
	t->f.gone = true;
	assert_int_equal(iterate(&t->n, t->reduced, 3, 0.2F), ERR_STOPPED);
	assert_string_equal(err_text(), "somebody is gone");
	assert_int_equal(t->f.abandoned, 1);
	assert_true(same(&t->n, t->plain, t->reduced));
}

/* In the middle of a run, op by op or while it is recorded: what is on its way
 * to others ends before anything of the device is waited for. */
static void
fails_at(struct two *t, int it, int bucket)
{
	for (int i = 0; i < it; i++) {
		t->f.before = NULL;
		good(iterate(&t->n, t->plain, i, 0.1F));
		good(iterate(&t->n, t->reduced, i, 0.2F));
	}
	t->f.before = NULL;
	t->f.fails = bucket;
	assert_int_equal(iterate(&t->n, t->reduced, it, 0.2F), ERR_STOPPED);
	assert_int_equal(t->f.means, bucket);
	assert_int_equal(t->f.abandoned, 1);
	assert_true(same(&t->n, t->plain, t->reduced));
}

static void
test_fails(void **state)
{
	fails_at(*state, 0, 2);
}

static void
test_fails_recorded(void **state)
{
	fails_at(*state, 1, 5);
}

/* With another rank nothing is updated, and the step is noted as a bad one; of
 * its own loss this rank tells. */
static void
test_halted(void **state)
{
	struct two *t = *state;
	struct plan_metric w = { t->n.loss, true };
	double sums[64];
	int room, steps;

	good(plan_metrics_set(t->reduced, &w, 1, &room));
	for (int it = 0; it < 5; it++) {
		t->f.before = NULL;
		t->f.halted = it == 3;
		if (it < 3)
			good(iterate(&t->n, t->plain, it, 0.1F));
		good(iterate(&t->n, t->reduced, it, 0.2F));
		assert_true(t->f.vote == (it < 4 ? 0.0F : t->f.factor));
	}
	assert_true(same(&t->n, t->plain, t->reduced));
	good(plan_metrics_read(t->reduced, sums, &steps));
	assert_int_equal(steps, 10);
	for (int i = 0; i < 7; i++)
		assert_true(isfinite(sums[i]));
	assert_true(isnan(sums[7]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_means, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_halted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_fails, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_fails_recorded, set_up, tear_down),
	};
	const char *obj = getenv("OBJ");
	char *emulator = mem_printf("%s/emu", obj != NULL ? obj : "bin/obj");

	setenv("NNUTILS_MODULES", emulator, 1);
	mem_free(emulator);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
