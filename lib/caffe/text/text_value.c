/*
 * Values of prototxt: numbers, words, strings.
 */
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/msg_build.h"
#include "base/text.h"
#include "caffe/text/text_reader.h"

enum { NUMBER_MAX = 400, TEXT_SHOWN = 40 };

static const char *
enum_name(const void *ctx, size_t i)
{
	return ((const ProtobufCEnumDescriptor *)ctx)->values[i].name;
}

/* An integer token as magnitude; the sign is apart. */
static int
take_magnitude(struct text_reader *r, uint64_t *out)
{
	struct lex *l = &r->lex;
	uint64_t v = 0, base = 10;
	size_t i = 0;
	int d;

	if (l->kind != LEX_NUMBER)
		return text_fail_want(r, "an integer");
	if (l->len > 1 && l->tok[0] == '0') {
		i = (l->tok[1] | 0x20) == 'x' ? 2 : 1;
		base = i == 2 ? 16 : 8;
	}
	if (i == l->len)
		return text_fail_want(r, "an integer");
	for (; i < l->len; i++) {
		char c = l->tok[i];

		d = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
		if (d < 0 || (uint64_t)d >= base)
			return text_fail(r, "\"%.*s\" is not an integer",
			    (int)(l->len > 40 ? 40 : l->len), l->tok);
		if (v > (UINT64_MAX - (uint64_t)d) / base)
			return text_fail(r, "the integer is too large");
		v = v * base + (uint64_t)d;
	}
	*out = v;
	lex_next(l);
	return 0;
}

static int
take_integer(struct text_reader *r, void *to, const ProtobufCFieldDescriptor *f)
{
	bool is_signed = f->type == PROTOBUF_C_TYPE_INT32 ||
	    f->type == PROTOBUF_C_TYPE_INT64;
	bool wide = caffe_elem_size(f->type) == 8, minus = false;
	uint64_t v, max;
	struct lex start;

	if (lex_is(&r->lex, '-')) {
		if (!is_signed)
			return text_fail(r, "%s cannot be negative", f->name);
		minus = true;
		lex_next(&r->lex);
	}
	start = r->lex;
	TRY(take_magnitude(r, &v));
	max = is_signed ? (wide ? INT64_MAX : INT32_MAX)
			: (wide ? UINT64_MAX : UINT32_MAX);
	if (v > max + minus) {
		r->lex = start;
		return text_fail(r, "%s is out of range (%s%llu)", f->name,
		    minus ? "-" : "", (unsigned long long)v);
	}
	if (minus)
		v = 0 - v;
	if (wide)
		*(uint64_t *)to = v;
	else
		*(uint32_t *)to = (uint32_t)v;
	return 0;
}

/* Does the word token equal one of these, whatever the case? */
static bool
word_is(const struct lex *l, const char *word)
{
	return l->kind == LEX_WORD && strlen(word) == l->len &&
	    strncasecmp(l->tok, word, l->len) == 0;
}

static int
take_real(struct text_reader *r, double *out)
{
	struct lex *l = &r->lex;
	char s[NUMBER_MAX + 1];
	size_t n = l->len;

	if (word_is(l, "inf") || word_is(l, "infinity")) {
		*out = INFINITY;
	} else if (word_is(l, "nan")) {
		*out = NAN;
	} else if (l->kind == LEX_NUMBER && n <= NUMBER_MAX) {
		memcpy(s, l->tok, n);
		if (n > 1 && (s[n - 1] | 0x20) == 'f')
			n--; /* 0.5f */
		s[n] = '\0';
		if (strpbrk(s, "xX") != NULL ||
		    num_double(out, s, -INFINITY, INFINITY) < 0)
			return text_fail(r, "\"%.*s\" is not a number",
			    (int)(l->len > 40 ? 40 : l->len), l->tok);
	} else {
		return text_fail_want(r, "a number");
	}
	lex_next(l);
	return 0;
}

static int
take_float(struct text_reader *r, void *to, const ProtobufCFieldDescriptor *f)
{
	bool minus = lex_is(&r->lex, '-');
	double v;

	if (minus)
		lex_next(&r->lex);
	TRY(take_real(r, &v));
	if (minus)
		v = -v;
	if (f->type == PROTOBUF_C_TYPE_DOUBLE)
		*(double *)to = v;
	else
		*(float *)to = (float)v;
	return 0;
}

static int
take_bool(struct text_reader *r, void *to, const ProtobufCFieldDescriptor *f)
{
	static const char *const words[] = { "false", "False", "f", "0", "true",
		"True", "t", "1" };
	struct lex *l = &r->lex;
	size_t i;

	for (i = 0; i < LENGTH(words); i++)
		if (strlen(words[i]) == l->len &&
		    strncmp(l->tok, words[i], l->len) == 0) {
			*(protobuf_c_boolean *)to = i >= 4;
			lex_next(l);
			return 0;
		}
	return text_fail(r, "%s takes true or false, not \"%.*s\"", f->name,
	    (int)(l->len > TEXT_SHOWN ? TEXT_SHOWN : l->len), l->tok);
}

static int
take_enum(struct text_reader *r, void *to, const ProtobufCFieldDescriptor *f)
{
	const ProtobufCEnumDescriptor *e = f->descriptor;
	const ProtobufCEnumValue *v = NULL;
	struct lex *l = &r->lex;
	char word[64];
	const char *near;
	uint64_t number;

	if (l->kind == LEX_NUMBER) {
		struct lex start = *l;

		TRY(take_magnitude(r, &number));
		if (number <= INT_MAX)
			v = protobuf_c_enum_descriptor_get_value(
			    e, (int)number);
		if (v == NULL) {
			*l = start;
			return text_fail(r, "%s has no value %llu", f->name,
			    (unsigned long long)number);
		}
		*(int *)to = v->value;
		return 0;
	}
	if (l->kind == LEX_STRING)
		return text_fail(
		    r, "%s takes a bare word, not a string", f->name);
	if (l->kind != LEX_WORD)
		return text_fail_want(r, "a value");
	snprintf(word, sizeof(word), "%.*s", (int)(l->len > 63 ? 63 : l->len),
	    l->tok);
	v = protobuf_c_enum_descriptor_get_value_by_name(e, word);
	if (v == NULL && strcmp(f->name, "engine") == 0)
		v = &e->values[0]; /* one that is not here, as all of them */
	if (v == NULL) {
		near = text_near(word, e->n_values, enum_name, e);
		return text_fail(r, "%s has no value %s%s%s%s", f->name, word,
		    near != NULL ? " (did you mean " : "",
		    near != NULL ? near : "", near != NULL ? "?)" : "");
	}
	*(int *)to = v->value;
	lex_next(l);
	return 0;
}

/* One or more string tokens, put together. */
static int
take_string(struct text_reader *r, void *to, const ProtobufCFieldDescriptor *f)
{
	struct buf b;
	const char *bad;
	int rc;

	buf_init(&b, CAFFE_TEXT_MAX);
	if (r->lex.kind != LEX_STRING)
		return text_fail_want(r, "a quoted string");
	while (r->lex.kind == LEX_STRING) {
		bad = lex_unescape(&b, r->lex.tok, r->lex.len);
		if (bad != NULL) {
			rc = text_fail(r, "%s: %s", f->name, bad);
			goto done;
		}
		lex_next(&r->lex);
	}
	rc = text_pay(r, b.len + 32);
	if (rc < 0)
		goto done;
	if (f->type == PROTOBUF_C_TYPE_BYTES) {
		ProtobufCBinaryData *d = to;

		d->len = b.len;
		d->data = b.len ? (uint8_t *)buf_steal(&b) : NULL;
	} else if (b.len > 0 && memchr(b.data, 0, b.len) != NULL) {
		rc = text_fail(r, "%s: a string cannot hold a 0 byte", f->name);
	} else {
		*(char **)to = mem_strndup(buf_str(&b), b.len);
	}
done:
	buf_clear(&b);
	return rc;
}

int
text_take_scalar(
    struct text_reader *r, void *to, const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES: return take_string(r, to, f);
	case PROTOBUF_C_TYPE_ENUM: return take_enum(r, to, f);
	case PROTOBUF_C_TYPE_BOOL: return take_bool(r, to, f);
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE: return take_float(r, to, f);
	default: return take_integer(r, to, f);
	}
}
