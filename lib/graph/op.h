/*
 * The ops: what a backend offers and what layers are made of.
 *
 * For each kind: inputs -> outputs with shapes, attributes, the arithmetic.
 * [x] is optional (-1 when left out).  `ref/` is the definition of each, in
 * plain loops; every other backend is compared with it.  struct op_def (at the
 * end) holds the shape rule and the gradient rule; the table is graph/table.c.
 *
 * Shapes: N batch, C channels, S spatial axes (1 to 3, mostly H, W).
 * "Opaque" outputs are workspaces that only the matching gradient op reads; a
 * backend may put there what it likes (the shape given is ref's).
 */
#ifndef GRAPH_OP_H
#define GRAPH_OP_H

#include <stdbool.h>
#include <stdint.h>

#include "graph/shape.h"

enum op_kind {
	/* x (N,C,S), w (O,C/group,K), [b (O)], [sum (N,O,S')] -> y (N,O,S').
	 * S' = (S + 2 pad - (dilation (K-1) + 1)) / stride + 1, rounded down. */
	OP_CONV,
	/* dy (N,O,S'), w (O,C/group,K), [b (C)] -> dx (N,C,S), S = conv.size.
	 * The gradient of CONV to its data; with b it is Caffe's Deconvolution. */
	OP_CONV_DATA,
	/* x (N,C,S), dy (N,O,S') -> dw (O,C/group,K) [, db (O) if conv.bias]. */
	OP_CONV_WEIGHT,
	/* a (M,K) or (K,M) if ta; b (K,N) or (N,K) if tb; [bias (N)] -> (M,N).
	 * With 3 axes the first is a batch, the same in both. */
	OP_MATMUL,
	/* x (N,C,H,W) -> y (N,C,H',W') [, mask (N,C,H',W') if pool.mask].
	 * Caffe's rounding and clipping (pooling_layer): output size by ceil or
	 * floor; with padding a window that begins at or past size + pad is
	 * dropped; AVE divides by the window clipped to the padded size.  mask
	 * (MAX) is the index h*W+w of the first maximum; opaque unless kept. */
	OP_POOL,
	/* dy, x, y, [mask] -> dx (shape of x). */
	OP_POOL_GRAD,
	/* x (N,C,S) -> y (N,C,S') [, index (N,C,S') if windows.index].  Pooling as
	 * ONNX has it, over 1 to 3 axes: window o begins at o stride - pad, its
	 * places are dilation apart and S' = windows.size.  MAX: the greatest of
	 * the places inside of x, the first of equals (-FLT_MAX where there is
	 * none); index: which of all numbers of x it is, its plane counted with
	 * the last axis fastest, or the first with `columns`; -1: none.  AVE: the
	 * sum divided by the places inside of x, or with `padded` inside of x and
	 * its padding, `pad` before and `pad_end` behind. */
	OP_WINDOWS,
	/* dy, x -> dx (shape of x). */
	OP_WINDOWS_GRAD,
	/* x (N,C,H,W) -> y, scale (opaque, shape of x).  ACROSS: scale = k +
	 * alpha/size * sum of x^2 over `size` channels around; WITHIN: Caffe's
	 * (average pooling of squares over size x size, then (1 + alpha a)^-beta).
	 * y = x * scale^-beta. */
	OP_LRN,
	/* dy, x, y, scale -> dx. */
	OP_LRN_GRAD,
	/* x (N,C,...), mean (C), var (C), factor (1), [gamma (C)], [beta (C)] ->
	 * y, save_mean (C), save_istd (C) (the last two opaque).
	 * train: statistics of the batch (over N and S, variance divided by m),
	 * and the PARAMs are updated in place as Caffe does: factor = factor *
	 * fraction + 1, mean = mean * fraction + batch mean, var = var * fraction
	 * + m/(m-1) * batch variance.  Otherwise mean/factor and var/factor are
	 * used (factor 0: both times 0).  average: mean = mean * fraction + batch
	 * mean * (1 - fraction), var likewise, and the factor stays as it is.
	 * y = (x - mean) / sqrt(var + eps) [* gamma + beta]. */
	OP_BATCHNORM,
	/* dy, x, save_mean, save_istd, [gamma] -> dx [, dgamma (C), dbeta (C) when
	 * gamma is given].  train as in the forward op.  A backend's own pass may
	 * take the gradient of a ReLU behind it along: then relu is set and input
	 * 5 is [beta]. */
	OP_BATCHNORM_GRAD,
	/* x -> y, elementwise; enum unary_fn. */
	OP_UNARY,
	/* dy, [x], [y] -> dx.  The gradient rule gives y alone where f' follows
	 * from y (RELU and ELU with a >= 0, SIGMOID, TANH, EXP), else x alone, so
	 * that the other need not live until then.  A backend's own pass may add
	 * input 3, a second dy to be added to the first. */
	OP_UNARY_GRAD,
	/* x, y -> z, elementwise; same number of axes, an axis of 1 stretches. */
	OP_BINARY,
	/* n tensors of one shape -> sum of coeff[i] * x_i. */
	OP_SUM,
	/* x -> y, reduced axes (bit mask) become 1; times coeff.  In the gradient of
	 * MAX and MIN every place that holds it counts as it. */
	OP_REDUCE,
	/* x -> y of shape a.shape; axes of 1 are repeated, a scalar everywhere. */
	OP_BROADCAST,
	/* x -> softmax along a.axis. */
	OP_SOFTMAX,
	/* dy, y -> dx. */
	OP_SOFTMAX_GRAD,
	/* One of enum loss_fn; inputs by fn -> loss (scalar), aux (opaque; for
	 * softmax the probabilities, shape of x, which may be kept).  Labels are
	 * truncated to integers; one outside 0..C-1 that is not ignore is an error
	 * of the run (ref, onednn).  The sum is divided by max(1, normalizer). */
	OP_LOSS,
	/* dloss (scalar), then the inputs of the loss, then aux -> the gradient
	 * of input loss.wrt (shape of that input). */
	OP_LOSS_GRAD,
	/* x (...,C at axis,...), label -> accuracy (scalar) [, per class (C)]. */
	OP_ACCURACY,
	/* x -> the top_k largest; shapes as Caffe's ArgMax. */
	OP_ARGMAX,
	/* n tensors -> one, along a.axis. */
	OP_CONCAT,
	/* x -> the box of shape slice.size at slice.start. */
	OP_SLICE,
	/* x -> zeros of shape slice.size with x at slice.start (SLICE's gradient). */
	OP_PAD,
	/* x -> its axes in the order permute.order. */
	OP_PERMUTE,
	/* x -> the same elements in shape a.shape; costs nothing. */
	OP_RESHAPE,
	/* x -> y: elements dropped with probability ratio, the rest times
	 * 1/(1-ratio).  Element i in run `iteration` is dropped when word i % 4 of
	 * rng_philox(seed, stream, iteration << 32 | i / 4) is below ratio * 2^32:
	 * no mask is stored. */
	OP_DROPOUT,
	/* dy -> dx with the same numbers. */
	OP_DROPOUT_GRAD,
	/* table (A...,R,D...), index (I...) -> (A...,I...,D...): rows of the table
	 * along gather.axis.  Index values are truncated; outside 0..R-1 is an
	 * error of the run.  gather.from_end: -R..-1 are the rows from the end. */
	OP_GATHER,
	/* dy (A...,I...,D...), index (I...) -> dtable, shape gather.shape. */
	OP_GATHER_GRAD,
	/* x (N,C,...), a (C) or (1) -> max(x,0) + a min(x,0). */
	OP_PRELU,
	/* dy, x, a -> dx, da. */
	OP_PRELU_GRAD,
	/* x (N,C,H,W) -> (N, C*KH*KW, H', W'); conv. */
	OP_IM2COL,
	/* dy -> dx; conv with size = (H, W). */
	OP_COL2IM,
	/* x (N,C,H,W) -> (N,C,H',W') bilinear, corners aligned: conv.size. */
	OP_INTERP,
	/* dy -> dx; conv.size = (H, W) of x. */
	OP_INTERP_GRAD,
	/* x (N,...), selector (N) -> the items with selector != 0 packed to the
	 * front, zeros behind (shape of x), count (1).  (Caffe's Filter.) */
	OP_FILTER,
	/* dy, selector -> dx. */
	OP_FILTER_GRAD,
	/* x -> y of shape take.size: along each axis, place i of y is place start +
	 * i step of x; places outside of x are those of take.edge. */
	OP_TAKE,
	/* dy -> dx, shape take.size. */
	OP_TAKE_GRAD,
	/* x -> y, each of resize.axes of size `from` brought to `to`: each value of y
	 * is a weighted sum of some of x, the weight a product of one for each axis
	 * (taps.h). */
	OP_RESIZE,
	/* dy -> dx. */
	OP_RESIZE_GRAD,
	/* c, x, y -> z: c != 0 ? x : y, elementwise; same number of axes, an axis
	 * of 1 stretches. */
	OP_WHERE,
	/* Anything else: host code of a layer (plug-ins, SSD's DetectionOutput).
	 * Inputs and outputs are plain NCHW floats on the host. */
	OP_CUSTOM,
	/* douts (each may be -1), ins, outs -> dins, one for each input, of which
	 * those with their bit in custom.want are made; at most OP_OUT_MAX. */
	OP_CUSTOM_GRAD,
	OP_KINDS
};

/* y = f(x); constants a, b, c from the attributes. */
enum unary_fn {
	UNARY_RELU, /* x > 0 ? x : a x */
	UNARY_CLIP, /* min(max(x, a), b) */
	UNARY_ELU,  /* x > 0 ? x : a (e^x - 1) */
	UNARY_SIGMOID,
	UNARY_TANH,
	UNARY_ABS,
	UNARY_BNLL,      /* log(1 + e^x) */
	UNARY_EXP,       /* e^(a x + b) */
	UNARY_LOG,       /* a log(b x + c) */
	UNARY_POWER,     /* (a + b x)^c; c 1: affine; b c = 0: constant a^c */
	UNARY_THRESHOLD, /* x > a ? 1 : 0; no gradient */
	UNARY_SWISH,     /* x / (1 + e^(-a x)) */
	UNARY_GELU,      /* x Phi(x), by erf */
	UNARY_MISH,      /* x tanh(log(1 + e^x)) */
	UNARY_HARDSWISH, /* x min(max(x + 3, 0), 6) / 6 */
	UNARY_SIGN,
	UNARY_ERF,
	UNARY_SIN,
	UNARY_COS,
	UNARY_TAN,
	UNARY_ASIN,
	UNARY_ACOS,
	UNARY_ATAN,
	UNARY_SINH,
	UNARY_COSH,
	UNARY_ASINH,
	UNARY_ACOSH,
	UNARY_ATANH,
	UNARY_SOFTSIGN,    /* x / (1 + |x|) */
	UNARY_SHRINK,      /* x < -a ? x + b : x > a ? x - b : 0 */
	UNARY_THRESHOLDED, /* x > a ? x : 0 */
	UNARY_FLOAT16,     /* rounded to half precision; gradient 1 */
	UNARY_BFLOAT16,    /* rounded to bf16; gradient 1 */
	/* Steps and tests: no gradient. */
	UNARY_FLOOR,
	UNARY_CEIL,
	UNARY_ROUND,   /* halves to even */
	UNARY_TRUNC,   /* toward zero */
	UNARY_WRAP,    /* trunc(x), then modulo b into [a, a + b) */
	UNARY_NONZERO, /* x is not 0 (NaN is not) ? 1 : 0 */
	UNARY_ISNAN,
	UNARY_ISINF, /* a: +infinity counts, b: -infinity counts */
	UNARY_KINDS
};

enum binary_fn {
	BINARY_ADD,
	BINARY_SUB,
	BINARY_MUL,
	BINARY_DIV,
	BINARY_MAX, /* on a tie the second wins (Caffe), which its gradient follows */
	BINARY_GT,   /* x > y ? 1 : 0; no gradient */
	BINARY_MIN,  /* on a tie the second wins */
	BINARY_POW,  /* its gradient to y takes x for positive */
	BINARY_MOD,  /* x - y floor(x / y) */
	BINARY_FMOD, /* x - y trunc(x / y), exactly */
	/* 1 or 0; no gradient */
	BINARY_GE,
	BINARY_LT,
	BINARY_LE,
	BINARY_EQ,
	BINARY_AND, /* of what is 0 or not */
	BINARY_OR,
	BINARY_XOR,
	BINARY_KINDS
};

enum reduce_fn {
	REDUCE_SUM,
	REDUCE_ASUM,
	REDUCE_SUMSQ,
	REDUCE_MAX,
	REDUCE_MIN,
	REDUCE_KINDS
};

enum loss_fn {
	LOSS_SOFTMAX, /* x, label, [weight per class (C)]: log loss of softmax */
	LOSS_SIGMOID,   /* x, target: sigmoid cross entropy */
	LOSS_EUCLIDEAN, /* a, b: sum (a-b)^2 / (2N) */
	LOSS_L1,        /* a, b: sum |a-b| / N (NVcaffe) */
	LOSS_HINGE_L1,  /* x (N,C), label */
	LOSS_HINGE_L2,
	LOSS_MULTINOMIAL, /* p (N,C), label: -log max(p, 1e-20) / N */
	LOSS_INFOGAIN,    /* x, label, H (C,C): softmax inside */
	LOSS_CONTRASTIVE, /* a (N,C), b (N,C), similar (N) */
	LOSS_KINDS
};

/* What a sum of losses is divided by (caffe LossParameter). */
enum loss_norm { NORM_FULL, NORM_VALID, NORM_BATCH, NORM_NONE };

enum pool_fn { POOL_MAX, POOL_AVE };
enum lrn_region { LRN_ACROSS, LRN_WITHIN };

struct op_conv {
	int nd; /* spatial axes 1..3; the arrays below hold nd values */
	int kernel[3], stride[3], pad[3], dilation[3];
	int group;
	int64_t size
	    [3];   /* CONV_DATA, COL2IM, INTERP*: spatial size of the output */
	bool bias; /* CONV_WEIGHT: also make db */
	/* Set by graph_fuse only. */
	bool relu; /* y = relu(conv + b [+ sum]) */
	float slope;
};
struct op_matmul {
	bool ta, tb;
	bool relu; /* set by graph_fuse only */
	float slope;
};
struct op_pool {
	enum pool_fn fn;
	int kernel[2], stride[2], pad[2]; /* h, w */
	bool floor;
	bool mask;
};
struct op_windows {
	enum pool_fn fn;
	int nd; /* spatial axes 1..3; the arrays below hold nd values */
	int kernel[3], stride[3], pad[3], pad_end[3], dilation[3];
	int64_t size[3]; /* of y */
	bool padded, index, columns;
};
struct op_lrn {
	enum lrn_region region;
	int size;
	float alpha, beta, k;
};
struct op_batchnorm {
	float eps, fraction;
	bool train;
	bool relu;    /* set by graph_fuse only */
	bool average; /* of what a training op does to its PARAMs: see above */
};
struct op_unary {
	enum unary_fn fn;
	float a, b, c;
};
struct op_binary {
	enum binary_fn fn;
};
enum { OP_SUM_MAX = 64 };
struct op_sum {
	float coeff[OP_SUM_MAX];
	bool relu; /* set by graph_fuse only */
};
struct op_reduce {
	enum reduce_fn fn;
	uint32_t axes;
	float coeff;
};
struct op_loss {
	enum loss_fn fn;
	enum loss_norm norm;
	int axis;
	bool has_ignore;
	int ignore;
	float margin;    /* contrastive */
	bool legacy;     /* contrastive: legacy_version */
	float smoothing; /* softmax: label smoothing 0..1 */
	int wrt;         /* LOSS_GRAD: which input */
};
struct op_accuracy {
	int axis, top_k;
	bool has_ignore;
	int ignore;
	bool per_class;
};
struct op_argmax {
	int top_k;
	bool has_axis;
	int axis;
	bool out_max_val;
	bool first; /* of equals the first comes first, not the last */
};
struct op_slice {
	int64_t start[SHAPE_MAX];
	struct shape size;
};
struct op_permute {
	int order[SHAPE_MAX];
};
struct op_dropout {
	float ratio;
	uint32_t stream;
};
struct op_gather {
	struct shape shape; /* GATHER_GRAD */
	int axis;
	bool from_end;
};

enum take_edge {
	TAKE_VALUE, /* take.value */
	TAKE_REFLECT, /* mirrored at the outermost places, which are not repeated */
	TAKE_EDGE, /* the outermost place */
	TAKE_WRAP  /* from the other end */
};
struct op_take {
	struct shape size;
	int64_t start[SHAPE_MAX], step[SHAPE_MAX];
	enum take_edge edge;
	float value;
};

/* Words of ONNX's Resize. */
enum resize_fn { RESIZE_NEAREST, RESIZE_LINEAR, RESIZE_CUBIC };
enum resize_coordinate {
	RESIZE_HALF_PIXEL,
	RESIZE_HALF_PIXEL_SYMMETRIC,
	RESIZE_PYTORCH_HALF_PIXEL,
	RESIZE_ALIGN_CORNERS,
	RESIZE_ASYMMETRIC,
	RESIZE_CROP,
	RESIZE_HALF_PIXEL_NN,
	RESIZE_COORDINATES
};
enum resize_nearest {
	RESIZE_PREFER_FLOOR,
	RESIZE_PREFER_CEIL,
	RESIZE_FLOOR,
	RESIZE_CEIL
};
struct op_resize {
	struct {
		int64_t from, to;
		double scale;     /* 0: to / from */
		float begin, end; /* CROP: the part of x, 0 to 1 */
	} axis[SHAPE_MAX];
	uint32_t axes; /* bits of those that are not as they are */
	enum resize_fn fn;
	enum resize_coordinate coordinate;
	enum resize_nearest nearest;
	float cubic_a;
	float extrapolation; /* CROP: y where that is outside of x */
	bool exclude_outside, antialias;
};

/* What a run knows that its tensors do not tell. */
struct op_env {
	uint64_t seed, iteration; /* plan_opts.seed, plan_run.iteration */
};

/* Host code of a layer.  in/out are plain floats; 0 or an error sentence. */
struct op_custom {
	void *state; /* borrowed: outlives the graph and its plans */
	int nin, nout;
	struct shape shape[4]; /* of the outputs */
	int (*forward)(void *state, const struct op_env *env,
	    const float *const *in, float *const *out);
	/* din[i] is NULL where not wanted, dout[i] where nothing depends on output
	 * i; backward NULL: no gradient */
	int (*backward)(void *state, const struct op_env *env,
	    const float *const *dout, const float *const *in,
	    const float *const *out, float *const *din);
	uint64_t want; /* CUSTOM_GRAD, set by the gradient rule */
};

union op_attr {
	struct op_conv conv;
	struct op_matmul matmul;
	struct op_pool pool;
	struct op_windows windows;
	struct op_lrn lrn;
	struct op_batchnorm batchnorm;
	struct op_unary unary;
	struct op_binary binary;
	struct op_sum sum;
	struct op_reduce reduce;
	struct op_loss loss;
	struct op_accuracy accuracy;
	struct op_argmax argmax;
	struct op_slice slice;
	struct op_permute permute;
	struct op_dropout dropout;
	struct op_gather gather;
	struct op_take take;
	struct op_resize resize;
	struct op_custom custom;
	struct shape shape; /* BROADCAST, RESHAPE */
	int axis;           /* SOFTMAX, CONCAT */
};

struct graph;
struct op;

/* One kind of op; graph/table.c lists them in the order of enum op_kind. */
enum { OP_IN_MAX = 64, OP_OUT_MAX = 4 };
struct op_def {
	const char *name;   /* "conv" */
	int min_in, max_in; /* optional inputs count; max -1: any number */
	/* Check the inputs' shapes; give the number and shapes of the outputs. */
	int (*shape)(const struct graph *g, const struct op *op,
	    struct shape out[OP_OUT_MAX], int *nout);
	/*
	 * Append the gradient: dout[i] is the gradient tensor of output i or -1
	 * (not all are -1); din[i] is set for each input with its bit in want, or
	 * left -1 when it has none.  op is a copy: adding ops does not end it.
	 * NULL: no gradient flows through this op.
	 */
	int (*grad)(struct graph *g, const struct op *op, const int *dout,
	    uint64_t want, int *din);
	/* Bit i: output 0 may use the bytes of input i when that dies here. */
	uint32_t inplace;
	/* Inputs behind max_in that a backend's own pass may add, as the kind's
	 * comment says; ref and the rules never see them. */
	int fused_in;
};
extern const struct op_def op_defs[OP_KINDS];

#endif
