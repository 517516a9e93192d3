/*
 * A graph of ONNX on its way to a file: values and the nodes between them.
 *
 * Values are handles; they get their names at the end (finish.c), so that a node may
 * be added before it is known which blob its output is.  All that is made here lives
 * until export_clear.  Numbers are kept where they are (weights in the messages of the
 * caffemodel, constants in the net's graph) and are copied when the file is written.
 *
 *	struct export_node *n = export_node(e, "Conv", x, w, NULL);
 *	export_int(n, "group", 2);
 *	export_top(e, op->out[0], export_out(e, n));
 *
 * Memory that is exhausted aborts.  Nothing is shared between threads.
 */
#ifndef ONNX_EXPORT_BUILD_H
#define ONNX_EXPORT_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "caffe/caffe.pb-c.h"
#include "nn/net.h"
#include "onnx/onnx.pb-c.h"

enum {
	EXPORT_FLOAT = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT,
	EXPORT_HALF = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16,
	EXPORT_INT = ONNX__TENSOR_PROTO__DATA_TYPE__INT64,
	EXPORT_BYTE = ONNX__TENSOR_PROTO__DATA_TYPE__UINT8,
	EXPORT_BOOL = ONNX__TENSOR_PROTO__DATA_TYPE__BOOL
};

/* Numbers that are known: one of the sources is set. */
struct export_array {
	struct shape shape;
	const float *floats;
	const int64_t *ints;
	const Caffe__BlobProto *blob;
	bool own; /* of blob (C, C, K, K) each channel's own (nn/match.h) */
};

struct export_value {
	const char *name; /* NULL until it has one */
	const char *hint; /* what it is called unless something else is */
	int type;
	struct export_node *node;   /* that makes it, or NULL */
	struct export_array *array; /* its numbers, or NULL */
	struct export_value *twin;  /* the same in the other kind of float */
	struct export_value *whole; /* the same as int64 */
	bool used;
};

struct export_attr {
	const char *name;
	int type; /* of Onnx__AttributeProto__Type */
	int64_t i;
	float f;
	const char *s;
	int64_t *ints;
	float *floats;
	const char **texts; /* borrowed, each */
	size_t n;
	float value; /* of a tensor of one number */
	struct export_attr *next;
};

struct export_node {
	const char *op, *name;
	const struct layer *layer;
	struct export_value **in; /* may be NULL: left out */
	size_t nin, in_cap;
	struct export_value **out;
	size_t nout, out_cap;
	struct export_attr *attrs, **last;
	bool used;
};

/* An input or output of the graph; an axis has `times` numbers for each item, or, where
 * that is 0, as many as `dim`. */
struct export_io {
	struct export_value *value;
	int rank;
	int64_t dim[SHAPE_MAX], times[SHAPE_MAX];
};

struct export
{
	const struct net *net,
	    *other; /* other: the same for another number of items;
					* NULL: the number is fixed */
	int64_t items, other_items;
	int opset;
	bool half;                 /* --fp16 */
	bool fold_batchnorm;       /* into the convolution before it */
	int real;                  /* the kind of float now at work */
	const struct layer *layer; /* now at work */
	bool tied;                 /* something hangs on the number of items */
	struct arena *arena;
	struct export_node **nodes;
	size_t nnodes, node_cap;
	struct export_value **values;
	size_t nvalues, value_cap;
	struct export_io *in, *out;
	size_t nin, nout, in_cap, out_cap;
	struct export_value **of; /* by tensor of the net's graph */
	bool *skip;               /* by op: done with an earlier one */
};

void export_init(struct export *e, const struct net *net);
void export_clear(struct export *e);

/* ---- nodes ---- */

/* Inputs, ended by a NULL; later ones by export_in. */
#define export_node(e, op, ...)                                                \
	export_node_list(e, op, (struct export_value *const[]){ __VA_ARGS__ })
struct export_node *export_node_list(
    struct export *e, const char *op, struct export_value *const *in);
/* The same with any number of inputs. */
struct export_node *export_node_of(
    struct export *e, const char *op, struct export_value *const *in, size_t n);
/* One whose inputs are still to be worked out: it takes its place with _now. */
struct export_node *export_node_later(struct export *e, const char *op);
void export_node_now(struct export *e, struct export_node *n);
void export_in(struct export_node *n, struct export_value *v);
/* One more output, of the kind of float at work, or another type. */
struct export_value *export_out(struct export *e, struct export_node *n);
struct export_value *
export_out_of(struct export *e, struct export_node *n, int type);
void export_int(
    struct export *e, struct export_node *n, const char *name, int64_t v);
void export_ints(struct export *e, struct export_node *n, const char *name,
    const int64_t *v, size_t count);
void
export_real(struct export *e, struct export_node *n, const char *name, float v);
void export_text(
    struct export *e, struct export_node *n, const char *name, const char *v);
void export_texts(struct export *e, struct export_node *n, const char *name,
    const char *const *v, size_t count);
void export_reals(struct export *e, struct export_node *n, const char *name,
    const float *v, size_t count);
/* A tensor of one number, for ConstantOfShape. */
void export_number(
    struct export *e, struct export_node *n, const char *name, float v);

/* A node with one or two inputs, one output and no attributes; or several that are
 * joined along an axis. */
struct export_value *
export_unary(struct export *e, const char *op, struct export_value *x);
struct export_value *export_binary(struct export *e, const char *op,
    struct export_value *x, struct export_value *y);
struct export_value *export_joined(
    struct export *e, struct export_value *const *in, size_t n, int64_t axis);
struct export_value *
export_cast(struct export *e, struct export_value *x, int type);

/* ---- numbers ---- */

struct export_value *export_scalar(struct export *e, float v);
/* Of the kind of float at work; v is copied. */
struct export_value *
export_floats(struct export *e, const struct shape *s, const float *v);
/* Always float32; v is copied. */
struct export_value *
export_float32s(struct export *e, const struct shape *s, const float *v);
/* One axis; v is copied. */
struct export_value *
export_whole_numbers(struct export *e, const int64_t *v, size_t n);
struct export_value *export_whole_scalar(struct export *e, int64_t v);
/* The same numbers in another shape. */
struct export_value *export_reshaped(
    struct export *e, const struct export_value *v, const struct shape *s);
/* Of a parameter, whose name is key; without numbers until array->blob is set. */
struct export_value *
export_weights(struct export *e, const struct shape *s, const char *key);
/* One that is fed from outside. */
struct export_value *export_input(struct export *e, const char *name, int type);
/* The numbers of an array as floats; *out is the caller's (mem_free). */
int export_read(float **out, const struct export_array *a);
/* The same without a copy, where they lie as floats; else NULL. */
const float *export_view(const struct export_array *a);

/* ---- tensors of the net ---- */

/* The value of a tensor, in the kind of float at work. */
struct export_value *export_of(struct export *e, int tensor);
/* As int64: cut towards zero. */
struct export_value *export_whole(struct export *e, int tensor);
/* The tensor is that value from now on. */
void export_top(struct export *e, int tensor, struct export_value *v);
const struct shape *export_shape(const struct export *e, int tensor);
/* How many of axis i of a tensor belong to each item; 0: it has nothing to do with
 * the number of items. */
int64_t export_per_item(struct export *e, int tensor, int i);
/* Numbers in another shape are made now, if the tensor is that and they are known. */
void export_settle(struct export *e, int tensor);
/* The op that alone reads the tensor, which is no output; or NULL. */
const struct op *export_sole_reader(const struct export *e, int tensor);

#endif
