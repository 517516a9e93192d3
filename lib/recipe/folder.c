/* The texts and info.json of a training's model folder. */
#include "recipe/folder.h"

#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "caffe/upgrade.h"
#include "json/json.h"
#include "model/product.h"

static int
write_text(const char *dir, const char *name, const void *m)
{
	char *path;
	int rc;

	if (m == NULL)
		return 0;
	path = path_join(dir, name);
	rc = caffe_text_write(path, m, 1);
	mem_free(path);
	return rc;
}

static int
copy_in(const char *dir, const char *name, const char *from)
{
	char *path;
	int rc;

	if (from == NULL)
		return 0;
	path = path_join(dir, name);
	rc = file_copy(from, path);
	mem_free(path);
	return rc;
}

/* The data set's mean, in the order of the net's channels. */
static int
mean_in(const char *dir, const char *from, bool rgb)
{
	Caffe__BlobProto *b = NULL;
	char *path;
	int rc;

	if (from == NULL || !rgb)
		return copy_in(dir, "mean.binaryproto", from);
	TRY(caffe_mean_read(&b, from));
	path = path_join(dir, "mean.binaryproto");
	rc = caffe_mean_swap(b);
	if (rc >= 0)
		rc = caffe_mean_write(path, b, 0);
	mem_free(path);
	caffe_msg_free(b);
	return rc;
}

static int
fill_folder(const struct folder *f, const char *dir)
{
	TRY(write_text(dir, "original.prototxt", f->original));
	TRY(write_text(dir, "train_val.prototxt", f->train_val));
	TRY(write_text(dir, "deploy.prototxt", f->deploy));
	TRY(write_text(dir, "solver.prototxt", f->solver));
	for (size_t i = 0; i < f->nets.ntests; i++)
		TRY(write_text(dir, f->solver->test_net[i], f->nets.tests[i]));
	TRY(copy_in(dir, "labels.txt", f->labels));
	TRY(mean_in(dir, f->mean, f->rgb));
	return model_info_write(&f->info, dir);
}

int
folder_create(
    struct file_dir **out, const struct folder *f, const char *path, bool force)
{
	int rc;

	TRY(file_dir_begin(out, path, force ? &model_kind : NULL));
	rc = fill_folder(f, file_dir_path(*out));
	if (rc >= 0 && !file_dir_replaces(*out))
		rc = file_dir_publish(*out);
	if (rc < 0)
		file_dir_abort(out);
	return rc;
}

int
folder_read(struct folder *f, const char *path)
{
	char *net = path_join(path, "train_val.prototxt");
	char *solver = path_join(path, "solver.prototxt");
	int rc;

	memset(f, 0, sizeof(*f));
	model_info_init(&f->info);
	rc = model_info_read(&f->info, path);
	if (rc >= 0)
		rc = caffe_net_read(&f->train_val, net);
	if (rc >= 0)
		rc = caffe_solver_read(&f->solver, solver);
	if (rc >= 0)
		rc = solver_file_tests(&f->nets, f->solver, path);
	mem_free(net);
	mem_free(solver);
	return rc;
}

void
folder_clear(struct folder *f)
{
	caffe_msg_free(f->original);
	caffe_msg_free(f->train_val);
	caffe_msg_free(f->deploy);
	caffe_msg_free(f->solver);
	solver_nets_clear(&f->nets);
	model_info_clear(&f->info);
	memset(f, 0, sizeof(*f));
}

void
folder_note_job(struct model_info *info, const struct train_job *job)
{
	const struct augment *a = &job->augment;
	struct json_w w;
	struct buf b;

	buf_init(&b, 4096);
	json_w_init(&w, &b, 0);
	json_w_object(&w);
	json_w_kbool(&w, "shuffle", job->shuffle);
	json_w_kint(&w, "warmup", job->warmup);
	json_w_knum(&w, "ema", job->average);
	json_w_kint(&w, "classes", job->classes);
	json_w_kint(&w, "val_items", (int64_t)job->val_items);
	json_w_kstr(&w, "precision", precision_name(job->precision));
	json_w_kbool(&w, "rgb", job->rgb);
	json_w_kbool(&w, "mirror", a->mirror);
	json_w_kbool(&w, "flip", a->flip);
	json_w_kbool(&w, "whiten", a->whiten);
	json_w_knum(&w, "rotate", a->rotate);
	json_w_knum(&w, "scale", a->scale);
	json_w_knum(&w, "noise", a->noise);
	json_w_knum(&w, "contrast", a->contrast);
	json_w_knum(&w, "hue", a->hsv[0]);
	json_w_knum(&w, "saturation", a->hsv[1]);
	json_w_knum(&w, "value", a->hsv[2]);
	json_w_object_end(&w);
	json_w_end(&w);
	model_info_extra(info, "training", buf_str(&b));
	buf_clear(&b);
}

enum number {
	WARMUP,
	EMA,
	CLASSES,
	VAL_ITEMS,
	ROTATE,
	SCALE,
	NOISE,
	CONTRAST,
	HUE,
	SATURATION,
	VALUE,
	NUMBERS
};

/* The numbers of "training", 0 where one is missing; bounds as of the options. */
static int
recall_numbers(double v[NUMBERS], const struct json *j)
{
	static const struct {
		const char *key;
		double hi;
	} numbers[NUMBERS] = {
		[WARMUP] = { "warmup", INT32_MAX },
		[EMA] = { "ema", 0.999999 },
		[CLASSES] = { "classes", INT32_MAX },
		[VAL_ITEMS] = { "val_items", (double)((int64_t)1 << 48) },
		[ROTATE] = { "rotate", 180 },
		[SCALE] = { "scale", 1 },
		[NOISE] = { "noise", 1 },
		[CONTRAST] = { "contrast", 5 },
		[HUE] = { "hue", 0.5 },
		[SATURATION] = { "saturation", 0.5 },
		[VALUE] = { "value", 0.5 },
	};
	int rc = 0;

	for (int i = 0; i < NUMBERS; i++) {
		v[i] = json_num(j, numbers[i].key, 0);
		if (v[i] >= 0 && v[i] <= numbers[i].hi)
			continue;
		rc = err_set(ERR_FORMAT,
		    "info.json: training: %s is %g; 0 to %g is possible",
		    numbers[i].key, v[i], numbers[i].hi);
		v[i] = 0;
	}
	return rc;
}

int
folder_recall_job(struct train_job *job, const struct model_info *info)
{
	const char *text = model_info_find(info, "training");
	struct augment *a = &job->augment;
	double v[NUMBERS];
	struct json *j = NULL;
	int rc;

	if (text == NULL)
		return err_set(ERR_FORMAT,
		    "info.json has no \"training\": this folder was not made by model-train and cannot be resumed");
	TRY(json_parse(&j, text, strlen(text), "info.json: training"));
	rc = recall_numbers(v, j);
	job->warmup = (int64_t)v[WARMUP];
	job->average = v[EMA];
	job->classes = (int)v[CLASSES];
	job->val_items = (size_t)v[VAL_ITEMS];
	a->rotate = v[ROTATE];
	a->scale = v[SCALE];
	a->noise = v[NOISE];
	a->contrast = v[CONTRAST];
	a->hsv[0] = v[HUE];
	a->hsv[1] = v[SATURATION];
	a->hsv[2] = v[VALUE];
	job->shuffle = json_bool(j, "shuffle", true);
	job->own_precision = false;
	if (rc >= 0)
		rc = precision_find(
		    &job->precision, json_str(j, "precision", "fp32"));
	job->rgb = json_bool(j, "rgb", false);
	a->mirror = json_bool(j, "mirror", false);
	a->flip = json_bool(j, "flip", false);
	a->whiten = json_bool(j, "whiten", false);
	job->iters_per_epoch = info->iter_per_epoch;
	job->seed = info->seed < 0 ? 0 : (uint64_t)info->seed;
	json_free(j);
	return rc;
}
