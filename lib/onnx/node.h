/*
 * What turns nodes into layers works with: the values that nodes read and make, the
 * attributes, and the layers that they become.  For the inside of this module.
 *
 * A handler (struct onnx_op) looks at its inputs and attributes and makes layers:
 *
 *	static int
 *	emit_elu(struct onnx_node *n)
 *	{
 *		Caffe__LayerParameter *l = onnx_layer(n, "ELU");
 *
 *		l->elu_param = caffe_new(Caffe__ELUParameter, eluparameter);
 *		l->elu_param->has_alpha = 1;
 *		l->elu_param->alpha = onnx_attr_float(n, "alpha", 1);
 *		return onnx_one(n, l, n->in[0]);
 *	}
 *
 * A value is an array on the host (a constant) or a blob of the net; a constant that
 * a layer reads as a bottom becomes a Parameter layer by itself.  Whole numbers and
 * bools are floats in the net; the type of a value says what they are in the file.
 */
#ifndef ONNX_NODE_H
#define ONNX_NODE_H

#include "caffe/msg.h"
#include "nn/net.h"
#include "onnx/import.h"

#define ONNX_T(name) ONNX__TENSOR_PROTO__DATA_TYPE__##name

struct onnx_value {
	const char *name; /* of the file; "" for what lies between layers */
	int type;
	/* A constant: the tensor of the file, or its numbers. */
	const Onnx__TensorProto *tensor;
	struct onnx_array *array;
	/* In the net; NULL until it is needed there. */
	const char *blob;
	struct onnx_dims dims; /* known for constants, too */
	int uses; /* how many nodes and outputs of the file read it */
	int left; /* how many of the nodes will do so still */
	int rows, rows_axis; /* of which rows are made by the data; 0: none */
	bool learned;        /* a constant that training may change: a weight */
	const struct onnx_array *given; /* of an input of the graph */
	struct onnx_port
	    *input;        /* an input of the file; a layer when it is read */
	const void *graph; /* which nodes make it (walk.c), and which of them */
	size_t node;
};

struct onnx_scope;

/* A file on its way. */
struct onnx_import {
	struct onnx_file *file;
	const struct onnx_opts *o;
	bool batch_free;
	int64_t
	    stated; /* the batch size of the file, taken as any number; or 0 */
	/* The net so far at one batch size or, where that is free, at two: the
	 * sizes of a blob in both tell how they depend on it. */
	struct net *probe[2];
	int64_t batch[2];
	int nprobe;
	struct net_opts net_opts;
	Caffe__NetParameter *net;
	Caffe__NetParameter *inputs; /* of the probes, at their batch sizes */
	struct arena *arena;
	struct onnx_scope *names;   /* of layers and blobs that are taken */
	struct onnx_value **values; /* all, to be freed */
	size_t nvalues, values_cap;
	/* Masks of rows (rows.h), number 1 first. */
	struct onnx_rows {
		struct onnx_value *mask; /* 1 for each row that is one */
		bool in_front;           /* those come first */
	} * rows;
	int nrows;
	size_t rows_cap;
	int depth;     /* of functions and branches */
	size_t folded; /* numbers that were worked out */
	/* Tops of the layer that is being made. */
	struct onnx_value **tops;
	size_t ntops, tops_cap;
};

struct onnx_node {
	struct onnx_import *imp;
	const Onnx__NodeProto *p;
	const char *op;
	int opset;
	int nin, nout;
	struct onnx_value *
	    *in; /* NULL: left out; nin of them, and NULLs behind */
	struct onnx_value **out; /* nout of them; NULL: nobody wants it */
	struct onnx_scope *scope;
	const Onnx__AttributeProto *const
	    *outer; /* in a function: the call's */
	size_t nouter;
	bool
	    inner; /* of a function or branch: its outputs are not the file's */
	int layers; /* how many were made for it */
};

struct onnx_op {
	const char *name;
	/* Make layers and set out[]; NULL: it can only be worked out. */
	int (*emit)(struct onnx_node *n);
	/* Work out out[] as arrays of constant inputs; NULL, or 1 in place of 0:
	 * by running the layers. */
	int (*fold)(struct onnx_node *n, struct onnx_array **out);
	bool
	    shapes; /* it is folded whatever its inputs: of their shapes alone */
};
/* NULL: there is none of that name. */
const struct onnx_op *onnx_op_find(const char *name);
/* The same of a domain: ONNX's, or what onnxruntime writes besides. */
const struct onnx_op *onnx_op_of(const char *domain, const char *name);
/* All of ONNX's, or of com.microsoft's, in no order. */
void
onnx_op_each(bool microsoft, void (*f)(void *ctx, const char *name), void *ctx);

/* ---- attributes ---- */

const Onnx__AttributeProto *
onnx_attr(const struct onnx_node *n, const char *name); /* or NULL */
int64_t
onnx_attr_int(const struct onnx_node *n, const char *name, int64_t none);
float onnx_attr_float(const struct onnx_node *n, const char *name, float none);
/* At most 63 bytes; the buffer belongs to the node's import. */
const char *
onnx_attr_str(const struct onnx_node *n, const char *name, const char *none);
/* How many there are; ONNX_NONE: it is not given; ERR_FORMAT for more than max. */
enum { ONNX_NONE = -64 };
int onnx_attr_ints(
    const struct onnx_node *n, const char *name, int64_t *out, int max);

/* ---- values ---- */

bool onnx_is_const(const struct onnx_value *v); /* false for NULL */
/* Input i as numbers; ERR_UNSUPPORTED with its name when it is no constant. */
int onnx_const(struct onnx_node *n, int i, const struct onnx_array **out);
bool onnx_has(const struct onnx_node *n, int i); /* is it not left out? */
/* The same as a list of whole numbers, at most max; their number. */
int onnx_const_ints(struct onnx_node *n, int i, int64_t *out, int max);
/* The attribute (of old opsets) or else the input i; ONNX_NONE: neither is there. */
int onnx_ints_of(
    struct onnx_node *n, const char *attr, int i, int64_t *out, int max);
/* Axes 0..rank-1 of negative ones; ERR_FORMAT. */
int onnx_axis(struct onnx_node *n, int64_t axis, int rank, int *out);
int onnx_rank(const struct onnx_value *v);
/* Size of an axis that must not depend on the batch size. */
int onnx_fixed(
    struct onnx_node *n, const struct onnx_value *v, int axis, int64_t *out);
bool onnx_dims_same(const struct onnx_dims *a, const struct onnx_dims *b);
/* A constant made here; changes hands. */
struct onnx_value *
onnx_value_const(struct onnx_import *imp, struct onnx_array *a);
bool onnx_is_float(const struct onnx_value *v);
/* Is it a constant of one number? Which one? */
bool onnx_scalar(struct onnx_node *n, const struct onnx_value *v, double *out);

/* ---- layers ---- */

/* A new layer of the node, with a name.  It is the net's from onnx_emit on, and its
 * maker's until then: after a failure between, onnx_drop it. */
Caffe__LayerParameter *onnx_layer(struct onnx_node *n, const char *type);
/* Its next bottom. */
int onnx_bottom(
    struct onnx_node *n, Caffe__LayerParameter *l, struct onnx_value *v);
/* Its next blob of weights; v NULL: zeros. */
void
onnx_blob(Caffe__LayerParameter *l, int ndim, const int64_t *d, const float *v);
/* Its next top: output `out` of the node, or with -1 a value between layers.
 * type 0: that of input 0. */
struct onnx_value *
onnx_top(struct onnx_node *n, Caffe__LayerParameter *l, int out, int type);
/* Into the net; sets the dims of its tops. */
int onnx_emit(struct onnx_node *n, Caffe__LayerParameter *l);
/* The sizes of a blob that is in the net. */
int
onnx_probe_dims(struct onnx_import *imp, const char *blob, struct onnx_dims *d);
/* A layer that will not be. */
void onnx_drop(struct onnx_node *n, Caffe__LayerParameter *l);
/* Blob i is not trained. */
void onnx_fix_blob(Caffe__LayerParameter *l, int i);
/* Layers that share a constant of the file share its blob. */
void onnx_share_blob(
    struct onnx_node *n, Caffe__LayerParameter *l, const struct onnx_value *v);

/* Bottoms, one after another; after a failure l is dropped. */
int onnx_bottoms(struct onnx_node *n, Caffe__LayerParameter *l,
    struct onnx_value *const *v, int count);
/* nin bottoms, and a top of that type: output 0 of the node, or with y a value between
 * layers. */
int onnx_join(struct onnx_node *n, Caffe__LayerParameter *l,
    struct onnx_value *const *in, int nin, int type, struct onnx_value **y);
/* x → l → output 0 of the node; and → a value between (to *y). */
int
onnx_one(struct onnx_node *n, Caffe__LayerParameter *l, struct onnx_value *x);
int onnx_step(struct onnx_node *n, Caffe__LayerParameter *l,
    struct onnx_value *x, struct onnx_value **y);
/* y NULL: the first, else the second. */
int onnx_finish(struct onnx_node *n, Caffe__LayerParameter *l,
    struct onnx_value *x, struct onnx_value **y);
/* Output `out` is v itself. */
void onnx_same(struct onnx_node *n, int out, struct onnx_value *v);

/* Layers that many handlers need.  y NULL: output 0 of the node. */
int onnx_reshape(struct onnx_node *n, struct onnx_value *x,
    const struct onnx_dims *to, struct onnx_value **y);
int onnx_permute(struct onnx_node *n, struct onnx_value *x, const int *order,
    struct onnx_value **y);
/* scale x + shift, to the power */
int onnx_power(struct onnx_node *n, struct onnx_value *x, float scale,
    float shift, float power, struct onnx_value **y);
int onnx_binary(struct onnx_node *n, const char *type, struct onnx_value *a,
    struct onnx_value *b, struct onnx_value **y);

int onnx_refuse(const struct onnx_node *n, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- inside of import.c, values.c ---- */

struct onnx_scope *onnx_scope_new(struct onnx_scope *outer);
void onnx_scope_free(struct onnx_scope *s);
struct onnx_value *onnx_scope_find(
    const struct onnx_scope *s, const char *name); /* outer ones, too */
/* ERR_FORMAT when this very scope has the name. */
int
onnx_scope_put(struct onnx_scope *s, const char *name, struct onnx_value *v);
struct onnx_value *onnx_value_new(struct onnx_import *imp, const char *name);
/* The constants of a graph, as they lie in the file. */
int onnx_take_initializers(
    struct onnx_import *imp, struct onnx_scope *s, const Onnx__GraphProto *g);
int onnx_import_begin(struct onnx_import *imp);
void onnx_import_end(struct onnx_import *imp);
/* Numbers of a constant, decoded now. */
int onnx_value_array(struct onnx_import *imp, struct onnx_value *v,
    const struct onnx_array **out);
/* All inputs are constants: work the node out, to out[]. */
int onnx_fold(
    struct onnx_node *n, const struct onnx_op *op, struct onnx_array **out);

#endif
