/*
 * The reader of prototxt.  Tokens are text_lex.c's; this file turns them into
 * fields of protobuf-c messages.
 */
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/msg.h"
#include "caffe/msg_build.h"
#include "caffe/near.h"
#include "caffe/text.h"
#include "caffe/text_lex.h"

/* Memory of the messages: that many bytes, and some per byte of text. */
enum { BUDGET = 64 << 20, BUDGET_PER_BYTE = 8 };
enum { NUMBER_MAX = 400, TEXT_SHOWN = 40 };

struct reader {
	struct lex lex;
	const char *name;
	size_t budget;
	int depth;
	const ProtobufCFieldDescriptor *path[CAFFE_TEXT_DEPTH + 1];
};

/* The path of the message we are in, "layer.convolution_param: ", or "". */
static void
path_text(char *out, size_t size, const struct reader *r)
{
	size_t used = 0, len;
	const char *s;
	int i;

	out[0] = '\0';
	for (i = 0; i < r->depth; i++) {
		s = caffe_field_name(r->path[i], &len);
		if (used + len + 3 > size)
			return;
		memcpy(out + used, s, len);
		used += len;
		out[used++] = i + 1 < r->depth ? '.' : ':';
		out[used] = '\0';
	}
	if (used > 0) {
		out[used++] = ' ';
		out[used] = '\0';
	}
}

static int fail(struct reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
fail(struct reader *r, const char *fmt, ...)
{
	char path[256], what[512];
	va_list ap;

	path_text(path, sizeof(path), r);
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(ERR_FORMAT, "%s:%d:%d: %s%s", r->name, r->lex.tok_line,
	    r->lex.tok_column, path, what);
}

/* "found X", for a token that is not what was wanted. */
static int
fail_want(struct reader *r, const char *want)
{
	const struct lex *l = &r->lex;
	int n = l->len > TEXT_SHOWN ? TEXT_SHOWN : (int)l->len;

	if (l->bad)
		return fail(r, "%s", l->bad);
	if (l->kind == LEX_END)
		return fail(r, "%s is missing at the end", want);
	return fail(r, "%s is missing before %s%.*s%s", want,
	    l->kind == LEX_STRING ? "" : "\"", n, l->tok,
	    l->kind == LEX_STRING ? "" : "\"");
}

static int
pay(struct reader *r, size_t bytes)
{
	if (bytes > r->budget)
		return fail(r, "the message needs too much memory");
	r->budget -= bytes;
	return 0;
}

/* ---- values ---- */

static const char *
enum_name(const void *ctx, size_t i)
{
	return ((const ProtobufCEnumDescriptor *)ctx)->values[i].name;
}

/* An integer token as magnitude; the sign is apart. */
static int
take_magnitude(struct reader *r, uint64_t *out)
{
	struct lex *l = &r->lex;
	uint64_t v = 0, base = 10;
	size_t i = 0;
	int d;

	if (l->kind != LEX_NUMBER)
		return fail_want(r, "an integer");
	if (l->len > 1 && l->tok[0] == '0') {
		i = (l->tok[1] | 0x20) == 'x' ? 2 : 1;
		base = i == 2 ? 16 : 8;
	}
	if (i == l->len)
		return fail_want(r, "an integer");
	for (; i < l->len; i++) {
		char c = l->tok[i];

		d = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
		if (d < 0 || (uint64_t)d >= base)
			return fail(r, "\"%.*s\" is no integer",
			    (int)(l->len > 40 ? 40 : l->len), l->tok);
		if (v > (UINT64_MAX - (uint64_t)d) / base)
			return fail(r, "the integer is too large");
		v = v * base + (uint64_t)d;
	}
	*out = v;
	lex_next(l);
	return 0;
}

static int
take_integer(struct reader *r, void *to, const ProtobufCFieldDescriptor *f)
{
	bool is_signed = f->type == PROTOBUF_C_TYPE_INT32 ||
	    f->type == PROTOBUF_C_TYPE_INT64;
	bool wide = caffe_elem_size(f->type) == 8, minus = false;
	uint64_t v, max;
	struct lex start;

	if (lex_is(&r->lex, '-')) {
		if (!is_signed)
			return fail(r, "%s cannot be negative", f->name);
		minus = true;
		lex_next(&r->lex);
	}
	start = r->lex;
	TRY(take_magnitude(r, &v));
	max = is_signed ? (wide ? INT64_MAX : INT32_MAX)
			: (wide ? UINT64_MAX : UINT32_MAX);
	if (v > max + minus) {
		r->lex = start;
		return fail(r, "%s is out of range (%s%llu)", f->name,
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
take_real(struct reader *r, double *out)
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
		if (strpbrk(s, "xX") ||
		    num_double(out, s, -INFINITY, INFINITY) < 0)
			return fail(r, "\"%.*s\" is no number",
			    (int)(l->len > 40 ? 40 : l->len), l->tok);
	} else {
		return fail_want(r, "a number");
	}
	lex_next(l);
	return 0;
}

static int
take_float(struct reader *r, void *to, const ProtobufCFieldDescriptor *f)
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
take_bool(struct reader *r, void *to, const ProtobufCFieldDescriptor *f)
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
	return fail(r, "%s takes true or false, not \"%.*s\"", f->name,
	    (int)(l->len > TEXT_SHOWN ? TEXT_SHOWN : l->len), l->tok);
}

static int
take_enum(struct reader *r, void *to, const ProtobufCFieldDescriptor *f)
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
		if (!v) {
			*l = start;
			return fail(r, "%s has no value %llu", f->name,
			    (unsigned long long)number);
		}
		*(int *)to = v->value;
		return 0;
	}
	if (l->kind == LEX_STRING)
		return fail(r, "%s takes a bare word, not a string", f->name);
	if (l->kind != LEX_WORD)
		return fail_want(r, "a value");
	snprintf(word, sizeof(word), "%.*s", (int)(l->len > 63 ? 63 : l->len),
	    l->tok);
	v = protobuf_c_enum_descriptor_get_value_by_name(e, word);
	if (!v) {
		near = caffe_near(word, e->n_values, enum_name, e);
		return fail(r, "%s has no value %s%s%s%s", f->name, word,
		    near ? " (did you mean " : "", near ? near : "",
		    near ? "?)" : "");
	}
	*(int *)to = v->value;
	lex_next(l);
	return 0;
}

/* One or more string tokens, put together. */
static int
take_string(struct reader *r, void *to, const ProtobufCFieldDescriptor *f)
{
	struct buf b;
	const char *bad;
	int rc;

	buf_init(&b, CAFFE_TEXT_MAX);
	if (r->lex.kind != LEX_STRING)
		return fail_want(r, "a quoted string");
	while (r->lex.kind == LEX_STRING) {
		bad = lex_unescape(&b, r->lex.tok, r->lex.len);
		if (bad) {
			rc = fail(r, "%s: %s", f->name, bad);
			goto done;
		}
		lex_next(&r->lex);
	}
	rc = pay(r, b.len + 32);
	if (rc < 0)
		goto done;
	if (f->type == PROTOBUF_C_TYPE_BYTES) {
		ProtobufCBinaryData *d = to;

		d->len = b.len;
		d->data = b.len ? (uint8_t *)buf_steal(&b) : NULL;
	} else if (b.len > 0 && memchr(b.data, 0, b.len)) {
		rc = fail(r, "%s: a string cannot hold a 0 byte", f->name);
	} else {
		*(char **)to = mem_strndup(buf_str(&b), b.len);
	}
done:
	buf_clear(&b);
	return rc;
}

/* ---- fields ---- */

static int take_message(
    struct reader *r, ProtobufCMessage **to, const ProtobufCFieldDescriptor *f);

static int
take_value(struct reader *r, void *to, const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_MESSAGE: return take_message(r, to, f);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES: return take_string(r, to, f);
	case PROTOBUF_C_TYPE_ENUM: return take_enum(r, to, f);
	case PROTOBUF_C_TYPE_BOOL: return take_bool(r, to, f);
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE: return take_float(r, to, f);
	default: return take_integer(r, to, f);
	}
}

/* Room for one more value of a repeated field: its array has the next power of
 * two of its count. */
static int
append_value(struct reader *r, void *m, const ProtobufCFieldDescriptor *f)
{
	size_t *n = caffe_field_n(m, f), size = caffe_elem_size(f->type);
	void **array = caffe_field_at(m, f);
	char *value;

	if ((*n & (*n - 1)) == 0) {
		TRY(pay(r, (*n ? *n : 1) * size));
		*array = mem_realloc(*array, *n ? *n * 2 : 1, size);
	}
	value = *(char **)array + *n * size;
	memset(value, 0, size);
	++*n; /* before the value: what it allocates is then freed with m */
	return take_value(r, value, f);
}

static int
take_list(struct reader *r, void *m, const ProtobufCFieldDescriptor *f)
{
	lex_next(&r->lex); /* [ */
	if (lex_is(&r->lex, ']')) {
		lex_next(&r->lex);
		return 0;
	}
	for (;;) {
		TRY(append_value(r, m, f));
		if (lex_is(&r->lex, ']'))
			break;
		if (!lex_is(&r->lex, ','))
			return fail_want(r, "\",\" or \"]\"");
		lex_next(&r->lex);
	}
	lex_next(&r->lex);
	return 0;
}

static const char *
field_name(const void *ctx, size_t i)
{
	return ((const ProtobufCMessageDescriptor *)ctx)->fields[i].name;
}

static int
find_field(struct reader *r, const ProtobufCMessageDescriptor *type,
    const ProtobufCFieldDescriptor **out)
{
	const struct lex *l = &r->lex;
	const char *near;
	char word[128];

	if (l->kind != LEX_WORD)
		return fail_want(r, "a field name");
	snprintf(word, sizeof(word), "%.*s", (int)(l->len > 127 ? 127 : l->len),
	    l->tok);
	*out = caffe_msg_field(type, word);
	if (*out)
		return 0;
	near = caffe_near(word, type->n_fields, field_name, type);
	return fail(r, "no field \"%s\"%s%s%s", word,
	    near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

static int
take_field(struct reader *r, ProtobufCMessage *m, uint64_t *seen)
{
	const ProtobufCFieldDescriptor *f;
	size_t i;
	bool repeated;

	TRY(find_field(r, m->descriptor, &f));
	i = (size_t)(f - m->descriptor->fields);
	repeated = f->label == PROTOBUF_C_LABEL_REPEATED;
	if (!repeated && (seen[i / 64] >> i % 64 & 1))
		return fail(r, "%s stands twice", f->name);
	seen[i / 64] |= (uint64_t)1 << i % 64;
	lex_next(&r->lex);
	if (lex_is(&r->lex, ':'))
		lex_next(&r->lex);
	else if (f->type != PROTOBUF_C_TYPE_MESSAGE)
		return fail_want(r, "\":\"");
	if (lex_is(&r->lex, '[') && repeated)
		TRY(take_list(r, m, f));
	else if (repeated)
		TRY(append_value(r, m, f));
	else
		TRY(take_value(r, caffe_field_at(m, f), f));
	caffe_field_set(m, f);
	if (lex_is(&r->lex, ',') || lex_is(&r->lex, ';'))
		lex_next(&r->lex);
	return 0;
}

/* Fields up to the closing byte (0: the end of the text). */
static int
take_fields(struct reader *r, ProtobufCMessage *m, char close)
{
	const ProtobufCMessageDescriptor *type = m->descriptor;
	uint64_t seen[CAFFE_FIELDS_MAX / 64] = { 0 };
	unsigned i;

	while (close ? !lex_is(&r->lex, close) : r->lex.kind != LEX_END) {
		if (r->lex.kind == LEX_END)
			return fail(r, "\"%c\" is missing at the end", close);
		TRY(take_field(r, m, seen));
	}
	for (i = 0; i < type->n_fields; i++)
		if (type->fields[i].label == PROTOBUF_C_LABEL_REQUIRED &&
		    !(seen[i / 64] >> i % 64 & 1))
			return fail(
			    r, "%s must be given", type->fields[i].name);
	return 0;
}

static int
take_message(
    struct reader *r, ProtobufCMessage **to, const ProtobufCFieldDescriptor *f)
{
	const ProtobufCMessageDescriptor *type = f->descriptor;
	char close = lex_is(&r->lex, '<') ? '>' : '}';

	if (close == '}' && !lex_is(&r->lex, '{'))
		return fail_want(r, "\"{\"");
	if (r->depth == CAFFE_TEXT_DEPTH)
		return fail(r, "more than %d messages deep", CAFFE_TEXT_DEPTH);
	TRY(pay(r, type->sizeof_message));
	*to = caffe_msg_new(type);
	r->path[r->depth++] = f;
	lex_next(&r->lex);
	TRY(take_fields(r, *to, close));
	r->depth--;
	lex_next(&r->lex);
	return 0;
}

int
caffe_text_parse(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
    const char *text, size_t n, const char *name)
{
	struct reader r = { .name = name };
	ProtobufCMessage *m;
	int rc;

	*out = NULL;
	if (n > CAFFE_TEXT_MAX)
		return err_set(ERR_RANGE,
		    "%s: %zu bytes of text, the most is %d", name, n,
		    CAFFE_TEXT_MAX);
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3; /* a byte order mark of some editors */
		n -= 3;
	}
	r.budget = BUDGET + n * BUDGET_PER_BYTE;
	lex_init(&r.lex, text, n);
	lex_next(&r.lex);
	m = caffe_msg_new(type);
	rc = take_fields(&r, m, 0);
	if (rc < 0)
		caffe_msg_free(m);
	else
		*out = m;
	return rc;
}

int
caffe_text_read(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
    const char *path)
{
	struct buf b;
	int rc;

	*out = NULL;
	buf_init(&b, CAFFE_TEXT_MAX);
	rc = file_read(&b, path);
	if (rc == 0)
		rc = caffe_text_parse(out, type, buf_str(&b), b.len, path);
	buf_clear(&b);
	return rc;
}
