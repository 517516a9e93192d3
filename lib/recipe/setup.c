/* From options to a training: see setup.h. */
#include "recipe/setup.h"

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "device/device.h"
#include "model/product.h"
#include "recipe/job_info.h"
#include "recipe/memory/fit.h"
#include "recipe/nets/judge.h"
#include "recipe/nets/surgery_loss.h"
#include "recipe/setup_int.h"
#include "train/monitors/done.h"
#include "train/session.h"
#include "train/status.h"

int
setup_open_weights(struct making *k, const char *const *paths, size_t n)
{
	k->models = mem_array(struct model *, n + 1);
	k->weights = mem_array(const char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		const char *path = paths[i];

		k->weights[i] = path;
		if (!file_exists(path) &&
		    (strchr(path, '/') != NULL ||
			path_has_ext(path, ".caffemodel")))
			return file_absent(path, "%s: no such file", path);
		if (file_is_regular(path) && !model_named(path))
			continue; /* weights, whatever their name */
		TRY(model_open(&k->models[k->nmodels], path, MODEL_NEWEST));
		setup_judge_order(k, &k->models[k->nmodels]->info, path);
		k->weights[i] = k->models[k->nmodels++]->weights;
		if (k->weights[i] == NULL)
			return err_set(
			    ERR_MISSING, "%s: a model without weights", path);
	}
	k->job.weights = k->weights;
	k->job.nweights = n;
	return 0;
}

int
setup_change_losses(struct making *k)
{
	const struct setup *s = k->setup;
	Caffe__NetParameter *net = k->folder.train_val;
	size_t classes = k->d != NULL ? k->d->nlabels : 0, n = 0;
	float *weights = NULL;
	int rc;

	if (s->class_weights != NULL)
		TRY(surgery_class_weights(&weights, &n, s->class_weights, net,
		    classes, k->job.sources));
	rc = surgery_loss(net, s->smoothing, weights, n);
	mem_free(weights);
	return rc;
}

/* The job's nets: one test net for each test_iter, those of their own, then
 * train_val. */
static void
set_nets(struct making *k)
{
	const Caffe__SolverParameter *sp = k->folder.solver;
	const struct solver_nets *own = &k->folder.nets;

	mem_free(k->tests);
	k->tests = mem_array(const Caffe__NetParameter *, sp->n_test_iter + 1);
	for (size_t i = 0; i < sp->n_test_iter; i++)
		k->tests[i] =
		    i < own->ntests ? own->tests[i] : k->folder.train_val;
	k->job.test_nets = k->tests;
	k->job.ntest = sp->n_test_iter;
	k->job.net = k->folder.train_val;
	k->job.solver = sp;
}

/* What the classes are called, for the figures of each. */
static int
name_classes(struct making *k)
{
	char *path = k->folder.labels != NULL
	    ? mem_strdup(k->folder.labels)
	    : path_join(k->setup->model, "labels.txt");
	int rc = 0;

	if (k->d != NULL) {
		k->job.names = (const char *const *)k->d->labels;
		k->job.nnames = k->d->nlabels;
	} else if ((k->setup->resume || k->folder.labels != NULL) &&
	    file_exists(path)) {
		/* never those of a folder that is replaced */
		rc = dset_labels_read(&k->names, &k->nnames, path);
		k->job.names = (const char *const *)k->names;
		k->job.nnames = k->nnames;
	}
	mem_free(path);
	return rc;
}

/* Before anything is made, and so that little is waited for: does it fit? */
static int
fit_device(struct making *k)
{
	const struct setup *s = k->setup;
	const bool recipe = !s->resume && s->solver_file == NULL;
	struct device_opts o = { .threads = k->job.threads,
		.deterministic = k->job.deterministic,
		.autotune = k->job.autotune };
	struct need need;

	TRY(device_open(&k->job.opened, k->job.device, &o));
	if (!s->resume)
		k->job.precision = s->precision < 0
		    ? k->job.opened->backend->training
		    : (enum precision)s->precision;
	if (s->batch_auto && recipe)
		TRY(setup_divide_batch(k));
	set_nets(k); /* the recipe may have been made again */
	if (s->dry_run && !s->batch_auto)
		TRY(session_need(&need, &k->job, k->job.opened, 0));
	else
		TRY(fit_check(&need, &k->job, recipe));
	if (!s->resume && s->solver_file != NULL)
		setup_count_epochs(k, &need);
	return 0;
}

/* A folder that cannot hold what the training begins with goes again. */
static int
show_first(struct making *k)
{
	struct err_saved why;
	int rc = setup_show_first(k);

	if (rc >= 0)
		return 0;
	err_save(&why, rc);
	file_dir_withdraw(&k->place);
	return err_restore(&why);
}

static int
prepare_training(struct making *k)
{
	const struct setup *s = k->setup;

	if (s->resume) {
		TRY(setup_from_folder(k));
	} else {
		TRY(s->solver_file != NULL ? setup_from_solver(k)
					   : setup_from_recipe(k));
	}
	set_nets(k);
	TRY(name_classes(k));
	k->job.dir = s->model;
	TRY(judge_asked(&k->job));
	TRY(fit_device(k));
	if (!s->resume)
		job_info_write(&k->folder.info, &k->job);
	if (s->dry_run || !exchange_leads(s->job.exchange))
		return 0;
	if (s->resume)
		return setup_describe_resumed(k);
	/* Damage is found before anything is made. */
	TRY(inputs_walk(k->job.sources));
	TRY(setup_describe_origin(k));
	TRY(folder_create(&k->place, &k->folder, s->model, s->force));
	k->job.place = k->place;
	return show_first(k);
}

static void
unmake(struct making *k)
{
	folder_clear(&k->folder);
	for (size_t i = 0; i < k->nmodels; i++)
		model_close(k->models[i]);
	model_close(k->base);
	mem_free(k->models);
	mem_free(k->weights);
	solver_weights_free(k->named);
	carry_clear(&k->data);
	mem_free(k->tests);
	dset_labels_free(k->names, k->nnames);
	dset_close(k->d);
	device_close(k->job.opened);
	inputs_free(k->sources);
	file_dir_abort(&k->place);
	if (k->lock >= 0)
		close(k->lock);
}

/* After a run: what came of it, and in place, also without a snapshot. */
static int
end_training(struct making *k, const struct train_result *r, int rc)
{
	const char *dir =
	    k->place != NULL ? file_dir_path(k->place) : k->setup->model;
	struct err_saved why;
	int result = 0;

	err_save(&why, rc);
	if (!r->began) {
		file_dir_withdraw(&k->place);
		return err_restore(&why);
	}
	result = status_finish(dir, r, &why);
	if (result >= 0 && (rc >= 0 || rc == ERR_GATE) && k->place != NULL)
		result = file_dir_publish(k->place);
	return rc < 0 ? err_restore(&why) : result;
}

int
setup_check(const struct setup *s)
{
	if (s->resume || s->dry_run || !exchange_leads(s->job.exchange))
		return 0;
	if (s->force)
		return file_dir_check(s->model, &model_kind);
	return file_refuse(
	    s->model, "--resume goes on with it, -f replaces it");
}

/* DIR/NAME, so that each model is a run of its own to TensorBoard; the caller's. */
static char *
name_board(const struct setup *s)
{
	char *name = file_dir_name(s->model);
	char *board = path_join(s->boards, name);

	mem_free(name);
	return board;
}

static int
run_one(const struct setup *setup, FILE *plan, struct train_result *out)
{
	struct making k = { .setup = setup,
		.job = setup->job,
		.recipe = setup->recipe,
		.lock = -1 };
	bool leads = exchange_leads(setup->job.exchange);
	char *board = NULL;
	int rc;

	if (k.job.sources == NULL)
		k.job.sources = k.sources = inputs_new();
	model_info_init(&k.folder.info);
	rc = setup_check(setup);
	if (rc >= 0)
		rc = device_check(setup->job.device);
	if (rc >= 0)
		rc = prepare_training(&k);
	if (rc >= 0 && setup->boards != NULL)
		k.job.board = board = name_board(setup);
	if (rc >= 0 && setup->dry_run) {
		rc = leads ? folder_tell_solver(&k.folder, plan) : 0;
	} else if (rc >= 0) {
		rc = train_run(&k.job, out);
		if (!leads)
			out->reason = NULL;
		else
			rc = end_training(&k, out, rc);
	}
	unmake(&k);
	mem_free(board);
	return rc;
}

int
setup_find(const struct setup *setup, const struct find_opts *o,
    struct find_result *out)
{
	struct setup own = *setup;
	struct making k = { .setup = &own,
		.job = setup->job,
		.recipe = setup->recipe,
		.lock = -1 };
	struct need need;
	int rc;

	memset(out, 0, sizeof(*out));
	own.model = "model"; /* as it would be called */
	own.dry_run = true;
	if (k.job.sources == NULL)
		k.job.sources = k.sources = inputs_new();
	model_info_init(&k.folder.info);
	rc = device_check(setup->job.device);
	if (rc >= 0)
		rc = prepare_training(&k);
	if (rc >= 0) /* a dry run does not ask */
		rc = fit_check(&need, &k.job, setup->solver_file == NULL);
	if (rc >= 0)
		rc = inputs_walk(k.job.sources);
	if (rc >= 0)
		rc = find_run(out, &k.job, o);
	unmake(&k);
	return rc;
}

int
setup_run(const struct setup *s, FILE *plan, struct train_result *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	if (s->model == NULL)
		return err_set(ERR_USAGE, "name the model folder with -o");
	rc = run_one(s, plan, out);
	/* Not where nothing was to begin. */
	if (s->on_done == NULL || s->dry_run || rc == ERR_USAGE ||
	    !exchange_leads(s->job.exchange))
		return rc;
	return done_run(s->on_done, s->model, out, rc);
}
