/* What info.json says of a training: see setup_int.h. */
#include "recipe/setup_int.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/buf.h"
#include "base/mem.h"
#include "json/json.h"
#include "model/origin.h"
#include "recipe/given.h"
#include "recipe/own.h"

/* The batch, how many of them make one update, and what that comes to. */
static void
describe_batch(struct model_info *m, const struct recipe *r)
{
	const int times = r->solver->iter_size;
	char *text = mem_printf("{\"size\":%d,\"accumulation\":%d,"
				"\"effective\":%lld}",
	    r->batch, times, (long long)r->batch * times);

	model_info_extra(m, "batch", text);
	mem_free(text);
}

/* The mean, deviations and scale that options set. */
static void
describe_given(struct making *k, const struct recipe *r)
{
	struct model_info *m = &k->folder.info;

	if (r->nmean > 0) { /* the data set's is not what is subtracted */
		model_set(&m->mean_subtraction, "pixel");
		model_set(&m->mean_file, "");
		k->folder.mean = NULL;
	}
	m->mean_pixel_n = r->nmean;
	memcpy(m->mean_pixel, r->mean, sizeof(r->mean));
	m->input_std_n = r->nstd;
	memcpy(m->input_std, r->std, sizeof(r->std));
	m->input_scale = r->scale;
}

/* The colours of classes, for the masks that the model will make. */
static void
describe_palette(struct model_info *m, const struct dset *d)
{
	struct json_w w;
	struct buf b;

	if (d->npalette == 0)
		return;
	buf_init(&b, SIZE_MAX);
	json_w_init(&w, &b, 0);
	json_w_array(&w);
	for (int i = 0; i < d->npalette; i++) {
		char text[16];

		snprintf(text, sizeof(text), "#%06x", d->palette[i] & 0xffffff);
		json_w_str(&w, text);
	}
	json_w_array_end(&w);
	if (json_w_end(&w) >= 0)
		model_info_extra(m, "palette", buf_str(&b));
	buf_clear(&b);
}

/* Pictures that were padded: model-infer does the same. */
static void
describe_padding(struct model_info *m, const struct dset *d)
{
	char *text;

	if (d->pad_width == 0)
		return;
	text = mem_printf("[%d,%d]", d->pad_height, d->pad_width);
	model_info_extra(m, "image padding", text);
	mem_free(text);
}

/* What only a recipe knows of the data. */
static void
describe_recipe(struct making *k, const struct recipe *r)
{
	static const char *const means[] = { "image", "pixel", "none" };
	const struct setup *s = k->setup;
	struct model_info *m = &k->folder.info;

	model_set(&m->task, k->d->task);
	model_set(&m->dataset_path, k->d->path);
	model_set(&m->resize_mode,
	    k->d->resize_mode[0] != '\0' ? k->d->resize_mode : NULL);
	model_set(&m->mean_subtraction, means[k->recipe.mean]);
	model_set(&m->labels_file, k->d->nlabels > 0 ? "labels.txt" : NULL);
	model_set(
	    &m->mean_file, k->d->mean_path != NULL ? "mean.binaryproto" : "");
	k->folder.mean = k->d->mean_path;
	describe_given(k, r);
	m->dims[0] = k->d->height;
	m->dims[1] = k->d->width;
	m->dims[2] = k->d->channels;
	describe_palette(m, k->d);
	describe_padding(m, k->d);
	m->epochs = s->recipe.epochs;
	describe_batch(m, r);
	k->folder.labels = k->d->labels_path;
	if (k->d->labels_path == NULL) {
		k->folder.names = k->d->labels;
		k->folder.nnames = k->d->nlabels;
	}
}

void
setup_describe(struct making *k, const struct recipe *r)
{
	const struct setup *s = k->setup;
	struct model_info *m = &k->folder.info;

	model_info_defaults(m);
	model_set(&m->framework, "caffe");
	model_set(&m->deploy_file, "deploy.prototxt");
	model_set(&m->train_val_file, "train_val.prototxt");
	model_set(&m->solver_file, "solver.prototxt");
	model_set(&m->model_file, "original.prototxt");
	model_set(&m->snapshot_file, "no snapshots");
	model_set(&m->status, "Running");
	mem_free(m->name);
	m->name = file_dir_name(s->model);
	model_set(&m->note, s->note);
	model_set(&m->group, s->group);
	model_set(&m->command, s->job.command);
	mem_free(m->creation_time);
	m->creation_time = model_time_now();
	m->max_iter = k->folder.solver->max_iter;
	model_set(&m->channel_order, k->job.rgb ? "RGB" : NULL);
	k->folder.rgb = k->job.rgb;
	given_write(m);
	own_describe(m, s);
	if (r != NULL)
		describe_recipe(k, r);
}

/* Of a run that makes several models, the words that stand for this one. */
static const char *const *
words_of_one(struct arena *room, const struct setup *s)
{
	const char *const *all = prog_words();
	const char **one;
	size_t n = 0;

	while (all[n] != NULL)
		n++;
	one = arena_take(room, (n + 1) * sizeof(*one));
	for (size_t i = 0; i < n; i++) {
		char *word = NULL;

		if (strncmp(all[i], "--output=", 9) == 0)
			word = mem_printf("--output=%s", s->model);
		else if (strncmp(all[i], "--batch-size=", 13) == 0 &&
		    strchr(all[i], ',') != NULL)
			word = mem_printf("--batch-size=%d", s->recipe.batch);
		else if (strncmp(all[i], "--lr=", 5) == 0 &&
		    strchr(all[i], ',') != NULL)
			word = mem_printf("--lr=%.17g", s->recipe.lr);
		one[i] = word != NULL ? arena_strdup(room, word) : all[i];
		mem_free(word);
	}
	one[n] = NULL;
	return one;
}

int
setup_describe_origin(struct making *k)
{
	const struct setup *s = k->setup;
	const char **files = mem_array(const char *, s->pretrained.n + 1);
	struct model_info *m = &k->folder.info;
	struct arena *room = arena_new();
	int rc = 0;

	origin_begin(m, words_of_one(room, s));
	/* what an archive held is gone again afterwards */
	for (size_t i = 0; i < s->pretrained.n; i++)
		if (k->weights != NULL && i < k->job.nweights &&
		    (!model_named(s->pretrained.v[i]) ||
			file_is_dir(s->pretrained.v[i])))
			files[i] = k->weights[i];
	rc = origin_pretrained(m, s->pretrained.v, files, s->pretrained.n);
	if (rc >= 0 && k->d != NULL)
		rc = origin_dataset(m, k->d->path);
	arena_free(room);
	mem_free(files);
	return rc;
}

int
setup_describe_resumed(struct making *k)
{
	TRY(origin_resume(&k->folder.info));
	return model_info_write(&k->folder.info, k->setup->model);
}
