/*
 * Reading JSON.  cJSON does the parsing; depth is checked before, because its
 * own limit (1000, compiled into the library) is deeper than ours.
 */
#include "json/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "file/file.h"
#include "file/sniff.h"

/* struct json is never defined: it is a cJSON under another name. */
static const cJSON *
inner(const struct json *j)
{
	return (const cJSON *)(const void *)j;
}

static const struct json *
outer(const cJSON *c)
{
	return (const struct json *)(const void *)c;
}

static int
bad_at(const char *text, size_t n, const char *at, const char *name,
    const char *what)
{
	size_t line = 1, i;

	for (i = 0; i < n && text + i < at; i++)
		line += text[i] == '\n';
	return err_set(ERR_FORMAT, "%s: line %zu: %s", name, line, what);
}

/* Nesting of the text; and a NUL byte, or a \u0000 in a string, which would end
 * the C string and hide what follows.  Malformed text is cJSON's to find. */
static int
check_text(const char *text, size_t n, const char *name)
{
	size_t i;
	int depth = 0, quoted = 0;

	for (i = 0; i < n; i++) {
		if (text[i] == '\0') {
			return bad_at(text, n, text + i, name, "a NUL byte");
		} else if (quoted) {
			if (text[i] == '\\' && n - i > 5 &&
			    memcmp(text + i, "\\u0000", 6) == 0)
				return err_set(ERR_FORMAT,
				    "%s: a string with a NUL character", name);
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				quoted = 0;
		} else if (text[i] == '"') {
			quoted = 1;
		} else if (text[i] == '[' || text[i] == '{') {
			if (++depth > JSON_MAX_DEPTH)
				return err_set(ERR_RANGE,
				    "%s: nested deeper than %d", name,
				    JSON_MAX_DEPTH);
		} else if (text[i] == ']' || text[i] == '}') {
			depth--;
		}
	}
	return 0;
}

static int
only_space(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n", *p) != NULL && *p != '\0')
		p++;
	return p == end;
}

int
json_parse(struct json **out, const char *text, size_t n, const char *name)
{
	const char *end = text;
	cJSON *root;

	*out = NULL;
	if (n > JSON_MAX_BYTES)
		return err_set(ERR_RANGE,
		    "%s: %zu bytes are more than the %d allowed", name, n,
		    JSON_MAX_BYTES);
	TRY(sniff_fail(check_text(text, n, name), name, text, n, "JSON"));
	root = n == 0 ? NULL : cJSON_ParseWithLengthOpts(text, n, &end, 0);
	if (root == NULL)
		return sniff_fail(bad_at(text, n, end, name, "not JSON"), name,
		    text, n, "JSON");
	if (!only_space(end, text + n)) {
		cJSON_Delete(root);
		return bad_at(text, n, end, name, "not JSON");
	}
	*out = (struct json *)(void *)root;
	return 0;
}

int
json_read(struct json **out, const char *path)
{
	struct buf b;
	int rc;

	*out = NULL;
	buf_init(&b, JSON_MAX_BYTES);
	rc = file_read(&b, path);
	if (rc == 0)
		rc = json_parse(out, buf_str(&b), b.len, path);
	buf_clear(&b);
	return rc;
}

void
json_free(struct json *j)
{
	cJSON_Delete((cJSON *)(void *)j);
}

enum json_type
json_type(const struct json *j)
{
	const cJSON *c = inner(j);

	if (cJSON_IsBool(c))
		return JSON_BOOL;
	if (cJSON_IsNumber(c))
		return JSON_NUMBER;
	if (cJSON_IsString(c))
		return JSON_STRING;
	if (cJSON_IsArray(c))
		return JSON_ARRAY;
	return cJSON_IsObject(c) ? JSON_OBJECT : JSON_NULL;
}

const struct json *
json_find(const struct json *j, const char *key)
{
	return outer(cJSON_GetObjectItemCaseSensitive(inner(j), key));
}

size_t
json_length(const struct json *j)
{
	const cJSON *c = inner(j);

	return cJSON_IsArray(c) || cJSON_IsObject(c)
	    ? (size_t)cJSON_GetArraySize(c)
	    : 0;
}

const struct json *
json_at(const struct json *j, size_t i)
{
	if (i >= (size_t)JSON_MAX_BYTES)
		return NULL;
	return outer(cJSON_GetArrayItem(inner(j), (int)i));
}

const struct json *
json_first(const struct json *j)
{
	return json_length(j) > 0 ? outer(inner(j)->child) : NULL;
}

const struct json *
json_next(const struct json *j)
{
	return outer(inner(j)->next);
}

const char *
json_key(const struct json *j)
{
	return inner(j)->string;
}

const char *
json_key_at(const struct json *j, size_t i)
{
	const struct json *v = json_at(j, i);

	return v != NULL ? json_key(v) : NULL;
}

const char *
json_text(const struct json *j)
{
	return cJSON_GetStringValue(inner(j));
}

int
json_truth(const struct json *j)
{
	return cJSON_IsBool(inner(j)) ? cJSON_IsTrue(inner(j)) != 0 : -1;
}

double
json_number(const struct json *j)
{
	return cJSON_IsNumber(inner(j)) ? inner(j)->valuedouble : NAN;
}

const char *
json_str(const struct json *j, const char *key, const char *def)
{
	const char *s = json_text(json_find(j, key));

	return s != NULL ? s : def;
}

double
json_num(const struct json *j, const char *key, double def)
{
	const cJSON *c = inner(json_find(j, key));

	return cJSON_IsNumber(c) ? c->valuedouble : def;
}

bool
json_bool(const struct json *j, const char *key, bool def)
{
	const cJSON *c = inner(json_find(j, key));

	return cJSON_IsBool(c) ? cJSON_IsTrue(c) : def;
}

int
json_need_str(const char **out, const struct json *j, const char *key)
{
	const struct json *v = json_find(j, key);

	if (v == NULL)
		return err_set(ERR_FORMAT, "\"%s\" is missing", key);
	*out = json_text(v);
	if (*out == NULL)
		return err_set(ERR_FORMAT, "\"%s\" is not a string", key);
	return 0;
}

int
json_need_num(double *out, const struct json *j, const char *key)
{
	const struct json *v = json_find(j, key);

	if (v == NULL)
		return err_set(ERR_FORMAT, "\"%s\" is missing", key);
	if (json_type(v) != JSON_NUMBER)
		return err_set(ERR_FORMAT, "\"%s\" is not a number", key);
	*out = json_number(v);
	return 0;
}
