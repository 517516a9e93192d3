/*
 * Messages by their descriptors.  Not a reader or writer of any format: those
 * are text*.c and wire.c.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/msg_build.h"

size_t
caffe_elem_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE: return 8;
	case PROTOBUF_C_TYPE_BOOL: return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE: return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES: return sizeof(ProtobufCBinaryData);
	default: return 4;
	}
}

void *
caffe_field_value(const void *m, const ProtobufCFieldDescriptor *f, size_t i)
{
	void *at = caffe_field_at(m, f);

	if (f->label != PROTOBUF_C_LABEL_REPEATED)
		return at;
	return *(char **)at + i * caffe_elem_size(f->type);
}

void
caffe_field_set(void *m, const ProtobufCFieldDescriptor *f)
{
	if (f->label == PROTOBUF_C_LABEL_OPTIONAL &&
	    f->type != PROTOBUF_C_TYPE_STRING &&
	    f->type != PROTOBUF_C_TYPE_MESSAGE)
		*(protobuf_c_boolean *)((char *)m + f->quantifier_offset) = 1;
}

const char *
caffe_field_name(const ProtobufCFieldDescriptor *f, size_t *len)
{
	*len = strlen(f->name);
	if (*len > 1 && f->name[*len - 1] == '_')
		--*len;
	return f->name;
}

void *
caffe_msg_new(const ProtobufCMessageDescriptor *type)
{
	void *m = mem_calloc(1, type->sizeof_message);

	type->message_init(m);
	return m;
}

void
caffe_msg_free(void *m)
{
	if (m != NULL)
		protobuf_c_message_free_unpacked(m, NULL);
}

const ProtobufCFieldDescriptor *
caffe_msg_field(const ProtobufCMessageDescriptor *type, const char *name)
{
	const ProtobufCFieldDescriptor *f =
	    protobuf_c_message_descriptor_get_field_by_name(type, name);
	size_t n = strlen(name);
	char *other;

	if (f != NULL || n == 0 || name[n - 1] == '_')
		return f == NULL || caffe_field_hidden(f) ? NULL : f;
	other = mem_printf("%s_", name);
	f = protobuf_c_message_descriptor_get_field_by_name(type, other);
	mem_free(other);
	return f;
}

size_t
caffe_msg_count(const void *m, const ProtobufCFieldDescriptor *f)
{
	const void *p;

	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return *caffe_field_n(m, f);
	if (f->type == PROTOBUF_C_TYPE_STRING ||
	    f->type == PROTOBUF_C_TYPE_MESSAGE) {
		p = *(void **)caffe_field_at(m, f);
		return p != NULL && p != f->default_value;
	}
	if (f->label == PROTOBUF_C_LABEL_REQUIRED)
		return 1;
	return *(protobuf_c_boolean *)((char *)m + f->quantifier_offset) != 0;
}

static void
copy_value(void *to, const void *from, ProtobufCType type)
{
	const ProtobufCBinaryData *b;
	ProtobufCBinaryData *o;

	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
		*(char **)to = mem_strdup(*(char *const *)from);
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		*(void **)to = caffe_msg_copy(*(void *const *)from);
		break;
	case PROTOBUF_C_TYPE_BYTES:
		b = from;
		o = to;
		o->len = b->len;
		o->data = NULL;
		if (b->len > 0) {
			o->data = mem_realloc(NULL, b->len, 1);
			memcpy(o->data, b->data, b->len);
		}
		break;
	default: memcpy(to, from, caffe_elem_size(type));
	}
}

/* Scalars need no look at each element. */
static bool
is_plain(ProtobufCType type)
{
	return type != PROTOBUF_C_TYPE_STRING &&
	    type != PROTOBUF_C_TYPE_MESSAGE && type != PROTOBUF_C_TYPE_BYTES;
}

static void
copy_field(void *to, const void *from, const ProtobufCFieldDescriptor *f)
{
	size_t i, n = caffe_msg_count(from, f), size = caffe_elem_size(f->type);
	char *v;

	if (n == 0)
		return;
	if (f->label != PROTOBUF_C_LABEL_REPEATED) {
		copy_value(
		    caffe_field_at(to, f), caffe_field_at(from, f), f->type);
		caffe_field_set(to, f);
		return;
	}
	v = mem_calloc(n, size);
	if (is_plain(f->type))
		memcpy(v, *(void **)caffe_field_at(from, f), n * size);
	else
		for (i = 0; i < n; i++)
			copy_value(v + i * size, caffe_field_value(from, f, i),
			    f->type);
	*(void **)caffe_field_at(to, f) = v;
	*caffe_field_n(to, f) = n;
}

static void
copy_unknown(ProtobufCMessage *to, const ProtobufCMessage *from)
{
	unsigned i, n = from->n_unknown_fields;

	if (n == 0)
		return;
	to->unknown_fields = mem_array(ProtobufCMessageUnknownField, n);
	to->n_unknown_fields = n;
	for (i = 0; i < n; i++) {
		to->unknown_fields[i] = from->unknown_fields[i];
		to->unknown_fields[i].data =
		    mem_realloc(NULL, from->unknown_fields[i].len + 1, 1);
		memcpy(to->unknown_fields[i].data, from->unknown_fields[i].data,
		    from->unknown_fields[i].len);
	}
}

void *
caffe_msg_copy(const void *m)
{
	const ProtobufCMessageDescriptor *type;
	ProtobufCMessage *c;
	unsigned i;

	if (m == NULL)
		return NULL;
	type = ((const ProtobufCMessage *)m)->descriptor;
	c = caffe_msg_new(type);
	for (i = 0; i < type->n_fields; i++)
		copy_field(c, m, &type->fields[i]);
	copy_unknown(c, m);
	return c;
}

static bool
floats_equal(const void *a, const void *b, ProtobufCType type)
{
	if (type == PROTOBUF_C_TYPE_FLOAT) {
		float x = *(const float *)a, y = *(const float *)b;

		return x == y || (x != x && y != y);
	} else {
		double x = *(const double *)a, y = *(const double *)b;

		return x == y || (x != x && y != y);
	}
}

static bool
value_equal(const void *a, const void *b, ProtobufCType type)
{
	const ProtobufCBinaryData *p = a, *q = b;

	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
		return strcmp(*(char *const *)a, *(char *const *)b) == 0;
	case PROTOBUF_C_TYPE_MESSAGE:
		return caffe_msg_equal(*(void *const *)a, *(void *const *)b);
	case PROTOBUF_C_TYPE_BYTES:
		return p->len == q->len &&
		    (p->len == 0 || memcmp(p->data, q->data, p->len) == 0);
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE: return floats_equal(a, b, type);
	default: return memcmp(a, b, caffe_elem_size(type)) == 0;
	}
}

static bool
field_equal(const void *a, const void *b, const ProtobufCFieldDescriptor *f)
{
	size_t i, n = caffe_msg_count(a, f);

	if (n != caffe_msg_count(b, f))
		return false;
	for (i = 0; i < n; i++)
		if (!value_equal(caffe_field_value(a, f, i),
			caffe_field_value(b, f, i), f->type))
			return false;
	return true;
}

static bool
unknown_equal(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
	unsigned i;

	if (a->n_unknown_fields != b->n_unknown_fields)
		return false;
	for (i = 0; i < a->n_unknown_fields; i++) {
		const ProtobufCMessageUnknownField *p = &a->unknown_fields[i];
		const ProtobufCMessageUnknownField *q = &b->unknown_fields[i];

		if (p->tag != q->tag || p->wire_type != q->wire_type ||
		    p->len != q->len || memcmp(p->data, q->data, p->len) != 0)
			return false;
	}
	return true;
}

bool
caffe_msg_equal(const void *a, const void *b)
{
	const ProtobufCMessage *p = a, *q = b;
	unsigned i;

	if (p->descriptor != q->descriptor || !unknown_equal(p, q))
		return false;
	for (i = 0; i < p->descriptor->n_fields; i++)
		if (!caffe_field_hidden(&p->descriptor->fields[i]) &&
		    !field_equal(a, b, &p->descriptor->fields[i]))
			return false;
	return true;
}

void
caffe_set_str(void *m, const char *field, const char *s)
{
	const ProtobufCFieldDescriptor *f =
	    caffe_msg_field(((ProtobufCMessage *)m)->descriptor, field);
	char **at;

	if (f == NULL || f->type != PROTOBUF_C_TYPE_STRING)
		abort(); /* a mistake in our own code */
	at = caffe_field_at(m, f);
	if (*at != f->default_value)
		mem_free(*at);
	*at = s != NULL ? mem_strdup(s) : (char *)f->default_value;
}

void
caffe_add_str(char ***v, size_t *n, const char *s)
{
	*v = mem_realloc(*v, *n + 1, sizeof(**v));
	(*v)[(*n)++] = mem_strdup(s);
}

void *
caffe_add_(void *v, size_t *n, void *m)
{
	void **p = mem_realloc(v, *n + 1, sizeof(*p));

	p[(*n)++] = m;
	return p;
}

void
caffe_add_float(float **v, size_t *n, float x)
{
	*v = mem_realloc(*v, *n + 1, sizeof(**v));
	(*v)[(*n)++] = x;
}

void
caffe_add_i64(int64_t **v, size_t *n, int64_t x)
{
	*v = mem_realloc(*v, *n + 1, sizeof(**v));
	(*v)[(*n)++] = x;
}
