/*
 * Measured plans against real ones, and what is added up of them: usage
 * need [--device NAME].
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "device/device.h"
#include "nn/nets.h"
#include "nn/use.h"
#include "train/need.h"
#include "train/solver.h"

static const char *device_name = "cpu";

struct trained {
	Caffe__NetParameter *np;
	Caffe__SolverParameter *sp;
	struct net *net[2]; /* train, val */
	struct solver *solver;
	struct plan *plan[2];
};

static void
good(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
}

static void
make(struct trained *t, struct device *d, const char *name, int batch,
    bool measure)
{
	const struct net_standard *s = net_standard_find(name);
	struct net_data data = { .batch = batch, .classes = s->classes };
	struct plan_opts o = { .precision = PRECISION_FP32,
		.measure = measure };

	memset(t, 0, sizeof(*t));
	good(net_data_size(&data, s->input));
	good(net_standard_read(&t->np, name));
	t->sp = caffe_new(Caffe__SolverParameter, solver_parameter);
	good(net_new_use(&t->net[0], t->np, NET_TRAIN, &data));
	good(net_backward(t->net[0]));
	good(solver_new(&t->solver, t->net[0], t->sp));
	good(device_plan(d, &t->plan[0], t->net[0]->graph, &o));
	good(net_new_use(&t->net[1], t->np, NET_VAL, &data));
	o.share = t->plan[0];
	good(device_plan(d, &t->plan[1], t->net[1]->graph, &o));
}

static void
unmake(struct trained *t)
{
	for (int i = 1; i >= 0; i--) {
		plan_free(t->plan[i]);
		if (i == 0)
			solver_free(t->solver);
		net_free(t->net[i]);
	}
	caffe_msg_free(t->sp);
	caffe_msg_free(t->np);
}

static void
measured(void **state)
{
	static const char *const nets[] = { "lenet", "cifar10-full" };
	struct plan_memory a, b;
	struct trained real, thin;
	struct device *d;

	(void)state;
	good(device_open(&d, device_name, NULL));
	for (size_t i = 0; i < LENGTH(nets); i++) {
		make(&real, d, nets[i], 3, false);
		make(&thin, d, nets[i], 3, true);
		for (int k = 0; k < 2; k++) {
			plan_memory(real.plan[k], &a);
			plan_memory(thin.plan[k], &b);
			assert_memory_equal(&a, &b, sizeof(a));
			assert_true(a.values > 0);
			assert_true((a.grads > 0) == (k == 0));
			assert_true((a.params > 0) == (k == 0));
		}
		unmake(&thin);
		unmake(&real);
	}
	device_close(d);
}

/* A measured plan answers nothing else, and shares with its like. */
static void
doors(void **state)
{
	struct plan_run run = { 0 };
	struct plan_opts o = { 0 };
	struct trained thin;
	struct device *d;
	struct plan *p;
	float v[1] = { 0 };
	int t;

	(void)state;
	good(device_open(&d, device_name, NULL));
	make(&thin, d, "lenet", 1, true);
	t = graph_find(thin.net[0]->graph, "conv1/1");
	assert_true(t >= 0);
	assert_int_equal(plan_run(thin.plan[0], &run), ERR_UNSUPPORTED);
	assert_int_equal(plan_write(thin.plan[0], t, v), ERR_UNSUPPORTED);
	assert_int_equal(plan_read(thin.plan[0], t, v), ERR_UNSUPPORTED);
	o.share = thin.plan[0];
	assert_int_equal(
	    device_plan(d, &p, thin.net[1]->graph, &o), ERR_UNSUPPORTED);
	unmake(&thin);
	device_close(d);
}

static void
need_of(struct need *n, struct device *d, int batch, int iter_size)
{
	struct trained t;

	memset(n, 0, sizeof(*n));
	make(&t, d, "lenet", batch, true);
	need_add_training(n, t.plan[0], iter_size);
	need_add_plan(n, t.plan[1]);
	unmake(&t);
}

/* More images, more memory; weights and gradients are as many. */
static void
grows(void **state)
{
	struct need last = { 0 }, n;
	struct device *d;

	(void)state;
	good(device_open(&d, device_name, NULL));
	for (int batch = 1; batch < 200; batch = batch * 3 / 2 + 1) {
		need_of(&n, d, batch, 1);
		if (last.params != 0) {
			assert_true(n.values > last.values);
			assert_true(need_total(&n) > need_total(&last));
			assert_int_equal(n.params, last.params);
			assert_int_equal(n.learning, last.learning);
		}
		last = n;
	}
	/* 431,080 weights, and as many gradients and momenta; in blocks of 8 or
	 * 16 channels, as older CPUs hold them, some more */
	assert_in_range(n.params, 431080 * 4, 431080 * 4 + 65536);
	assert_in_range(n.learning, 2 * 431080 * 4, 2 * 431080 * 4 + 131072);
	need_of(&n, d, 1, 2);
	assert_in_range(n.learning, 2 * 431080 * 4, 3 * 431080 * 4 + 196608);
	device_close(d);
}

/* 1000 bytes an image and, for some batches, a work space. */
static int
ask(void *ctx, int batch, uint64_t *bytes)
{
	int *calls = ctx;

	calls[1]++;
	assert_in_range(batch, 1, 1000);
	*bytes = (uint64_t)batch * 1000;
	if (calls[0] && batch > 40)
		*bytes += (uint64_t)batch * 700 + 30000;
	return 0;
}

static void
largest(void **state)
{
	int out, calls[2];

	(void)state;
	for (int bent = 0; bent < 2; bent++) {
		for (int n = 0; n <= 1000; n += n < 20 ? 1 : 49) {
			uint64_t limit = (uint64_t)n * 1000;

			calls[0] = calls[1] = 0;
			if (bent && n > 0) {
				calls[0] = 1;
				ask(calls, n, &limit);
			}
			good(need_largest(&out, 1000, limit + 999, ask, calls));
			assert_int_equal(out, n);
			assert_true(calls[1] <= (bent ? 24 : 5));
		}
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measured),
		cmocka_unit_test(doors),
		cmocka_unit_test(grows),
		cmocka_unit_test(largest),
	};

	if (argc == 3 && strcmp(argv[1], "--device") == 0)
		device_name = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
