/* info.json as a table of keys: see model.h. */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "json/json.h"
#include "model/folder.h"
#include "model/model.h"
#include "prog/prog.h"

enum kind { STR, DIMS, PIXEL, NUM, INT, SEED };

struct key {
	const char *name;
	enum kind kind;
	size_t at;
	int is_file;  /* names a file of the folder */
	size_t count; /* PIXEL: where it says how many */
};

#define AT(key_field) offsetof(struct model_info, key_field)

/* In byte order, which is the order they are written in. */
static const struct key keys[] = {
	{ "caffe flavor", STR, AT(caffe_flavor), 0 },
	{ "caffe version", STR, AT(caffe_version), 0 },
	{ "channel order", STR, AT(channel_order), 0 },
	{ "class names file", STR, AT(class_file), 1 },
	{ "command", STR, AT(command), 0 },
	{ "creation time", STR, AT(creation_time), 0 },
	{ "dataset digest", STR, AT(dataset_digest), 0 },
	{ "dataset path", STR, AT(dataset_path), 0 },
	{ "dataset_id", STR, AT(dataset_id), 0 },
	{ "deploy file", STR, AT(deploy_file), 1 },
	{ "digits version", STR, AT(digits_version), 0 },
	{ "epochs", NUM, AT(epochs), 0 },
	{ "framework", STR, AT(framework), 0 },
	{ "group", STR, AT(group), 0 },
	{ "id", STR, AT(id), 0 },
	{ "image dimensions", DIMS, AT(dims), 0 },
	{ "image resize mode", STR, AT(resize_mode), 0 },
	{ "input scale", NUM, AT(input_scale), 0 },
	{ "input std", PIXEL, AT(input_std), 0, AT(input_std_n) },
	{ "iterations per epoch", NUM, AT(iter_per_epoch), 0 },
	{ "job id", STR, AT(job_id), 0 },
	{ "labels file", STR, AT(labels_file), 1 },
	{ "license", STR, AT(licence), 0 },
	{ "max iterations", INT, AT(max_iter), 0 },
	{ "mean file", STR, AT(mean_file), 1 },
	{ "mean pixel", PIXEL, AT(mean_pixel), 0, AT(mean_pixel_n) },
	{ "mean subtraction", STR, AT(mean_subtraction), 0 },
	{ "model file", STR, AT(model_file), 1 },
	{ "name", STR, AT(name), 0 },
	{ "network file", STR, AT(network_file), 1 },
	{ "nnutils version", STR, AT(nnutils_version), 0 },
	{ "note", STR, AT(note), 0 },
	{ "palette file", STR, AT(palette_file), 1 },
	{ "python layer file", STR, AT(python_layer_file), 1 },
	{ "seed", SEED, AT(seed), 0 },
	{ "snapshot file", STR, AT(snapshot_file), 1 },
	{ "solver file", STR, AT(solver_file), 1 },
	{ "status", STR, AT(status), 0 },
	{ "task", STR, AT(task), 0 },
	{ "train_val file", STR, AT(train_val_file), 1 },
	{ "username", STR, AT(username), 0 },
};

static void *
key_field(const struct model_info *m, const struct key *k)
{
	return (char *)(uintptr_t)m + k->at;
}

/* How many numbers a PIXEL has. */
static int *
pixel_count(const struct model_info *m, const struct key *k)
{
	return (int *)(void *)((char *)(uintptr_t)m + k->count);
}

static char **
string(const struct model_info *m, const struct key *k)
{
	return key_field(m, k);
}

void
model_info_init(struct model_info *m)
{
	memset(m, 0, sizeof(*m));
	m->seed = -1;
}

void
model_info_clear(struct model_info *m)
{
	size_t i;

	for (i = 0; i < LENGTH(keys); i++)
		if (keys[i].kind == STR)
			mem_free(*string(m, &keys[i]));
	for (i = 0; i < m->n_extra; i++) {
		mem_free(m->extra[i].key);
		mem_free(m->extra[i].text);
	}
	mem_free(m->extra);
	model_info_init(m);
}

void
model_set(char **at, const char *value)
{
	char *copy = mem_strdup(value);

	mem_free(*at);
	*at = copy;
}

void
model_info_defaults(struct model_info *m)
{
	if (m->framework == NULL)
		model_set(&m->framework, "caffe");
	if (m->caffe_flavor == NULL)
		model_set(&m->caffe_flavor, "nnutils");
	if (m->caffe_version == NULL)
		model_set(&m->caffe_version, nnutils_version);
	if (m->digits_version != NULL)
		return; /* made by DIGITS, or filled already */
	model_set(&m->digits_version, "6.1.1"); /* whose format this is */
	if (m->nnutils_version == NULL)
		model_set(&m->nnutils_version, nnutils_version);
}

static int
wrong_type(const struct key *k, const char *name, const char *wanted)
{
	return err_set(
	    ERR_FORMAT, "%s: \"%s\" is not %s", name, k->name, wanted);
}

/* An array of up to max numbers; how many, or -1. */
static int
numbers(double *out, int max, const struct json *v)
{
	size_t i, n = json_length(v);

	if (json_type(v) != JSON_ARRAY || n > (size_t)max)
		return -1;
	for (i = 0; i < n; i++) {
		out[i] = json_number(json_at(v, i));
		if (!isfinite(out[i]))
			return -1;
	}
	return (int)n;
}

static int
dims_take(struct model_info *m, const struct key *k, const struct json *v,
    const char *name)
{
	double d[3];
	int i;

	if (numbers(d, 3, v) != 3)
		return wrong_type(k, name, "[height, width, channels]");
	for (i = 0; i < 3; i++) {
		if (d[i] < 0 || d[i] > 1 << 20 || d[i] != floor(d[i]))
			return wrong_type(k, name, "[height, width, channels]");
		m->dims[i] = (int)d[i];
	}
	return 0;
}

static int
number_take(struct model_info *m, const struct key *k, const struct json *v,
    const char *name)
{
	double d = json_number(v);

	if (json_type(v) != JSON_NUMBER || !isfinite(d) || fabs(d) > 9e15)
		return wrong_type(k, name, "a number");
	if (k->kind == NUM)
		*(double *)key_field(m, k) = d;
	else
		*(int64_t *)key_field(m, k) = (int64_t)d;
	return 0;
}

static int
value_take(struct model_info *m, const struct key *k, const struct json *v,
    const char *name)
{
	double pixel[4];
	int n;

	if (json_type(v) == JSON_NULL)
		return 0;
	switch (k->kind) {
	case STR:
		if (json_text(v) == NULL)
			return wrong_type(k, name, "a string");
		model_set(string(m, k), json_text(v));
		return 0;
	case DIMS: return dims_take(m, k, v, name);
	case PIXEL:
		n = numbers(pixel, 4, v);
		if (n < 0)
			return wrong_type(k, name, "up to four numbers");
		memcpy(key_field(m, k), pixel, sizeof(pixel[0]) * (size_t)n);
		*pixel_count(m, k) = n;
		return 0;
	default: return number_take(m, k, v, name);
	}
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, ((const struct key *)b)->name);
}

static int
extra_keep(struct model_info *m, const char *key, const struct json *v)
{
	struct json_w w;
	struct buf b;
	int rc;

	buf_init(&b, MODEL_INFO_MAX);
	json_w_init(&w, &b, 0);
	json_w_value(&w, v);
	rc = json_w_end(&w);
	if (rc == 0)
		model_info_extra(m, key, buf_str(&b));
	buf_clear(&b);
	return rc;
}

int
model_info_from(struct model_info *m, const struct json *j, const char *name)
{
	const struct json *v;
	const struct key *k;
	int rc = 0;

	if (json_type(j) != JSON_OBJECT)
		return err_set(ERR_FORMAT, "%s: not a JSON object", name);
	for (v = json_first(j); v != NULL && rc == 0; v = json_next(v)) {
		const char *key = json_key(v);

		k = bsearch(key, keys, LENGTH(keys), sizeof(*keys), by_name);
		if (k != NULL)
			rc = value_take(m, k, v, name);
		else if (m->n_extra < MODEL_EXTRA_MAX)
			rc = extra_keep(m, key, v);
		else
			rc = err_set(ERR_RANGE, "%s: more than %d other keys",
			    name, MODEL_EXTRA_MAX);
	}
	return rc;
}

int
model_info_parse(
    struct model_info *m, const char *text, size_t n, const char *name)
{
	struct json *j = NULL;
	int rc;

	if (n > MODEL_INFO_MAX)
		return err_set(ERR_RANGE, "%s is larger than %d bytes", name,
		    MODEL_INFO_MAX);
	rc = json_parse(&j, text, n, name);
	if (rc == 0)
		rc = model_info_from(m, j, name);
	json_free(j);
	return rc;
}

static int
file_check(const struct key *k, const char *value, const char *name)
{
	int rc;

	if (value == NULL || value[0] == '\0' ||
	    strcmp(value, "no snapshots") == 0)
		return 0;
	rc = path_check_inside(value);
	if (rc == 0 && strchr(value, '/') != NULL)
		rc = err_set(ERR_REFUSED, "'%s' is not a plain name", value);
	return rc < 0 ? err_in(rc, "%s: \"%s\"", name, k->name) : 0;
}

int
model_info_names(const struct model_info *m, const char *name)
{
	size_t i;

	for (i = 0; i < LENGTH(keys); i++)
		if (keys[i].is_file)
			TRY(file_check(&keys[i], *string(m, &keys[i]), name));
	return 0;
}

int
model_info_check(const struct model_info *m, const char *name)
{
	const struct {
		const char *key, *value;
	} needed[] = {
		{ "snapshot file", m->snapshot_file },
		{ "framework", m->framework },
		{ "name", m->name },
		{ "model file",
		    m->model_file != NULL ? m->model_file : m->network_file },
	};
	size_t i;

	TRY(model_info_names(m, name));
	for (i = 0; i < LENGTH(needed); i++)
		if (needed[i].value == NULL)
			return err_set(ERR_FORMAT, "%s: missing key \"%s\"",
			    name, needed[i].key);
	return 0;
}

static int
present(const struct model_info *m, const struct key *k)
{
	switch (k->kind) {
	case STR: return *string(m, k) != NULL;
	case DIMS: return m->dims[0] > 0;
	case PIXEL: return *pixel_count(m, k) > 0;
	case NUM: return *(double *)key_field(m, k) != 0;
	case INT: return *(int64_t *)key_field(m, k) != 0;
	default: return *(int64_t *)key_field(m, k) >= 0;
	}
}

static void
value_write(struct json_w *w, const struct model_info *m, const struct key *k)
{
	int i;

	json_w_key(w, k->name);
	switch (k->kind) {
	case STR: json_w_str(w, *string(m, k)); break;
	case DIMS:
		json_w_array(w);
		for (i = 0; i < 3; i++)
			json_w_int(w, m->dims[i]);
		json_w_array_end(w);
		break;
	case PIXEL:
		json_w_array(w);
		for (i = 0; i < *pixel_count(m, k); i++)
			json_w_number(w, ((double *)key_field(m, k))[i]);
		json_w_array_end(w);
		break;
	case NUM: json_w_number(w, *(double *)key_field(m, k)); break;
	default: json_w_int(w, *(int64_t *)key_field(m, k));
	}
}

static int
extra_write(struct json_w *w, const struct model_extra *e)
{
	struct json *j = NULL;
	int rc = json_parse(&j, e->text, strlen(e->text), e->key);

	if (rc < 0)
		return err_in(rc, "info.json");
	json_w_key(w, e->key);
	json_w_value(w, j);
	json_free(j);
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct model_extra *)a)->key,
	    ((const struct model_extra *)b)->key);
}

int
model_info_text(struct buf *out, const struct model_info *m)
{
	struct model_extra *e = NULL;
	size_t i, j = 0;
	struct json_w w;
	int rc = 0;

	if (m->n_extra > 0) {
		e = mem_array(struct model_extra, m->n_extra);
		memcpy(e, m->extra, m->n_extra * sizeof(*e));
		qsort(e, m->n_extra, sizeof(*e), by_key);
	}
	json_w_init(&w, out, 4);
	w.ascii = true;
	json_w_object(&w);
	for (i = 0; i <= LENGTH(keys) && rc == 0; i++) {
		while (rc == 0 && j < m->n_extra &&
		    (i == LENGTH(keys) || strcmp(e[j].key, keys[i].name) < 0))
			rc = extra_write(&w, &e[j++]);
		if (i < LENGTH(keys) && present(m, &keys[i]))
			value_write(&w, m, &keys[i]);
	}
	json_w_object_end(&w);
	mem_free(e);
	return rc < 0 ? rc : json_w_end(&w);
}

int
model_info_read(struct model_info *m, const char *dir)
{
	char *path = path_join(dir, "info.json");
	struct buf b;
	int rc;

	buf_init(&b, MODEL_INFO_MAX);
	rc = file_read(&b, path);
	if (rc == 0)
		rc = model_info_parse(m, buf_str(&b), b.len, path);
	buf_clear(&b);
	mem_free(path);
	return rc;
}

static int
info_write(const struct model_info *m, const char *dir, bool last)
{
	char *path = path_join(dir, "info.json");
	struct buf b;
	int rc;

	buf_init(&b, MODEL_INFO_MAX);
	rc = model_info_text(&b, m);
	if (rc == 0)
		rc = file_write(path, b.data, b.len, 1);
	if (rc == ERR_IO && last && file_overwrite(path, b.data, b.len) == 0)
		rc = 0;
	buf_clear(&b);
	mem_free(path);
	return rc;
}

int
model_info_write(const struct model_info *m, const char *dir)
{
	return info_write(m, dir, false);
}

int
model_info_write_last(const struct model_info *m, const char *dir)
{
	return info_write(m, dir, true);
}

char *
model_time_now(void)
{
	struct timeval tv;
	char text[32];
	struct tm tm;
	time_t t;

	gettimeofday(&tv, NULL);
	t = tv.tv_sec;
	localtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	return mem_printf("%s.%06ld", text, (long)tv.tv_usec);
}
