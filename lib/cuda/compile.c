/*
 * From a graph to steps: the passes, who lives how long, then op by op by the
 * table below.  What has no line in it runs on the host (device.fallback) on
 * copies, which is said once under -v.
 */
#include "cuda/plan.h"

#include <string.h>

#include "base/log.h"

enum rule {
	PLAIN32, /* plain float */
	FOLLOW   /* the form of its main input */
};

/* Bits of inputs and outputs: in the form of the op; floats in its order; the
 * rest is plain float. */
static const struct entry {
	cu_kernel *run;
	enum rule rule;
	int main;
	uint32_t in, in32, out, out32;
	size_t (*scratch)(const struct shape *s); /* of the main input */
} table[OP_KINDS] = {
	[OP_POOL] = { .run = cu_pool,
	    .rule = FOLLOW,
	    .in = 1,
	    .out = 1,
	    .out32 = 2 },
	[OP_POOL_GRAD] = { .run = cu_pool_grad,
	    .rule = FOLLOW,
	    .main = 1,
	    .in = 7,
	    .in32 = 8,
	    .out = 1 },
	[OP_LRN] = { .run = cu_lrn,
	    .rule = FOLLOW,
	    .in = 1,
	    .out = 1,
	    .out32 = 2 },
	[OP_LRN_GRAD] = { .run = cu_lrn_grad,
	    .rule = FOLLOW,
	    .main = 1,
	    .in = 7,
	    .in32 = 8,
	    .out = 1 },
	[OP_BATCHNORM] = { .run = cu_batchnorm,
	    .rule = FOLLOW,
	    .in = 1,
	    .out = 1,
	    .scratch = cu_column_scratch },
	[OP_BATCHNORM_GRAD] = { .run = cu_batchnorm_grad,
	    .rule = FOLLOW,
	    .main = 1,
	    .in = 3,
	    .out = 1,
	    .scratch = cu_column_scratch },
	[OP_UNARY] = { .run = cu_unary, .rule = FOLLOW, .in = 1, .out = 1 },
	[OP_UNARY_GRAD] = { .run = cu_unary_grad,
	    .rule = FOLLOW,
	    .in = 15,
	    .out = 1 },
	[OP_BINARY] = { .run = cu_binary, .rule = FOLLOW, .in = 3, .out = 1 },
	[OP_SUM] = { .run = cu_sum,
	    .rule = FOLLOW,
	    .in = UINT32_MAX,
	    .out = 1 },
	[OP_REDUCE] = { .run = cu_reduce },
	[OP_BROADCAST] = { .run = cu_broadcast },
	[OP_SOFTMAX] = { .run = cu_softmax },
	[OP_SOFTMAX_GRAD] = { .run = cu_softmax_grad },
	[OP_LOSS] = { .run = cu_loss, .scratch = cu_loss_scratch },
	[OP_LOSS_GRAD] = { .run = cu_loss_grad,
	    .main = 1,
	    .scratch = cu_loss_scratch },
	[OP_ACCURACY] = { .run = cu_accuracy },
	[OP_ARGMAX] = { .run = cu_argmax },
	[OP_CONCAT] = { .run = cu_concat,
	    .rule = FOLLOW,
	    .in = UINT32_MAX,
	    .out = 1 },
	[OP_SLICE] = { .run = cu_slice, .rule = FOLLOW, .in = 1, .out = 1 },
	[OP_PAD] = { .run = cu_pad, .rule = FOLLOW, .in = 1, .out = 1 },
	[OP_PERMUTE] = { .run = cu_permute },
	[OP_DROPOUT] = { .run = cu_dropout, .rule = FOLLOW, .in = 1, .out = 1 },
	[OP_DROPOUT_GRAD] = { .run = cu_dropout,
	    .rule = FOLLOW,
	    .in = 1,
	    .out = 1 },
	[OP_GATHER] = { .run = cu_gather },
	[OP_GATHER_GRAD] = { .run = cu_gather_grad },
	[OP_PRELU] = { .run = cu_prelu, .rule = FOLLOW, .in = 1, .out = 1 },
	[OP_PRELU_GRAD] = { .run = cu_prelu_grad,
	    .rule = FOLLOW,
	    .main = 1,
	    .in = 3,
	    .out = 1,
	    .scratch = cu_column_scratch },
	[OP_IM2COL] = { .run = cu_im2col },
	[OP_COL2IM] = { .run = cu_col2im },
	[OP_INTERP] = { .run = cu_interp },
	[OP_INTERP_GRAD] = { .run = cu_interp_grad },
	[OP_TAKE] = { .run = cu_take },
	[OP_TAKE_GRAD] = { .run = cu_take_grad },
	[OP_RESIZE] = { .run = cu_resize },
	[OP_RESIZE_GRAD] = { .run = cu_resize_grad },
	[OP_WHERE] = { .run = cu_choose },
	[OP_FILTER] = { .run = cu_filter },
	[OP_FILTER_GRAD] = { .run = cu_filter_grad },
};

/* Does op read the numbers of input k?  Of a pooling's gradient the shapes do,
 * unless it must find the maxima again. */
static bool
reads(const struct op *op, int k)
{
	if (op->kind != OP_POOL_GRAD || k == 0 || k > 2)
		return true;
	return k == 1 && op->a.pool.fn == POOL_MAX &&
	    (op->nin < 4 || op->in[3] < 0);
}

static struct cu_form
form_for(const struct cu_form f, uint32_t same, uint32_t floats, int k)
{
	const uint32_t bit = k < 32 ? 1U << k : same & 0x80000000U;

	if (same & bit)
		return f;
	return (struct cu_form){ CU_F32, (floats & bit) != 0 && f.nhwc };
}

/* The input whose form the op takes.  A gradient takes that of what it is the
 * gradient of: its own may come plain from a product, and would pass that on. */
static int
main_of(const struct op *op, const struct entry *e)
{
	if (op->kind != OP_UNARY_GRAD)
		return e->main;
	return op->nin > 2 && op->in[2] >= 0 ? 2
	    : op->nin > 1 && op->in[1] >= 0  ? 1
					     : 0;
}

static struct cu_form
form_of(struct cu_plan *p, const struct op *op, const struct entry *e)
{
	struct cu_form f = { CU_F32, false };
	struct cu_view v;

	if (e->rule == PLAIN32)
		return f;
	if (op->kind == OP_BINARY &&
	    !shape_same(cu_shape(p, op->in[0]), cu_shape(p, op->in[1])))
		return f; /* one stretches */
	cu_home(p, op->in[main_of(op, e)], &v);
	return v.form;
}

static int
build_own(struct cu_plan *p, const struct op *op, const struct entry *e)
{
	const struct cu_form f = form_of(p, op, e);
	struct cu_view in[OP_IN_MAX], out[OP_OUT_MAX];
	struct cu_step *s;

	for (int k = 0; k < op->nin; k++) {
		in[k] = (struct cu_view){ .buf = CU_NONE };
		if (op->in[k] >= 0 && reads(op, k))
			TRY(cu_want(p, op->in[k],
			    form_for(f, e->in, e->in32, k), &in[k]));
	}
	for (int k = 0; k < op->nout; k++)
		TRY(cu_out(
		    p, op->out[k], form_for(f, e->out, e->out32, k), &out[k]));
	s = cu_step_new(p, e->run, op->nin, in, op->in, op->nout, out, op->out);
	s->call.form = f;
	if (e->scratch != NULL)
		s->scratch = e->scratch(cu_shape(p, op->in[e->main]));
	if (op->kind == OP_LOSS_GRAD)
		s->call.scaled = p->scaled;
	for (int k = 0; k < op->nout; k++)
		TRY(cu_finish_out(p, op->out[k], &out[k]));
	return 0;
}

/* An op on the host, on copies. */
struct host_op {
	struct cu_plan *plan;
	const float **in;
	float **out;
};

static int
run_host(const struct cu_call *c)
{
	const struct host_op *h = c->extra;
	struct cu_plan *p = h->plan;
	const struct op_env env = { p->seed, p->iteration };

	for (int k = 0; k < c->nin; k++)
		if (c->in[k].p != NULL)
			TRY(rt_download(c->rt, (void *)h->in[k], c->in[k].p,
			    shape_count(c->in[k].s) * sizeof(float)));
	TRY(p->base.device->fallback->op(c->graph, c->op, h->in, h->out, &env));
	for (int k = 0; k < c->nout; k++)
		TRY(rt_upload(c->rt, c->out[k].p, h->out[k],
		    shape_count(c->out[k].s) * sizeof(float)));
	/* What a training op writes into its PARAMs. */
	for (int k = 0; k < c->nin; k++)
		if (c->in[k].p != NULL && graph_op_updates(c->op) &&
		    graph_tensor(c->graph, c->op->in[k])->kind == TENSOR_PARAM)
			TRY(rt_upload(c->rt, c->in[k].p, h->in[k],
			    shape_count(c->in[k].s) * sizeof(float)));
	return 0;
}

static float *
host_room(struct cu_plan *p, int t)
{
	return arena_take(
	    p->mem, (shape_count(cu_shape(p, t)) + 1) * sizeof(float));
}

static int
build_host(struct cu_plan *p, const struct op *op)
{
	const struct cu_form f = { CU_F32, false };
	struct cu_view in[OP_IN_MAX], out[OP_OUT_MAX];
	struct host_op *h = arena_take(p->mem, sizeof(*h));
	struct cu_step *s;

	if (!p->reported[op->kind])
		log_info("%s: op %s (layer %s) runs on the host",
		    p->base.device->name, op_defs[op->kind].name, op->name);
	p->reported[op->kind] = true;
	p->host_ops = true;
	h->plan = p;
	h->in = arena_take(p->mem, sizeof(float *) * ((size_t)op->nin + 1));
	h->out = arena_take(p->mem, sizeof(float *) * ((size_t)op->nout + 1));
	for (int k = 0; k < op->nin; k++) {
		in[k] = (struct cu_view){ .buf = CU_NONE };
		if (op->in[k] < 0)
			continue;
		TRY(cu_want(p, op->in[k], f, &in[k]));
		h->in[k] = host_room(p, op->in[k]);
	}
	for (int k = 0; k < op->nout; k++) {
		TRY(cu_out(p, op->out[k], f, &out[k]));
		h->out[k] = host_room(p, op->out[k]);
	}
	s = cu_step_new(
	    p, run_host, op->nin, in, op->in, op->nout, out, op->out);
	s->call.extra = h;
	for (int k = 0; k < op->nout; k++)
		TRY(cu_finish_out(p, op->out[k], &out[k]));
	return 0;
}

/* The same bytes, plain; a tensor that lives on gets a copy. */
static int
build_reshape(struct cu_plan *p, const struct op *op)
{
	const int t = op->out[0];
	struct cu_form f = { CU_F32, false };
	struct cu_view in, out;

	TRY(cu_home(p, op->in[0], &in));
	f.type = in.form.type;
	TRY(cu_want(p, op->in[0], f, &in));
	if (graph_tensor(p->base.graph, t)->kind == TENSOR_VALUE) {
		p->vals[t].home = in;
		return 0;
	}
	TRY(cu_out(p, t, f, &out));
	cu_step_new(p, cu_convert, 1, &in, &t, 1, &out, &t);
	return cu_finish_out(p, t, &out);
}

/* Ops whose kernel does not do all that the op may ask for. */
static bool
on_host(const struct op *op)
{
	if (op->kind != OP_TAKE_GRAD)
		return false;
	for (int k = 0; k < op->a.take.size.n; k++)
		if (op->a.take.step[k] == 0)
			return true;
	return op->a.take.edge != TAKE_VALUE;
}

static int
compile_op(struct cu_plan *p, int i)
{
	const struct op *op = graph_op(p->base.graph, i);
	int rc = CU_HOST_OP;

	p->now = i;
	if (op->kind == OP_RESHAPE)
		rc = build_reshape(p, op);
	else if (lower_empty(p->base.graph, op))
		rc = CU_HOST_OP;
	else if (op->kind == OP_CONV || op->kind == OP_CONV_DATA ||
	    op->kind == OP_CONV_WEIGHT)
		rc = cu_build_conv(p, op);
	else if (op->kind == OP_MATMUL)
		rc = cu_build_matmul(p, op);
	else if (table[op->kind].run != NULL && !on_host(op))
		rc = build_own(p, op, &table[op->kind]);
	if (rc == CU_HOST_OP)
		rc = build_host(p, op);
	return rc < 0 ? err_in(rc, "layer %s", op->name) : 0;
}

/*
 * In fp16 gradients that begin at a loss carry a factor (struct plan_scale), which
 * is taken off where they come home.  Where such a gradient meets another one the plan
 * does without.
 */
static void
scaling(struct cu_plan *p)
{
	struct graph *g = p->base.graph;

	p->scaled = p->type == CU_F16 && p->low.train;
	for (int i = 0; i < graph_ops(g) && p->scaled; i++) {
		const struct op *op = graph_op(g, i);
		int scaled = 0, not_scaled = 0;

		if (op->stage != STAGE_BACKWARD)
			continue;
		if (op->kind == OP_LOSS_GRAD) {
			p->vals[op->out[0]].scaled = true;
			continue;
		}
		for (int k = 0; k < op->nin; k++) {
			if (op->in[k] < 0)
				continue;
			scaled += p->vals[op->in[k]].scaled;
			if (op->kind == OP_SUM || op->kind == OP_BINARY)
				not_scaled += !p->vals[op->in[k]].scaled;
		}
		for (int k = 0; k < op->nout && scaled > 0; k++)
			p->vals[op->out[k]].scaled = true;
		if (scaled > 0 && not_scaled > 0 &&
		    !(op->kind == OP_BINARY &&
			(op->a.binary.fn == BINARY_MUL ||
			    op->a.binary.fn == BINARY_DIV)))
			p->scaled = false;
		if (scaled > 0 && op->kind == OP_CUSTOM_GRAD)
			p->scaled = false;
	}
}

static int
share_tensor(struct cu_plan *p, int t, struct cu_plan *from)
{
	struct cu_view v;
	int u;

	TRY(lower_shared(&u, p->base.graph, t, from->base.graph));
	if (u < 0)
		return 0;
	TRY(cu_home(p, t, &v));
	p->bufs[v.buf].borrowed = true;
	p->bufs[v.buf].ptr = cu_where(from, u);
	return 0;
}

/* Tensors from outside have a home, but INPUTs that are fed in other forms. */
static int
outside(struct cu_plan *p)
{
	struct cu_view v;

	for (int t = 0; t < graph_tensors(p->base.graph); t++) {
		const struct tensor *x = graph_tensor(p->base.graph, t);

		if (x->kind == TENSOR_VALUE)
			continue;
		if (x->kind == TENSOR_INPUT && !x->keep &&
		    (p->vals[t].nalt > 0 || p->vals[t].wide.buf != CU_NONE))
			continue;
		TRY(cu_home(p, t, &v));
		if ((x->kind == TENSOR_PARAM || x->kind == TENSOR_STATE) &&
		    !p->bufs[v.buf].borrowed)
			p->params_size += p->bufs[v.buf].at.size;
	}
	return 0;
}

static int
constants(struct cu_plan *p)
{
	for (int t = 0; t < graph_tensors(p->base.graph); t++) {
		const struct tensor *x = graph_tensor(p->base.graph, t);

		if (x->kind == TENSOR_CONST && x->data != NULL)
			TRY(rt_upload(p->rt, cu_where(p, t), x->data,
			    shape_count(&x->shape) * sizeof(float)));
	}
	return 0;
}

int
cu_compile(struct cu_plan *p, const struct graph *g, struct plan *from)
{
	bool train;
	int nt;

	TRY(lower_passes(&p->base.graph, &train, g));
	cu_fuse(p);
	lower_init(&p->low, p->base.graph, train, reads);
	nt = graph_tensors(p->base.graph);
	p->vals = mem_array(struct cu_val, (size_t)nt + 1);
	for (int t = 0; t < nt; t++)
		p->vals[t].home.buf = p->vals[t].wide.buf = CU_NONE;
	p->reported = mem_array(bool, OP_KINDS);
	p->now = -1;
	scaling(p);
	for (int t = 0; t < nt && !p->scaled; t++)
		p->vals[t].scaled = false;
	for (int t = 0; t < nt && from != NULL; t++)
		TRY(share_tensor(p, t, (struct cu_plan *)from));
	for (int i = 0; i < graph_ops(p->base.graph); i++)
		TRY(compile_op(p, i));
	p->now = -1;
	cu_cast_end(p);
	TRY(outside(p));
	TRY(cu_place(p));
	if (p->measure)
		return 0;
	TRY(cu_cast_bring(p));
	return constants(p);
}
