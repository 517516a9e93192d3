/*
 * The numbers of a TensorProto.  Floats, doubles and int64 of raw data stay where
 * they are if they lie there as the machine reads them; all else is copied.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/file.h"

#define T(name) ONNX__TENSOR_PROTO__DATA_TYPE__##name

/* Numbers of a weight; more than a file of the format holds otherwise. */
#define COUNT_MAX ((size_t)1 << 33)

/* Bits of one number in raw data. */
static size_t
bits_of(int type)
{
	switch (type) {
	case T(UINT4):
	case T(INT4): return 4;
	case T(UINT8):
	case T(INT8):
	case T(BOOL): return 8;
	case T(UINT16):
	case T(INT16):
	case T(FLOAT16):
	case T(BFLOAT16): return 16;
	case T(DOUBLE):
	case T(INT64):
	case T(UINT64): return 64;
	default: return 32;
	}
}

static int64_t
raw_int(int type, const uint8_t *p, size_t i)
{
	uint64_t u = 0;
	const size_t bytes = bits_of(type) / 8;

	if (bits_of(type) == 4) {
		u = p[i / 2] >> 4 * (i % 2) & 15;
		return type == T(INT4) && u >= 8 ? (int64_t)u - 16 : (int64_t)u;
	}
	memcpy(&u, p + i * bytes, bytes);
	switch (type) {
	case T(INT8): return (int8_t)u;
	case T(INT16): return (int16_t)u;
	case T(INT32): return (int32_t)u;
	default: return (int64_t)u;
	}
}

static double
raw_float(int type, const uint8_t *p, size_t i)
{
	uint16_t h;
	double d;
	float f;

	switch (type) {
	case T(FLOAT16): memcpy(&h, p + 2 * i, 2); return onnx_from_half(h);
	case T(BFLOAT16): memcpy(&h, p + 2 * i, 2); return onnx_from_bfloat(h);
	case T(DOUBLE): memcpy(&d, p + 8 * i, 8); return d;
	default: memcpy(&f, p + 4 * i, 4); return f;
	}
}

static int
from_raw(struct onnx_array *a, const uint8_t *p, size_t n)
{
	const size_t bits = bits_of(a->type);
	const bool same = a->type == T(FLOAT) || a->type == T(DOUBLE) ||
	    a->type == T(INT64) || a->type == T(UINT64);
	void *own = NULL;

	if ((a->count * bits + 7) / 8 != n)
		return err_set(ERR_FORMAT,
		    "its shape has %zu numbers of %s, and its data are %zu bytes",
		    a->count, onnx_type_name(a->type), n);
	if (same && (uintptr_t)p % (bits / 8) == 0) {
		a->data = p;
		return 0;
	}
	TRY(mem_take(&own, a->count + 1, a->store == ONNX_F32 ? 4 : 8,
	    8 * COUNT_MAX, "a tensor"));
	a->own = own;
	a->data = own;
	if (same && n > 0)
		memcpy(own, p, n);
	for (size_t i = 0; !same && i < a->count; i++)
		if (a->store == ONNX_I64)
			((int64_t *)own)[i] = raw_int(a->type, p, i);
		else
			((float *)own)[i] = (float)raw_float(a->type, p, i);
	return 0;
}

/* The list of the kind that the type uses: how long it is. */
static size_t
listed(const Onnx__TensorProto *t)
{
	switch (t->data_type) {
	case T(FLOAT): return t->n_float_data;
	case T(DOUBLE): return t->n_double_data;
	case T(INT64): return t->n_int64_data;
	case T(UINT32):
	case T(UINT64): return t->n_uint64_data;
	default: return t->n_int32_data;
	}
}

static void
put_listed(struct onnx_array *a, size_t i, const Onnx__TensorProto *t)
{
	switch (t->data_type) {
	case T(FLOAT): onnx_put(a, i, t->float_data[i]); return;
	case T(DOUBLE): onnx_put(a, i, t->double_data[i]); return;
	case T(INT64): onnx_put_int(a, i, t->int64_data[i]); return;
	case T(UINT32):
	case T(UINT64): onnx_put_int(a, i, (int64_t)t->uint64_data[i]); return;
	case T(FLOAT16):
		onnx_put(a, i, onnx_from_half((uint16_t)t->int32_data[i]));
		return;
	case T(BFLOAT16):
		onnx_put(a, i, onnx_from_bfloat((uint16_t)t->int32_data[i]));
		return;
	default: onnx_put_int(a, i, t->int32_data[i]); return;
	}
}

static int
from_list(struct onnx_array *a, const Onnx__TensorProto *t)
{
	const size_t n = listed(t);
	const bool four = bits_of(a->type) == 4;
	void *own = NULL;

	if (n != (four ? (a->count + 1) / 2 : a->count))
		return err_set(ERR_FORMAT,
		    "its shape has %zu numbers of %s, and %zu are given",
		    a->count, onnx_type_name(a->type), n);
	TRY(mem_take(&own, a->count + 1, a->store == ONNX_F32 ? 4 : 8,
	    8 * COUNT_MAX, "a tensor"));
	a->own = own;
	a->data = own;
	for (size_t i = 0; i < a->count; i++) {
		uint8_t both;

		if (!four) {
			put_listed(a, i, t);
			continue;
		}
		both = (uint8_t)t->int32_data[i / 2];
		((int64_t *)own)[i] = raw_int(a->type, &both, i % 2);
	}
	return 0;
}

int
onnx_decode(struct onnx_array **out, const Onnx__TensorProto *t,
    const void *raw, size_t n)
{
	struct onnx_array *a;
	size_t count = 1;
	int rc;

	*out = NULL;
	if (!onnx_type_known(t->data_type))
		return err_set(ERR_UNSUPPORTED, "numbers of type %s",
		    onnx_type_name(t->data_type));
	if (t->n_dims > SHAPE_MAX)
		return err_set(ERR_UNSUPPORTED, "%zu axes; %d are offered",
		    t->n_dims, SHAPE_MAX);
	if (t->segment != NULL)
		return err_set(ERR_UNSUPPORTED, "a tensor in segments");
	for (size_t i = 0; i < t->n_dims; i++)
		if (t->dims[i] < 0 ||
		    mem_mul(&count, count, (size_t)t->dims[i]) < 0 ||
		    count > COUNT_MAX)
			return err_set(ERR_RANGE,
			    "a size of %lld, or too many numbers",
			    (long long)t->dims[i]);
	a = mem_new(struct onnx_array);
	a->type = t->data_type;
	a->store = onnx_type_store(a->type);
	a->n = (int)t->n_dims;
	if (t->n_dims > 0)
		memcpy(a->d, t->dims, t->n_dims * sizeof(*t->dims));
	a->count = count;
	rc = raw != NULL ? from_raw(a, raw, n) : from_list(a, t);
	if (rc < 0)
		onnx_array_free(a);
	else
		*out = a;
	return rc;
}
