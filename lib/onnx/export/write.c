/* Protobuf by hand around what is too large for it: see write.h. */
#include "onnx/export/write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "file/file.h"

/* Numbers of fields, and of the wire type "length and bytes". */
enum { MODEL_GRAPH = 7, GRAPH_INITIALIZER = 5, TENSOR_RAW_DATA = 9, BYTES = 2 };

#define FILE_MAX ((uint64_t)2147483647)

struct sink {
	ProtobufCBuffer base;
	FILE *f;
};

/* A failure stays in the stream; file_out_commit finds it. */
static void
append(ProtobufCBuffer *b, size_t n, const uint8_t *p)
{
	(void)!fwrite(p, 1, n, ((struct sink *)b)->f);
}

uint16_t
export_half(float v)
{
	uint32_t u, sign, man, low;
	int exp;

	memcpy(&u, &v, sizeof(u));
	sign = u >> 16 & 0x8000;
	if (isnan(v))
		return (uint16_t)(sign | 0x7e00);
	if (fabsf(v) >= 65504)
		return (uint16_t)(sign | 0x7bff);
	exp = (int)(u >> 23 & 0xff) - 127;
	if (exp < -25)
		return (uint16_t)sign;
	man = (u & 0x7fffff) | 0x800000;
	/* 10 bits behind the point, fewer below 2^-14 */
	low = (uint32_t)(exp < -14 ? 13 - 14 - exp : 13);
	u = man >> low;
	man &= (1u << low) - 1;
	if (man > 1u << (low - 1) || (man == 1u << (low - 1) && (u & 1)))
		u++;
	if (exp >= -14)
		u += (uint32_t)(exp + 14) << 10;
	return (uint16_t)(sign | u);
}

static size_t
varint_size(uint64_t v)
{
	size_t n = 1;

	for (; v >= 0x80; v >>= 7)
		n++;
	return n;
}

static void
varint(FILE *f, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		putc((int)(v & 0x7f) | 0x80, f);
	putc((int)v, f);
}

/* Tag and length of a field of bytes. */
static void
begin(FILE *f, int field, uint64_t bytes)
{
	varint(f, (uint64_t)field << 3 | BYTES);
	varint(f, bytes);
}

/* What begin and so many bytes take. */
static uint64_t
field_size(int field, uint64_t bytes)
{
	return varint_size((uint64_t)field << 3) + varint_size(bytes) + bytes;
}

static size_t
number_size(const struct export_init *t)
{
	switch (t->tensor.data_type) {
	case EXPORT_INT: return 8;
	case EXPORT_HALF: return 2;
	default: return 4;
	}
}

static uint64_t
raw_size(const struct export_init *t)
{
	return (uint64_t)shape_count(&t->array->shape) * number_size(t);
}

static uint64_t
tensor_size(const struct export_init *t)
{
	return protobuf_c_message_get_packed_size(&t->tensor.base) +
	    field_size(TENSOR_RAW_DATA, raw_size(t));
}

/* Halves, by blocks. */
static void
write_halves(FILE *f, const float *v, size_t n)
{
	uint16_t h[1024];

	for (size_t i = 0, k; i < n; i += k) {
		for (k = 0; k < LENGTH(h) && i + k < n; k++)
			h[k] = export_half(v[i + k]);
		(void)!fwrite(h, sizeof(*h), k, f);
	}
}

static void
write_floats(FILE *f, const struct export_init *t, const float *v)
{
	const size_t n = shape_count(&t->array->shape);

	if (t->tensor.data_type == EXPORT_HALF)
		write_halves(f, v, n);
	else
		(void)!fwrite(v, sizeof(*v), n, f);
}

static int
write_numbers(FILE *f, const struct export_init *t)
{
	const size_t n = shape_count(&t->array->shape);
	const float *view = export_view(t->array);
	float *v = NULL;

	if (t->array->ints != NULL) {
		(void)!fwrite(t->array->ints, sizeof(int64_t), n, f);
		return 0;
	}
	if (view == NULL)
		TRY(export_read(&v, t->array));
	write_floats(f, t, view != NULL ? view : v);
	mem_free(v);
	return 0;
}

static int
write_init(struct sink *s, const struct export_init *t)
{
	begin(s->f, GRAPH_INITIALIZER, tensor_size(t));
	protobuf_c_message_pack_to_buffer(&t->tensor.base, &s->base);
	begin(s->f, TENSOR_RAW_DATA, raw_size(t));
	return write_numbers(s->f, t);
}

int
export_write(const Onnx__ModelProto *head, const struct export_graph *g,
    const char *path, int force)
{
	uint64_t size = protobuf_c_message_get_packed_size(&g->graph.base);
	struct sink s = { { append }, NULL };
	struct file_out *out = NULL;
	int rc = 0;

	for (size_t i = 0; i < g->ninit; i++)
		size += field_size(GRAPH_INITIALIZER, tensor_size(&g->init[i]));
	if (size + protobuf_c_message_get_packed_size(&head->base) + 16 >
	    FILE_MAX)
		return err_set(ERR_RANGE,
		    "%s: %.1f GB are more than the 2 GB that an ONNX file may have; --fp16 halves it",
		    path, (double)size / 1e9);
	TRY(file_out_open(&out, path, force));
	s.f = file_out_stream(out);
	protobuf_c_message_pack_to_buffer(&head->base, &s.base);
	begin(s.f, MODEL_GRAPH, size);
	protobuf_c_message_pack_to_buffer(&g->graph.base, &s.base);
	for (size_t i = 0; i < g->ninit && rc >= 0; i++)
		rc = write_init(&s, &g->init[i]);
	if (rc >= 0)
		return file_out_commit(&out);
	file_out_abort(&out);
	return rc;
}
