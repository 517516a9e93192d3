/* Archives and single files into a model folder: see pack.h. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/archive.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "model/check.h"
#include "model/convolutionize.h"
#include "model/derive.h"
#include "model/folder.h"
#include "model/imports/built.h"
#include "model/imports/onnx.h"
#include "model/pack.h"
#include "model/product.h"
#include "nn/torch/torch.h"
#include "onnx/file.h"

/* Move what is in a folder's only sub-folder, or in the only one of that, up into
 * it. */
static int
flatten(const char *dir)
{
	char *root = model_root(dir), **names = NULL, *top;
	size_t i, n = 0;
	int rc = 0;

	if (strcmp(root, dir) == 0)
		goto done;
	rc = file_list(&names, &n, root);
	for (i = 0; i < n && rc == 0; i++) {
		char *from = path_join(root, names[i]);
		char *to = path_join(dir, names[i]);

		if (file_exists(to))
			rc = err_set(ERR_REFUSED,
			    "the archive has a folder of the name of its file");
		else if (rename(from, to) != 0)
			rc = err_sys("rename %s", from);
		mem_free(from);
		mem_free(to);
	}
	file_list_free(names, n);
	/* the uppermost of them, whose name ends where the next begins */
	top = root + strlen(dir) + 1;
	top[strcspn(top, "/")] = '\0';
	if (rc == 0)
		rc = file_remove_tree(root);
done:
	mem_free(root);
	return rc;
}

int
model_copy_in(const char *dir, const char *from, const char *name)
{
	char *to = path_join(dir, name);
	int rc = file_exists(from)
	    ? file_copy(from, to)
	    : file_absent(from, "%s: no such file", from);

	mem_free(to);
	return rc;
}

/* The plain files of a folder (a DIGITS job, say). */
static int
folder_copy(const char *from, const char *dir)
{
	char **names = NULL;
	size_t i, n = 0;
	int rc = file_list(&names, &n, from);

	for (i = 0; i < n && rc == 0; i++) {
		char *path = path_join(from, names[i]);
		struct stat st;
		int there = names[i][0] != '.' && !model_is_best_link(names[i])
		    ? file_look(&st, path)
		    : 0;

		if (there < 0)
			rc = there;
		else if (there > 0 && S_ISREG(st.st_mode))
			rc = model_copy_in(dir, path, names[i]);
		mem_free(path);
	}
	file_list_free(names, n);
	return rc;
}

/* Snapshots keep their name, which tells the iteration. */
static const char *
weights_as(const char *path)
{
	const char *name = path_base(path);

	if (strstr(name, "_iter_") != NULL &&
	    (path_has_ext(path, ".caffemodel") || path_has_ext(path, ".h5")))
		return name;
	return path_has_ext(path, ".h5") ? "model.caffemodel.h5"
					 : "model.caffemodel";
}

/* The sentence of a failure with the files as they were given, not as they are
 * called in a folder that will not be. */
static int
name_given(const struct model_import *o, int rc)
{
	const struct {
		const char *name, *given;
	} v[] = {
		{ o->weights != NULL ? weights_as(o->weights) : "",
		    o->weights },
		{ "deploy.prototxt", o->net },
		{ "train_val.prototxt", o->net },
		{ "original.prototxt", o->net },
		{ "labels.txt", o->labels },
	};
	const char *text = err_text(), *rest = text;
	size_t out = strlen(o->out);

	while (out > 1 && o->out[out - 1] == '/')
		out--;
	if (strncmp(text, o->out, out) == 0 && text[out] == '/')
		rest += out + 1;
	for (size_t i = 0; i < LENGTH(v); i++) {
		const size_t n = strlen(v[i].name);

		if (v[i].given != NULL && strncmp(rest, v[i].name, n) == 0 &&
		    rest[n] == ':')
			return err_set(rc, "%s%s", v[i].given, rest + n);
	}
	if (o->archive != NULL && rest != text)
		return err_set(rc, "%s: %s", o->archive, rest);
	if (o->archive != NULL && strncmp(text, o->out, out) == 0 &&
	    text[out] == ':')
		return err_set(rc, "%s%s", o->archive, text + out);
	return rc;
}

/* The weights if info.json names none that is there: the newest snapshot, or
 * the only .caffemodel. */
static int
weights_name(struct model_info *info, const char *dir)
{
	struct model *m = NULL;
	int rc;

	if (info->snapshot_file != NULL)
		return 0;
	rc = model_open(&m, dir, MODEL_NEWEST);
	if (rc == 0 && m->weights != NULL)
		model_set(&info->snapshot_file, path_base(m->weights));
	else if (rc == 0)
		model_set(&info->snapshot_file, "no snapshots");
	model_close(m);
	return rc;
}

static int
from_archive(
    const struct model_import *o, const char *dir, struct model_info *info)
{
	struct unpack_limits limits;
	int rc;

	unpack_limits_init(&limits);
	limits.passes = model_is_best_link;
	if (file_is_dir(o->archive))
		TRY(folder_copy(o->archive, dir));
	else
		TRY(archive_unpack(o->archive, dir, &limits));
	TRY(flatten(dir));
	rc = model_info_read(info, dir);
	if (rc < 0 && rc != ERR_MISSING)
		return err_in(rc, "%s", o->archive);
	if (rc < 0)
		TRY(weights_name(info, dir));
	TRY(model_info_guess(
	    info, dir, o->name != NULL ? o->name : path_base(o->out)));
	rc = model_info_check(info, "info.json");
	return rc < 0 ? err_in(rc, "%s", o->archive) : 0;
}

static int
net_take(const struct model_import *o, const char *dir, struct model_info *info)
{
	int d[4], has;

	has = model_net_input(d, o->net);
	if (has < 0)
		return has;
	TRY(model_copy_in(dir, o->net, "original.prototxt"));
	model_set(&info->model_file, "original.prototxt");
	if (!has) { /* made for training: no fixed input */
		TRY(model_copy_in(dir, o->net, "train_val.prototxt"));
		model_set(&info->train_val_file, "train_val.prototxt");
		return 0;
	}
	TRY(model_copy_in(dir, o->net, "deploy.prototxt"));
	model_set(&info->deploy_file, "deploy.prototxt");
	return 0;
}

static int
from_files(
    const struct model_import *o, const char *dir, struct model_info *info)
{
	int arrays;

	if (o->weights == NULL || o->net == NULL)
		return err_set(ERR_USAGE,
		    "an archive, or --weights and --net, must be given");
	TRY(arrays = net_weights_are_arrays(o->weights));
	if (arrays || import_is_standard(o->net)) {
		TRY(import_built(o, dir, info));
	} else {
		TRY(model_copy_in(dir, o->weights, weights_as(o->weights)));
		model_set(&info->snapshot_file, weights_as(o->weights));
		TRY(net_take(o, dir, info));
	}
	return 0;
}

static int
missing_report(const struct model_import *o, const char *dir,
    const struct model_info *info)
{
	const struct {
		const char *key, *name;
	} named[] = {
		{ "snapshot file", info->snapshot_file },
		{ "model file", info->model_file },
		{ "network file", info->network_file },
		{ "deploy file", info->deploy_file },
		{ "train_val file", info->train_val_file },
		{ "solver file", info->solver_file },
		{ "labels file", info->labels_file },
		{ "mean file", info->mean_file },
		{ "python layer file", info->python_layer_file },
		{ "palette file", info->palette_file },
		{ "class names file", info->class_file },
	};
	int n = 0;
	size_t i;

	for (i = 0; i < LENGTH(named); i++) {
		char *path;

		if (named[i].name == NULL || named[i].name[0] == '\0')
			continue;
		TRY(model_file_in(&path, dir, named[i].name));
		if (path == NULL && !path_has_ext(named[i].name, ".ckpt")) {
			n++;
			if (o->missing != NULL)
				o->missing(o->ctx, named[i].name, named[i].key);
		}
		mem_free(path);
	}
	return n;
}

static int
from_onnx(
    const struct model_import *o, const char *dir, struct model_info *info)
{
	const struct model_onnx m = { .size = { o->size[0], o->size[1] } };

	return model_onnx_take(dir, info, o->archive, &m);
}

/* Before the folder gets its name: weights and net, net and labels. */
static int
judge_parts(const struct model_import *o, const char *dir)
{
	struct model *m = NULL;
	int rc;

	rc = model_open(&m, dir, MODEL_NEWEST);
	if (rc >= 0)
		rc = model_judge(m, o->untrained, o->ctx);
	if (rc >= 0 && model_labels_judge(m) < 0)
		log_warn("%s", err_text());
	model_close(m);
	return rc;
}

static int
fill(const struct model_import *o, const char *dir, struct model_info *info)
{
	if (o->archive != NULL && onnx_named(o->archive) &&
	    !file_is_dir(o->archive))
		TRY(from_onnx(o, dir, info));
	else
		TRY(o->archive != NULL ? from_archive(o, dir, info)
				       : from_files(o, dir, info));
	TRY(model_import_options(o, dir, info));
	TRY(model_derive_deploy(info, dir));
	if (o->convolutionize)
		TRY(model_convolutionize(info, dir));
	TRY(model_info_write(info, dir));
	TRY(model_list_others(dir));
	return judge_parts(o, dir);
}

int
model_import(const struct model_import *o)
{
	struct file_dir *d = NULL;
	struct model_info info;
	int rc, missing = 0;

	model_info_init(&info);
	rc = file_dir_begin(&d, o->out, o->force ? &model_kind : NULL);
	if (rc < 0)
		goto done;
	rc = fill(o, file_dir_path(d), &info);
	if (rc < 0 && rc != ERR_IO) /* which is of what is written */
		rc = name_given(o, rc);
	if (rc == 0)
		rc = missing = missing_report(o, file_dir_path(d), &info);
	if (rc >= 0)
		rc = file_dir_commit(&d);
done:
	file_dir_abort(&d);
	model_info_clear(&info);
	return rc < 0 ? rc : missing;
}
