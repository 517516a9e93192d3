/*
 * The reader of prototxt: messages and fields.  Tokens are text_lex.c's, values
 * text_value.c's.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "caffe/msg.h"
#include "caffe/msg_build.h"
#include "caffe/text/text_reader.h"
#include "caffe/upgrade.h"
#include "file/file.h"
#include "file/sniff.h"

/* Memory of the messages: that many bytes, and some per byte of text. */
enum { BUDGET = 64 << 20, BUDGET_PER_BYTE = 8 };
enum { TEXT_SHOWN = 40 };

/* The path of the message we are in, "layer.convolution_param: ", or "". */
static void
path_text(char *out, size_t size, const struct text_reader *r)
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

int
text_fail(struct text_reader *r, const char *fmt, ...)
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
int
text_fail_want(struct text_reader *r, const char *want)
{
	const struct lex *l = &r->lex;
	int n = l->len > TEXT_SHOWN ? TEXT_SHOWN : (int)l->len;

	if (l->bad != NULL)
		return text_fail(r, "%s", l->bad);
	if (l->kind == LEX_END)
		return text_fail(r, "%s is missing at the end", want);
	return text_fail(r, "%s is missing before %s%.*s%s", want,
	    l->kind == LEX_STRING ? "" : "\"", n, l->tok,
	    l->kind == LEX_STRING ? "" : "\"");
}

int
text_pay(struct text_reader *r, size_t bytes)
{
	if (bytes > r->budget)
		return text_fail(r, "the message needs too much memory");
	r->budget -= bytes;
	return 0;
}

static int take_message(struct text_reader *r, ProtobufCMessage **to,
    const ProtobufCFieldDescriptor *f);

static int
take_value(struct text_reader *r, void *to, const ProtobufCFieldDescriptor *f)
{
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return take_message(r, to, f);
	return text_take_scalar(r, to, f);
}

/* Room for one more value of a repeated field: its array has the next power of
 * two of its count. */
static int
append_value(struct text_reader *r, void *m, const ProtobufCFieldDescriptor *f)
{
	size_t *n = caffe_field_n(m, f), size = caffe_elem_size(f->type);
	void **array = caffe_field_at(m, f);
	char *value;

	if ((*n & (*n - 1)) == 0) {
		TRY(text_pay(r, (*n ? *n : 1) * size));
		*array = mem_realloc(*array, *n ? *n * 2 : 1, size);
	}
	value = *(char **)array + *n * size;
	memset(value, 0, size);
	++*n; /* before the value: what it allocates is then freed with m */
	return take_value(r, value, f);
}

static int
take_list(struct text_reader *r, void *m, const ProtobufCFieldDescriptor *f)
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
			return text_fail_want(r, "\",\" or \"]\"");
		lex_next(&r->lex);
	}
	lex_next(&r->lex);
	return 0;
}

static const char *
field_name(const void *ctx, size_t i)
{
	const ProtobufCFieldDescriptor *f =
	    &((const ProtobufCMessageDescriptor *)ctx)->fields[i];

	return caffe_field_hidden(f) ? "" : f->name;
}

/* ", in layer "conv" (Convolution)", as far as it is known yet; or "". */
static void
layer_text(char *out, size_t size, const struct text_reader *r)
{
	const Caffe__LayerParameter *l = (void *)r->layer;
	const Caffe__V1LayerParameter *v1 = (void *)r->layer;
	const char *name = NULL, *type = NULL;

	if (r->layer != NULL &&
	    r->layer->descriptor == &caffe__layer_parameter__descriptor) {
		name = l->name;
		type = l->type;
	} else if (r->layer != NULL) {
		name = v1->name;
		type = v1->fork_type != NULL ? v1->fork_type
					     : caffe_v1_type_name(v1->type);
	}
	out[0] = '\0';
	if (name != NULL && name[0] != '\0' && type != NULL && type[0] != '\0')
		snprintf(out, size, ", in layer \"%.99s\" (%.99s)", name, type);
}

/* *out is NULL when the field is a fork's, and behind us. */
static int
find_field(struct text_reader *r, const ProtobufCMessageDescriptor *type,
    const ProtobufCFieldDescriptor **out)
{
	const struct lex *l = &r->lex;
	const char *near;
	char word[128], layer[256];

	if (l->kind != LEX_WORD)
		return text_fail_want(r, "a field name");
	snprintf(word, sizeof(word), "%.*s", (int)(l->len > 127 ? 127 : l->len),
	    l->tok);
	*out = caffe_msg_field(type, word);
	if (*out != NULL)
		return 0;
	near = text_near(word, type->n_fields, field_name, type);
	if (text_is_fork_field(r, type, word, near))
		return text_pass_field(r, type, word);
	layer_text(layer, sizeof(layer), r);
	return text_fail(r, "no field \"%s\"%s%s%s%s", word,
	    near != NULL ? " (did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?)" : "", layer);
}

static int
take_separator(struct text_reader *r)
{
	if (lex_is(&r->lex, ',') || lex_is(&r->lex, ';'))
		lex_next(&r->lex);
	return 0;
}

static int
take_field(struct text_reader *r, ProtobufCMessage *m, uint64_t *seen)
{
	const ProtobufCFieldDescriptor *f = NULL;
	size_t i;
	bool repeated;

	TRY(find_field(r, m->descriptor, &f));
	if (f == NULL)
		return take_separator(r);
	i = (size_t)(f - m->descriptor->fields);
	repeated = f->label == PROTOBUF_C_LABEL_REPEATED;
	if (!repeated && (seen[i / 64] >> i % 64 & 1))
		return text_fail(r, "%s appears twice", f->name);
	seen[i / 64] |= (uint64_t)1 << i % 64;
	lex_next(&r->lex);
	if (lex_is(&r->lex, ':'))
		lex_next(&r->lex);
	else if (f->type != PROTOBUF_C_TYPE_MESSAGE)
		return text_fail_want(r, "\":\"");
	if (text_take_fork_type(r, m, f))
		return take_separator(r);
	if (text_pass_value(r, m->descriptor, f))
		return take_separator(r);
	if (lex_is(&r->lex, '[') && repeated)
		TRY(take_list(r, m, f));
	else if (repeated)
		TRY(append_value(r, m, f));
	else
		TRY(take_value(r, caffe_field_at(m, f), f));
	caffe_field_set(m, f);
	return take_separator(r);
}

/* Fields up to the closing byte (0: the end of the text). */
static int
take_fields(struct text_reader *r, ProtobufCMessage *m, char close)
{
	const ProtobufCMessageDescriptor *type = m->descriptor;
	uint64_t seen[CAFFE_FIELDS_MAX / 64] = { 0 };
	unsigned i;

	while (close ? !lex_is(&r->lex, close) : r->lex.kind != LEX_END) {
		if (r->lex.kind == LEX_END)
			return text_fail(
			    r, "\"%c\" is missing at the end", close);
		TRY(take_field(r, m, seen));
	}
	for (i = 0; i < type->n_fields; i++)
		if (type->fields[i].label == PROTOBUF_C_LABEL_REQUIRED &&
		    !(seen[i / 64] >> i % 64 & 1))
			return text_fail(
			    r, "%s must be given", type->fields[i].name);
	return 0;
}

/* Where a layer begins, for those who find it wrong later.  Is it one? */
static bool
note_line(const struct text_reader *r, ProtobufCMessage *m)
{
	if (m->descriptor == &caffe__layer_parameter__descriptor) {
		((Caffe__LayerParameter *)m)->has_line = 1;
		((Caffe__LayerParameter *)m)->line = (uint32_t)r->lex.tok_line;
	} else if (m->descriptor == &caffe__v1_layer_parameter__descriptor) {
		((Caffe__V1LayerParameter *)m)->has_line = 1;
		((Caffe__V1LayerParameter *)m)->line =
		    (uint32_t)r->lex.tok_line;
	} else {
		return false;
	}
	return true;
}

static int
take_message(struct text_reader *r, ProtobufCMessage **to,
    const ProtobufCFieldDescriptor *f)
{
	const ProtobufCMessageDescriptor *type = f->descriptor;
	char close = lex_is(&r->lex, '<') ? '>' : '}';

	if (close == '}' && !lex_is(&r->lex, '{'))
		return text_fail_want(r, "\"{\"");
	if (r->depth == CAFFE_TEXT_DEPTH)
		return text_fail(
		    r, "more than %d messages deep", CAFFE_TEXT_DEPTH);
	TRY(text_pay(r, type->sizeof_message));
	*to = caffe_msg_new(type);
	if (note_line(r, *to))
		r->layer = *to;
	r->path[r->depth++] = f;
	lex_next(&r->lex);
	TRY(take_fields(r, *to, close));
	r->depth--;
	if (r->layer == *to)
		r->layer = NULL;
	lex_next(&r->lex);
	return 0;
}

int
caffe_text_parse(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
    const char *text, size_t n, const char *name)
{
	struct text_reader r = { .name = name };
	const char *start = text;
	ProtobufCMessage *m;
	int rc;

	*out = NULL;
	if (n > CAFFE_TEXT_MAX)
		return err_set(ERR_RANGE,
		    "%s: %zu bytes of text, the most is %d", name, n,
		    CAFFE_TEXT_MAX);
	text += text_mark(text, n);
	n -= (size_t)(text - start);
	r.budget = BUDGET + n * BUDGET_PER_BYTE;
	lex_init(&r.lex, text, n);
	lex_next(&r.lex);
	m = caffe_msg_new(type);
	rc = take_fields(&r, m, 0);
	if (rc < 0) {
		caffe_msg_free(m);
	} else {
		text_passed_say(&r);
		*out = m;
	}
	return sniff_fail(rc, name, text, n, "prototxt");
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
