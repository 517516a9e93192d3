/*
 * model-train: train a net on a data set into a model folder.  Lists of batch
 * sizes and learning rates make one model for each combination.
 */
#include "model-train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/progress.h"
#include "base/stop.h"
#include "device/device.h"
#include "nn/plugin.h"
#include "ranks/ranks.h"

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
	s->force = o->force;
	s->job.seed = (uint64_t)o->seed;
	s->job.threads = o->threads;
	s->job.command = prog_command();
	rc = train_sweep(&a->sweep, a);
	sweep_close(&a->sweep);
	return rc;
}

int
main(int argc, char **argv)
{
	struct args a = {
		.grid.jobs = 1,
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
