/*
 * The graph: tensors and the ops between them.
 *
 * Layers (nn/) append ops; graph_backward appends the gradient; a backend
 * compiles the whole into a plan (backend.h) and runs it many times.  The graph
 * is a description: no device, no results.  Tensors are named by small integers
 * that stay valid for the life of the graph.  Ops stand in an order in which
 * they can run: an op's inputs exist before it is added.
 *
 * Everything is float32 in Caffe's NCHW order at the doors (plan_read and
 * plan_write); inside a plan the bytes are the backend's business.
 *
 * Not thread-safe.  What is handed out is borrowed until graph_free; pointers to
 * ops and tensors also end when the next op or tensor is added.
 */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "graph/op.h"
#include "graph/shape.h"

enum tensor_kind {
	TENSOR_VALUE, /* made by an op, lives within a run */
	TENSOR_INPUT, /* written from outside before a run */
	TENSOR_CONST, /* numbers that are part of the graph */
	/* lives from run to run: weights, running means.  Plans that share
	 * (plan_opts.share) hold one copy by name */
	TENSOR_PARAM,
	TENSOR_STATE, /* as PARAM, for the solver's history; no op reads it */
	/* gradient of a wanted tensor; lives from run to run, may be accumulated
	 * over several (plan_run.accumulate).  Its producer is never RESHAPE and
	 * no op reads it */
	TENSOR_GRAD
};

struct tensor {
	const char *name; /* unique for INPUT, PARAM, STATE; else for people */
	struct shape shape;
	enum tensor_kind kind;
	int producer; /* op, or -1 */
	bool keep;    /* may be read after a run: never dropped or reused */
	const float *data; /* CONST: its numbers, owned by the graph */
	int grad;          /* after graph_backward: its gradient, or -1 */
};

enum op_stage { STAGE_FORWARD, STAGE_BACKWARD };

struct op {
	enum op_kind kind;
	enum op_stage stage;
	const char *name; /* the layer it comes from; for errors and profiles */
	int nin, nout;
	int *in; /* tensor ids; -1: an optional input left out */
	int *out;
	uint64_t no_grad; /* bit i: no gradient flows to input i */
	union op_attr a;
};

struct graph;
struct graph *graph_new(void);
void graph_free(struct graph *g); /* accepts NULL */

int graph_tensors(const struct graph *g);
int graph_ops(const struct graph *g);
struct tensor *graph_tensor(const struct graph *g, int t);
struct op *graph_op(const struct graph *g, int i);
const struct shape *graph_shape(const struct graph *g, int t);
/* By name among INPUT, PARAM, STATE; -1 when there is none. */
int graph_find(const struct graph *g, const char *name);

/* Declare a tensor that no op makes; name is copied.  Returns its id.  Adding a
 * PARAM that exists with the same shape returns it; with another shape it is
 * ERR_FORMAT naming both shapes. */
int graph_add_tensor(struct graph *g, enum tensor_kind kind, const char *name,
    const struct shape *s);
int graph_add_const(struct graph *g, const char *name, const struct shape *s,
    const float *data);
int graph_add_scalar(struct graph *g, float v); /* a CONST of shape "scalar" */

/* The name that ops added from now on carry (the layer's); copied. */
void graph_set_name(struct graph *g, const char *layer);

/*
 * Append an op.  Checks number and shapes of inputs with the op's shape rule and
 * makes its outputs.  Returns the first output's id (the op has all of them), or
 * a negative error that names the layer and the shapes.
 */
int graph_add(struct graph *g, enum op_kind kind, const union op_attr *a,
    const int *in, int nin);
struct op *graph_last(struct graph *g); /* the op appended last */

/* Shorthands for the most common ones; the output's id or an error. */
int graph_unary(
    struct graph *g, int x, enum unary_fn fn, float a, float b, float c);
int graph_binary(struct graph *g, int x, int y, enum binary_fn fn);
int graph_reshape(struct graph *g, int x, const struct shape *s);
int graph_reduce(
    struct graph *g, int x, enum reduce_fn fn, uint32_t axes, float coeff);
int graph_broadcast(struct graph *g, int x, const struct shape *s);
int graph_sum(struct graph *g, const int *in, int n, const float *coeff);

/*
 * Where the gradient starts: dL/d(tensor) is the constant `weight` everywhere
 * (a loss of that weight) or, when grad >= 0, that tensor.
 */
struct graph_seed {
	int tensor;
	float weight;
	int grad; /* -1, or a tensor of the same shape */
};

/*
 * Append the gradient of the seeds with respect to the tensors in want (PARAM,
 * INPUT or, for tests, VALUE), following each op's gradient rule backwards and
 * summing where paths meet.  Afterwards graph_tensor(g, t)->grad is the gradient
 * of t (kind GRAD for those wanted) or -1 when nothing depends on it; only what
 * is needed for want is built.  ERR_UNSUPPORTED names a layer without gradient
 * that stands in the way.
 */
int graph_backward(struct graph *g, const struct graph_seed *seeds, int nseeds,
    const int *want, int nwant);

/*
 * Passes of the compiler, shared by the backends.  Each works on a copy made by
 * graph_copy and keeps tensor ids valid.
 */
struct graph *graph_copy(const struct graph *g);
/* Drop ops whose results nobody reads (results: keep, GRAD; ops that update
 * PARAMs or have no output stay).  Tensors stay. */
void graph_prune(struct graph *g);
/* Does the op write into PARAMs among its inputs (batchnorm in training)? */
bool graph_op_updates(const struct op *op);
enum graph_fuse_flags {
	GRAPH_FUSE_RELU = 1,  /* into conv, matmul, batchnorm, sum */
	GRAPH_FUSE_SUM = 2,   /* conv + SUM/BINARY_ADD -> input 3 of conv */
	GRAPH_FUSE_SCALE = 4, /* batchnorm + MUL, ADD -> gamma, beta */
	/* into conv, by ops on PARAMs (the prologue); forward-only graphs */
	GRAPH_FOLD_BATCHNORM = 8
};
/* Never fuses over a tensor that is kept or has another reader.  May leave ops
 * that nobody reads any more: graph_prune after it. */
int graph_fuse(struct graph *g, unsigned flags);
/* Does op i depend on PARAM and CONST alone, so that a forward-only plan runs it
 * once after parameters change and not every time? */
bool graph_is_prologue(const struct graph *g, int i);

/*
 * Where each tensor lies in one arena, so that tensors whose lives do not meet
 * share bytes.  size[t] in bytes (0: not in the arena); offset[t] comes out,
 * SIZE_MAX for those not placed.  RESHAPE outputs are their input's bytes;
 * in-place ops (op_def.inplace) reuse an input that dies at the op.
 */
void graph_plan_memory(const struct graph *g, const size_t *size, size_t align,
    size_t *offset, size_t *total);

/* Multiplications with addition of op i, for net-show and speed figures. */
uint64_t graph_op_macs(const struct graph *g, int i);

#endif
