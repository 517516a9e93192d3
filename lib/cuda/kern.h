/*
 * What a kernel is given: shared by the plan (C) and the kernels (.cu).
 *
 * A kernel is a function that puts the work of one op (or of a conversion) on
 * the stream of its call and returns.  Pointers are the device's; shapes are the
 * graph's.  A tensor lies plain (NCHW, row-major) or with channels last (`nhwc`:
 * N, S, C), in one of three types; which one is the plan's choice (plan.h).
 *
 * Inputs and outputs follow op->in and op->out; p is NULL where an input is left
 * out or not read.  Everything the host knows is fixed when the plan is made, so
 * that the calls of a run can be captured once and replayed: what changes from
 * run to run lives in struct cu_env on the device.
 */
#ifndef CUDA_KERN_H
#define CUDA_KERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "graph/graph.h"
#include "graph/ring.h"

enum cu_type { CU_F32, CU_BF16, CU_F16 };

struct cu_form {
	enum cu_type type;
	bool nhwc;
};

/* The numbers of an update (struct update) and what follows from them. */
struct cu_rates {
	float rate, average, momentum, momentum2, delta, rms_decay, clip;
	float weight_decay, correct, correct1, correct2;
};

/* On the device. */
struct cu_env {
	uint64_t seed, iteration;
	int bad_op;   /* 1 + the op that met a bad label or index; 0: none */
	float value;  /* that label */
	int slot;     /* where this step's sums are noted */
	int halted;   /* a watched tensor was not finite: nothing is updated */
	int overflow; /* nor by this step: a gradient was not finite */
	float scale;  /* of gradients: struct plan_scale */
	int good;
	uint64_t skipped;
	struct cu_rates rates;
};

struct cu_arg {
	void *p;
	const struct shape *s;
	struct cu_form form;
};

struct cu_rt;

struct cu_call {
	const struct graph *graph;
	const struct op *op; /* NULL: a conversion */
	int index;           /* of the op in the graph */
	int nin, nout;
	struct cu_arg *in, *out;
	struct cu_form form; /* of the main arguments (cu_ops) */
	/* a loss's gradient: times env->scale; a conversion: divided by it */
	bool scaled;
	struct cu_env *env;
	void *scratch; /* of this kernel until it ends */
	void *stream;
	struct cu_rt *rt;
	void *extra; /* what the builder made for it: a convolution's plan */
};

/* 0 or an error sentence. */
typedef int cu_kernel(const struct cu_call *c);

/* Scratch, in bytes, of the kernels that sum over channels (k_norm.cu), and of
 * the losses. */
size_t cu_column_scratch(const struct shape *s);
size_t cu_loss_scratch(const struct shape *s);

cu_kernel cu_convert, cu_unary, cu_unary_grad, cu_binary, cu_sum, cu_reduce,
    cu_broadcast, cu_concat, cu_slice, cu_pad, cu_permute, cu_dropout,
    cu_gather, cu_gather_grad, cu_filter, cu_filter_grad, cu_pool, cu_pool_grad,
    cu_interp, cu_interp_grad, cu_im2col, cu_col2im, cu_lrn, cu_lrn_grad,
    cu_batchnorm, cu_batchnorm_grad, cu_prelu, cu_prelu_grad, cu_softmax,
    cu_softmax_grad, cu_loss, cu_loss_grad, cu_accuracy, cu_argmax,
    cu_bias_grad, cu_take, cu_take_grad, cu_resize, cu_resize_grad, cu_choose;

/* A tensor in plain float -> the form of the call with channels last, its shape
 * with more channels: a multiple of CU_WIDE.  cu_convert goes back. */
enum { CU_WIDE = 8 };
cu_kernel cu_widen;

/*
 * nin tensors into as many of other forms, in one launch, by a table that lies
 * on the device.  cu_cast_cut: pieces of the table, *size their bytes, which it
 * writes unless table is NULL; pointers of the call are final then.
 */
struct cu_casts {
	const bool *scaled; /* of each: divided by env->scale */
	void *table;
	size_t n;
	struct cu_rt *rt; /* that frees the table */
};
cu_kernel cu_cast; /* extra: a struct cu_casts */
bool
cu_cast_takes(const struct shape *s, struct cu_form from, struct cu_form to);
size_t cu_cast_cut(const struct cu_call *c, void *table, size_t *size);

/* y = relu(y + b[c] [+ sum]) in place: what a fused convolution or product does
 * when the library has no engine for the fused one.  b and sum may be NULL;
 * channels are axis 1 of a convolution's output, the last of a product's. */
struct cu_ending {
	void *y;
	const float *b;
	const void *sum;
	size_t n, channels,
	    inner; /* elements; channel = i / inner % channels */
	enum cu_type type;
	bool relu;
	float slope;
};
int cu_finish(const struct cu_ending *f, void *stream);

/* to += from, n floats; and to = from * by */
int cu_add(float *to, const float *from, size_t n, void *stream);

/* -- k_step.cu: around the ops of a step -- */
/* What changes from step to step, by one launch before it. */
struct cu_start {
	uint64_t iteration;
	int slot;
	struct cu_rates rates;
};
int cu_begin(struct cu_env *env, const struct cu_start *b, void *stream);

/* The sums of n tensors, noted in a ring: (slots, n) floats behind a head. */
struct cu_metric {
	const void *p;
	size_t n;
	enum cu_type type;
	bool halts;
};
struct cu_ring {
	int bad_op; /* of cu_env, as of the newest slot */
	float value;
};
int cu_note(struct cu_env *env, const struct cu_metric *v, int n,
    size_t largest, struct cu_ring *ring, void *stream);

/*
 * Pictures (graph/ring.h) into an INPUT (n, channels, height, width) of a form;
 * `stored` channels lie there, those past `channels` as zeros.
 */
struct cu_pictures {
	const struct ring_picture
	    *list;            /* n; this and all pointers: on the device */
	const uint8_t *bytes; /* what came with the list */
	uint8_t *held;        /* by record, each `room` bytes; or NULL */
	size_t room;
	bool packed;
	size_t n, channels, stored, height, width;
	const float *mean; /* (channels, mean_height, mean_width), or NULL */
	size_t mean_height, mean_width;
	float mean_value[RING_MEANS], scale;
	int nmean_value;
	void *out;
	struct cu_form form;
	void *stream;
};
int cu_feed(const struct cu_pictures *f);
/* Those marked keep, from bytes to held. */
int cu_hold(const struct cu_pictures *f);

/*
 * The solver's update (graph/update.c) on pieces of parameters, all in one
 * launch; clipping and LAMB take two before it, and so does fp16, which must
 * know first whether all gradients are finite.  g NULL counts as zeros.
 */
enum { CU_PIECE = 1 << 13 };
struct cu_piece {
	float *w, *g, *h0, *h1;
	int n, param;
	float lr_mult, decay_mult;
};
struct cu_update {
	int fn;             /* enum update_fn */
	bool l1, own;       /* own: decay beside the gradient (AdamW, LAMB) */
	bool clips, scaled; /* scaled: as struct plan_scale says */
	const struct cu_piece *pieces; /* on the device */
	int n, params;
	float *scratch; /* cu_update_scratch() floats */
	struct cu_env *env;
};
/* to = keep * to + (1 - keep) * from, if not halted; a and b trade places: n
 * floats */
int cu_mix(const struct cu_env *env, float *to, const float *from, size_t n,
    float keep, void *stream);
int cu_swap(float *a, float *b, size_t n, void *stream);
size_t cu_update_scratch(size_t pieces, size_t params);
int cu_update_all(const struct cu_update *u, void *stream);

#ifdef __cplusplus
}
#endif
#endif
