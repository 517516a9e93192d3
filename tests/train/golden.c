/*
 * Solvers against the trajectories of real Caffe: every parameter after each of
 * ten iterations, the losses, the history of the solver; and going on from
 * Caffe's own snapshot of iteration 5.
 *
 *	golden [DIR]      DIR/solvers (else $GOLDEN, else ../shared/golden, else
 *	                  the few of tests/golden)
 *
 * Errors are max |a - b| / max(1e-3, max |b|); the bound is 1e-5.
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
#include "file/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "caffe/wire.h"
#include "device/device.h"
#include "json/json.h"
#include "nn/net.h"
#include "train/rate.h"
#include "train/solver.h"
#include "../tmp.h"
#include "nn/read.h"

#define FLOOR 1e-3
#define BOUND 1e-5

enum { ITERATIONS = 10, ROWS = 40, BATCH = 8, PIXELS = 64, PARAMS = 4096 };

struct golden {
	char *dir, *name;
};

struct row {
	const char *name;
	char device[24];
	double params, loss, history, resumed;
	bool ok;
};

static char *root;
static struct golden *cases;
static size_t ncases, cases_cap;
static struct row *rows;
static size_t nrows, rows_cap;
static float data[ROWS * PIXELS], label[ROWS];

static const char *const devices[] = { "ref", "cpu", "cuda" };

struct run {
	const struct golden *c;
	Caffe__SolverParameter *sp;
	struct net *net;
	struct device *dev;
	struct plan *plan;
	struct solver *solver;
	float *want; /* (ITERATIONS, nparams) */
	size_t nparams;
	double loss[ITERATIONS]; /* Caffe's */
	struct row row;
};

static void
must(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
}

static void
load(const char *dir, const char *name, void *to, size_t bytes)
{
	char *path = path_join(dir, name);
	struct buf b;

	buf_init(&b, 1 << 20);
	must(file_read(&b, path));
	assert_int_equal(b.len, bytes);
	memcpy(to, b.data, bytes);
	buf_clear(&b);
	mem_free(path);
}

static void
worse(double *worst, const float *a, const float *b, size_t n)
{
	double diff = 0, top = FLOOR;
	size_t i;

	for (i = 0; i < n; i++) {
		top = fmax(top, fabs(b[i]));
		diff = fmax(diff, fabs((double)a[i] - b[i]));
		if (isnan(a[i]))
			diff = INFINITY;
	}
	*worst = fmax(*worst, diff / top);
}

static int
feed_shape(void *ctx, const struct layer *l, struct shape *top, int ntop)
{
	(void)ctx;
	(void)l;
	assert_int_equal(ntop, 2);
	top[0] = shape_of(4, BATCH, 1, 8, 8);
	top[1] = shape_of(1, BATCH);
	return 0;
}

static void
read_manifest(struct run *r)
{
	char *path = path_join(r->c->dir, "manifest.json");
	const struct json *v;
	struct json *m;
	size_t i;

	must(json_read(&m, path));
	r->nparams = (size_t)json_num(m, "nparams", 0);
	assert_in_range(r->nparams, 1, PARAMS);
	v = json_first(json_find(m, "loss"));
	for (i = 0; i < ITERATIONS; i++, v = json_next(v))
		r->loss[i] = json_number(v);
	json_free(m);
	mem_free(path);
	r->want = mem_array(float, ITERATIONS * r->nparams);
	load(r->c->dir, "params_by_iter.bin", r->want,
	    ITERATIONS * r->nparams * sizeof(float));
}

/* The net stands beside the cases; the solver names it by Caffe's path. */
static void
build(struct run *r)
{
	const struct net_opts o = { .phase = CAFFE__PHASE__TRAIN,
		.feed_shape = feed_shape };
	const struct plan_opts po = { .precision = PRECISION_FP32 };
	char *path = path_join(r->c->dir, "solver.prototxt"), *net;
	Caffe__NetParameter *np;

	must(caffe_solver_read(&r->sp, path));
	net = path_join(root, path_base(r->sp->net));
	must(net_read(&np, net));
	must(net_new(&r->net, np, &o));
	must(net_backward(r->net));
	must(solver_new(&r->solver, r->net, r->sp));
	must(device_plan(r->dev, &r->plan, r->net->graph, &po));
	caffe_msg_free(np);
	mem_free(net);
	mem_free(path);
}

static void
copy(struct run *r, const char *dir, const char *file)
{
	char *path = path_join(dir, file);
	Caffe__NetParameter *w;

	must(caffe_weights_read(&w, path));
	must(net_copy_weights(r->net, r->plan, w, NULL));
	caffe_msg_free(w);
	mem_free(path);
}

static void
iterate(struct run *r, int it, double *loss)
{
	struct plan_run once = { .backward = true, .iteration = (uint64_t)it };
	const struct layer *l = &r->net->layers[0];
	float x[BATCH * PIXELS], y[BATCH];
	int j, k, row;

	for (j = 0; j < r->sp->iter_size; j++) {
		for (k = 0; k < BATCH; k++) {
			row = (BATCH * (it * r->sp->iter_size + j) + k) % ROWS;
			memcpy(&x[k * PIXELS], &data[row * PIXELS],
			    PIXELS * sizeof(*x));
			y[k] = label[row];
		}
		must(plan_write(r->plan, l->top[0], x));
		must(plan_write(r->plan, l->top[1], y));
		once.accumulate = j > 0;
		must(plan_run(r->plan, &once));
	}
	must(net_loss(r->net, r->plan, loss));
	must(solver_step(
	    r->solver, r->plan, (uint64_t)it, rate_at(r->sp, it, 0)));
}

static void
compare(struct run *r, int it, double *worst)
{
	float have[PARAMS], *v = have;
	int i;

	for (i = 0; i < r->net->nparams; i++) {
		must(plan_read(r->plan, r->net->params[i].tensor, v));
		v += shape_count(&r->net->params[i].shape);
	}
	assert_int_equal(v - have, r->nparams);
	worse(worst, have, r->want + (size_t)it * r->nparams, r->nparams);
}

static void
read_state(const struct run *r, const char *stem, Caffe__SolverState **state)
{
	static const char *const ends[] = { ".solverstate", ".solverstate.h5" };
	char *name, *path;
	size_t i;

	*state = NULL;
	for (i = 0; i < LENGTH(ends) && !*state; i++) {
		name = mem_printf("%s%s", stem, ends[i]);
		path = path_join(r->c->dir, name);
		if (file_exists(path))
			must(caffe_state_read(state, path));
		mem_free(path);
		mem_free(name);
	}
}

/* Written blob by blob, the file is that of the whole. */
static void
same_file(struct run *r, const Caffe__SolverState *whole)
{
	struct buf file, want;

	buf_init(&file, 1 << 26);
	buf_init(&want, 1 << 26);
	must(tmp_setup(NULL));
	must(solver_write(r->solver, r->plan, ITERATIONS, "x", tmp_path("s")));
	must(file_read(&file, tmp_path("s")));
	must(caffe_wire_add(&want, whole));
	assert_int_equal(file.len, want.len);
	assert_memory_equal(file.data, want.data, want.len);
	tmp_teardown(NULL);
	buf_clear(&file);
	buf_clear(&want);
}

static void
compare_history(struct run *r)
{
	Caffe__SolverState *want, *have;
	size_t i;

	read_state(r, "snap_iter_10", &want);
	if (!want)
		return;
	must(solver_save(r->solver, r->plan, ITERATIONS, "x", &have));
	same_file(r, have);
	assert_int_equal(have->iter, want->iter);
	assert_int_equal(have->current_step, want->current_step);
	assert_int_equal(have->n_history, want->n_history);
	for (i = 0; i < have->n_history; i++) {
		/* With lr_mult 0 the history has no effect; Caffe lets weight
		 * decay run into it, here there is none. */
		if (r->net->params[i % (size_t)r->net->nparams].lr_mult == 0)
			continue;
		assert_int_equal(
		    have->history[i]->n_data, want->history[i]->n_data);
		worse(&r->row.history, have->history[i]->data,
		    want->history[i]->data, have->history[i]->n_data);
	}
	caffe_msg_free(have);
	caffe_msg_free(want);
}

/* From Caffe's snapshot of iteration 5 to 10. */
static void
resume(struct run *r)
{
	char *model = path_join(r->c->dir, "snap_iter_5.caffemodel");
	Caffe__SolverState *state;
	double loss;
	int it;

	read_state(r, "snap_iter_5", &state);
	if (state && file_exists(model)) {
		copy(r, r->c->dir, "snap_iter_5.caffemodel");
		must(solver_load(r->solver, r->plan, state));
		for (it = 5; it < ITERATIONS; it++) {
			iterate(r, it, &loss);
			compare(r, it, &r->row.resumed);
		}
	}
	caffe_msg_free(state);
	mem_free(model);
}

static void
run_on(const struct golden *c, const char *device)
{
	const struct device_opts o = { .threads = 1 };
	struct run r = { .c = c };
	double loss;
	int rc, it;

	rc = device_open(&r.dev, device, &o);
	if (rc == ERR_DEVICE)
		return;
	must(rc);
	r.row.name = c->name;
	snprintf(
	    r.row.device, sizeof(r.row.device), "%s", r.dev->backend->name);
	read_manifest(&r);
	build(&r);
	copy(&r, root, "init.caffemodel");
	for (it = 0; it < ITERATIONS; it++) {
		iterate(&r, it, &loss);
		compare(&r, it, &r.row.params);
		r.row.loss = fmax(r.row.loss,
		    fabs(loss - r.loss[it]) / fmax(FLOOR, r.loss[it]));
	}
	compare_history(&r);
	resume(&r);
	r.row.ok = r.row.params <= BOUND && r.row.loss <= BOUND &&
	    r.row.history <= BOUND && r.row.resumed <= BOUND;
	mem_grow(&rows, &rows_cap, nrows + 1);
	rows[nrows++] = r.row;
	plan_free(r.plan);
	solver_free(r.solver);
	net_free(r.net);
	device_close(r.dev);
	caffe_msg_free(r.sp);
	mem_free(r.want);
	if (!r.row.ok)
		fail_msg("%s on %s is out: params %.2g, loss %.2g, history "
			 "%.2g, resumed %.2g",
		    c->name, r.row.device, r.row.params, r.row.loss,
		    r.row.history, r.row.resumed);
}

static void
test_case(void **state)
{
	size_t i;

	for (i = 0; i < LENGTH(devices); i++)
		run_on(*state, devices[i]);
}

static void
find_cases(void)
{
	char **names = NULL, *dir, *file;
	size_t n = 0, i;

	if (!file_is_dir(root) || file_list(&names, &n, root) < 0)
		return;
	for (i = 0; i < n; i++) {
		dir = path_join(root, names[i]);
		file = path_join(dir, "params_by_iter.bin");
		if (file_exists(file)) {
			mem_grow(&cases, &cases_cap, ncases + 1);
			cases[ncases++] =
			    (struct golden){ dir, mem_strdup(names[i]) };
			dir = NULL;
		}
		mem_free(file);
		mem_free(dir);
	}
	file_list_free(names, n);
}

static void
print_table(void)
{
	size_t i;

	printf("# %-24s %-8s %9s %9s %9s %9s\n", "solver", "backend", "params",
	    "loss", "history", "resumed");
	for (i = 0; i < nrows; i++)
		printf("# %-24s %-8s %9.2e %9.2e %9.2e %9.2e%s\n", rows[i].name,
		    rows[i].device, rows[i].params, rows[i].loss,
		    rows[i].history, rows[i].resumed,
		    rows[i].ok ? "" : "  OUT");
}

int
main(int argc, char **argv)
{
	const char *golden = argc > 1 ? argv[1] : getenv("GOLDEN");
	struct CMUnitTest *tests;
	size_t i;
	int failed;

	if (!golden || !golden[0])
		golden = file_is_dir("../shared/golden") ? "../shared/golden"
							 : "tests/golden";
	root = path_join(golden, "solvers");
	find_cases();
	if (ncases == 0) {
		printf("1..0 # skipped: no %s\n", root);
		mem_free(root);
		return EXIT_SUCCESS;
	}
	load(root, "data.bin", data, sizeof(data));
	load(root, "label.bin", label, sizeof(label));
	tests = mem_array(struct CMUnitTest, ncases + 1);
	for (i = 0; i < ncases; i++) {
		tests[i].name = cases[i].name;
		tests[i].test_func = test_case;
		tests[i].initial_state = &cases[i];
	}
	failed = _cmocka_run_group_tests("solvers", tests, ncases, NULL, NULL);
	print_table();
	for (i = 0; i < ncases; i++) {
		mem_free(cases[i].dir);
		mem_free(cases[i].name);
	}
	mem_free(tests);
	mem_free(cases);
	mem_free(rows);
	mem_free(root);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
