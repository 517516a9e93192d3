/*
 * JSON: a thin typed reader and writer over cJSON.
 *
 * Reading: a document has a byte cap and a depth cap; getters say which key of which document is missing or of the wrong
 * type.  Values returned are borrowed until json_free of the document.
 * Writing: a streaming writer into a struct buf that escapes, keeps commas
 * right, and prints either one line (NDJSON) or indented by 4 (DIGITS's way).
 */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct json; /* any value; the document is its root */

enum { JSON_MAX_BYTES = 64 << 20, JSON_MAX_DEPTH = 64 };

/* Parse text; name is used in error sentences.  Trailing non-space: error. */
int json_parse(struct json **out, const char *text, size_t n, const char *name);
int json_read(struct json **out, const char *path);
void json_free(struct json *j); /* the root only; accepts NULL */

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};
enum json_type json_type(const struct json *j);

const struct json *
json_find(const struct json *j, const char *key); /* or NULL */
size_t json_length(const struct json *j);         /* array or object */
/* Member i, or NULL: walks from the first, so loop with json_first and _next. */
const struct json *json_at(const struct json *j, size_t i);
const char *json_key_at(const struct json *j, size_t i); /* objects */
const struct json *json_first(const struct json *j);     /* or NULL */
const struct json *json_next(const struct json *j);      /* or NULL */
const char *json_key(const struct json *j); /* of a member of an object */

/* Typed access with a default when the key is absent or of another type. */
const char *json_str(const struct json *j, const char *key, const char *def);
double json_num(const struct json *j, const char *key, double def);
bool json_bool(const struct json *j, const char *key, bool def);
/* Typed access that fails with a sentence naming the key. */
int json_need_str(const char **out, const struct json *j, const char *key);
int json_need_num(double *out, const struct json *j, const char *key);
int json_truth(const struct json *j); /* of a bool value: 1 or 0; else -1 */
const char *json_text(const struct json *j); /* of a string value, or NULL */
double json_number(const struct json *j);    /* of a number value, or NAN */

/* The writer.  Errors (cap of the buf passed) are remembered: json_w_end. */
struct json_w {
	struct buf *out;
	int indent; /* 0: one line; 4: DIGITS's pretty print */
	/* other characters as \uXXXX, as Python does; set it after json_w_init
	 */
	bool ascii;
	int depth;
	int rc;
	bool first[JSON_MAX_DEPTH];
	bool after_key;
};
void json_w_init(struct json_w *w, struct buf *out, int indent);
void json_w_object(struct json_w *w);
void json_w_object_end(struct json_w *w);
void json_w_array(struct json_w *w);
void json_w_array_end(struct json_w *w);
void json_w_key(struct json_w *w, const char *key);
void json_w_str(struct json_w *w, const char *s); /* NULL writes null; bad UTF-8
                                                     bytes become U+FFFD */
void json_w_num(
    struct json_w *w, double v); /* shortest round trip; NaN, inf: null */
void json_w_number(struct json_w *w, double d); /* 3, not 3.0, of 3 */
void json_w_float(struct json_w *w, float v);   /* shortest float round trip */
void json_w_int(struct json_w *w, int64_t v);
void json_w_bool(struct json_w *w, bool v);
void json_w_null(struct json_w *w);
/* key and value in one */
void json_w_kstr(struct json_w *w, const char *key, const char *v);
void json_w_knum(struct json_w *w, const char *key, double v);
void json_w_kint(struct json_w *w, const char *key, int64_t v);
void json_w_kbool(struct json_w *w, const char *key, bool v);
/* An array of strings, up to a NULL. */
void json_w_kwords(struct json_w *w, const char *key, const char *const *v);
/* A value that was read, with the keys of objects in byte order (as Python's
 * sort_keys) and whole numbers without a point. */
void json_w_value(struct json_w *w, const struct json *v);
int json_w_end(struct json_w *w); /* 0 or the remembered error */

#endif
