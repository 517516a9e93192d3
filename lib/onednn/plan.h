/*
 * Inside of the oneDNN backend: what a compiled plan is made of.
 *
 * Compiling turns each op into steps (od_step) that read and write views
 * (od_view: a buffer and the layout of what is in it).  A tensor has a home view,
 * chosen by the op that makes it, and copies in other layouts where a reader
 * asked for one (od_want).  When all steps exist, the buffers' lives are known
 * and they are placed in one arena (od_place); then pointers and oneDNN's memory
 * objects are made, once.
 *
 * Buffers of params, solver history, inputs, gradients and of what a
 * forward-only plan computes from params alone (the prologue) live outside the
 * arena.  One buffer of scratch serves all steps, which run one after another.
 */
#ifndef ONEDNN_PLAN_H
#define ONEDNN_PLAN_H

#include "base/err.h"
#include "base/mem.h"
#include "graph/backend.h"
#include "graph/graph.h"
#include "graph/lower.h"
#include "graph/place.h"
#include "onednn/dnnl_api.h"

enum { OD_ALT_MAX = 6, OD_NONE = -1, OD_REF = 1 };

struct od_device {
	struct device base;
	dnnl_engine_t engine;
	dnnl_stream_t stream;
	int threads;
	bool bf16; /* the CPU computes in bf16 */
	bool slow; /* but more slowly than in float32, which is used then */
};

/* Where bytes lie. */
struct od_buf {
	struct place_block at; /* by steps; fixed: outside the arena */
	bool own;      /* fixed, and grown since: ptr is freed with the plan */
	bool borrowed; /* of the plan that shares */
	void *ptr;
};

struct od_view {
	int buf; /* OD_NONE: no view */
	struct od_md md;
};

struct od_val {
	struct od_view home;
	struct od_view alt[OD_ALT_MAX]; /* copies in other layouts */
	int nalt;
	int from; /* output of a RESHAPE not made yet: its input; or -1 */
	struct od_plan
	    *owner;   /* of a shared PARAM or STATE: the plan that holds it */
	int owner_id; /* and its id there */
};

struct od_plan;
struct od_step;
typedef int od_run_fn(struct od_plan *p, const struct od_step *s);

/*
 * Something to do.  run finds the pointers of use[] in ptr[] and its numbers in
 * arg.  Steps of a primitive have prim and args, whose memory objects stand in
 * the order of use[].
 */
struct od_step {
	od_run_fn *run;
	int op;
	bool backward, prologue;
	int nuse;
	int *use; /* buffers; OD_NONE leaves ptr NULL */
	void **ptr;
	void *arg;
	size_t scratch; /* bytes wanted in plan.scratch */
	/* Of a primitive; its scratchpad is the last of nargs. */
	const char *impl; /* oneDNN's name of what does it */
	dnnl_primitive_t prim;
	dnnl_exec_arg_t *args;
	struct od_md *md;
	int nargs;
	double seconds; /* spent so far, when profiled */
};

/* Whether others want the CPUs too (wait.c). */
struct od_wait {
	int64_t next; /* milliseconds: not to look before */
	int busy;     /* looks in a row that saw others */
	bool settled; /* no need to look again */
};

struct od_plan {
	struct plan base;
	struct od_wait wait;
	struct od_device *dev;
	struct arena *mem; /* steps' arrays and args */
	uint64_t seed, iteration;
	dnnl_data_type_t dt; /* of activations */
	bool measure;        /* takes no memory */
	bool profile;
	struct lower low;
	struct od_val *vals;
	struct od_buf *bufs;
	size_t nbufs, capbufs;
	struct od_step *steps;
	size_t nsteps, capsteps;
	dnnl_primitive_desc_t
	    *hints;         /* per op: forward pd its gradient needs */
	struct od_view *ws; /* per op: what it leaves for its gradient */
	int now;            /* op being built */
	void *block, *fixed, *scratch;
	size_t block_size, fixed_size, scratch_size;
	uint64_t version; /* of this plan's PARAMs; counts changes */
	uint64_t seen;    /* versions the prologue was run for */
	bool ready;       /* it was run */
	struct od_plan
	    *share;    /* the plan whose PARAMs this one uses, or NULL */
	float **accum; /* per tensor: GRADs of earlier runs, or NULL */
	int *reported; /* ops that ref runs were named already */
	size_t reorders;
};

/* -- device.c, update.c: for the table in plan.c -- */

int od_device_open(struct device **out, int index, const struct device_opts *o);
void od_device_close(struct device *d);
int od_device_info(struct device_info *out, int index);
int od_update(struct plan *p, const struct update *u);

/* -- compile.c: the tables of builders -- */

/* Add the steps of op i.  0, OD_REF (leave it to ref) or an error. */
typedef int od_build_fn(struct od_plan *p, int i);
od_build_fn od_build_conv, od_build_conv_data, od_build_conv_weight,
    od_build_matmul, od_build_pool, od_build_pool_grad, od_build_lrn,
    od_build_lrn_grad, od_build_batchnorm, od_build_batchnorm_grad,
    od_build_unary, od_build_unary_grad, od_build_binary, od_build_sum,
    od_build_reduce, od_build_broadcast, od_build_softmax,
    od_build_softmax_grad, od_build_loss, od_build_loss_grad, od_build_concat,
    od_build_slice, od_build_pad, od_build_permute, od_build_reshape,
    od_build_dropout, od_build_accuracy, od_build_argmax, od_build_windows,
    od_build_ref;
/* choose/ */
od_build_fn od_build_take, od_build_resize, od_build_interp, od_build_gather,
    od_build_where;
/* from: the plan whose PARAMs and STATEs are shared, or NULL. */
int od_compile(struct od_plan *p, const struct graph *g, struct plan *from);
/* Give every buffer its place and every step its pointers. */
int od_place(struct od_plan *p);

/* -- view.c: layouts -- */

/* Plain NCHW of a shape or of another layout's dims. */
struct od_md od_plain(const struct shape *s, dnnl_data_type_t dt);
struct od_md od_plain_of(const struct od_md *md, dnnl_data_type_t dt);
struct od_md od_plain_dims(int n, const int64_t *d, dnnl_data_type_t dt);
/* Left to oneDNN, of the same dims. */
struct od_md od_any(const struct od_md *md, dnnl_data_type_t dt);
bool od_is_plain(const struct od_md *md); /* dense row-major */
bool od_padded(const struct od_md *md);
size_t od_elems(const struct od_md *md); /* with padding */
/* Channels per block of an activation layout: 1 plain, 8 or 16 for nChw8c and
 * nChw16c, 0 for others. */
int od_block(const struct od_md *md);
/* The layout of md for another shape; plain when md is neither of those. */
struct od_md od_like(const struct od_md *md, const struct shape *s);

int od_buf_new(struct od_plan *p, size_t size, bool fixed);
/* The tensor's own view (never OD_NONE after success). */
int od_home(struct od_plan *p, int t, struct od_view *v);
/* The tensor in the layout md, by a reorder step if need be.  A PARAM that has no
 * layout yet takes this one. */
int
od_want(struct od_plan *p, int t, const struct od_md *md, struct od_view *v);
int od_want_plain(struct od_plan *p, int t, struct od_view *v); /* float32 */
/* A home in layout md for an output of the op being built.  The gradient of a
 * PARAM lies as the PARAM does: then *v is a passing buffer, and od_finish adds
 * the reorder after the op's steps. */
int od_out(struct od_plan *p, int t, const struct od_md *md, struct od_view *v);
int od_out_plain(struct od_plan *p, int t, struct od_view *v);
int od_finish(struct od_plan *p, int t);
/* May op i write its output over tensor t's bytes in view v? */
bool od_dies(const struct od_plan *p, int i, int t, const struct od_view *v);
/* Make v, of an input that dies, the home of output t. */
void od_take(struct od_plan *p, int t, const struct od_view *v);
int od_reorder_step(
    struct od_plan *p, const struct od_view *from, const struct od_view *to);
/* One reorder between host pointers, now. */
int od_reorder_now(struct od_plan *p, const struct od_md *fmd, const void *from,
    const struct od_md *tmd, void *to);

/* -- step.c -- */

struct od_step *od_step_new(struct od_plan *p, od_run_fn *run);
/* A step of one of our kernels; arg of argsize bytes is copied. */
int od_step_own(struct od_plan *p, od_run_fn *run, const void *arg,
    size_t argsize, size_t scratch, const struct od_view *views, int n);
/* One argument of a primitive; ends with id 0. */
struct od_arg {
	int id; /* DNNL_ARG_* */
	const struct od_view *v;
};
/* Make the primitive of pd (which stays the caller's) and a step for it. */
int od_step_prim(
    struct od_plan *p, dnnl_primitive_desc_t pd, const struct od_arg *args);
int od_run_prim(struct od_plan *p, const struct od_step *s);
/* Is it one of oneDNN's plain loops or im2col fallbacks? */
bool od_pd_slow(const_dnnl_primitive_desc_t pd);

/* max(v, 0) in place (eltwise.c). */
int od_relu_step(struct od_plan *p, const struct od_view *v);

/* Look, before a run, whether threads should sleep soon when they wait (wait.c);
 * zeroed to begin with. */
void od_wait_look(struct od_wait *w);

/* Does oneDNN use these instructions?  DNNL_MAX_CPU_ISA limits them. */
static inline bool
od_isa(dnnl_cpu_isa_t isa)
{
	/* Their numbers are sets of bits. */
	return ((int)dnnl_get_effective_cpu_isa() & (int)isa) == (int)isa;
}

static inline dnnl_prop_kind_t
od_forward(const struct od_plan *p)
{
	return p->low.train ? dnnl_forward_training : dnnl_forward_inference;
}

/* An op's parts, for builders. */
static inline struct op *
od_op(const struct od_plan *p, int i)
{
	return graph_op(p->base.graph, i);
}
static inline const struct shape *
od_shape(const struct od_plan *p, int t)
{
	return graph_shape(p->base.graph, t);
}
static inline bool
od_has(const struct op *op, int k)
{
	return k < op->nin && op->in[k] >= 0;
}

#endif
