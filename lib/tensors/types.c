/* Types of numbers, and numbers of any type as floats. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "tensors/tensors.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "numbers are read as the machine has them");

/* n numbers from p, each step elements after the one before. */
typedef void take_fn(float *out, const char *p, int64_t step, int64_t n);

#define TAKE(name, type, value)                                                \
	static void take_##name(                                               \
	    float *out, const char *p, int64_t step, int64_t n)                \
	{                                                                      \
		for (int64_t i = 0; i < n; i++) {                              \
			type v;                                                \
                                                                               \
			memcpy(                                                \
			    &v, p + i * step * (int64_t)sizeof(v), sizeof(v)); \
			out[i] = (value);                                      \
		}                                                              \
	}

static float
from_bf16(uint16_t h)
{
	uint32_t u = (uint32_t)h << 16;
	float f;

	memcpy(&f, &u, sizeof(f));
	return f;
}

TAKE(f32, float, v)
TAKE(f16, uint16_t, num_half(v))
TAKE(bf16, uint16_t, from_bf16(v))
TAKE(f64, double, (float)v)
TAKE(i8, int8_t, (float)v)
TAKE(i16, int16_t, (float)v)
TAKE(i32, int32_t, (float)v)
TAKE(i64, int64_t, (float)v)
TAKE(u8, uint8_t, (float)v)
TAKE(bool, uint8_t, v != 0)

static const struct {
	const char *name;
	size_t size;
	take_fn *take;
} types[TENSORS_TYPES] = {
	[TENSORS_F32] = { "F32", 4, take_f32 },
	[TENSORS_F16] = { "F16", 2, take_f16 },
	[TENSORS_BF16] = { "BF16", 2, take_bf16 },
	[TENSORS_F64] = { "F64", 8, take_f64 },
	[TENSORS_I8] = { "I8", 1, take_i8 },
	[TENSORS_I16] = { "I16", 2, take_i16 },
	[TENSORS_I32] = { "I32", 4, take_i32 },
	[TENSORS_I64] = { "I64", 8, take_i64 },
	[TENSORS_U8] = { "U8", 1, take_u8 },
	[TENSORS_BOOL] = { "BOOL", 1, take_bool },
	[TENSORS_U16] = { "U16", 2, NULL },
	[TENSORS_U32] = { "U32", 4, NULL },
	[TENSORS_U64] = { "U64", 8, NULL },
	[TENSORS_F8_E4M3] = { "F8_E4M3", 1, NULL },
	[TENSORS_F8_E5M2] = { "F8_E5M2", 1, NULL },
	[TENSORS_C64] = { "C64", 8, NULL },
};

const char *
tensors_type_name(enum tensors_type type)
{
	return types[type].name;
}

size_t
tensors_type_size(enum tensors_type type)
{
	return types[type].size;
}

char *
tensors_shape_text(
    char out[TENSORS_SHAPE_TEXT], const struct tensors_item *item)
{
	size_t at = 0;

	out[at++] = '(';
	for (int i = 0; i < item->ndim; i++)
		at += (size_t)snprintf(out + at, TENSORS_SHAPE_TEXT - at,
		    "%s%lld", i > 0 ? ", " : "", (long long)item->dim[i]);
	snprintf(out + at, TENSORS_SHAPE_TEXT - at, ")");
	return out;
}

int
tensors_shape_set(struct tensors_item *item)
{
	size_t bytes, known = 1;
	bool empty = false;

	for (int i = item->ndim; i-- > 0;) {
		if (item->dim[i] < 0)
			return err_set(ERR_RANGE, "a size below 0");
		item->stride[i] = (int64_t)known;
		if (item->dim[i] == 0)
			empty = true;
		/* of an empty array the other sizes must fit, too */
		else if (mem_mul(&known, known, (size_t)item->dim[i]) < 0 ||
		    mem_mul(&bytes, known, types[item->type].size) < 0 ||
		    bytes > INT64_MAX)
			return err_set(
			    ERR_RANGE, "its size is more than memory can be");
	}
	item->count = empty ? 0 : known;
	return 0;
}

/* Row by row: an odometer over all axes but the last. */
int
tensors_floats(float *out, const struct tensors_item *item)
{
	const int last = item->ndim - 1;
	const int64_t row = last >= 0 ? item->dim[last] : 1;
	const int64_t step = last >= 0 ? item->stride[last] : 1;
	const size_t size = types[item->type].size;
	int64_t at[TENSORS_DIMS] = { 0 }, from = 0;
	take_fn *take = types[item->type].take;

	if (take == NULL)
		return err_set(ERR_UNSUPPORTED,
		    "\"%s\": numbers of type %s are not read", item->name,
		    types[item->type].name);
	for (size_t done = 0; done < item->count; done += (size_t)row) {
		int i = last - 1;

		take(out + done,
		    (const char *)item->data + from * (int64_t)size, step, row);
		for (; i >= 0; i--) {
			from += item->stride[i];
			if (++at[i] < item->dim[i])
				break;
			from -= item->stride[i] * item->dim[i];
			at[i] = 0;
		}
	}
	return 0;
}
