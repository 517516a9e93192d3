/* Arrays on the host, and whole numbers with N: see array.h. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "onnx/array.h"
#include "onnx/onnx.pb-c.h"

size_t onnx_fold_max = (size_t)1 << 27;

#define T(name) ONNX__TENSOR_PROTO__DATA_TYPE__##name

static const struct {
	const char *name;
	enum onnx_store store;
	bool known;
	int bits; /* of a whole number; negative: it has a sign */
} types[] = {
	[T(UNDEFINED)] = { "undefined", ONNX_F32, false, 0 },
	[T(FLOAT)] = { "float", ONNX_F32, true, 0 },
	[T(UINT8)] = { "uint8", ONNX_I64, true, 8 },
	[T(INT8)] = { "int8", ONNX_I64, true, -8 },
	[T(UINT16)] = { "uint16", ONNX_I64, true, 16 },
	[T(INT16)] = { "int16", ONNX_I64, true, -16 },
	[T(INT32)] = { "int32", ONNX_I64, true, -32 },
	[T(INT64)] = { "int64", ONNX_I64, true, -64 },
	[T(STRING)] = { "string", ONNX_F32, false, 0 },
	[T(BOOL)] = { "bool", ONNX_I64, true, 1 },
	[T(FLOAT16)] = { "float16", ONNX_F32, true, 0 },
	[T(DOUBLE)] = { "double", ONNX_F64, true, 0 },
	[T(UINT32)] = { "uint32", ONNX_I64, true, 32 },
	[T(UINT64)] = { "uint64", ONNX_I64, true, 64 },
	[T(COMPLEX64)] = { "complex64", ONNX_F32, false, 0 },
	[T(COMPLEX128)] = { "complex128", ONNX_F32, false, 0 },
	[T(BFLOAT16)] = { "bfloat16", ONNX_F32, true, 0 },
	[T(FLOAT8E4M3FN)] = { "float8e4m3fn", ONNX_F32, false, 0 },
	[T(FLOAT8E4M3FNUZ)] = { "float8e4m3fnuz", ONNX_F32, false, 0 },
	[T(FLOAT8E5M2)] = { "float8e5m2", ONNX_F32, false, 0 },
	[T(FLOAT8E5M2FNUZ)] = { "float8e5m2fnuz", ONNX_F32, false, 0 },
	[T(UINT4)] = { "uint4", ONNX_I64, true, 4 },
	[T(INT4)] = { "int4", ONNX_I64, true, -4 },
	[T(FLOAT4E2M1)] = { "float4e2m1", ONNX_F32, false, 0 },
};

static bool
listed(int type)
{
	return type >= 0 && type < (int)LENGTH(types);
}

bool
onnx_type_known(int type)
{
	return listed(type) && types[type].known;
}

bool
onnx_type_whole(int type)
{
	return onnx_type_known(type) && types[type].store == ONNX_I64;
}

const char *
onnx_type_name(int type)
{
	return listed(type) ? types[type].name : "of a type that is not known";
}

enum onnx_store
onnx_type_store(int type)
{
	return listed(type) ? types[type].store : ONNX_F32;
}

static size_t
store_size(enum onnx_store s)
{
	return s == ONNX_F32 ? sizeof(float) : sizeof(double);
}

int
onnx_array_new(struct onnx_array **out, int type, int n, const int64_t *d)
{
	struct onnx_array *a;
	size_t count = 1;

	*out = NULL;
	if (n > SHAPE_MAX)
		return err_set(ERR_UNSUPPORTED,
		    "an array of %d axes; %d are offered", n, SHAPE_MAX);
	for (int i = 0; i < n; i++) {
		if (d[i] < 0 || mem_mul(&count, count, (size_t)d[i]) < 0 ||
		    count > onnx_fold_max)
			return err_set(ERR_RANGE,
			    "a constant of more than %zu numbers",
			    onnx_fold_max);
	}
	a = mem_new(struct onnx_array);
	a->type = type;
	a->store = onnx_type_store(type);
	a->n = n;
	if (n > 0)
		memcpy(a->d, d, (size_t)n * sizeof(*d));
	a->count = count;
	a->own = mem_calloc(count + 1, store_size(a->store));
	a->data = a->own;
	*out = a;
	return 0;
}

void
onnx_array_free(struct onnx_array *a)
{
	if (a == NULL)
		return;
	mem_free(a->own);
	mem_free(a->batch);
	mem_free(a);
}

struct onnx_array *
onnx_array_copy(const struct onnx_array *a)
{
	struct onnx_array *c = mem_new(struct onnx_array);

	*c = *a;
	c->own = mem_calloc(a->count + 1, store_size(a->store));
	if (a->count > 0)
		memcpy(c->own, a->data, a->count * store_size(a->store));
	c->data = c->own;
	if (a->batch != NULL) {
		c->batch = mem_array(int64_t, a->count + 1);
		memcpy(c->batch, a->batch, a->count * sizeof(*c->batch));
	}
	return c;
}

struct onnx_array *
onnx_array_ints(const struct onnx_int *v, int n)
{
	const int64_t d[1] = { n };
	struct onnx_array *a = NULL;

	/* never so long that it fails */
	if (onnx_array_new(&a, T(INT64), n >= 0, d) < 0)
		return NULL;
	for (size_t i = 0; i < a->count; i++)
		onnx_put_sym(a, i, v[i]);
	return a;
}

double
onnx_get(const struct onnx_array *a, size_t i)
{
	switch (a->store) {
	case ONNX_F32: return ((const float *)a->data)[i];
	case ONNX_F64: return ((const double *)a->data)[i];
	default: return (double)((const int64_t *)a->data)[i];
	}
}

/* As C converts where it says what happens; else the nearest there is. */
static int64_t
whole(double v)
{
	if (isnan(v))
		return 0;
	if (v >= 9223372036854775807.0)
		return INT64_MAX;
	return v <= -9223372036854775808.0 ? INT64_MIN : (int64_t)v;
}

int64_t
onnx_get_int(const struct onnx_array *a, size_t i)
{
	return a->store == ONNX_I64 ? ((const int64_t *)a->data)[i]
				    : whole(onnx_get(a, i));
}

struct onnx_int
onnx_get_sym(const struct onnx_array *a, size_t i)
{
	return (struct onnx_int){ onnx_get_int(a, i),
		a->batch != NULL ? a->batch[i] : 0 };
}

float
onnx_round_half(double v)
{
	return num_half(num_to_half(v));
}

float
onnx_from_half(uint16_t h)
{
	return num_half(h);
}

float
onnx_from_bfloat(uint16_t h)
{
	const uint32_t bits = (uint32_t)h << 16;
	float v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

float
onnx_round_bfloat(double v)
{
	float f = (float)v;
	uint32_t bits;

	if (!isfinite(f))
		return f;
	memcpy(&bits, &f, sizeof(bits));
	bits += 0x7fff + (bits >> 16 & 1);
	return onnx_from_bfloat((uint16_t)(bits >> 16));
}

/* The number that is left of v in a whole type of so many bits. */
static int64_t
wrap(int type, int64_t v)
{
	const int bits = types[type].bits;
	const int width = bits < 0 ? -bits : bits;
	uint64_t u = (uint64_t)v;

	if (type == T(BOOL))
		return v != 0;
	if (width == 64 || width == 0)
		return v;
	u &= ((uint64_t)1 << width) - 1;
	if (bits < 0 && u >> (width - 1))
		u |= ~(uint64_t)0 << width;
	return (int64_t)u;
}

void
onnx_put_int(struct onnx_array *a, size_t i, int64_t v)
{
	if (a->store != ONNX_I64) {
		onnx_put(a, i, (double)v);
		return;
	}
	((int64_t *)a->own)[i] = wrap(a->type, v);
	if (a->batch != NULL)
		a->batch[i] = 0;
}

void
onnx_put(struct onnx_array *a, size_t i, double v)
{
	if (a->store == ONNX_F64)
		((double *)a->own)[i] = v;
	else if (a->store == ONNX_I64)
		onnx_put_int(a, i, a->type == T(BOOL) ? v != 0 : whole(v));
	else
		((float *)a->own)[i] = a->type == T(FLOAT16)
		    ? onnx_round_half(v)
		    : a->type == T(BFLOAT16) ? onnx_round_bfloat(v)
					     : (float)v;
}

void
onnx_put_sym(struct onnx_array *a, size_t i, struct onnx_int v)
{
	onnx_put_int(a, i, v.a);
	if (v.b == 0 || a->store != ONNX_I64)
		return;
	if (a->batch == NULL)
		a->batch = mem_array(int64_t, a->count + 1);
	a->batch[i] = v.b;
}

void
onnx_move(
    struct onnx_array *a, size_t k, const struct onnx_array *from, size_t i)
{
	if (a->store == ONNX_I64 && from->store == ONNX_I64)
		onnx_put_sym(a, k, onnx_get_sym(from, i));
	else
		onnx_put(a, k, onnx_get(from, i));
}

bool
onnx_has_batch(const struct onnx_array *a)
{
	for (size_t i = 0; a->batch != NULL && i < a->count; i++)
		if (a->batch[i] != 0 && a->batch[i] < ONNX_ROWS)
			return true;
	return false;
}

const float *
onnx_floats(const struct onnx_array *a, float **made)
{
	float *v;

	*made = NULL;
	if (a->store == ONNX_F32)
		return a->data;
	v = mem_calloc(a->count + 1, sizeof(*v));
	for (size_t i = 0; i < a->count; i++)
		v[i] = (float)onnx_get(a, i);
	*made = v;
	return v;
}

struct onnx_int
onnx_int(int64_t a)
{
	return (struct onnx_int){ a, 0 };
}

struct onnx_int
onnx_int_plain(struct onnx_int v)
{
	return v.b >= ONNX_ROWS ? onnx_int(v.a) : v;
}

bool
onnx_int_same(struct onnx_int x, struct onnx_int y)
{
	return x.a == y.a && x.b == y.b;
}

struct onnx_int
onnx_int_add(struct onnx_int x, struct onnx_int y, int sign)
{
	const uint64_t s = (uint64_t)(int64_t)sign;

	return (struct onnx_int){
		(int64_t)((uint64_t)x.a + s * (uint64_t)y.a),
		(int64_t)((uint64_t)x.b + s * (uint64_t)y.b),
	};
}

static int
not_linear(void)
{
	return err_set(ERR_UNSUPPORTED,
	    "a size that is not a multiple of the batch size and a number");
}

int
onnx_int_mul(struct onnx_int *out, struct onnx_int x, struct onnx_int y)
{
	if (x.b != 0 && y.b != 0)
		return not_linear();
	out->a = (int64_t)((uint64_t)x.a * (uint64_t)y.a);
	out->b = (int64_t)((uint64_t)x.a * (uint64_t)y.b +
	    (uint64_t)x.b * (uint64_t)y.a);
	return 0;
}

int
onnx_int_div(struct onnx_int *out, struct onnx_int x, struct onnx_int y)
{
	if (y.b != 0) {
		/* a multiple of it */
		if (x.b % y.b != 0 || x.a != x.b / y.b * y.a)
			return not_linear();
		*out = onnx_int(x.b / y.b);
		return 0;
	}
	if (y.a == 0)
		return err_set(ERR_FORMAT, "a whole number divided by 0");
	if (y.a == -1) {
		*out = onnx_int_add(onnx_int(0), x, -1);
		return 0;
	}
	if (x.b == 0) {
		*out = onnx_int(x.a / y.a);
		return 0;
	}
	if (x.b % y.a != 0 || x.a % y.a != 0)
		return not_linear();
	*out = (struct onnx_int){ x.a / y.a, x.b / y.a };
	return 0;
}

int
onnx_dims_count(
    struct onnx_int *out, const struct onnx_dims *d, int from, int to)
{
	struct onnx_int n = onnx_int(1);

	for (int i = from; i < to; i++)
		TRY(onnx_int_mul(&n, n, d->d[i]));
	*out = n;
	return 0;
}

bool
onnx_dims_fixed(const struct onnx_dims *d)
{
	for (int i = 0; i < d->n; i++)
		if (d->d[i].b != 0)
			return false;
	return true;
}
