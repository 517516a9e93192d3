/*
 * Steps of a training on the CUDA backend: captured whole, noted and updated
 * without waiting, against run and update of ref.  Emulated on this machine
 * (lib/cuda/host) unless NNUTILS_TEST_GPU is set.
 */
#include "work.h"

/* One step; update: with it. */
static int
step(struct work *w, uint64_t it, bool accumulate, bool update)
{
	struct plan_step s = { .run = { .backward = true,
				   .accumulate = accumulate,
				   .iteration = it },
		.update = update ? &w->u : NULL };

	return plan_step(w->p, &s);
}

static float *
values(struct work *w, int t)
{
	float *v = mem_array(float, shape_count(graph_shape(w->n.g, t)) + 1);

	good(plan_read(w->p, t, v));
	return v;
}

/* Largest difference of a tensor over its largest value. */
static double
difference(struct work *a, struct work *b, int t)
{
	const size_t n = shape_count(graph_shape(a->n.g, t));
	float *x = values(a, t), *y = values(b, t);
	double worst = 0, scale = 1e-3;

	for (size_t i = 0; i < n; i++) {
		scale = fmax(scale, fabs((double)x[i]));
		if (!(fabs((double)x[i] - (double)y[i]) <= worst))
			worst = fabs((double)x[i] - (double)y[i]);
	}
	mem_free(x);
	mem_free(y);
	return worst / scale;
}

/* Six iterations, captured from the second on, of two batches each; what was
 * noted comes late and all at once. */
static void
check_solver(enum update_fn fn)
{
	struct work a, b;
	double sums[ROOM * 2], late[ROOM * 2], worst = 0;
	int steps;

	work_open(&a, "ref", PRECISION_FP32, fn, 1);
	work_open(&b, "cuda", PRECISION_FP32, fn, 1);
	work_watch(&a);
	work_watch(&b);
	assert_int_equal(a.room, 1);
	assert_int_equal(b.room, ROOM);
	for (uint64_t i = 0; i < 12; i++) {
		const bool second = i % 2 == 1;

		a.u.iter_size = b.u.iter_size = 2;
		a.u.iteration = b.u.iteration = i / 2;
		a.u.rate = b.u.rate = 0.01F / (float)(1 + i / 4);
		feed(&a.n, a.p, i);
		feed(&b.n, b.p, i);
		good(step(&a, i, second, second));
		good(step(&b, i, second, second));
		good(plan_metrics_read(a.p, &sums[2 * i], &steps));
		assert_int_equal(steps, 1);
	}
	good(plan_metrics_read(b.p, late, &steps));
	assert_int_equal(steps, 12);
	for (int i = 0; i < 24; i++)
		assert_true(fabs(sums[i] - late[i]) <= 5e-3);
	for (int i = 0; i < b.n.nparams; i++)
		worst = fmax(worst, difference(&a, &b, b.n.param[i]));
	worst = fmax(worst, difference(&a, &b, b.n.mean));
	printf("# solver %d: worst %.2g\n", (int)fn, worst);
	assert_true(worst <= 5e-3);
	work_close(&a);
	work_close(&b);
}

static void
test_solvers(void **state)
{
	(void)state;
	for (int fn = 0; fn < UPDATE_KINDS; fn++)
		check_solver((enum update_fn)fn);
}

/* A device that cannot record does without. */
static void
test_refused(void **state)
{
	const char *const at[] = { "begin", "step", "end" };

	(void)state;
	for (size_t i = 0; i < LENGTH(at); i++) {
		setenv("NNUTILS_EMULATE_REFUSE", at[i], 1);
		check_solver(UPDATE_SGD);
	}
	unsetenv("NNUTILS_EMULATE_REFUSE");
}

/* The same solver may be given other values, or another one its place. */
static void
test_changes(void **state)
{
	struct work a, b;

	(void)state;
	work_open(&a, "ref", PRECISION_FP32, UPDATE_SGD, 1);
	work_open(&b, "cuda", PRECISION_FP32, UPDATE_SGD, 1);
	for (uint64_t i = 0; i < 12; i++) {
		a.u.iteration = b.u.iteration = i;
		a.u.momentum = b.u.momentum = i < 3 ? 0.9F : 0.5F;
		a.u.fn = b.u.fn = i < 8 ? UPDATE_SGD : UPDATE_NESTEROV;
		a.u.clip = b.u.clip = i % 4 == 3 ? 0.01F : 0;
		a.u.n = b.u.n = i < 6 ? a.n.nparams : a.n.nparams - 1;
		feed(&a.n, a.p, i);
		feed(&b.n, b.p, i);
		good(step(&a, i, false, true));
		good(step(&b, i, false, true));
	}
	for (int i = 0; i < b.n.nparams; i++)
		assert_true(difference(&a, &b, b.n.param[i]) <= 5e-3);
	work_close(&a);
	work_close(&b);
}

/* Dropout's numbers are each iteration's own, in a captured run too. */
static void
test_dropout(void **state)
{
	double sums[ROOM * 2];
	struct work w;
	int steps;

	(void)state;
	work_open(&w, "cuda", PRECISION_FP32, UPDATE_SGD, 1);
	work_watch(&w);
	feed(&w.n, w.p, 0);
	for (uint64_t i = 0; i < 8; i++)
		good(step(&w, i % 4, false, false));
	good(plan_metrics_read(w.p, sums, &steps));
	assert_int_equal(steps, 8);
	for (int i = 0; i < 4; i++) {
		assert_true(sums[2 * i] == sums[2 * (i + 4)]);
		assert_true(i == 0 || sums[2 * i] != sums[0]);
	}
	work_close(&w);
}

static void
same(float *before, struct work *w, int t, bool yes)
{
	const size_t n = shape_count(graph_shape(w->n.g, t));
	float *after = values(w, t);

	assert_int_equal(memcmp(before, after, n * sizeof(*after)) == 0, yes);
	mem_free(after);
	mem_free(before);
}

/* What follows a loss that is not finite changes nothing that lasts. */
static void
check_halt(const char *device)
{
	const float bad[N] = { 0 };
	double sums[ROOM * 2];
	float *first, *mean, *last;
	struct work w;
	int steps, at = -1;

	work_open(&w, device, PRECISION_FP32, UPDATE_ADAM, 1);
	work_watch(&w);
	for (uint64_t i = 0; i < 4; i++) {
		feed(&w.n, w.p, i);
		good(step(&w, i, false, true));
		if (w.room == 1)
			good(plan_metrics_read(w.p, sums, &steps));
	}
	good(plan_metrics_read(w.p, sums, &steps));
	first = values(&w, w.n.param[0]);
	last = values(&w, w.n.param[3]);
	write_random(w.p, w.n.x, INFINITY, 7);
	good(step(&w, 4, false, true));
	mean = values(&w, w.n.mean);
	for (int i = 5; i < 9 && w.room > 1; i++) {
		feed(&w.n, w.p, (uint64_t)i);
		good(step(&w, (uint64_t)i, false, true));
	}
	good(plan_metrics_read(w.p, sums, &steps));
	assert_int_equal(steps, w.room > 1 ? 5 : 1);
	for (int i = steps - 1; i >= 0; i--)
		if (!isfinite(sums[2 * i]))
			at = i;
	assert_int_equal(at, 0);
	same(first, &w, w.n.param[0], true);
	same(last, &w, w.n.param[3], true);
	same(mean, &w, w.n.mean, true);
	mean = values(&w, w.n.history[0][0]);
	good(plan_mix(w.p, w.n.history[0][0], w.n.param[0], 0.5F));
	same(mean, &w, w.n.history[0][0], true);
	/* until it is watched anew */
	work_watch(&w);
	last = values(&w, w.n.param[4]);
	feed(&w.n, w.p, 0);
	good(plan_write(w.p, w.n.label, bad));
	good(step(&w, 0, false, true));
	good(plan_metrics_read(w.p, sums, &steps));
	assert_true(isfinite(sums[0]));
	same(last, &w, w.n.param[4], false);
	work_close(&w);
}

static void
test_halt(void **state)
{
	(void)state;
	check_halt("cuda");
	check_halt("ref");
}

static void
test_bad_label(void **state)
{
	const float label[N] = { 1, 99, 0, 1 };
	double sums[ROOM * 2];
	struct work w;
	float *last;
	int steps;

	(void)state;
	work_open(&w, "cuda", PRECISION_FP32, UPDATE_SGD, 1);
	work_watch(&w);
	last = values(&w, w.n.param[4]);
	for (uint64_t i = 0; i < 3; i++) {
		feed(&w.n, w.p, i);
		good(plan_write(w.p, w.n.label, label));
		good(step(&w, i, false, true));
	}
	assert_int_equal(plan_metrics_read(w.p, sums, &steps), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "99"));
	same(last, &w, w.n.param[4], true);
	work_close(&w);
}

/* The notes of as many steps as there is room for, for one wait. */
static void
test_waits(void **state)
{
	double sums[ROOM * 2];
	uint64_t before;
	struct work w;
	int steps;

	(void)state;
	work_open(&w, "cuda", PRECISION_FP32, UPDATE_SGD, 1);
	work_watch(&w);
	for (uint64_t i = 0; i < 3; i++) {
		feed(&w.n, w.p, i);
		good(step(&w, i, false, true));
	}
	good(plan_metrics_read(w.p, sums, &steps));
	before = device_waits(w.d);
	for (uint64_t i = 0; i < ROOM; i++) {
		feed(&w.n, w.p, i);
		good(step(&w, 3 + i, false, true));
	}
	assert_int_equal(step(&w, 0, false, true), ERR_RANGE);
	assert_int_equal(device_waits(w.d) - before, 0);
	good(plan_metrics_read(w.p, sums, &steps));
	assert_int_equal(steps, ROOM);
	assert_int_equal(device_waits(w.d) - before, 1);
	good(step(&w, 0, false, true));
	work_close(&w);
}

/* Gradients too large for fp16 when scaled: updates are left out, the scale
 * falls until they fit, and what was learned is finite. */
static void
test_overflow(void **state)
{
	struct plan_scale s;
	double sums[ROOM * 2];
	float *last;
	struct work w;
	int steps;

	(void)state;
	work_open(&w, "cuda", PRECISION_FP16, UPDATE_SGD, 2000);
	w.u.rate = 1e-7F;
	work_watch(&w);
	good(plan_scale_get(w.p, &s));
	assert_true(s.used && s.scale == 1024 && s.good == 0);
	last = values(&w, w.n.param[4]);
	feed(&w.n, w.p, 0);
	good(step(&w, 0, false, true));
	good(plan_scale_get(w.p, &s));
	assert_true(s.scale == 512 && s.skipped == 1 && s.good == 0);
	same(last, &w, w.n.param[4], true);
	last = values(&w, w.n.param[4]);
	for (uint64_t i = 1; i < 20; i++) {
		feed(&w.n, w.p, i);
		good(step(&w, i, false, true));
	}
	good(plan_metrics_read(w.p, sums, &steps));
	good(plan_scale_get(w.p, &s));
	printf("# scale %g, %d left out\n", (double)s.scale, (int)s.skipped);
	assert_true(s.scale >= 4 && s.scale < 512);
	assert_int_equal(s.good, 20 - (int)s.skipped);
	for (int i = 0; i < steps; i++)
		assert_true(isfinite(sums[2 * i]));
	same(last, &w, w.n.param[4], false);
	work_close(&w);
}

/* Two thousand good ones double it. */
static void
test_growth(void **state)
{
	struct plan_scale s = { .scale = 32, .good = PLAN_SCALE_DOUBLES - 1 };
	struct work w;

	(void)state;
	work_open(&w, "cuda", PRECISION_FP16, UPDATE_SGD, 1);
	feed(&w.n, w.p, 0);
	good(plan_scale_set(w.p, &s));
	good(step(&w, 0, false, true));
	good(plan_scale_get(w.p, &s));
	assert_true(s.scale == 64 && s.good == 0 && s.skipped == 0);
	good(step(&w, 1, false, true));
	good(plan_scale_get(w.p, &s));
	assert_true(s.scale == 64 && s.good == 1);
	work_close(&w);
	work_open(&w, "cuda", PRECISION_BF16, UPDATE_SGD, 1);
	good(plan_scale_get(w.p, &s));
	assert_false(s.used);
	work_close(&w);
}

/* The moving average of a parameter, and both in each other's place. */
static void
test_mix(void **state)
{
	const char *const devices[2] = { "ref", "cuda" };
	struct work w[2];
	float *v;

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct work *q = &w[k];

		work_open(q, devices[k], PRECISION_FP32, UPDATE_SGD, 1);
		good(plan_mix(q->p, q->n.history[0][0], q->n.param[0], 0));
		v = values(q, q->n.param[0]);
		same(v, q, q->n.history[0][0], true);
		write_random(q->p, q->n.param[0], 3, 99);
		good(plan_mix(q->p, q->n.history[0][0], q->n.param[0], 0.75F));
		v = values(q, q->n.param[0]);
		good(plan_swap(q->p, q->n.history[0][0], q->n.param[0]));
		same(v, q, q->n.history[0][0], true);
		assert_int_equal(
		    plan_swap(q->p, q->n.param[0], q->n.param[1]), ERR_RANGE);
		assert_int_equal(
		    plan_mix(q->p, q->n.param[0], q->n.y, 0), ERR_RANGE);
	}
	assert_true(difference(&w[0], &w[1], w[0].n.param[0]) == 0);
	work_close(&w[0]);
	work_close(&w[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_solvers),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_dropout),
		cmocka_unit_test(test_halt),
		cmocka_unit_test(test_bad_label),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_mix),
	};
	char *obj = getenv("OBJ"), modules[4096];

	snprintf(
	    modules, sizeof(modules), "%s/emu", obj != NULL ? obj : "bin/obj");
	if (getenv("NNUTILS_TEST_GPU") == NULL)
		setenv("NNUTILS_MODULES", modules, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
