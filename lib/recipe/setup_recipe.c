/* From a data set and a network text to a training: see setup_int.h. */
#include "recipe/setup_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "file/deps.h"
#include "file/replace.h"
#include "model/net.h"
#include "nn/nets.h"
#include "recipe/memory/fit.h"
#include "recipe/nets/freeze.h"
#include "recipe/nets/judge.h"
#include "recipe/nets/surgery.h"

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

/* The network text: -n, or that of the first -p that is a model. */
static int
read_network(struct making *k)
{
	const struct setup *s = k->setup;

	/* The folder of the net's own name that an earlier run made is not the
	 * net that is meant now. */
	if (s->net != NULL && strcmp(s->net, s->model) == 0 &&
	    strchr(s->net, '/') == NULL && net_standard_find(s->net) != NULL)
		return net_standard_read(&k->folder.original, s->net);
	replace_input(s->net);
	if (s->net != NULL && model_named(s->net))
		return setup_read_model(k, s->net);
	if (s->net != NULL)
		return model_net_read(
		    &k->folder.original, s->net, MODEL_NET_TEXT, NULL);
	for (size_t i = 0; i < k->nmodels; i++)
		if (k->models[i]->original != NULL)
			return model_net_read(&k->folder.original,
			    k->models[i]->original, MODEL_NET_TEXT, NULL);
	return err_set(ERR_USAGE,
	    "name a net with -n (net-show --list), or a pretrained model with -p");
}

/* Is the net that is meant a standard DetectNet, not a file of its name? */
static bool
is_detectnet(const struct setup *s)
{
	const struct net_standard *n =
	    s->net != NULL ? net_standard_find(s->net) : NULL;

	return n != NULL && strncmp(n->name, "detectnet", 9) == 0 &&
	    (strcmp(s->net, s->model) == 0 || !file_exists(s->net));
}

/* Are the names of file others than the data set's?  1, 0, or an error. */
static int
names_differ(const struct dset *d, const char *file)
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
classes_differ(const struct making *k, bool *other)
{
	*other = false;
	for (size_t i = 0; i < k->nmodels; i++) {
		int rc = 0;

		if (k->models[i]->labels != NULL && k->d->nlabels > 0)
			rc = names_differ(k->d, k->models[i]->labels);
		if (rc < 0)
			return rc;
		*other |= rc == 1;
	}
	return 0;
}

/* The nets and the solver of the network text, in place of those before. */
static int
follow_recipe(struct making *k, struct recipe_opts o)
{
	const struct setup *s = k->setup;
	struct folder *f = &k->folder;
	struct augment augment = k->job.augment;
	struct recipe r;

	TRY(augment_settle(&augment, &s->augment, k->d, f->original, o.epochs));
	o.augment = &augment;
	o.rgb = k->job.rgb;
	o.seed = (int64_t)k->job.seed;
	o.mean_given = s->set.mean;
	k->job.net_name = o.net_name = s->net;
	TRY(recipe_make(&r, f->original, k->d, k->job.sources, &o));
	caffe_msg_free(f->train_val);
	caffe_msg_free(f->deploy);
	caffe_msg_free(f->solver);
	f->train_val = r.train_val;
	f->deploy = r.deploy;
	f->solver = r.solver;
	k->job.iters_per_epoch = (double)r.iters_per_epoch;
	k->job.val_items = r.val_items;
	k->job.classes = (int)k->d->nlabels;
	for (int i = 0; i < r.nstd; i++)
		k->job.augment.std[i] = r.std[i];
	k->job.warmup = (int64_t)ceil(s->warmup * (double)r.iters_per_epoch);
	setup_describe(k, &r);
	TRY(freeze_layers(
	    f->train_val, &k->job, NULL, s->freeze.v, s->freeze.n));
	return setup_change_losses(k);
}

int
setup_from_recipe(struct making *k)
{
	const struct setup *s = k->setup;
	bool other;

	TRY(dset_open(&k->d, s->dataset));
	make_absolute(&k->d->db_path[DSET_TRAIN]);
	make_absolute(&k->d->db_path[DSET_VAL]);
	make_absolute(&k->d->mean_path);
	TRY(setup_open_weights(k, s->pretrained.v, s->pretrained.n));
	TRY(read_network(k));
	setup_take_preparation(k);
	TRY(setup_open_for_training(k));
	TRY(classes_differ(k, &other));
	TRY(surgery_retrain(k->folder.original, k->weights, k->job.nweights,
	    (int)k->d->nlabels, other));
	if (is_detectnet(s) && strcmp(k->d->task, "detection") == 0)
		TRY(surgery_detect(k->folder.original, k->d));
	TRY(follow_recipe(k, k->recipe));
	TRY(augment_say_idle(k->folder.train_val, k->folder.solver->train_state,
	    &k->job.augment, &s->augment, k->d));
	if (k->job.rgb)
		judge_channels(k->d->path, k->d->channels);
	return judge_deploy(k->folder.deploy, s->net, k->job.classes,
	    strcmp(k->d->task, "classification") == 0 ? k->d->nlabels : 0);
}

int
setup_divide_batch(struct making *k)
{
	struct recipe_opts o = k->recipe;
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
	TRY(follow_recipe(k, o));
	return 0;
}
