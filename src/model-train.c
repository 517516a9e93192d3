/*
 * model-train: train a net on a data set into a model folder.  Lists of batch
 * sizes and learning rates make one model for each combination.
 */
#include "model-train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/progress.h"
#include "base/stop.h"
#include "device/device.h"
#include "file/file.h"
#include "json/line.h"
#include "file/replace.h"
#include "nn/plugin.h"
#include "plot/rates.h"
#include "ranks/ranks.h"
#include "store/hub/hub.h"

static int
train_sweep(struct sweep *s, const struct args *a)
{
	struct train_job *job = &s->setup.job;
	struct ranks ranks;
	int rc;

	TRY(sweep_open(s));
	stop_install();
	stop_snapshot_install();
	stop_budget(a->budget);
	rc = ranks_open(&ranks, job->device, job->threads, a->mpi);
	job->exchange = ranks.exchange;
	job->device = ranks.device;
	job->threads = ranks.threads;
	if (rc >= 0)
		rc = sweep_run(s);
	ranks_close(&ranks, rc);
	return rc;
}

/* ---- --lr-find ------------------------------------------------------------ */

static int
read_range(struct find_opts *o, const struct args *a)
{
	const char *comma = strchr(a->range, ',');
	char *min = mem_strndup(a->range, strcspn(a->range, ","));
	int rc = comma == NULL
	    ? err_set(ERR_USAGE, "%s: two rates, MIN,MAX", a->range)
	    : num_double(&o->min, min, 1e-30, 1e6);

	mem_free(min);
	if (rc >= 0)
		rc = num_double(&o->max, comma + 1, 1e-30, 1e6);
	if (rc >= 0 && !(o->min < o->max))
		rc = err_set(ERR_USAGE, "%s: the first is not below the second",
		    a->range);
	o->iterations = a->find_iterations;
	return rc < 0 ? err_in(ERR_USAGE, "--lr-range") : 0;
}

/* A line for each iteration; json: an object. */
static int
add_series(struct buf *b, const struct find_result *r, bool json)
{
	struct json_w w;

	if (!json)
		TRY(buf_adds(b, "iteration\tlr\tloss\tsmoothed_loss\n"));
	for (size_t i = 0; i < r->n; i++) {
		const struct find_point *p = &r->v[i];
		char t[3][NUM_TEXT_MAX];

		if (!json) {
			TRY(buf_printf(b, "%zu\t%s\t%s\t%s\n", i,
			    num_double_text(t[0], p->rate),
			    num_double_text(t[1], p->loss),
			    num_double_text(t[2], p->smooth)));
			continue;
		}
		json_w_init(&w, b, 0);
		json_w_object(&w);
		json_w_kint(&w, "iteration", (int64_t)i);
		json_w_knum(&w, "lr", p->rate);
		json_w_knum(&w, "loss", p->loss);
		json_w_knum(&w, "smoothed_loss", p->smooth);
		json_w_object_end(&w);
		TRY(json_w_end(&w));
		TRY(buf_addc(b, '\n'));
	}
	return 0;
}

static int
write_found(const char *path, const struct find_result *r)
{
	const int force = prog_options()->force;
	double *v = mem_array(double, 3 * r->n + 1);
	const struct plot_rates p = { v, v + r->n, v + 2 * r->n, r->n,
		r->steepest, r->least / 10, 900, 600 };
	struct buf b;
	int rc = 0;

	buf_init(&b, 1 << 28);
	for (size_t i = 0; i < r->n; i++) {
		v[i] = r->v[i].rate;
		v[r->n + i] = r->v[i].loss;
		v[2 * r->n + i] = r->v[i].smooth;
	}
	if (path_has_ext(path, ".tsv") || path_has_ext(path, ".ndjson")) {
		rc = add_series(&b, r, path_has_ext(path, ".ndjson"));
		if (rc >= 0)
			rc = file_write(path, buf_str(&b), b.len, force);
	} else if (strcmp(path, "-") != 0) {
		rc = plot_rates_write(&p, path, force);
	}
	buf_clear(&b);
	mem_free(v);
	return rc;
}

static int
print_found_json(const struct find_result *r)
{
	struct json_line line;
	struct json_w *w = json_line_begin(&line);

	json_w_knum(w, "steepest_lr", r->steepest);
	json_w_knum(w, "least_lr", r->least);
	json_w_knum(w, "tenth_lr", r->least / 10);
	json_w_kbool(w, "diverged", r->diverged);
	json_w_kint(w, "seed", prog_options()->seed);
	return json_line_end(&line, stdout);
}

static int
print_found(const struct find_result *r)
{
	const enum prog_format format = prog_options()->format;
	struct buf b;
	int rc;

	if (format == PROG_TEXT) {
		if (isfinite(r->steepest))
			printf("%.3g  where the loss falls most steeply\n",
			    r->steepest);
		if (isfinite(r->least))
			printf("%.3g  a tenth of the rate of the least loss\n",
			    r->least / 10);
		return 0;
	}
	buf_init(&b, 1 << 28);
	rc = add_series(&b, r, format == PROG_FMT_JSON);
	if (rc >= 0)
		fwrite(buf_str(&b), 1, b.len, stdout);
	buf_clear(&b);
	if (rc >= 0 && format == PROG_FMT_JSON)
		rc = print_found_json(r);
	return rc;
}

static int
find_rates(struct args *a)
{
	struct sweep *s = &a->sweep;
	struct setup one;
	struct find_opts o;
	struct find_result r;
	int rc;

	TRY(read_range(&o, a));
	s->setup.model = ""; /* there will be none */
	TRY(sweep_open(s));
	if (s->nbatches > 1 || s->nrates > 1)
		return err_set(
		    ERR_USAGE, "--lr-find: one batch size at a time");
	stop_install();
	stop_budget(a->budget);
	one = s->setup;
	one.recipe.batch = s->nbatches > 0 ? (int)s->batches[0] : 0;
	one.recipe.lr = s->rates[0];
	rc = setup_find(&one, &o, &r);
	if (rc >= 0 && !r.diverged)
		log_warn(
		    "the loss did not run away up to %g: a greater MAX of --lr-range may tell more",
		    o.max);
	if (rc >= 0)
		rc = write_found(a->find, &r);
	if (rc >= 0)
		rc = print_found(&r);
	if (rc >= 0 && !isfinite(r.steepest))
		rc = err_set(
		    ERR_ITEMS, "the loss never fell: no rate can be suggested");
	find_result_clear(&r);
	return rc;
}

static int
run(struct args *a)
{
	const struct prog_options *o = prog_options();
	struct setup *s = &a->sweep.setup;
	int rc;

	if (strcmp(s->job.device, "list") == 0)
		return device_list(stdout, o->format);
	if (grid_asked(&a->grid))
		return grid_run(&a->grid, s->model, s->dry_run, a->budget);
	progress_run(getenv("NNUTILS_RUN"));
	if (!s->resume && s->solver_file == NULL && s->dataset == NULL)
		return err_set(ERR_USAGE, "name a data set with -d");
	if (s->job.snapshot != NULL && s->solver_file == NULL)
		return err_set(ERR_USAGE, "--snapshot needs --solver-file");
	for (size_t i = 0; i < a->plugins.n; i++)
		TRY(layer_plugin_load(a->plugins.v[i]));
	for (size_t i = 0; i < s->pretrained.n; i++)
		TRY(hub_resolve(&s->pretrained.v[i]));
	if (s->job.metrics != NULL && !o->force)
		TRY(replace_check_anew(s->job.metrics, "file of metrics",
		    "# TYPE nnutils_", NULL));
	s->force = o->force;
	s->job.seed = (uint64_t)o->seed;
	s->job.threads = o->threads;
	s->job.command = prog_command();
	rc = a->find != NULL ? find_rates(a) : train_sweep(&a->sweep, a);
	sweep_close(&a->sweep);
	return rc;
}

int
main(int argc, char **argv)
{
	struct args a = {
		.grid.jobs = 1,
		.range = "1e-7,10",
		.find_iterations = 100,
		.sweep = {
			.lr = "0.01",
			.mean = "image",
			.setup = {
				.precision = -1,
				.recipe = RECIPE_OPTS_DEFAULT,
				.job = {
					.keep = 1,
					.shuffle = true,
					.device = "auto",
					.augment = { .fill = NAN,
					    .min_box = NAN, .mix_share = NAN },
				},
			},
		},
	};
	int rc = prog_parse(&prog, &a, &argc, &argv);

	if (rc > 0)
		rc = run(&a);
	return prog_end(&prog, rc);
}
