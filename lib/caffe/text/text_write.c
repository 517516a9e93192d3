/*
 * The writer of prototxt.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "caffe/msg.h"
#include "caffe/msg_build.h"
#include "caffe/text.h"
#include "file/file.h"

enum { REAL_TEXT = 40 };

/* As %.6g when that reads back the same, else with more digits, as protobuf
 * prints; it goes straight from 6 to 9 digits, we take the first that fits. */
static void
float_text(char out[REAL_TEXT], float v)
{
	int digits;

	for (digits = 6; digits <= 9; digits++) {
		snprintf(out, REAL_TEXT, "%.*g", digits, v);
		if (strtof(out, NULL) == v)
			return;
	}
}

static void
double_text(char out[REAL_TEXT], double v)
{
	int digits;

	for (digits = 15; digits <= 17; digits++) {
		snprintf(out, REAL_TEXT, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			return;
	}
}

static int
add_real(struct buf *b, const void *v, ProtobufCType type)
{
	double d = type == PROTOBUF_C_TYPE_FLOAT ? *(const float *)v
						 : *(const double *)v;
	char s[REAL_TEXT];

	if (isnan(d))
		return buf_adds(b, "nan");
	if (isinf(d))
		return buf_adds(b, d < 0 ? "-inf" : "inf");
	if (type == PROTOBUF_C_TYPE_FLOAT)
		float_text(s, *(const float *)v);
	else
		double_text(s, d);
	return buf_adds(b, s);
}

static int
add_quoted(struct buf *b, const uint8_t *p, size_t n)
{
	static const char from[] = "\n\r\t\"'\\", to[] = "nrt\"'\\";
	const char *known;
	size_t i;

	TRY(buf_addc(b, '"'));
	for (i = 0; i < n; i++) {
		known = memchr(from, p[i], sizeof(from) - 1);
		if (known != NULL)
			TRY(buf_printf(b, "\\%c", to[known - from]));
		else if (p[i] < 0x20 || p[i] >= 0x7f)
			TRY(buf_printf(b, "\\%03o", p[i]));
		else
			TRY(buf_addc(b, (char)p[i]));
	}
	return buf_addc(b, '"');
}

static int
add_enum(struct buf *b, int v, const ProtobufCEnumDescriptor *e)
{
	const ProtobufCEnumValue *known =
	    protobuf_c_enum_descriptor_get_value(e, v);

	return known != NULL ? buf_adds(b, known->name)
			     : buf_printf(b, "%d", v);
}

int
caffe_text_value(
    struct buf *b, const void *v, const ProtobufCFieldDescriptor *f)
{
	const ProtobufCBinaryData *bytes = v;
	const char *s;

	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		s = *(char *const *)v;
		return add_quoted(b, (const uint8_t *)s, strlen(s));
	case PROTOBUF_C_TYPE_BYTES:
		return add_quoted(b, bytes->data, bytes->len);
	case PROTOBUF_C_TYPE_ENUM:
		return add_enum(b, *(const int *)v, f->descriptor);
	case PROTOBUF_C_TYPE_BOOL:
		return buf_adds(
		    b, *(const protobuf_c_boolean *)v ? "true" : "false");
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE: return add_real(b, v, f->type);
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		return buf_printf(b, "%d", *(const int32_t *)v);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return buf_printf(b, "%lld", (long long)*(const int64_t *)v);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return buf_printf(
		    b, "%llu", (unsigned long long)*(const uint64_t *)v);
	default: return buf_printf(b, "%u", *(const uint32_t *)v);
	}
}

static int
add_message(struct buf *b, const ProtobufCMessage *m, int depth)
{
	size_t i, n, len;
	unsigned k;

	for (k = 0; k < m->descriptor->n_fields; k++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[k];
		const char *name = caffe_field_name(f, &len);

		n = caffe_field_hidden(f) ? 0 : caffe_msg_count(m, f);
		for (i = 0; i < n; i++) {
			const void *v = caffe_field_value(m, f, i);

			TRY(buf_printf(
			    b, "%*s%.*s", 2 * depth, "", (int)len, name));
			if (f->type != PROTOBUF_C_TYPE_MESSAGE) {
				TRY(buf_adds(b, ": "));
				TRY(caffe_text_value(b, v, f));
				TRY(buf_addc(b, '\n'));
				continue;
			}
			TRY(buf_adds(b, " {\n"));
			TRY(add_message(
			    b, *(ProtobufCMessage *const *)v, depth + 1));
			TRY(buf_printf(b, "%*s}\n", 2 * depth, ""));
		}
	}
	return 0;
}

int
caffe_text_add(struct buf *b, const void *m)
{
	return add_message(b, m, 0);
}

int
caffe_text_write(const char *path, const void *m, int force)
{
	struct buf b;
	int rc;

	buf_init(&b, (size_t)16 * CAFFE_TEXT_MAX);
	rc = caffe_text_add(&b, m);
	if (rc == 0)
		rc = file_write(path, buf_str(&b), b.len, force);
	buf_clear(&b);
	return rc;
}
