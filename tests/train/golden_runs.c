/*
 * Whole trainings against those of real Caffe, through train_run: its HDF5Data
 * feed, its loop, its snapshot files.  (golden.c holds the solver alone to the
 * same numbers.)  Every case of ../shared/golden/solvers, ten iterations from the
 * same weights on every backend of the CPU.
 *
 *	golden_runs [DIR]      else $GOLDEN, else ../shared/golden
 *
 * Compared after each iteration: the parameters, at the end the solver's history.
 * Then Caffe's snapshot of iteration 5 is taken up and trained to 10.  The
 * relative error is max |a - b| / max(1e-3, max |b|) of all parameters; bound
 * 1e-5, as issue and INDEX.md say.  A table comes last, as TAP comments.
 */
#include <math.h>
#include <stdbool.h>
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
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "input/feed.h"
#include "recipe/solver_file.h"
#include "train/train.h"
#include "../tmp.h"

enum { ITERS = 10, HALF = 5, CASES = 256 };

static const double bound = 1e-5;
static const char *const devices[] = { "ref", "cpu" };

struct row {
	char name[48];
	const char *device;
	double trained, resumed, history;
};
static struct row rows[CASES * LENGTH(devices)];
static size_t nrows;

static void
must(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
}

/* FILE of dir, with .h5 behind it where only that is there. */
static char *
in(const char *dir, const char *file)
{
	char *path = path_join(dir, file), *h5;

	if (file_exists(path))
		return path;
	h5 = mem_printf("%s.h5", path);
	mem_free(path);
	return h5;
}

static double
relative(const float *a, const float *b, size_t n)
{
	double diff = 0, top = 1e-3;

	for (size_t i = 0; i < n; i++) {
		double d = fabs((double)a[i] - (double)b[i]);

		if (isnan(d))
			return INFINITY;
		diff = fmax(diff, d);
		top = fmax(top, fabs((double)b[i]));
	}
	return diff / top;
}

/* All blobs of a weights file, one behind the other. */
static size_t
params(float *out, size_t cap, const char *path)
{
	Caffe__NetParameter *net = NULL;
	size_t n = 0;

	must(caffe_weights_read(&net, path));
	for (size_t l = 0; l < net->n_layer; l++)
		for (size_t b = 0; b < net->layer[l]->n_blobs; b++) {
			struct caffe_shape s;

			must(caffe_blob_shape(&s, net->layer[l]->blobs[b]));
			assert_true(n + s.count <= cap);
			must(caffe_blob_floats(
			    out + n, s.count, net->layer[l]->blobs[b]));
			n += s.count;
		}
	caffe_msg_free(net);
	return n;
}

static bool
any(const float *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] != 0)
			return true;
	return false;
}

static double
history(const char *have, const char *want)
{
	Caffe__SolverState *a = NULL, *b = NULL;
	size_t zeros = 0;
	double worst = 0;

	must(caffe_state_read(&a, have));
	must(caffe_state_read(&b, want));
	assert_int_equal(a->iter, b->iter);
	assert_int_equal(a->n_history, b->n_history);
	for (size_t i = 0; i < b->n_history; i++) {
		struct caffe_shape s, t;
		float *v, *w;

		must(caffe_blob_shape(&s, a->history[i]));
		must(caffe_blob_shape(&t, b->history[i]));
		assert_int_equal(s.count, t.count);
		v = mem_array(float, s.count);
		w = mem_array(float, s.count);
		must(caffe_blob_floats(v, s.count, a->history[i]));
		must(caffe_blob_floats(w, s.count, b->history[i]));
		/* Caffe lets the history of frozen parameters see weight decay,
		 * which changes nothing else; ours stays zero. */
		if (any(v, s.count))
			worst = fmax(worst, relative(v, w, s.count));
		else
			zeros++;
		mem_free(v);
		mem_free(w);
	}
	assert_true(zeros < b->n_history);
	caffe_msg_free(a);
	caffe_msg_free(b);
	return worst;
}

/* Train to iteration 10 into out, from the weights or from Caffe's state. */
static void
train(const char *dir, const char *device, const char *out, const char *weights,
    const char *state)
{
	char *file = path_join(dir, "solver.prototxt");
	Caffe__SolverParameter *sp = NULL;
	struct solver_nets nets;
	struct train_result r;
	struct train_job job = { .dir = out,
		.weights = &weights,
		.nweights = state == NULL,
		.snapshot = state,
		.device = device,
		.threads = 1 };

	must(solver_file_read(&sp, &nets, file));
	/* poly's rate depends on max_iter: such a training goes on to the end */
	if (strcmp(sp->lr_policy, "poly") != 0)
		sp->max_iter = ITERS;
	sp->has_snapshot = 1;
	sp->snapshot = 1;
	job.solver = sp;
	job.net = nets.train;
	must(file_mkdirs(out));
	must(train_run(&job, &r));
	assert_int_equal(r.iter, sp->max_iter);
	train_result_clear(&r);
	solver_nets_clear(&nets);
	caffe_msg_free(sp);
	mem_free(file);
}

/* Worst error of the snapshots of iterations from .. 10. */
static double
errors(const char *out, const float *want, size_t n, int from)
{
	float *have = mem_array(float, n);
	double worst = 0;

	for (int k = from; k <= ITERS; k++) {
		char *name = mem_printf("snapshot_iter_%d.caffemodel", k);
		char *path = in(out, name);

		assert_int_equal(params(have, n, path), n);
		worst =
		    fmax(worst, relative(have, want + (size_t)(k - 1) * n, n));
		mem_free(path);
		mem_free(name);
	}
	mem_free(have);
	return worst;
}

static float *
trajectory(const char *dir, size_t *n)
{
	char *path = path_join(dir, "params_by_iter.bin");
	struct buf b;
	float *v;

	buf_init(&b, 1 << 24);
	must(file_read(&b, path));
	*n = b.len / sizeof(float) / ITERS;
	v = mem_array(float, *n *ITERS);
	memcpy(v, b.data, *n * ITERS * sizeof(float));
	buf_clear(&b);
	mem_free(path);
	return v;
}

static void
run_on(const char *dir, const char *device)
{
	char *root = path_dir(dir),
	     *weights = path_join(root, "init.caffemodel");
	char *half = in(dir, "snap_iter_5.solverstate");
	char *end = in(dir, "snap_iter_10.solverstate"), *mine;
	char out[2][256];
	struct row *row = &rows[nrows++];
	size_t n;
	float *want = trajectory(dir, &n);

	snprintf(row->name, sizeof(row->name), "%s", path_base(dir));
	row->device = device;
	for (int i = 0; i < 2; i++)
		snprintf(out[i], sizeof(out[i]), "%s/%s-%s-%d", tmp_dir,
		    row->name, device, i);
	train(dir, device, out[0], weights, NULL);
	row->trained = errors(out[0], want, n, 1);
	mine = in(out[0], "snapshot_iter_10.solverstate");
	row->history = file_exists(mine) ? history(mine, end) : 0;
	train(dir, device, out[1], weights, half);
	row->resumed = errors(out[1], want, n, HALF + 1);
	mem_free(want);
	mem_free(mine);
	mem_free(half);
	mem_free(end);
	mem_free(weights);
	mem_free(root);
	if (!(row->trained <= bound && row->resumed <= bound &&
		row->history <= 1e-4))
		fail_msg("%s on %s: trained %.2g, resumed %.2g, history %.2g",
		    row->name, device, row->trained, row->resumed,
		    row->history);
}

static void
one(void **state)
{
	for (size_t i = 0; i < LENGTH(devices); i++)
		run_on(*state, devices[i]);
}

static void
print_table(void)
{
	printf("# %-24s %-8s %10s %10s %10s\n", "case", "backend", "trained",
	    "resumed", "history");
	for (size_t i = 0; i < nrows; i++)
		printf("# %-24s %-8s %10.2e %10.2e %10.2e\n", rows[i].name,
		    rows[i].device, rows[i].trained, rows[i].resumed,
		    rows[i].history);
}

int
main(int argc, char **argv)
{
	const char *golden = argc > 1 ? argv[1] : getenv("GOLDEN");
	static struct CMUnitTest tests[CASES];
	char *root, **names = NULL;
	size_t n = 0, count = 0;
	int failed;

	log_init("golden_runs", -1); /* each run says what it starts from */
	root = path_join(
	    golden != NULL && golden[0] != '\0' ? golden : "../shared/golden",
	    "solvers");
	if (!file_is_dir(root) || file_list(&names, &n, root) < 0) {
		printf("1..0 # skipped: no folder %s\n", root);
		mem_free(root);
		return 0;
	}
	for (size_t i = 0; i < n && count < CASES; i++) {
		char *dir = path_join(root, names[i]);

		if (file_is_dir(dir))
			tests[count++] = (struct CMUnitTest){ .name = names[i],
				.test_func = one,
				.initial_state = dir };
		else
			mem_free(dir);
	}
	failed = _cmocka_run_group_tests(
	    "runs", tests, count, tmp_setup, tmp_teardown);
	print_table();
	for (size_t i = 0; i < count; i++)
		mem_free(tests[i].initial_state);
	file_list_free(names, n);
	mem_free(root);
	return failed;
}
