/* A model ready to be read, from a folder or an archive: see model.h. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/alias.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/tidy.h"
#include "file/deps.h"
#include "file/file.h"
#include "model/folder.h"
#include "model/history.h"
#include "model/imports/onnx.h"
#include "model/model.h"
#include "model/pack.h"
#include "onnx/file.h"

int
model_file_in(char **path, const char *dir, const char *name)
{
	struct stat st;
	int there;

	*path = NULL;
	if (name == NULL || name[0] == '\0' || path_check_inside(name) < 0)
		return 0;
	*path = path_join(dir, name);
	there = file_look(&st, *path);
	/* A link that leads nowhere is named when it is opened. */
	if (there > 0 ? !S_ISDIR(st.st_mode)
		      : there == 0 && lstat(*path, &st) == 0)
		return 0;
	mem_free(*path);
	*path = NULL;
	return there < 0 ? there : 0;
}

/* The named file, or the one that has the usual name. */
static int
named_or(char **path, const char *dir, const char *named, const char *usual)
{
	TRY(model_file_in(path, dir, named));
	return *path != NULL ? 0 : model_file_in(path, dir, usual);
}

static bool
name_ends(const char *name, const char *end)
{
	const size_t n = strlen(name), k = strlen(end);

	return n >= k && strcasecmp(name + n - k, end) == 0;
}

/* *path: the only file whose name ends so; NULL: there are none or several. */
static int
only(char **path, const char *dir, const char *end)
{
	char **names = NULL;
	size_t i, n = 0, hits = 0;

	TRY(file_list(&names, &n, dir));
	for (i = 0; i < n; i++)
		if (name_ends(names[i], end)) {
			mem_free(*path);
			*path = path_join(dir, names[i]);
			hits++;
		}
	file_list_free(names, n);
	if (hits > 1) {
		mem_free(*path);
		*path = NULL;
	}
	return 0;
}

int
model_epoch_parse(double *epoch, const char *text)
{
	*epoch = MODEL_NEWEST;
	if (text == NULL || strcmp(text, "-1") == 0)
		return 0;
	if (strcmp(text, "best") == 0) {
		*epoch = MODEL_BEST;
		return 0;
	}
	if (num_double(epoch, text, 0, 1e9) < 0)
		return err_set(ERR_USAGE,
		    "-e %s: an epoch, best, or -1 for the newest", text);
	return 0;
}

/* The snapshot that validated best; NULL: none did. */
static const struct model_snapshot *
best_of(int *rc, const struct model_snapshots *s, const char *dir)
{
	struct history h;
	int i = -1;

	*rc = history_read(&h, dir, -1);
	if (*rc >= 0)
		i = history_best_snapshot(&h, s);
	history_clear(&h);
	if (*rc >= 0 && i < 0)
		*rc = err_set(ERR_MISSING, "no snapshot was validated");
	return i < 0 ? NULL : &s->v[i];
}

/* Weights: the snapshot of the epoch, else what info.json names, else the
 * only .caffemodel. */
static int
weights_find(struct model *m, double epoch)
{
	const struct model_snapshot *at = NULL;
	struct model_snapshots s;
	int rc;

	rc = model_snapshots_find(&s, m->dir, m->has_info ? &m->info : NULL);
	if (rc < 0)
		return rc;
	if (epoch == MODEL_NEWEST)
		rc = model_file_in(&m->weights, m->dir, m->info.snapshot_file);
	if (rc < 0)
		goto done;
	if (epoch != MODEL_NEWEST || (m->weights == NULL && s.n > 0)) {
		rc = ERR_MISSING;
		at = epoch == MODEL_BEST ? best_of(&rc, &s, m->dir)
					 : model_snapshot_at(&s, epoch);
		if (at == NULL) {
			rc = err_in(rc, "%s", m->dir);
			goto done;
		}
		rc = 0;
		m->weights = path_join(m->dir, at->weights);
		m->iter = at->iter;
	} else if (m->weights != NULL) {
		size_t i;

		for (i = 0; i < s.n; i++)
			if (strcmp(s.v[i].weights, path_base(m->weights)) == 0)
				m->iter = s.v[i].iter;
	}
	if (m->weights == NULL)
		rc = only(&m->weights, m->dir, ".caffemodel");
	if (rc == 0 && m->weights == NULL)
		rc = only(&m->weights, m->dir, ".h5");
done:
	model_snapshots_free(&s);
	return rc;
}

static int
files_find(struct model *m)
{
	const struct model_info *i = &m->info;
	const struct {
		char **path;
		const char *named, *usual;
	} v[] = {
		{ &m->deploy, i->deploy_file, "deploy.prototxt" },
		{ &m->train_val, i->train_val_file, "train_val.prototxt" },
		{ &m->original,
		    i->model_file != NULL ? i->model_file : i->network_file,
		    "original.prototxt" },
		{ &m->solver, i->solver_file, "solver.prototxt" },
		{ &m->labels, i->labels_file, "labels.txt" },
		{ &m->mean, i->mean_file, "mean.binaryproto" },
		{ &m->palette, i->palette_file, "palette.txt" },
		{ &m->class_names, i->class_file, "class_names.txt" },
	};

	for (size_t k = 0; k < LENGTH(v); k++)
		TRY(named_or(v[k].path, m->dir, v[k].named, v[k].usual));
	if (m->mean == NULL)
		TRY(model_file_in(&m->mean, m->dir, "mean.npy"));
	if (m->deploy == NULL && !m->has_info)
		TRY(only(&m->deploy, m->dir, "deploy.prototxt"));
	if (m->deploy == NULL && !m->has_info)
		TRY(only(&m->deploy, m->dir, ".prototxt"));
	return 0;
}

bool
model_named(const char *path)
{
	return file_is_dir(path) || archive_named(path) || onnx_named(path);
}

/* The folder that is all there is in dir: the caller's, or NULL. */
static char *
only_folder(const char *dir)
{
	char **names = NULL, *sub = NULL;
	size_t n = 0;

	if (file_list(&names, &n, dir) == 0 && n == 1) {
		sub = path_join(dir, names[0]);
		if (!file_is_dir(sub)) {
			mem_free(sub);
			sub = NULL;
		}
	}
	file_list_free(names, n);
	return sub;
}

/* Where the model is in an unpacked archive, which is no deeper than archives may
 * be: at its root, or in the only folder there (an archive made of a folder), or
 * in the only one of that.  The caller's. */
char *
model_root(const char *dir)
{
	char *root = mem_strdup(dir), *sub;

	while ((sub = only_folder(root)) != NULL) {
		mem_free(root);
		root = sub;
	}
	return root;
}

/* A file of ONNX, made into the model that it is. */
static int
onnx_unpack(const char *dir, const char *path)
{
	struct model_info info;
	const char *base = path_base(path);
	char *name = mem_strndup(base, strlen(base) - strlen(path_ext(base)));
	int rc;

	model_info_init(&info);
	rc = model_onnx_take(dir, &info, path, NULL);
	if (rc >= 0)
		rc = model_info_guess(&info, dir, name);
	if (rc >= 0)
		rc = model_info_write(&info, dir);
	model_info_clear(&info);
	mem_free(name);
	return rc;
}

/* Unpack into a folder of our own in TMPDIR. */
static int
archive_open(struct model *m, const char *path)
{
	const char *tmp = getenv("TMPDIR");
	struct unpack_limits limits;
	char *dir;
	int rc;

	if (tmp == NULL || tmp[0] == '\0')
		tmp = "/tmp";
	dir = mem_printf("%s/.nnutils-model-XXXXXX", tmp);
	rc = file_tmp_folder(dir);
	if (rc < 0) {
		mem_free(dir);
		return rc;
	}
	m->temp = dir;
	deps_leave(dir);
	alias_add(dir, tmp); /* what fails now fails there */
	unpack_limits_init(&limits);
	limits.passes = model_is_best_link;
	if (onnx_named(path))
		rc = onnx_unpack(dir, path);
	else
		rc = archive_unpack(path, dir, &limits);
	if (rc == ERR_IO)
		rc = err_in(rc, "unpack in %s (TMPDIR)", tmp);
	alias_add(dir, path);
	if (rc == 0)
		m->dir = model_root(dir);
	return rc;
}

int
model_open(struct model **out, const char *path, double epoch)
{
	struct model *m = mem_new(struct model);
	int rc = 0;

	*out = NULL;
	model_info_init(&m->info);
	m->iter = -1;
	if (file_is_dir(path))
		m->dir = mem_strdup(path);
	else if (!file_exists(path))
		rc =
		    file_absent(path, "model %s: no such folder or file", path);
	else
		rc = archive_open(m, path);
	if (rc == 0) {
		rc = model_info_read(&m->info, m->dir);
		m->has_info = rc == 0;
		if (rc == ERR_MISSING)
			rc = 0;
	}
	if (rc == 0 && m->has_info)
		rc = model_info_names(&m->info, m->dir);
	if (rc == 0)
		rc = files_find(m);
	if (rc == 0)
		rc = weights_find(m, epoch);
	if (rc == 0 && !m->has_info && m->deploy == NULL && m->weights == NULL)
		rc = file_absent(m->dir,
		    "%s: not a model folder: neither info.json, nor a net, nor weights",
		    path);
	if (rc < 0)
		model_close(m);
	else
		*out = m;
	return rc;
}

void
model_close(struct model *m)
{
	if (m == NULL)
		return;
	if (m->temp != NULL) {
		file_remove_tree(m->temp);
		tidy_drop(m->temp);
		alias_drop(m->temp);
	}
	model_info_clear(&m->info);
	mem_free(m->dir);
	mem_free(m->deploy);
	mem_free(m->train_val);
	mem_free(m->original);
	mem_free(m->solver);
	mem_free(m->weights);
	mem_free(m->labels);
	mem_free(m->mean);
	mem_free(m->palette);
	mem_free(m->class_names);
	mem_free(m->temp);
	mem_free(m);
}
