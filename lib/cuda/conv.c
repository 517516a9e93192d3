/*
 * Convolutions and their gradients: what the library is asked for, and what is
 * done beside it when it has no engine for the fused one.
 */
#include "cuda/plan.h"

#include <string.h>

#include "base/log.h"

struct conv {
	struct cu_plan *plan;
	struct dnn_plan *dnn;
	enum dnn_kind kind;
	bool fused;
	bool wide;            /* x and w have CU_WIDE channels */
	struct cu_ending end; /* of what is not fused; pointers at run time */
};

static void
drop_conv(void *extra)
{
	dnn_free(((struct conv *)extra)->dnn);
}

static void *
pointer(const struct cu_arg *a, int n, int k)
{
	return k < n ? a[k].p : NULL;
}

static int
run_conv(const struct cu_call *c)
{
	const struct conv *q = c->extra;
	struct cu_ending e = q->end;
	void *a = c->in[0].p, *b = c->in[1].p, *y = c->out[0].p;
	const void *bias = pointer(c->in, c->nin, 2);
	const void *sum = pointer(c->in, c->nin, 3);

	if (q->kind == DNN_WEIGHT)
		return dnn_run(c->rt, q->dnn, a, y, b, NULL, NULL, c->scratch);
	if (q->kind == DNN_DATA)
		TRY(dnn_run(c->rt, q->dnn, y, b, a, NULL, NULL, c->scratch));
	else
		TRY(dnn_run(c->rt, q->dnn, a, b, y, q->fused ? bias : NULL,
		    q->fused ? sum : NULL, c->scratch));
	if (q->fused || (bias == NULL && sum == NULL && !e.relu))
		return 0;
	e.y = y;
	e.b = bias;
	e.sum = sum;
	return cu_finish(&e, c->stream);
}

/* Dims with two spatial axes at least: a missing one is 1. */
static void
dims(int64_t *out, const struct shape *s, int nd)
{
	const int skip = nd == 1 ? 1 : 0;

	out[0] = s->d[0];
	out[1] = s->d[1];
	out[2] = 1;
	for (int i = 0; i < nd; i++)
		out[2 + skip + i] = s->d[2 + i];
}

static struct dnn_conv
describe_conv(const struct cu_plan *p, const struct op *op, enum dnn_kind kind,
    struct cu_form f)
{
	const struct op_conv *a = &op->a.conv;
	const int x = kind == DNN_DATA ? op->out[0] : op->in[0];
	const int w = kind == DNN_WEIGHT ? op->out[0] : op->in[1];
	const int y = kind == DNN_FORWARD ? op->out[0]
	    : kind == DNN_DATA            ? op->in[0]
					  : op->in[1];
	const int skip = a->nd == 1 ? 1 : 0;
	struct dnn_conv c = { .kind = kind,
		.nd = a->nd + skip,
		.type = f.type,
		.nhwc = f.nhwc,
		.tf32 = p->tf32,
		.deterministic = p->dev->deterministic,
		.tune = p->dev->autotune && !p->measure };

	dims(c.x, cu_shape(p, x), a->nd);
	dims(c.w, cu_shape(p, w), a->nd);
	dims(c.y, cu_shape(p, y), a->nd);
	for (int i = 0; i < c.nd; i++) {
		c.stride[i] = i < skip ? 1 : a->stride[i - skip];
		c.pad[i] = i < skip ? 0 : a->pad[i - skip];
		c.dilation[i] = i < skip ? 1 : a->dilation[i - skip];
	}
	return c;
}

static bool
has_input(const struct op *op, int k)
{
	return k < op->nin && op->in[k] >= 0;
}

/* The plain convolution, if it beats a fused one that the tensor cores do not
 * run, or there is none. */
static int
find_plain(struct cu_plan *p, const struct dnn_conv *c, struct conv *q,
    size_t *scratch)
{
	struct dnn_plan *plain;
	size_t bytes = 0;

	TRY(dnn_make(p->rt, c, &plain, &bytes));
	if (plain == NULL || (q->dnn != NULL && !dnn_has_tensor_cores(plain))) {
		dnn_free(plain);
		return 0;
	}
	dnn_free(q->dnn);
	q->dnn = plain;
	q->fused = false;
	*scratch = bytes;
	return 0;
}

/* The fused engine, else the plain one; q->dnn stays NULL when there is none. */
static int
find_engine(struct cu_plan *p, const struct op *op, struct dnn_conv c,
    struct conv *q, size_t *scratch)
{
	const bool cores = c.type != CU_F32 || c.tf32;

	q->kind = c.kind;
	if (c.kind == DNN_FORWARD) {
		c.bias = has_input(op, 2);
		c.sum = has_input(op, 3);
		c.relu = op->a.conv.relu;
		c.slope = op->a.conv.slope;
	}
	q->fused = c.bias || c.sum || c.relu;
	TRY(dnn_make(p->rt, &c, &q->dnn, scratch));
	if (!q->fused ||
	    (q->dnn != NULL && (!cores || dnn_has_tensor_cores(q->dnn))))
		return 0;
	c.bias = c.sum = c.relu = false;
	return find_plain(p, &c, q, scratch);
}

/* db of a weight gradient: its own step over dy. */
static int
bias_step(struct cu_plan *p, const struct op *op, struct cu_form f)
{
	const struct cu_form plain = { CU_F32, false };
	struct cu_view dy, db;
	struct cu_step *s;

	TRY(cu_want(p, op->in[1], f, &dy));
	TRY(cu_out(p, op->out[1], plain, &db));
	s = cu_step_new(
	    p, cu_bias_grad, 1, &dy, &op->in[1], 1, &db, &op->out[1]);
	s->call.form = f;
	s->scratch = cu_column_scratch(cu_shape(p, op->in[1]));
	return cu_finish_out(p, op->out[1], &db);
}

static void
say_engine(const struct cu_plan *p, const struct op *op, struct cu_form f,
    const struct conv *q, size_t scratch)
{
	static const char *const kinds[] = { "forward", "data", "weight" };
	static const char *const types[] = { "fp32", "bf16", "fp16" };
	char text[160];

	if (!log_enabled(LOG_DEBUG))
		return;
	dnn_say(q->dnn, text, sizeof(text));
	log_debug("layer %s, %s: %s %s%s, %.1f MiB of work space, %s", op->name,
	    kinds[q->kind],
	    f.type == CU_F32 && p->tf32 ? "tf32" : types[f.type],
	    f.nhwc ? "NHWC" : "NCHW", q->fused ? ", fused" : "",
	    (double)scratch / 1048576, text);
}

/* Is input k one of those to which channels are added? */
static bool
widened(const struct conv *q, int k)
{
	return q->wide && (k == 0 || (k == 1 && q->kind == DNN_FORWARD));
}

static int
steps(struct cu_plan *p, const struct op *op, struct cu_form f,
    const struct conv *q, size_t scratch)
{
	const struct cu_form bias = { q->fused ? f.type : CU_F32, false };
	const struct shape *shape[4] = { NULL }, *wide = NULL;
	struct cu_view in[4], out;
	struct cu_step *s;

	say_engine(p, op, f, q, scratch);
	for (int k = 0; k < op->nin; k++) {
		in[k] = (struct cu_view){ .buf = CU_NONE };
		if (op->in[k] < 0)
			continue;
		if (widened(q, k))
			TRY(cu_want_wide(p, op->in[k], f, &in[k], &shape[k]));
		else
			TRY(cu_want(p, op->in[k], k == 2 ? bias : f, &in[k]));
	}
	if (q->wide && q->kind == DNN_WEIGHT)
		TRY(cu_out_wide(p, op->out[0], f, &out, &wide));
	else
		TRY(cu_out(p, op->out[0], f, &out));
	s = cu_step_new(p, run_conv, op->nin, in, op->in, 1, &out, op->out);
	for (int k = 0; k < op->nin; k++)
		if (shape[k] != NULL)
			s->call.in[k].s = shape[k];
	s->call.form = f;
	s->scratch = scratch;
	s->call.extra = arena_take(p->mem, sizeof(*q));
	memcpy(s->call.extra, q, sizeof(*q));
	s->drop = drop_conv;
	if (wide != NULL) {
		s->call.out[0].s = wide;
		TRY(cu_finish_wide(p, op->out[0], &out, wide));
	} else {
		TRY(cu_finish_out(p, op->out[0], &out));
	}
	if (q->kind == DNN_WEIGHT && op->nout > 1)
		return bias_step(p, op, f);
	return 0;
}

/* A bias after the gradient to the data: Caffe's Deconvolution. */
static struct cu_ending
ending(const struct cu_plan *p, const struct op *op, struct cu_form f)
{
	const struct shape *s = cu_shape(p, op->out[0]);
	const bool forward = op->kind == OP_CONV;

	return (struct cu_ending){ .n = shape_count(s),
		.channels = (size_t)s->d[1],
		.inner = f.nhwc ? 1 : shape_count_axes(s, 2, s->n),
		.type = f.type,
		.relu = forward && op->a.conv.relu,
		.slope = forward ? op->a.conv.slope : 0 };
}

/*
 * A first layer: of one channel or three tensor cores take nothing, and the
 * library would add channels in its work space, in each of its runs.  Zeros
 * change no result.
 */
static bool
wants_width(const struct dnn_conv *c)
{
	return c->kind != DNN_DATA && c->type != CU_F32 && c->nhwc &&
	    c->x[1] < CU_WIDE && c->w[1] == c->x[1];
}

int
cu_build_conv(struct cu_plan *p, const struct op *op)
{
	const enum dnn_kind kind = op->kind == OP_CONV ? DNN_FORWARD
	    : op->kind == OP_CONV_DATA                 ? DNN_DATA
						       : DNN_WEIGHT;
	/* Tensor cores take channels last; in another order the library turns
	 * all tensors in its work space. */
	const struct cu_form forms[] = {
		{ p->type, p->type != CU_F32 || p->tf32 },
		{ CU_F32, p->tf32 },
	};
	struct cu_form f = forms[0];
	struct conv q = { .plan = p };
	struct dnn_conv c;
	size_t scratch = 0;

	for (size_t i = 0; i < LENGTH(forms) && q.dnn == NULL; i++) {
		f = forms[i];
		c = describe_conv(p, op, kind, f);
		q.wide = wants_width(&c);
		if (q.wide)
			c.x[1] = c.w[1] = CU_WIDE;
		TRY(find_engine(p, op, c, &q, &scratch));
	}
	if (q.dnn == NULL)
		return CU_HOST_OP;
	q.end = ending(p, op, f);
	return steps(p, op, f, &q, scratch);
}
