/*
 * Fusion: ops that a backend computes in one go become one op.
 *
 * Only where nobody can tell: the tensor between the two is not kept and has no
 * other reader.  Each kind of fusion is one sweep over the ops; what was fused
 * away is dropped at the end of the sweep.  An op that must wait for another's
 * input moves to the later place, never to an earlier one.
 */
#include "base/mem.h"
#include "graph/internal.h"

struct fuse {
	struct graph *g;
	int *readers; /* of each tensor */
	bool *drop;   /* ops that another took over */
};

static void
count_readers(struct fuse *f)
{
	const struct graph *g = f->g;

	f->readers = mem_array(int, g->ntensors + 1);
	f->drop = mem_array(bool, g->nops + 1);
	for (size_t i = 0; i < g->nops; i++)
		for (int k = 0; k < g->ops[i].nin; k++)
			if (g->ops[i].in[k] >= 0)
				f->readers[g->ops[i].in[k]]++;
}

static void
fuse_end(struct fuse *f)
{
	graph_renumber(f->g, f->drop);
	mem_free(f->readers);
	mem_free(f->drop);
}

/*
 * The op that makes t, when `reader` may take its place: t is its first output,
 * nobody else needs t, and both run in the same stage.
 */
static struct op *
only_producer(const struct fuse *f, int t, const struct op *reader)
{
	const struct tensor *x;
	struct op *op;

	if (t < 0)
		return NULL;
	x = &f->g->tensors[t];
	if (x->kind != TENSOR_VALUE || x->keep || f->readers[t] != 1 ||
	    x->producer < 0 || f->drop[x->producer])
		return NULL;
	op = &f->g->ops[x->producer];
	return op->stage == reader->stage && op->out[0] == t ? op : NULL;
}

/* op is computed where `at` stands, and makes what that made. */
static void
take_over(struct fuse *f, struct op *op, struct op *at)
{
	const size_t from = (size_t)(op - f->g->ops);
	const size_t to = (size_t)(at - f->g->ops);

	op->out[0] = at->out[0];
	f->g->ops[to] = *op;
	f->drop[from] = true;
	for (int k = 0; k < op->nout; k++)
		f->g->tensors[op->out[k]].producer = (int)to;
}

/* Can op clamp its result itself? */
static bool
set_relu(struct op *op, float slope)
{
	switch (op->kind) {
	case OP_CONV:
		if (op->a.conv.relu)
			return false;
		op->a.conv.slope = slope;
		return op->a.conv.relu = true;
	case OP_MATMUL:
		if (op->a.matmul.relu)
			return false;
		op->a.matmul.slope = slope;
		return op->a.matmul.relu = true;
	case OP_BATCHNORM:
		if (op->a.batchnorm.relu || slope != 0)
			return false;
		return op->a.batchnorm.relu = true;
	case OP_SUM:
		if (op->a.sum.relu || slope != 0)
			return false;
		return op->a.sum.relu = true;
	default: return false;
	}
}

static void
fuse_relu(struct fuse *f)
{
	for (size_t i = 0; i < f->g->nops; i++) {
		struct op *relu = &f->g->ops[i], *op;

		if (relu->kind != OP_UNARY || relu->a.unary.fn != UNARY_RELU)
			continue;
		op = only_producer(f, relu->in[0], relu);
		if (op != NULL && set_relu(op, relu->a.unary.a))
			take_over(f, op, relu);
	}
}

/* A sum of two tensors of one shape, as SUM or as BINARY. */
static bool
is_sum_of_two(const struct graph *g, const struct op *op)
{
	if (op->kind == OP_BINARY)
		return op->a.binary.fn == BINARY_ADD &&
		    shape_same(
			graph_shape(g, op->in[0]), graph_shape(g, op->in[1]));
	return op->kind == OP_SUM && op->nin == 2 && op->a.sum.coeff[0] == 1 &&
	    op->a.sum.coeff[1] == 1;
}

/* A convolution whose result may still be added to. */
static struct op *
open_conv(const struct fuse *f, int t, const struct op *reader)
{
	struct op *op = only_producer(f, t, reader);

	if (op == NULL || op->kind != OP_CONV || op->a.conv.relu ||
	    op_in(op, 3) >= 0)
		return NULL;
	return op;
}

static void
fuse_sum(struct fuse *f)
{
	struct graph *g = f->g;

	for (size_t i = 0; i < g->nops; i++) {
		struct op *sum = &g->ops[i], *conv, *other;
		bool relu;
		int in[4];

		if (!is_sum_of_two(g, sum))
			continue;
		conv = open_conv(f, sum->in[0], sum);
		other = open_conv(f, sum->in[1], sum);
		if (conv == NULL && other == NULL)
			continue;
		/* Of two the later one waits less. */
		if (conv == NULL || (other != NULL && other > conv))
			conv = other;
		for (int k = 0; k < 3; k++)
			in[k] = op_in(conv, k);
		in[3] = sum->in[conv->out[0] == sum->in[0] ? 1 : 0];
		conv->in = graph_copy_ids(g, in, 4);
		conv->nin = 4;
		relu = sum->kind == OP_SUM && sum->a.sum.relu;
		take_over(f, conv, sum);
		if (relu)
			set_relu(&g->ops[i], 0);
	}
}

/*
 * The vector (C) behind t, one number for each channel of a tensor of shape x:
 * t is that vector reshaped (and perhaps stretched).  -1 when it is not.
 */
static int
channel_vector(const struct graph *g, int t, const struct shape *x)
{
	bool per_channel = false;

	while (t >= 0) {
		const struct tensor *v = &g->tensors[t];
		const struct op *op;

		if (v->shape.n == 1 && per_channel)
			return t;
		if (v->producer < 0)
			return -1;
		if (v->shape.n == x->n && !per_channel) {
			per_channel = x->n >= 2 && v->shape.d[1] == x->d[1] &&
			    shape_count(&v->shape) == (size_t)x->d[1];
		}
		op = &g->ops[v->producer];
		if (op->kind != OP_RESHAPE &&
		    (op->kind != OP_BROADCAST || per_channel))
			return -1;
		t = op->in[0];
	}
	return -1;
}

/* batchnorm, then MUL (beta false) or ADD (beta true) by channel. */
static void
fuse_scale(struct fuse *f, enum binary_fn fn, int slot)
{
	struct graph *g = f->g;

	for (size_t i = 0; i < g->nops; i++) {
		struct op *op = &g->ops[i], *bn = NULL;
		int in[6], v = -1;

		if (op->kind != OP_BINARY || op->a.binary.fn != fn)
			continue;
		for (int k = 0; k < 2 && v < 0; k++) {
			bn = only_producer(f, op->in[k], op);
			if (bn == NULL || bn->kind != OP_BATCHNORM ||
			    bn->a.batchnorm.relu || op_in(bn, slot) >= 0 ||
			    op_in(bn, 5) >= 0)
				continue;
			v = channel_vector(
			    g, op->in[1 - k], graph_shape(g, op->in[k]));
		}
		if (v < 0 ||
		    shape_count(graph_shape(g, v)) !=
			(size_t)graph_shape(g, bn->out[0])->d[1])
			continue;
		for (int k = 0; k < 6; k++)
			in[k] = op_in(bn, k);
		in[slot] = v;
		bn->in = graph_copy_ids(g, in, 6);
		bn->nin = 6;
		take_over(f, bn, op);
	}
}

static bool
is_parameter(const struct graph *g, int t)
{
	return t < 0 || g->tensors[t].kind == TENSOR_PARAM ||
	    g->tensors[t].kind == TENSOR_CONST;
}

/* The convolution that a batchnorm (on stored statistics) can be folded into. */
static const struct op *
foldable(const struct fuse *f, const struct op *bn)
{
	const struct op *conv;

	if (bn->kind != OP_BATCHNORM || bn->a.batchnorm.train)
		return NULL;
	for (int k = 1; k < bn->nin; k++)
		if (!is_parameter(f->g, bn->in[k]))
			return NULL;
	for (int k = 1; k < bn->nout; k++)
		if (f->readers[bn->out[k]] > 0 ||
		    f->g->tensors[bn->out[k]].keep)
			return NULL;
	conv = open_conv(f, bn->in[0], bn);
	if (conv == NULL || !is_parameter(f->g, conv->in[1]) ||
	    !is_parameter(f->g, op_in(conv, 2)))
		return NULL;
	return conv;
}

/* 1 / factor, or 0 where the factor is 0: no statistics yet (Caffe). */
static int
add_inverse(struct graph *g, int factor)
{
	const float coeff[2] = { 1, -1 };
	int in[2] = { factor, 0 }, safe;

	in[1] = graph_unary(g, factor, UNARY_ABS, 0, 0, 0);
	in[1] = graph_unary(g, in[1], UNARY_THRESHOLD, 0, 0, 0);
	safe = graph_sum(g, in, 2, coeff);
	safe = graph_unary(g, safe, UNARY_POWER, 1, 1, 1);
	return graph_binary(g, in[1], safe, BINARY_DIV);
}

/*
 * What the folded convolution multiplies with and adds, from PARAMs:
 * k = gamma / sqrt(var / factor + eps), w k, (b - mean / factor) k + beta.
 */
static int
add_folded(
    struct graph *g, const struct op *conv, const struct op *bn, int *w, int *b)
{
	const int gamma = op_in(bn, 4), beta = op_in(bn, 5);
	const int bias = op_in(conv, 2);
	struct shape per_output = *graph_shape(g, conv->in[1]);
	int inverse = add_inverse(g, bn->in[3]), k, shift;

	for (int i = 1; i < per_output.n; i++)
		per_output.d[i] = 1;
	k = graph_binary(g, bn->in[2], inverse, BINARY_MUL);
	k = graph_unary(g, k, UNARY_POWER, bn->a.batchnorm.eps, 1, -0.5F);
	if (gamma >= 0)
		k = graph_binary(g, k, gamma, BINARY_MUL);
	*w = graph_binary(
	    g, conv->in[1], graph_reshape(g, k, &per_output), BINARY_MUL);
	shift = graph_binary(g, bn->in[1], inverse, BINARY_MUL);
	if (bias >= 0)
		shift = graph_binary(g, bias, shift, BINARY_SUB);
	else
		shift = graph_unary(g, shift, UNARY_POWER, 0, -1, 1);
	*b = graph_binary(g, shift, k, BINARY_MUL);
	if (beta >= 0)
		*b = graph_binary(g, *b, beta, BINARY_ADD);
	return *b < 0 ? *b : 0;
}

/* Write the ops anew, with those on PARAMs in front of each convolution that a
 * batchnorm went into. */
static int
fold_batchnorm(struct fuse *f)
{
	struct graph *g = f->g;
	struct op *old = g->ops;
	const size_t n = g->nops;
	const struct op **conv = mem_array(const struct op *, n + 1);
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		conv[i] = foldable(f, &old[i]);
		if (conv[i] != NULL)
			f->drop[conv[i] - old] = true;
	}
	g->ops = NULL;
	g->nops = g->op_cap = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct op op = old[i];
		int in[3];

		if (f->drop[i])
			continue;
		if (conv[i] != NULL) {
			graph_set_name(g, op.name);
			op = *conv[i];
			in[0] = op.in[0];
			rc = add_folded(g, &op, &old[i], &in[1], &in[2]);
			op.in = graph_copy_ids(g, in, 3);
			op.nin = 3;
			op.out[0] = old[i].out[0];
		}
		mem_grow(&g->ops, &g->op_cap, g->nops + 1);
		g->ops[g->nops++] = op;
	}
	mem_free(conv);
	mem_free(old);
	mem_free(f->drop);
	f->drop = NULL;
	return rc;
}

static bool
forward_only(const struct graph *g)
{
	for (size_t i = 0; i < g->nops; i++)
		if (g->ops[i].stage != STAGE_FORWARD)
			return false;
	return true;
}

int
graph_fuse(struct graph *g, unsigned flags)
{
	struct fuse f = { .g = g };
	int rc = 0;

	if (flags & GRAPH_FUSE_SCALE) {
		count_readers(&f);
		fuse_scale(&f, BINARY_MUL, 4);
		fuse_scale(&f, BINARY_ADD, 5);
		fuse_end(&f);
	}
	if ((flags & GRAPH_FOLD_BATCHNORM) && forward_only(g)) {
		count_readers(&f);
		rc = fold_batchnorm(&f);
		fuse_end(&f);
	}
	if (rc == 0 && (flags & GRAPH_FUSE_SUM)) {
		count_readers(&f);
		fuse_sum(&f);
		fuse_end(&f);
	}
	if (rc == 0 && (flags & GRAPH_FUSE_RELU)) {
		count_readers(&f);
		fuse_relu(&f);
		fuse_end(&f);
	}
	return rc;
}
