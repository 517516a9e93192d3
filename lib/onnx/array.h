/*
 * Arrays of numbers on the host: the constants of an ONNX file, and what is worked
 * out of them while the file is read.
 *
 * Numbers are kept in one of three ways: float (ONNX's float, float16, bfloat16),
 * double, or int64 (integers and bool).  The batch size of a net is not known while
 * a file is read, so a whole number may be a + b N, where N is that size: shapes
 * are such numbers, and what is worked out of shapes.  The same holds for the sizes
 * of an array; one whose size depends on N has no elements here (onnx_dims).
 */
#ifndef ONNX_ARRAY_H
#define ONNX_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "graph/shape.h"

/* a + b N.  Of a shape, b may also be ONNX_ROWS and a number: a is the room for rows
 * of which so many come as the data have it (rows.h says which those are). */
struct onnx_int {
	int64_t a, b;
};
#define ONNX_ROWS ((int64_t)1 << 40)

/* Sizes of a tensor of which one axis at most depends on N. */
struct onnx_dims {
	int n;
	struct onnx_int d[SHAPE_MAX];
};

/* Elements of one array that is worked out here, and half of what all may have beside
 * those of the file: 2^27.  A fuzzer lowers it. */
extern size_t onnx_fold_max;

enum onnx_store { ONNX_F32, ONNX_F64, ONNX_I64 };

struct onnx_array {
	int type; /* ONNX__TENSOR_PROTO__DATA_TYPE__... */
	enum onnx_store store;
	int n; /* axes */
	int64_t d[SHAPE_MAX];
	size_t count;
	const void *data; /* float, double or int64_t */
	/* I64: the b of each, or NULL where no element depends on N. */
	int64_t *batch;
	void *own; /* what is freed; data may be in a file */
};

/* Is it one of the types whose numbers are read (no strings, no complex ones)? */
bool onnx_type_known(int type);
bool onnx_type_whole(int type);       /* integers and bool */
const char *onnx_type_name(int type); /* "float16" */
enum onnx_store onnx_type_store(int type);

/* Zeros of that shape; ERR_RANGE above ONNX_FOLD_MAX elements. */
int onnx_array_new(struct onnx_array **out, int type, int n, const int64_t *d);
void onnx_array_free(struct onnx_array *a); /* accepts NULL */
/* With numbers of its own. */
struct onnx_array *onnx_array_copy(const struct onnx_array *a);
/* A list or, with n -1, one whole number. */
struct onnx_array *onnx_array_ints(const struct onnx_int *v, int n);

double onnx_get(const struct onnx_array *a, size_t i);
/* Floats are truncated; without the part of N. */
int64_t onnx_get_int(const struct onnx_array *a, size_t i);
struct onnx_int onnx_get_sym(const struct onnx_array *a, size_t i);
/* Rounded as the type has it: float16 to 11 bits, integers wrapped, bool 0 or 1. */
void onnx_put(struct onnx_array *a, size_t i, double v);
void onnx_put_int(struct onnx_array *a, size_t i, int64_t v);
void onnx_put_sym(struct onnx_array *a, size_t i, struct onnx_int v);
/* Element i of from becomes element k of a, which is of the same type. */
void onnx_move(
    struct onnx_array *a, size_t k, const struct onnx_array *from, size_t i);
bool onnx_has_batch(const struct onnx_array *a); /* any element with N */
/* Without the mark of rows. */
struct onnx_int onnx_int_plain(struct onnx_int v);

/* All as floats; data itself where it is F32. */
const float *onnx_floats(const struct onnx_array *a, float **made);

struct onnx_int onnx_int(int64_t a);
bool onnx_int_same(struct onnx_int x, struct onnx_int y);
struct onnx_int onnx_int_add(struct onnx_int x, struct onnx_int y, int sign);
/* ERR_UNSUPPORTED for the square of N, or a quotient that is no such number. */
int onnx_int_mul(struct onnx_int *out, struct onnx_int x, struct onnx_int y);
int onnx_int_div(struct onnx_int *out, struct onnx_int x, struct onnx_int y);

/* Number of elements as a number with N. */
int onnx_dims_count(
    struct onnx_int *out, const struct onnx_dims *d, int from, int to);
bool onnx_dims_fixed(const struct onnx_dims *d);

/* Conversions of halves of 16 bits; both directions round to even. */
float onnx_from_half(uint16_t h);
float onnx_from_bfloat(uint16_t h);
float onnx_round_half(double v);
float onnx_round_bfloat(double v);

#endif
