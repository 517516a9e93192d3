/*
 * Writing JSON into a buf.  One line has a space after ',' and ':'; indented
 * text is what Python's json.dumps(indent=4) prints, as DIGITS does.
 */
#include "json/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"

void
json_w_init(struct json_w *w, struct buf *out, int indent)
{
	*w = (struct json_w){ .out = out, .indent = indent };
	w->first[0] = true;
}

/* The first failure stays; nothing is written after it. */
static void
note_error(struct json_w *w, int rc)
{
	if (w->rc == 0 && rc < 0)
		w->rc = rc;
}

static void
put_text(struct json_w *w, const char *s)
{
	if (w->rc == 0)
		note_error(w, buf_adds(w->out, s));
}

static void
new_line(struct json_w *w)
{
	int i;

	if (w->indent == 0)
		return;
	put_text(w, "\n");
	for (i = 0; i < w->depth * w->indent; i++)
		put_text(w, " ");
}

/* What stands between the value before and the next one, or its key. */
static void
separate(struct json_w *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (!w->first[w->depth])
		put_text(w, w->indent > 0 ? "," : ", ");
	w->first[w->depth] = false;
	if (w->depth > 0)
		new_line(w);
}

static void
open_level(struct json_w *w, const char *bracket)
{
	separate(w);
	put_text(w, bracket);
	if (w->depth + 1 >= (int)LENGTH(w->first)) {
		note_error(w, err_set(ERR_RANGE, "JSON nested too deep"));
		return;
	}
	w->first[++w->depth] = true;
}

static void
close_level(struct json_w *w, const char *bracket)
{
	bool empty = w->first[w->depth];

	if (w->rc < 0 || w->depth == 0)
		return;
	w->depth--;
	if (!empty)
		new_line(w);
	put_text(w, bracket);
}

void
json_w_object(struct json_w *w)
{
	open_level(w, "{");
}

void
json_w_object_end(struct json_w *w)
{
	close_level(w, "}");
}

void
json_w_array(struct json_w *w)
{
	open_level(w, "[");
}

void
json_w_array_end(struct json_w *w)
{
	close_level(w, "]");
}

/* The character at p, valid UTF-8 of more than one byte; moves p behind it. */
static unsigned
character(const unsigned char **p)
{
	unsigned c = **p, n = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;

	c &= 0x3f >> n;
	for (++*p; n > 0; n--)
		c = c << 6 | (*(*p)++ & 0x3f);
	return c;
}

static int
put_ascii(struct buf *out, const char *s)
{
	const unsigned char *p;
	struct buf b;
	unsigned c;
	int rc;

	buf_init(&b, out->max);
	rc = buf_add_json(&b, s, strlen(s));
	p = (const unsigned char *)buf_str(&b);
	while (rc == 0 && *p != '\0') {
		if (*p < 0x80) {
			rc = buf_addc(out, (char)*p++);
			continue;
		}
		c = character(&p);
		if (c < 0x10000)
			rc = buf_printf(out, "\\u%04x", c);
		else
			rc = buf_printf(out, "\\u%04x\\u%04x",
			    0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
	}
	buf_clear(&b);
	return rc;
}

static void
put_string(struct json_w *w, const char *s)
{
	if (w->rc < 0)
		return;
	if (w->ascii)
		note_error(w, put_ascii(w->out, s));
	else
		note_error(w, buf_add_json(w->out, s, strlen(s)));
}

void
json_w_key(struct json_w *w, const char *key)
{
	separate(w);
	put_string(w, key);
	put_text(w, ": ");
	w->after_key = true;
}

void
json_w_str(struct json_w *w, const char *s)
{
	if (s == NULL) {
		json_w_null(w);
		return;
	}
	separate(w);
	put_string(w, s);
}

static void
put_value(struct json_w *w, const char *text)
{
	separate(w);
	put_text(w, text);
}

void
json_w_num(struct json_w *w, double v)
{
	char t[NUM_TEXT_MAX];

	put_value(w, isfinite(v) ? num_double_text(t, v) : "null");
}

void
json_w_number(struct json_w *w, double d)
{
	if (d == floor(d) && fabs(d) < 9e15)
		json_w_int(w, (int64_t)d);
	else
		json_w_num(w, d);
}

void
json_w_float(struct json_w *w, float v)
{
	char t[NUM_TEXT_MAX];

	put_value(w, isfinite(v) ? num_float_text(t, v) : "null");
}

void
json_w_int(struct json_w *w, int64_t v)
{
	char t[NUM_TEXT_MAX];

	snprintf(t, sizeof(t), "%" PRId64, v);
	put_value(w, t);
}

void
json_w_bool(struct json_w *w, bool v)
{
	put_value(w, v ? "true" : "false");
}

void
json_w_null(struct json_w *w)
{
	put_value(w, "null");
}

void
json_w_kstr(struct json_w *w, const char *key, const char *v)
{
	json_w_key(w, key);
	json_w_str(w, v);
}

void
json_w_knum(struct json_w *w, const char *key, double v)
{
	json_w_key(w, key);
	json_w_num(w, v);
}

void
json_w_kint(struct json_w *w, const char *key, int64_t v)
{
	json_w_key(w, key);
	json_w_int(w, v);
}

void
json_w_kwords(struct json_w *w, const char *key, const char *const *v)
{
	json_w_key(w, key);
	json_w_array(w);
	for (; v != NULL && *v != NULL; v++)
		json_w_str(w, *v);
	json_w_array_end(w);
}

void
json_w_kbool(struct json_w *w, const char *key, bool v)
{
	json_w_key(w, key);
	json_w_bool(w, v);
}

int
json_w_end(struct json_w *w)
{
	return w->rc;
}
