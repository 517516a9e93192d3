/* Reading safetensors. */
#include "tensors/safetensors.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "json/json.h"
#include "tensors/tensors.h"

enum { LENGTH_BYTES = 8 };

/* Where an array's bytes are, behind the header. */
struct range {
	uint64_t begin, end;
	size_t item;
};

static uint64_t
header_length(const void *p)
{
	uint64_t n;

	memcpy(&n, p, sizeof(n));
	return n;
}

bool
safetensors_is(const void *p, size_t n)
{
	return n > LENGTH_BYTES && header_length(p) <= SAFETENSORS_HEADER_MAX &&
	    ((const char *)p)[LENGTH_BYTES] == '{';
}

/* A number of a list, whole and not negative. */
static int
take_size(uint64_t *out, const struct json *j, const char *key)
{
	const double v = json_number(j);

	/* what a double holds exactly */
	if (!(v >= 0 && v <= 9007199254740992.0) || v != floor(v))
		return err_set(
		    ERR_FORMAT, "\"%s\" has something else than sizes", key);
	*out = (uint64_t)v;
	return 0;
}

static int
take_type(struct tensors_item *t, const struct json *j)
{
	const char *name;

	TRY(json_need_str(&name, j, "dtype"));
	for (int i = 0; i < TENSORS_TYPES; i++)
		if (strcmp(name, tensors_type_name(i)) == 0) {
			t->type = (enum tensors_type)i;
			return 0;
		}
	return err_set(ERR_UNSUPPORTED, "type \"%s\" is not known", name);
}

static int
need_list(const struct json **out, const struct json *j, const char *key)
{
	*out = json_find(j, key);
	if (*out == NULL || json_type(*out) != JSON_ARRAY)
		return err_set(ERR_FORMAT, "\"%s\" is %s", key,
		    *out == NULL ? "missing" : "not a list");
	return 0;
}

static int
take_shape(struct tensors_item *t, const struct json *j)
{
	const struct json *list, *one;
	uint64_t size = 0;

	TRY(need_list(&list, j, "shape"));
	for (one = json_first(list); one != NULL; one = json_next(one)) {
		if (t->ndim == TENSORS_DIMS)
			return err_set(
			    ERR_RANGE, "more than %d axes", TENSORS_DIMS);
		TRY(take_size(&size, one, "shape"));
		t->dim[t->ndim++] = (int64_t)size;
	}
	return tensors_shape_set(t);
}

static int
take_range(struct range *r, const struct tensors_item *t, const struct json *j,
    size_t bytes)
{
	const uint64_t want = t->count * tensors_type_size(t->type);
	char shape[TENSORS_SHAPE_TEXT];
	const struct json *list;

	TRY(need_list(&list, j, "data_offsets"));
	if (json_length(list) != 2)
		return err_set(
		    ERR_FORMAT, "\"data_offsets\" is not a begin and an end");
	TRY(take_size(&r->begin, json_at(list, 0), "data_offsets"));
	TRY(take_size(&r->end, json_at(list, 1), "data_offsets"));
	if (r->begin > r->end)
		return err_set(ERR_FORMAT, "ends before it begins");
	if (r->end > bytes)
		return err_set(ERR_FORMAT,
		    "bytes %llu to %llu, and the file has %zu behind its header: is it cut short?",
		    (unsigned long long)r->begin, (unsigned long long)r->end,
		    bytes);
	if (r->end - r->begin != want)
		return err_set(ERR_FORMAT, "%llu bytes, and %s of %s take %llu",
		    (unsigned long long)(r->end - r->begin),
		    tensors_shape_text(shape, t), tensors_type_name(t->type),
		    (unsigned long long)want);
	return 0;
}

/* dtype, shape and data_offsets, each once. */
static int
check_keys(const struct json *j)
{
	static const char *const keys[] = { "dtype", "shape", "data_offsets" };
	unsigned seen = 0;

	if (json_type(j) != JSON_OBJECT)
		return err_set(ERR_FORMAT, "is not described by an object");
	for (j = json_first(j); j != NULL; j = json_next(j)) {
		size_t i = 0;

		while (i < LENGTH(keys) && strcmp(json_key(j), keys[i]) != 0)
			i++;
		if (i == LENGTH(keys))
			return err_set(
			    ERR_FORMAT, "\"%s\" is not known", json_key(j));
		if (seen & 1u << i)
			return err_set(
			    ERR_FORMAT, "\"%s\" stands twice", keys[i]);
		seen |= 1u << i;
	}
	return 0;
}

/* Text to text. */
static int
check_meta(const struct json *j)
{
	if (json_type(j) != JSON_OBJECT)
		return err_set(ERR_FORMAT, "is not an object");
	for (j = json_first(j); j != NULL; j = json_next(j))
		if (json_type(j) != JSON_STRING)
			return err_set(
			    ERR_FORMAT, "\"%s\" is not text", json_key(j));
	return 0;
}

static int
take_item(struct tensors *t, struct range *r, const struct json *j,
    const char *data, size_t bytes)
{
	struct tensors_item *item = &t->v[t->n];

	r[t->n].item = t->n;
	t->n++;
	item->name = mem_strdup(json_key(j));
	TRY(check_keys(j));
	TRY(take_type(item, j));
	TRY(take_shape(item, j));
	TRY(take_range(&r[t->n - 1], item, j, bytes));
	item->data = data + r[t->n - 1].begin;
	return 0;
}

static int
take_items(struct tensors *t, struct range *r, const struct json *root,
    const char *data, size_t bytes)
{
	const struct json *j;
	bool meta = false;

	for (j = json_first(root); j != NULL; j = json_next(j)) {
		int rc;

		if (strcmp(json_key(j), SAFETENSORS_META) != 0)
			rc = take_item(t, r, j, data, bytes);
		else if (meta)
			rc = err_set(ERR_FORMAT, "stands twice");
		else
			rc = check_meta(j);
		meta |= strcmp(json_key(j), SAFETENSORS_META) == 0;
		if (rc < 0)
			return err_in(rc, "%s: \"%s\"", t->path, json_key(j));
	}
	return 0;
}

static int
by_begin(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

/* One behind the other up to the end of the file. */
static int
check_ranges(const struct tensors *t, struct range *r, size_t bytes)
{
	uint64_t at = 0;

	qsort(r, t->n, sizeof(*r), by_begin);
	for (size_t i = 0; i < t->n; i++) {
		if (r[i].begin != at)
			return err_set(ERR_FORMAT,
			    "%s: \"%s\" begins at byte %llu, where the one before it ends at %llu",
			    t->path, t->v[r[i].item].name,
			    (unsigned long long)r[i].begin,
			    (unsigned long long)at);
		at = r[i].end;
	}
	if (at != bytes)
		return err_set(ERR_FORMAT,
		    "%s: %llu bytes behind the last array", t->path,
		    (unsigned long long)(bytes - at));
	return 0;
}

static int
take_header(
    struct tensors *t, const struct json *root, const char *data, size_t bytes)
{
	const size_t n = json_length(root);
	struct range *r;
	int rc;

	if (json_type(root) != JSON_OBJECT)
		return err_set(
		    ERR_FORMAT, "%s: the header is not an object", t->path);
	if (n > TENSORS_MAX)
		return err_set(ERR_RANGE, "%s: %zu arrays, more than %d",
		    t->path, n, TENSORS_MAX);
	t->v = mem_array(struct tensors_item, n + 1);
	r = mem_array(struct range, n + 1);
	rc = take_items(t, r, root, data, bytes);
	if (rc >= 0)
		rc = check_ranges(t, r, bytes);
	mem_free(r);
	return rc;
}

int
safetensors_parse(struct tensors *t, const void *p, size_t n)
{
	const char *text = (const char *)p + LENGTH_BYTES;
	struct json *root = NULL;
	uint64_t header;
	char *name;
	int rc;

	if (n < LENGTH_BYTES)
		return err_set(
		    ERR_FORMAT, "%s: %zu bytes are too few", t->path, n);
	header = header_length(p);
	n -= LENGTH_BYTES;
	if (header > SAFETENSORS_HEADER_MAX)
		return err_set(ERR_FORMAT,
		    "%s: a header of %llu bytes, more than %d: not safetensors",
		    t->path, (unsigned long long)header,
		    SAFETENSORS_HEADER_MAX);
	if (header > n)
		return err_set(ERR_FORMAT,
		    "%s: a header of %llu bytes, and the file has %zu: is it cut short?",
		    t->path, (unsigned long long)header, n);
	name = mem_printf("%s: header", t->path);
	rc = json_parse(&root, text, (size_t)header, name);
	mem_free(name);
	if (rc >= 0)
		rc = take_header(t, root, text + header, n - (size_t)header);
	json_free(root);
	t->form = "safetensors";
	return rc;
}
