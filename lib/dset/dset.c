/*
 * Opening a data set: what lies in the folder, and the few facts of
 * dataset.json that readers need.  A folder that DIGITS made has no
 * dataset.json; the shape then comes from the first record.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "dset/dset.h"
#include "dset/tasks/task.h"
#include "file/file.h"
#include "file/lines.h"
#include "json/json.h"

static const char *const part_names[DSET_PARTS] = { "train", "val", "test" };

const char *
dset_part_name(enum dset_part part)
{
	return part_names[part];
}

int
dset_labels_read(char ***names, size_t *n, const char *path)
{
	return lines_read(names, n, path, "labels");
}

void
dset_labels_free(char **names, size_t n)
{
	lines_free(names, n);
}

/* dir/name when it exists, else NULL. */
static char *
look(const char *dir, const char *name)
{
	char *path = path_join(dir, name);

	if (file_exists(path))
		return path;
	mem_free(path);
	return NULL;
}

bool
dset_is(const char *dir)
{
	static const char *const signs[] = { "train_db", "val_db", "test_db",
		"data.mdb" };
	char *p = NULL;

	for (size_t i = 0; p == NULL && i < LENGTH(signs); i++)
		p = look(dir, signs[i]);
	mem_free(p);
	return p != NULL;
}

/* Is the folder itself a database? */
static int
is_database(const char *path)
{
	static const char *const signs[] = { "data.mdb", "list.txt",
		"features" };
	size_t i;
	char *p;

	if (!file_is_dir(path))
		return 1;
	for (i = 0; i < LENGTH(signs); i++) {
		p = look(path, signs[i]);
		mem_free(p);
		if (p != NULL)
			return 1;
	}
	return 0;
}

static int
side(const struct json *j, const char *key)
{
	double v = json_num(j, key, 0);

	return v >= 1 && v <= IMAGE_MAX_SIDE ? (int)v : 0;
}

static void
read_shape(int *channels, int *height, int *width, const struct json *j)
{
	const struct json *shape = j != NULL ? json_find(j, "shape") : NULL;

	if (shape == NULL)
		return;
	*channels = side(shape, "channels");
	*height = side(shape, "height");
	*width = side(shape, "width");
}

static int
read_columns(struct dset *d, const struct json *j)
{
	const struct json *list = j != NULL ? json_find(j, "columns") : NULL,
			  *one;
	struct dset_column *c;
	const char *name;
	size_t i, n = list != NULL ? json_length(list) : 0;
	int kind;

	for (i = 0; i < n && d->ncolumns < RECORD_COLUMNS_MAX; i++) {
		one = json_at(list, i);
		name = json_str(one, "name", NULL);
		kind = value_kind_find(json_str(one, "kind", ""));
		if (name == NULL || kind < 0)
			return err_set(ERR_FORMAT,
			    "%s/dataset.json: columns: %s is not a column of a kind that is known",
			    d->path,
			    name != NULL ? name : "one without a name");
		c = &d->columns[d->ncolumns++];
		*c = (struct dset_column){ .name = mem_strdup(name),
			.kind = (enum value_kind)kind };
		read_shape(&c->channels, &c->height, &c->width, one);
	}
	return 0;
}

/* "#rrggbb" each; what is none ends them. */
static void
read_palette(struct dset *d, const struct json *j)
{
	const struct json *list = json_find(j, "palette"), *one;
	const char *s;
	char end;

	if (list == NULL || json_type(list) != JSON_ARRAY)
		return;
	for (one = json_first(list); one != NULL; one = json_next(one)) {
		s = json_text(one);
		if (d->npalette == (int)LENGTH(d->palette) || s == NULL ||
		    sscanf(s, "#%6" SCNx32 "%c", &d->palette[d->npalette],
			&end) != 1)
			break;
		d->npalette++;
	}
}

/* Names of classes: those of labels.txt, which dataset.json should have, too; where
 * that file is missing, those of dataset.json. */
static void
compare_classes(struct dset *d, const struct json *j)
{
	const struct json *list = json_find(j, "classes"), *one;
	size_t n = list != NULL ? json_length(list) : 0;

	if (n == 0 || json_type(list) != JSON_ARRAY)
		return;
	if (d->labels_path != NULL) {
		if (n != d->nlabels)
			log_warn("%s: labels.txt names %s, dataset.json %zu",
			    d->path, NUM_COUNTED(d->nlabels, "class"), n);
		return;
	}
	d->labels = mem_array(char *, n);
	for (one = json_first(list); one != NULL; one = json_next(one))
		d->labels[d->nlabels++] =
		    mem_strdup(json_text(one) != NULL ? json_text(one) : "");
}

/* A part that dataset.json names is not there: said, for the others are good. */
static void
compare_parts(const struct dset *d, const struct json *j)
{
	const struct json *parts = json_find(j, "parts");

	for (int part = 0; part < DSET_PARTS; part++)
		if (parts != NULL && d->db_path[part] == NULL &&
		    json_find(parts, part_names[part]) != NULL)
			log_warn(
			    "%s: %s_db, which dataset.json names, is missing",
			    d->path, part_names[part]);
}

/* What is of the wrong kind in dataset.json is not passed over. */
static void
read_padding(struct dset *d, const struct json *j)
{
	const struct json *pad = json_find(j, "padding");
	const double w = pad != NULL ? json_num(pad, "width", 0) : 0;
	const double h = pad != NULL ? json_num(pad, "height", 0) : 0;

	if (w >= 1 && h >= 1 && w <= IMAGE_MAX_SIDE && h <= IMAGE_MAX_SIDE) {
		d->pad_width = (int)w;
		d->pad_height = (int)h;
	}
}

static int
take_notes(struct dset *d, const struct json *j)
{
	const struct json *task = json_find(j, "task"),
			  *shape = json_find(j, "shape");

	if (json_type(j) != JSON_OBJECT)
		return err_set(
		    ERR_FORMAT, "%s/dataset.json: is not an object", d->path);
	if (task != NULL && json_text(task) == NULL)
		return err_set(ERR_FORMAT,
		    "%s/dataset.json: \"task\" is not a string", d->path);
	if (shape != NULL && json_type(shape) != JSON_OBJECT &&
	    json_type(shape) != JSON_NULL)
		return err_set(ERR_FORMAT,
		    "%s/dataset.json: \"shape\" is not an object", d->path);
	read_shape(&d->channels, &d->height, &d->width, j);
	read_padding(d, j);
	TRY(read_columns(d, j));
	mem_free(d->task);
	mem_free(d->encoding);
	mem_free(d->resize_mode);
	d->task = mem_strdup(json_str(j, "task", ""));
	d->encoding = mem_strdup(json_str(j, "encoding", ""));
	d->resize_mode = mem_strdup(json_str(j, "resize_mode", ""));
	d->kind = dset_task_find(d->task);
	if (d->kind == NULL && d->task[0] != '\0')
		log_warn(
		    "%s/dataset.json: there is no task \"%s\" here: records are read by their columns",
		    d->path, d->task);
	compare_classes(d, j);
	read_palette(d, j);
	compare_parts(d, j);
	return 0;
}

static int
read_notes(struct dset *d)
{
	char *path = look(d->path, "dataset.json");
	struct json *j = NULL;
	int rc = 0;

	if (path != NULL)
		rc = json_read(&j, path);
	if (rc == 0 && j != NULL)
		rc = take_notes(d, j);
	json_free(j);
	mem_free(path);
	return rc;
}

char *
dset_column_path(const struct dset *d, enum dset_part part, const char *column)
{
	return d->db_path[part] != NULL ? look(d->db_path[part], column) : NULL;
}

/* The shape of the first record there is. */
static int
look_shape(struct dset *d)
{
	struct record_db *db = NULL;
	struct record_scratch s;
	struct value v;
	int part = 0, rc;
	char *path;

	record_scratch_init(&s);
	while (part < DSET_PARTS - 1 && d->db_path[part] == NULL)
		part++;
	path = dset_column_path(d, (enum dset_part)part, "features");
	rc = record_db_begin(&db, path != NULL ? path : d->db_path[part]);
	mem_free(path);
	if (rc == 0)
		rc = record_column_get(&v, db, 0, RECORD_DATA, &s, 0);
	if (rc == 0) {
		d->channels = v.channels;
		d->height = v.height;
		d->width = v.width;
	}
	record_scratch_clear(&s);
	record_db_close(db);
	return rc;
}

/* The parts and small files of a data set's folder. */
static int
open_folder(struct dset *d)
{
	char name[16];
	int part, parts = 0;

	for (part = 0; part < DSET_PARTS; part++) {
		snprintf(name, sizeof name, "%s_db", part_names[part]);
		d->db_path[part] = look(d->path, name);
		parts += d->db_path[part] != NULL;
	}
	if (parts == 0)
		return file_absent(d->path,
		    "%s: it holds no train_db, val_db or test_db, and is not a database itself (dset-create makes a data set of pictures)",
		    d->path);
	d->mean_path = look(d->path, "mean.binaryproto");
	/* DIGITS puts that of a set of features and labels into its parts */
	if (d->mean_path == NULL && d->db_path[DSET_TRAIN] != NULL)
		d->mean_path = look(d->db_path[DSET_TRAIN], "mean.binaryproto");
	d->labels_path = look(d->path, "labels.txt");
	if (d->labels_path != NULL)
		TRY(dset_labels_read(&d->labels, &d->nlabels, d->labels_path));
	return read_notes(d);
}

int
dset_open(struct dset **out, const char *path)
{
	struct dset *d = mem_new(struct dset);
	int rc = 0;

	*out = NULL;
	d->path = mem_strdup(path);
	d->task = mem_strdup("");
	d->encoding = mem_strdup("");
	d->resize_mode = mem_strdup("");
	if (!file_exists(path)) {
		rc = file_absent(path, "%s: no such data set", path);
	} else if (is_database(path)) {
		d->db_path[DSET_TRAIN] = mem_strdup(path);
	} else {
		rc = open_folder(d);
	}
	if (rc == 0 && d->channels == 0)
		rc = look_shape(d);
	if (rc < 0)
		dset_close(d);
	else
		*out = d;
	return rc;
}

void
dset_close(struct dset *d)
{
	int part;

	if (d == NULL)
		return;
	for (part = 0; part < DSET_PARTS; part++)
		mem_free(d->db_path[part]);
	for (int k = 0; k < d->ncolumns; k++)
		mem_free(d->columns[k].name);
	dset_labels_free(d->labels, d->nlabels);
	mem_free(d->path);
	mem_free(d->task);
	mem_free(d->encoding);
	mem_free(d->resize_mode);
	mem_free(d->mean_path);
	mem_free(d->labels_path);
	mem_free(d);
}

int
dset_open_part(
    struct record_db **out, const struct dset *d, enum dset_part part)
{
	const struct record_column *c;
	int k, column;

	*out = NULL;
	if (d->db_path[part] == NULL)
		return err_set(ERR_MISSING, "%s: no %s database", d->path,
		    part_names[part]);
	TRY(record_db_open(out, d->db_path[part]));
	/* Of one number alone HDF5 cannot tell that it is no class. */
	(void)record_columns(&c, *out);
	if (d->kind != NULL && !d->kind->classes &&
	    c[RECORD_LABEL].kind == VALUE_CLASS)
		record_column_is(*out, RECORD_LABEL, VALUE_NUMBERS);
	for (k = 0; k < d->ncolumns; k++) {
		column = record_column_find(*out, d->columns[k].name);
		if (column >= 0) {
			record_column_is(*out, column, d->columns[k].kind);
			continue;
		}
		record_db_close(*out);
		*out = NULL;
		return err_set(ERR_FORMAT,
		    "%s: no %s, which dataset.json names", d->db_path[part],
		    d->columns[k].name);
	}
	return 0;
}
