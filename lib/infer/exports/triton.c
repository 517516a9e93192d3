/* A version of a model for the Triton Inference Server: see triton.h. */
#include "infer/exports/triton.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "dset/dset.h"
#include "file/file.h"
#include "onnx/file.h"

enum {
	CONFIG_MAX = 1 << 20,
	BATCH_MAX = 16, /* items that the server may put together */
	VERSION_MAX = 1 << 30
};

struct triton {
	char *dir; /* REPO/NAME */
	const char *name;
	int64_t version;
	char **labels;
	size_t nlabels;
	bool batched; /* all axes 0 are those of items */
};

/* ---- config.pbtxt ---- */

static const char *
type_name(int type)
{
	return type == ONNX__TENSOR_PROTO__DATA_TYPE__UINT8 ? "TYPE_UINT8"
							    : "TYPE_FP32";
}

static const Onnx__TensorShapeProto *
shape_of_port(const Onnx__ValueInfoProto *v)
{
	return v->type->tensor_type->shape;
}

static bool
is_batched(Onnx__ValueInfoProto *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const Onnx__TensorShapeProto *s = shape_of_port(v[i]);

		if (s->n_dim == 0 || s->dim[0]->dim_param == NULL ||
		    strcmp(s->dim[0]->dim_param, "N") != 0)
			return false;
	}
	return true;
}

/* Numbers of one item; 0: as many as the data have it. */
static size_t
numbers_of(const Onnx__TensorShapeProto *s)
{
	size_t n = 1;

	for (size_t i = 1; i < s->n_dim; i++)
		n *=
		    s->dim[i]->has_dim_value ? (size_t)s->dim[i]->dim_value : 0;
	return n;
}

/* The server knows no tensor without an axis beside that of the items. */
static void
add_port(struct buf *b, const struct triton *t, const char *what,
    const Onnx__ValueInfoProto *v, bool labelled)
{
	const Onnx__TensorShapeProto *s = shape_of_port(v);
	const size_t first = t->batched ? 1 : 0;

	buf_printf(b, "%s [\n  {\n    name: ", what);
	buf_add_json(b, v->name, strlen(v->name));
	buf_printf(b, "\n    data_type: %s\n    dims: [",
	    type_name(v->type->tensor_type->elem_type));
	for (size_t i = first; i < s->n_dim; i++)
		buf_printf(b, "%s %" PRId64, i > first ? "," : "",
		    s->dim[i]->has_dim_value ? s->dim[i]->dim_value : -1);
	if (s->n_dim <= first)
		buf_adds(b, " 1 ]\n    reshape: { shape: [");
	buf_adds(b, " ]");
	if (s->n_dim <= first)
		buf_adds(b, " }");
	if (labelled)
		buf_adds(b, "\n    label_filename: \"labels.txt\"");
	buf_adds(b, "\n  }\n]\n");
}

static int
make_config(struct buf *b, struct triton *t, const char *path)
{
	struct onnx_file *f = NULL;
	const Onnx__GraphProto *g;

	TRY(onnx_file_open(&f, path));
	g = f->model->graph;
	t->batched = is_batched(g->input, g->n_input) &&
	    is_batched(g->output, g->n_output);
	buf_adds(b, "name: ");
	buf_add_json(b, t->name, strlen(t->name));
	buf_printf(b, "\nbackend: \"onnxruntime\"\nmax_batch_size: %d\n",
	    t->batched ? BATCH_MAX : 0);
	for (size_t i = 0; i < g->n_input; i++)
		add_port(b, t, "input", g->input[i], false);
	for (size_t i = 0; i < g->n_output; i++)
		add_port(b, t, "output", g->output[i],
		    t->batched && t->nlabels > 0 &&
			numbers_of(shape_of_port(g->output[i])) == t->nlabels);
	if (t->batched)
		buf_adds(b, "dynamic_batching { }\n");
	onnx_file_close(f);
	return 0;
}

/* ---- what is there ---- */

/* The text without blanks, in place. */
static void
squeeze(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++)
		if (!isspace((unsigned char)*s))
			*to++ = *s;
	*to = '\0';
}

/* Is every input and output of `mine` in `theirs`?  Someone may have written more
 * into it, and in another order. */
static bool
suits(const char *theirs, const char *mine)
{
	char *a = mem_strdup(theirs), *b = mem_strdup(mine), *at = b, *next;
	bool good = true;

	squeeze(a);
	squeeze(b);
	for (at = strstr(b, "put[{"); at != NULL && good; at = next) {
		char *end = strstr(at, "}]");

		next = end != NULL ? strstr(end, "put[{") : NULL;
		if (end != NULL) {
			*end = '\0';
			good = strstr(a, at + strlen("put[{")) != NULL;
		}
	}
	mem_free(a);
	mem_free(b);
	return good;
}

static bool
same_text(const char *theirs, const char *mine)
{
	return strcmp(theirs, mine) == 0;
}

/* A file beside the versions. */
struct beside {
	const char *name;
	bool (*fits)(const char *theirs, const char *mine);
	struct buf text; /* empty: there is none */
	bool write;      /* none that suits is there */
};

static int
check_beside(const struct triton *t, struct beside *f, int force)
{
	char *path = path_join(t->dir, f->name);
	struct buf there;
	int rc = 0;

	buf_init(&there, CONFIG_MAX);
	f->write = f->text.len > 0;
	if (f->write && file_exists(path)) {
		rc = file_read(&there, path);
		if (rc >= 0)
			f->write = !f->fits(buf_str(&there), buf_str(&f->text));
		if (rc >= 0 && f->write && !force)
			rc = err_set(ERR_REFUSED,
			    "%s does not suit this model; -f replaces it",
			    path);
	}
	buf_clear(&there);
	mem_free(path);
	return rc;
}

static int
write_beside(const struct triton *t, const struct beside *f)
{
	char *path = path_join(t->dir, f->name);
	int rc =
	    f->write ? file_write(path, buf_str(&f->text), f->text.len, 1) : 0;

	mem_free(path);
	return rc;
}

static int
make_labels(struct buf *b, const struct triton *t)
{
	for (size_t i = 0; i < t->nlabels; i++)
		TRY(buf_printf(b, "%s\n", t->labels[i]));
	return 0;
}

/* The number behind the highest one that is there. */
static int
next_version(struct triton *t)
{
	char **names = NULL;
	size_t n = 0;
	int64_t v;

	t->version = 1;
	if (!file_exists(t->dir))
		return 0;
	TRY(file_list(&names, &n, t->dir));
	for (size_t i = 0; i < n; i++)
		if (num_int(&v, names[i], 1, VERSION_MAX - 1) == 0 &&
		    v >= t->version)
			t->version = v + 1;
	file_list_free(names, n);
	return 0;
}

/* ---- a version ---- */

static char *
folder_name(const char *name)
{
	char *s = mem_strdup(name[0] != '\0' ? name : "model");

	for (char *p = s; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("_-.", *p) == NULL)
			*p = '_';
	if (s[0] == '.')
		s[0] = '_';
	return s;
}

/* Both are looked at before one of them is written; the config names the labels. */
static int
write_version(struct triton *t, const struct model *m,
    const struct infer_onnx *o, const char *dir, int force)
{
	struct beside labels = { "labels.txt", same_text };
	struct beside config = { "config.pbtxt", suits };
	char *file = path_join(dir, "model.onnx");
	int rc;

	buf_init(&labels.text, CONFIG_MAX);
	buf_init(&config.text, CONFIG_MAX);
	rc = infer_export_onnx(m, o, file, 0);
	if (rc >= 0)
		rc = make_labels(&labels.text, t);
	if (rc >= 0)
		rc = make_config(&config.text, t, file);
	if (rc >= 0)
		rc = check_beside(t, &labels, force);
	if (rc >= 0)
		rc = check_beside(t, &config, force);
	if (rc >= 0)
		rc = write_beside(t, &labels);
	if (rc >= 0)
		rc = write_beside(t, &config);
	buf_clear(&labels.text);
	buf_clear(&config.text);
	mem_free(file);
	return rc;
}

static int
add_version(struct triton *t, const struct model *m, const struct infer_onnx *o,
    int force, char **made)
{
	struct file_dir *d = NULL;
	char *number, *dir;
	int rc;

	TRY(file_mkdirs(t->dir));
	TRY(next_version(t));
	number = mem_printf("%" PRId64, t->version);
	dir = path_join(t->dir, number);
	rc = file_dir_begin(&d, dir, NULL);
	if (rc >= 0)
		rc = write_version(t, m, o, file_dir_path(d), force);
	if (rc >= 0)
		rc = file_dir_commit(&d);
	file_dir_abort(&d);
	if (rc >= 0)
		*made = path_join(dir, "model.onnx");
	else
		(void)remove(t->dir); /* only if nothing is in it */
	mem_free(number);
	mem_free(dir);
	return rc;
}

static bool
is_same_folder(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	    x.st_ino == y.st_ino;
}

int
infer_export_triton(const struct model *m, const struct infer_onnx *o,
    const char *repo, const char *name, int force, char **made)
{
	char *folder = folder_name(name);
	struct triton t = { .dir = path_join(repo, folder), .name = folder };
	const bool there = file_exists(repo);
	int rc = 0;

	if (is_same_folder(t.dir, m->dir))
		rc = err_set(ERR_REFUSED,
		    "%s is the model's own folder, not one of a model repository",
		    t.dir);
	if (rc >= 0 && m->labels != NULL)
		rc = dset_labels_read(&t.labels, &t.nlabels, m->labels);
	if (rc >= 0)
		rc = add_version(&t, m, o, force, made);
	if (rc < 0 && !there)
		(void)remove(repo); /* the same */
	dset_labels_free(t.labels, t.nlabels);
	mem_free(t.dir);
	mem_free(folder);
	return rc;
}
