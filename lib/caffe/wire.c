/*
 * Reading protobuf's binary format.  Each message is walked twice: once to check its
 * lengths and count its repeated fields, once to fill arrays of just that size.
 * Only the field types that caffe.proto has are known here.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/msg_build.h"
#include "caffe/wire.h"
#include "file/file.h"
#include "file/sniff.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "numbers are copied as the file has them");

/* Memory of the message: that many bytes, and some per byte of input. */
enum { BUDGET = 64 << 20, BUDGET_PER_BYTE = 2, ALLOC_COST = 16 };
enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };
enum { VARINT_MAX = 10 };

struct reader {
	const uint8_t *start, *end; /* of the whole input */
	const char *name;
	size_t budget;
	int depth;
	bool view; /* bytes stay where they are */
	const ProtobufCFieldDescriptor *path[CAFFE_WIRE_DEPTH + 1];
};

/* One field as it lies in the input. */
struct piece {
	uint32_t id;
	int wire;
	const ProtobufCFieldDescriptor *f; /* NULL: unknown */
	const uint8_t *value; /* after the tag, a length included */
	const uint8_t *end;
	const uint8_t *bytes; /* after the length, for BYTES */
	uint64_t number;      /* of a VARINT */
};

static int
fail_at(struct reader *r, const uint8_t *at, const ProtobufCFieldDescriptor *f,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static int
fail_at(struct reader *r, const uint8_t *at, const ProtobufCFieldDescriptor *f,
    const char *fmt, ...)
{
	char what[256], path[256] = "";
	size_t used = 0, len;
	va_list ap;
	int i;

	r->path[r->depth] = f;
	for (i = 0; i < r->depth + (f != NULL); i++) {
		const char *s = caffe_field_name(r->path[i], &len);

		if (used + len + 4 > sizeof(path))
			break;
		used += (size_t)snprintf(path + used, sizeof(path) - used,
		    "%s%.*s", i ? "." : "", (int)len, s);
	}
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(ERR_FORMAT, "%s: byte %zu: %s%s%s", r->name,
	    (size_t)(at - r->start), path, used ? ": " : "", what);
}

/* The input ends within a field: a file of which a part did not come. */
static int
cut_short(struct reader *r, const uint8_t *at,
    const ProtobufCFieldDescriptor *f, uint64_t lack)
{
	size_t len = 0;
	const char *s = f != NULL ? caffe_field_name(f, &len) : "";
	char more[64] = "";

	if (lack > 0)
		snprintf(more, sizeof(more), ", %llu more bytes were expected",
		    (unsigned long long)lack);
	return err_set(ERR_FORMAT,
	    "%s: cut short at byte %zu (in the field%s%.*s of byte %zu%s)",
	    r->name, (size_t)(r->end - r->start), len ? " " : "", (int)len, s,
	    (size_t)(at - r->start), more);
}

static int
pay(struct reader *r, const uint8_t *at, const ProtobufCFieldDescriptor *f,
    size_t bytes)
{
	if (bytes > r->budget || r->budget - bytes < ALLOC_COST)
		return fail_at(r, at, f, "the message needs too much memory");
	r->budget -= bytes + ALLOC_COST;
	return 0;
}

/* NULL when it runs past end or is too long. */
static const uint8_t *
take_varint(uint64_t *out, const uint8_t *p, const uint8_t *end)
{
	uint64_t v = 0;
	int i;

	for (i = 0; i < VARINT_MAX && p < end; i++, p++) {
		v |= (uint64_t)(*p & 0x7f) << 7 * i;
		if (!(*p & 0x80)) {
			*out = v;
			return p + 1;
		}
	}
	return NULL;
}

/* The wire type that one value of a field has. */
static int
wire_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_FLOAT: return FIXED32;
	case PROTOBUF_C_TYPE_DOUBLE: return FIXED64;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE: return BYTES;
	default: return VARINT;
	}
}

/* Can the piece be read as its field?  Else it is kept as unknown: so is an
 * enum value that this build does not know, as in protobuf. */
static bool
piece_fits(const struct piece *e)
{
	const ProtobufCFieldDescriptor *f = e->f;
	int wire = wire_of(f->type);

	if (e->wire != wire)
		return e->wire == BYTES &&
		    f->label == PROTOBUF_C_LABEL_REPEATED;
	return f->type != PROTOBUF_C_TYPE_ENUM ||
	    protobuf_c_enum_descriptor_get_value(
		f->descriptor, (int)(uint32_t)e->number) != NULL;
}

static bool
is_packed(const struct piece *e)
{
	return e->wire == BYTES && wire_of(e->f->type) != BYTES;
}

/* The piece that begins at p; e->end is where the next one does. */
static int
take_piece(struct reader *r, struct piece *e,
    const ProtobufCMessageDescriptor *type, const uint8_t *p,
    const uint8_t *end)
{
	const uint8_t *q;
	uint64_t v;

	q = take_varint(&v, p, end);
	if (q == NULL || v >> 32 || v >> 3 == 0)
		return fail_at(r, p, NULL, "a broken field number");
	e->id = (uint32_t)(v >> 3);
	e->wire = v & 7;
	e->f = protobuf_c_message_descriptor_get_field(type, e->id);
	e->value = q;
	e->bytes = NULL;
	e->number = 0;
	switch (e->wire) {
	case VARINT:
		e->end = take_varint(&e->number, q, end);
		if (e->end == NULL)
			return fail_at(r, p, e->f, "a broken number");
		break;
	case FIXED64: e->end = end - q < 8 ? NULL : q + 8; break;
	case FIXED32: e->end = end - q < 4 ? NULL : q + 4; break;
	case BYTES:
		e->bytes = take_varint(&v, q, end);
		if (e->bytes == NULL)
			return fail_at(r, p, e->f, "a broken length");
		if (v > (uint64_t)(end - e->bytes) && end == r->end)
			return cut_short(
			    r, p, e->f, v - (uint64_t)(end - e->bytes));
		if (v > (uint64_t)(end - e->bytes))
			return fail_at(r, p, e->f,
			    "length %llu runs past the end",
			    (unsigned long long)v);
		e->end = e->bytes + v;
		break;
	default:
		return fail_at(r, p, e->f, "wire type %d is not used", e->wire);
	}
	if (e->end == NULL && end == r->end)
		return cut_short(r, p, e->f, 0);
	if (e->end == NULL)
		return fail_at(r, p, e->f, "cut short");
	if (e->f != NULL && !piece_fits(e))
		e->f = NULL;
	return 0;
}

/* How many values a packed piece holds. */
static int
count_packed(struct reader *r, const struct piece *e, size_t *n)
{
	size_t bytes = (size_t)(e->end - e->bytes), i, k = 0;
	int wire = wire_of(e->f->type);

	if (wire == VARINT) {
		/* each ends with the one byte whose top bit is clear */
		for (i = 0; i < bytes; i++)
			k += !(e->bytes[i] & 0x80);
		if (bytes > 0 && (e->end[-1] & 0x80))
			return fail_at(r, e->value, e->f, "a broken number");
		*n += k;
		return 0;
	}
	k = wire == FIXED32 ? 4 : 8;
	if (bytes % k)
		return fail_at(r, e->value, e->f,
		    "%zu bytes are not a whole number of values", bytes);
	*n += bytes / k;
	return 0;
}

static void
set_number(void *to, ProtobufCType type, uint64_t v)
{
	if (caffe_elem_size(type) == 8)
		*(uint64_t *)to = v;
	else if (type == PROTOBUF_C_TYPE_BOOL)
		*(protobuf_c_boolean *)to = v != 0;
	else
		*(uint32_t *)to = (uint32_t)v;
}

static int
fill_packed(struct reader *r, const struct piece *e, void *m)
{
	size_t *n = caffe_field_n(m, e->f), size = caffe_elem_size(e->f->type);
	size_t bytes = (size_t)(e->end - e->bytes);
	const uint8_t *p = e->bytes;
	uint64_t v;
	char *to;

	if (bytes == 0)
		return 0; /* there may be no array */
	to = *(char **)caffe_field_at(m, e->f) + *n * size;
	if (wire_of(e->f->type) != VARINT) {
		memcpy(to, p, bytes);
		*n += bytes / size;
		return 0;
	}
	for (; p < e->end; to += size, ++*n) {
		const uint8_t *q = take_varint(&v, p, e->end);

		if (q == NULL)
			return fail_at(r, p, e->f, "a broken number");
		set_number(to, e->f->type, v);
		p = q;
	}
	return 0;
}

static int
fill_string(struct reader *r, const struct piece *e, char **to)
{
	size_t n = (size_t)(e->end - e->bytes);

	if (n > 0 && memchr(e->bytes, 0, n) != NULL)
		return fail_at(r, e->value, e->f, "a 0 byte in a string");
	TRY(pay(r, e->value, e->f, n + 1));
	if (*to != NULL && *to != e->f->default_value)
		mem_free(*to); /* given twice: the last one counts */
	*to = mem_strndup((const char *)e->bytes, n);
	return 0;
}

static int
fill_bytes(struct reader *r, const struct piece *e, ProtobufCBinaryData *to)
{
	size_t n = (size_t)(e->end - e->bytes);
	void *p = NULL;

	if (r->view) {
		to->data = (uint8_t *)e->bytes;
		to->len = n;
		return 0;
	}
	TRY(pay(r, e->value, e->f, n));
	if (n > 0) {
		TRY(mem_take(&p, n, 1, n, r->name));
		memcpy(p, e->bytes, n);
	}
	mem_free(to->data);
	to->data = p;
	to->len = n;
	return 0;
}

static int parse_message(struct reader *r, ProtobufCMessage *m,
    const uint8_t *p, const uint8_t *end);

static int
fill_message(struct reader *r, const struct piece *e, ProtobufCMessage **to)
{
	const ProtobufCMessageDescriptor *type = e->f->descriptor;

	if (*to != NULL)
		return fail_at(r, e->value, e->f, "appears twice");
	if (r->depth + 1 >= CAFFE_WIRE_DEPTH)
		return fail_at(r, e->value, e->f, "more than %d messages deep",
		    CAFFE_WIRE_DEPTH);
	TRY(pay(r, e->value, e->f, type->sizeof_message));
	*to = caffe_msg_new(type);
	r->path[r->depth++] = e->f;
	TRY(parse_message(r, *to, e->bytes, e->end));
	r->depth--;
	return 0;
}

static int
fill_field(struct reader *r, const struct piece *e, ProtobufCMessage *m)
{
	const ProtobufCFieldDescriptor *f = e->f;
	char *to = caffe_field_at(m, f);

	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		if (is_packed(e))
			return fill_packed(r, e, m);
		to = *(char **)to +
		    (*caffe_field_n(m, f))++ * caffe_elem_size(f->type);
	}
	caffe_field_set(m, f);
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING: return fill_string(r, e, (char **)to);
	case PROTOBUF_C_TYPE_BYTES:
		return fill_bytes(r, e, (ProtobufCBinaryData *)to);
	case PROTOBUF_C_TYPE_MESSAGE:
		return fill_message(r, e, (ProtobufCMessage **)to);
	case PROTOBUF_C_TYPE_FLOAT: memcpy(to, e->value, 4); return 0;
	case PROTOBUF_C_TYPE_DOUBLE: memcpy(to, e->value, 8); return 0;
	default: set_number(to, f->type, e->number); return 0;
	}
}

/* Keep a piece that is no field of ours; the array has the next power of two. */
static int
fill_unknown(struct reader *r, const struct piece *e, ProtobufCMessage *m)
{
	ProtobufCMessageUnknownField *u;
	unsigned n = m->n_unknown_fields;
	size_t len = (size_t)(e->end - e->value);

	TRY(pay(r, e->value, NULL, len + 2 * sizeof(*u)));
	if ((n & (n - 1)) == 0)
		m->unknown_fields = mem_realloc(
		    m->unknown_fields, n ? 2 * (size_t)n : 1, sizeof(*u));
	u = &m->unknown_fields[n];
	u->tag = e->id;
	u->wire_type = (ProtobufCWireType)e->wire;
	u->len = len;
	u->data = mem_realloc(NULL, len + 1, 1);
	memcpy(u->data, e->value, len);
	m->n_unknown_fields = n + 1;
	return 0;
}

/* The first walk: check, count, and make the arrays. */
static int
make_arrays(
    struct reader *r, ProtobufCMessage *m, const uint8_t *p, const uint8_t *end)
{
	const ProtobufCMessageDescriptor *type = m->descriptor;
	size_t count[CAFFE_FIELDS_MAX] = { 0 };
	bool seen[CAFFE_FIELDS_MAX] = { false };
	struct piece e;
	unsigned i;

	for (; p < end; p = e.end) {
		TRY(take_piece(r, &e, type, p, end));
		if (e.f == NULL)
			continue;
		i = (unsigned)(e.f - type->fields);
		seen[i] = true;
		if (e.f->label != PROTOBUF_C_LABEL_REPEATED)
			continue;
		if (is_packed(&e))
			TRY(count_packed(r, &e, &count[i]));
		else
			count[i]++;
	}
	for (i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &type->fields[i];
		size_t size = caffe_elem_size(f->type);
		void *v;

		if (f->label == PROTOBUF_C_LABEL_REQUIRED && !seen[i])
			return fail_at(r, end, f, "must be given");
		if (count[i] == 0)
			continue;
		/* count is at most the number of input bytes */
		TRY(pay(r, end, f, count[i] * size));
		TRY(mem_take(&v, count[i], size, SIZE_MAX / 2, r->name));
		if (wire_of(f->type) == BYTES)
			memset(v, 0, count[i] * size);
		*(void **)caffe_field_at(m, f) = v;
	}
	return 0;
}

static int
parse_message(
    struct reader *r, ProtobufCMessage *m, const uint8_t *p, const uint8_t *end)
{
	struct piece e;

	TRY(make_arrays(r, m, p, end));
	for (; p < end; p = e.end) {
		TRY(take_piece(r, &e, m->descriptor, p, end));
		if (e.f != NULL)
			TRY(fill_field(r, &e, m));
		else
			TRY(fill_unknown(r, &e, m));
	}
	return 0;
}

/* Take bytes that are not the message's own out of it. */
static void
drop_views(ProtobufCMessage *m)
{
	const ProtobufCMessageDescriptor *type = m->descriptor;

	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &type->fields[i];
		const size_t n = caffe_msg_count(m, f);

		for (size_t k = 0; k < n; k++) {
			void *v = caffe_field_value(m, f, k);

			if (f->type == PROTOBUF_C_TYPE_BYTES)
				*(ProtobufCBinaryData *)v =
				    (ProtobufCBinaryData){ 0 };
			else if (f->type == PROTOBUF_C_TYPE_MESSAGE &&
			    *(ProtobufCMessage **)v != NULL)
				drop_views(*(ProtobufCMessage **)v);
		}
	}
}

void
caffe_wire_view_free(void *m)
{
	if (m != NULL)
		drop_views(m);
	caffe_msg_free(m);
}

static int
parse(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
    const void *p, size_t n, const char *name, bool view)
{
	struct reader r = { .start = p, .name = name, .view = view };
	ProtobufCMessage *m;
	int rc;

	*out = NULL;
	if (n > SIZE_MAX / 4)
		return err_set(ERR_RANGE, "%s: too large", name);
	r.budget = BUDGET + n * BUDGET_PER_BYTE;
	m = caffe_msg_new(type);
	r.end = r.start + n;
	rc = n > 0 ? parse_message(&r, m, p, r.end) : 0;
	if (rc < 0 && view)
		caffe_wire_view_free(m);
	else if (rc < 0)
		caffe_msg_free(m);
	else
		*out = m;
	return sniff_fail(rc, name, p, n, "protobuf");
}

int
caffe_wire_parse(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
    const void *p, size_t n, const char *name)
{
	return parse(out, type, p, n, name, false);
}

int
caffe_wire_view(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
    const void *p, size_t n, const char *name)
{
	return parse(out, type, p, n, name, true);
}

int
caffe_wire_read(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
    const char *path)
{
	const void *p = NULL;
	size_t n = 0;
	int rc;

	*out = NULL;
	TRY(file_map(&p, &n, path));
	rc = caffe_wire_parse(out, type, p, n, path);
	file_unmap(p, n);
	return rc;
}
