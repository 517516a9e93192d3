/* From options to a training: see setup.h. */
#include "recipe/setup.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/deps.h"
#include "base/err.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/prog.h"
#include "base/replace.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "input/input.h"
#include "model/net.h"
#include "model/product.h"
#include "nn/nets.h"
#include "recipe/fit.h"
#include "recipe/freeze.h"
#include "recipe/given.h"
#include "recipe/judge.h"
#include "train/session.h"
#include "train/status.h"
#include "recipe/setup_int.h"
#include "recipe/solver_file.h"
#include "recipe/surgery.h"
#include "recipe/surgery_loss.h"

/* Replace *path by its absolute form, which train_val.prototxt will hold. */
static void
make_absolute(char **path)
{
	char *full = *path != NULL ? realpath(*path, NULL) : NULL;

	if (full == NULL)
		return;
	deps_alias(full, *path);
	mem_free(*path);
	*path = mem_strdup(full);
	free(full);
}

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
		if (path_has_ext(path, ".caffemodel") ||
		    path_has_ext(path, ".h5"))
			continue;
		TRY(model_open(&k->models[k->nmodels], path, -1));
		judge_order(
		    &k->models[k->nmodels]->info, path, k->setup->job.rgb);
		k->weights[i] = k->models[k->nmodels++]->weights;
		if (k->weights[i] == NULL)
			return err_set(
			    ERR_MISSING, "%s: a model without weights", path);
	}
	k->job.weights = k->weights;
	k->job.nweights = n;
	return 0;
}

/* The network text: -n, or that of the first -p that is a model. */
static int
read_network(struct making *k)
{
	const struct train_setup *s = k->setup;

	/* The folder of the net's own name that an earlier run made is not the
	 * net that is meant now. */
	if (s->net != NULL && strcmp(s->net, s->model) == 0 &&
	    strchr(s->net, '/') == NULL && net_standard_find(s->net) != NULL)
		return net_standard_read(&k->folder.original, s->net);
	replace_input(s->net);
	if (s->net != NULL)
		return model_net_read(
		    &k->folder.original, s->net, MODEL_NET_TEXT, NULL);
	for (size_t i = 0; i < k->nmodels; i++)
		if (k->models[i]->original != NULL)
			return caffe_net_read(
			    &k->folder.original, k->models[i]->original);
	return err_set(ERR_USAGE,
	    "name a net with -n (net-show --list), or a pretrained model with -p");
}

/* The batch, how many of them make one update, and what that comes to. */
static void
note_batch(struct model_info *m, const struct recipe *r)
{
	const int times = r->solver->iter_size;
	char *text = mem_printf("{\"size\":%d,\"accumulation\":%d,"
				"\"effective\":%lld}",
	    r->batch, times, (long long)r->batch * times);

	model_info_extra(m, "batch", text);
	mem_free(text);
}

void
setup_describe(struct making *k, const struct recipe *r)
{
	static const char *const means[] = { "image", "pixel", "none" };
	const struct train_setup *s = k->setup;
	struct model_info *m = &k->folder.info;

	model_info_defaults(m);
	model_set(&m->framework, "caffe");
	model_set(&m->deploy_file, "deploy.prototxt");
	model_set(&m->train_val_file, "train_val.prototxt");
	model_set(&m->solver_file, "solver.prototxt");
	model_set(&m->model_file, "original.prototxt");
	model_set(&m->snapshot_file, "no snapshots");
	model_set(&m->status, "Running");
	model_set(&m->name, path_base(s->model));
	model_set(&m->note, s->note);
	model_set(&m->group, s->group);
	model_set(&m->command, s->job.command);
	mem_free(m->creation_time);
	m->creation_time = model_time_now();
	m->seed = (int64_t)s->job.seed;
	m->max_iter = k->folder.solver->max_iter;
	model_set(&m->channel_order, s->job.rgb ? "RGB" : NULL);
	k->folder.rgb = s->job.rgb;
	given_note(m);
	if (r == NULL)
		return;
	model_set(&m->task, k->d->task);
	model_set(&m->dataset_path, k->d->path);
	model_set(&m->resize_mode,
	    k->d->resize_mode[0] != '\0' ? k->d->resize_mode : NULL);
	model_set(&m->mean_subtraction, means[s->recipe.mean]);
	model_set(
	    &m->labels_file, k->d->labels_path != NULL ? "labels.txt" : NULL);
	model_set(
	    &m->mean_file, k->d->mean_path != NULL ? "mean.binaryproto" : "");
	m->dims[0] = k->d->height;
	m->dims[1] = k->d->width;
	m->dims[2] = k->d->channels;
	m->epochs = s->recipe.epochs;
	m->iter_per_epoch = (double)r->iters_per_epoch;
	note_batch(m, r);
	k->folder.labels = k->d->labels_path;
	k->folder.mean = k->d->mean_path;
}

int
setup_change_losses(struct making *k)
{
	const struct train_setup *s = k->setup;
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

/* Are the names of file others than the data set's?  1, 0, or an error. */
static int
other_names(const struct dset *d, const char *file)
{
	char **names = NULL;
	size_t n = 0;
	int rc = dset_labels_read(&names, &n, file);

	if (rc >= 0)
		rc = n != d->nlabels;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = strcmp(names[i], d->labels[i]) != 0;
	dset_labels_free(names, n);
	return rc;
}

/* Does a pretrained model name other classes than the data set? */
static int
other_classes(const struct making *k, bool *other)
{
	*other = false;
	for (size_t i = 0; i < k->nmodels; i++) {
		int rc = 0;

		if (k->models[i]->labels != NULL && k->d->nlabels > 0)
			rc = other_names(k->d, k->models[i]->labels);
		if (rc < 0)
			return rc;
		*other |= rc == 1;
	}
	return 0;
}

/* The nets and the solver of the network text, in place of those before. */
static int
follow_recipe(struct making *k, const struct recipe_opts *o)
{
	const struct train_setup *s = k->setup;
	struct folder *f = &k->folder;
	struct recipe r;

	TRY(recipe_make(&r, f->original, k->d, k->job.sources, o));
	caffe_msg_free(f->train_val);
	caffe_msg_free(f->deploy);
	caffe_msg_free(f->solver);
	f->train_val = r.train_val;
	f->deploy = r.deploy;
	f->solver = r.solver;
	k->job.iters_per_epoch = (double)r.iters_per_epoch;
	k->job.val_items = r.val_items;
	k->job.classes = (int)k->d->nlabels;
	k->job.warmup = (int64_t)ceil(s->warmup * (double)r.iters_per_epoch);
	setup_describe(k, &r);
	TRY(freeze_layers(f->train_val, &k->job, NULL, s->freeze, s->nfreeze));
	return setup_change_losses(k);
}

static int
from_recipe(struct making *k)
{
	const struct train_setup *s = k->setup;
	bool other;

	TRY(dset_open(&k->d, s->dataset));
	make_absolute(&k->d->db_path[DSET_TRAIN]);
	make_absolute(&k->d->db_path[DSET_VAL]);
	make_absolute(&k->d->mean_path);
	TRY(setup_open_weights(k, s->pretrained, s->npretrained));
	TRY(read_network(k));
	TRY(other_classes(k, &other));
	TRY(surgery_retrain(k->folder.original, k->weights, k->job.nweights,
	    (int)k->d->nlabels, other));
	TRY(follow_recipe(k, &s->recipe));
	if (s->job.rgb)
		judge_channels(k->d->path, k->d->channels);
	return judge_deploy(k->folder.deploy, k->job.classes,
	    strcmp(k->d->task, "classification") == 0 ? k->d->nlabels : 0);
}

static int
from_folder(struct making *k)
{
	const struct train_setup *s = k->setup;
	const char *dir = s->model;

	if (exchange_leads(s->job.exchange)) {
		k->lock = lock_now(dir);
		TRY(k->lock);
	}
	TRY(folder_read(&k->folder, dir));
	TRY(folder_recall_job(&k->job, &k->folder.info));
	TRY(given_compare(&k->folder.info));
	k->job.snapshot = NULL;
	k->job.resume = snapshot_newest(dir) >= 0;
	if (!k->job.resume)
		log_warn("%s: no snapshot yet, training starts again", dir);
	if (s->set_epochs && k->job.iters_per_epoch > 0) {
		double max = ceil(s->recipe.epochs * k->job.iters_per_epoch);

		if (!(max >= 1 && max <= INT_MAX))
			return err_set(ERR_USAGE,
			    "%g epochs: a training has at least one iteration, and at most 2147483647",
			    s->recipe.epochs);
		k->folder.solver->max_iter = (int32_t)max;
	}
	return 0;
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

/* --batch-size auto: the recipe again, with the parts that fit. */
static int
divide_batch(struct making *k)
{
	struct recipe_opts o = k->setup->recipe;
	struct fit_batch b;

	TRY(fit_choose(&b, &k->job));
	if (b.times == 1)
		return 0;
	log_warn(
	    "the net's batch does not fit: %d batches of %d make one update",
	    b.times, b.batch);
	o.batch = b.batch;
	o.accumulate *= b.times;
	o.again = true;
	TRY(follow_recipe(k, &o));
	set_nets(k);
	return 0;
}

/* Before anything is made, and so that little is waited for: does it fit? */
static int
fit(struct making *k)
{
	const struct train_setup *s = k->setup;
	const bool recipe = !s->resume && s->solver_file == NULL;
	struct device_opts o = { .threads = k->job.threads,
		.deterministic = k->job.deterministic,
		.autotune = k->job.autotune };
	struct need need;

	TRY(device_open(&k->job.opened, k->job.device, &o));
	if (k->job.own_precision)
		k->job.precision = k->job.opened->backend->training;
	if (s->batch_auto && recipe)
		TRY(divide_batch(k));
	if (s->dry_run && !s->batch_auto)
		TRY(session_need(&need, &k->job, k->job.opened, 0));
	else
		TRY(fit_check(&need, &k->job, recipe));
	if (!s->resume && s->solver_file != NULL)
		setup_count_epochs(k, &need);
	return 0;
}

static int
make(struct making *k)
{
	const struct train_setup *s = k->setup;

	if (s->resume) {
		TRY(from_folder(k));
	} else {
		TRY(s->solver_file != NULL ? setup_from_solver(k)
					   : from_recipe(k));
	}
	set_nets(k);
	k->job.dir = s->model;
	TRY(judge_asked(&k->job));
	TRY(fit(k));
	if (!s->resume)
		folder_note_job(&k->folder.info, &k->job);
	if (s->dry_run || s->resume || !exchange_leads(s->job.exchange))
		return 0;
	/* Damage is found before anything is made. */
	TRY(inputs_walk(k->job.sources));
	TRY(folder_create(&k->place, &k->folder, s->model, s->force));
	k->job.place = k->place;
	return 0;
}

static int
print_plan(const struct making *k)
{
	struct buf b;
	int rc;

	buf_init(&b, 1 << 20);
	rc = caffe_text_add(&b, k->folder.solver);
	if (rc >= 0)
		fputs(buf_str(&b), stdout);
	buf_clear(&b);
	return rc;
}

static void
unmake(struct making *k)
{
	folder_clear(&k->folder);
	for (size_t i = 0; i < k->nmodels; i++)
		model_close(k->models[i]);
	mem_free(k->models);
	mem_free(k->weights);
	solver_weights_free(k->named);
	carry_clear(&k->data);
	mem_free(k->tests);
	dset_close(k->d);
	device_close(k->job.opened);
	inputs_free(k->job.sources);
	file_dir_abort(&k->place);
	if (k->lock >= 0)
		close(k->lock);
}

/* After a run: what came of it, and in place, also without a snapshot. */
static int
finish(struct making *k, const struct train_result *r, int rc)
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
train_setup_check(const struct train_setup *s)
{
	if (s->resume || s->dry_run || !exchange_leads(s->job.exchange))
		return 0;
	if (s->force)
		return file_dir_check(s->model, &model_kind);
	return file_exists(s->model)
	    ? err_set(ERR_REFUSED,
		  "%s: exists (--resume goes on with it, -f replaces it)",
		  s->model)
	    : 0;
}

int
train_setup_run(const struct train_setup *setup, struct train_result *out)
{
	struct making k = { .setup = setup, .job = setup->job, .lock = -1 };
	bool leads = exchange_leads(setup->job.exchange);
	int rc;

	memset(out, 0, sizeof(*out));
	k.job.sources = inputs_new();
	model_info_init(&k.folder.info);
	if (setup->model == NULL)
		rc = err_set(ERR_USAGE, "name the model folder with -o");
	else
		rc = train_setup_check(setup);
	if (rc >= 0)
		rc = device_check(setup->job.device);
	if (rc >= 0)
		rc = make(&k);
	if (rc >= 0 && setup->dry_run) {
		rc = leads ? print_plan(&k) : 0;
	} else if (rc >= 0) {
		rc = train_run(&k.job, out);
		if (!leads)
			out->reason = NULL;
		else
			rc = finish(&k, out, rc);
	}
	unmake(&k);
	return rc;
}
