/* Shapes and gradients of losses, accuracy and argmax. */
#include <inttypes.h>

#include "base/err.h"
#include "graph/internal.h"
#include "graph/ops/rules.h"

/* By loss_fn: how many inputs, which of them have a gradient (bits), what the
 * second and third look like, whether aux has the shape of x. */
static const struct loss_rule {
	int min_in, max_in;
	unsigned grad;
	enum { LABEL, SAME, SAME_AND_VECTOR } second;
	bool axis; /* classes lie along loss.axis, else along axis 1 */
	bool aux;
} rules[LOSS_KINDS] = {
	[LOSS_SOFTMAX] = { 2, 3, 1, LABEL, true, true },
	[LOSS_SIGMOID] = { 2, 2, 1, SAME, false, true },
	[LOSS_EUCLIDEAN] = { 2, 2, 3, SAME, false, false },
	[LOSS_L1] = { 2, 2, 3, SAME, false, false },
	[LOSS_HINGE_L1] = { 2, 2, 1, LABEL, false, false },
	[LOSS_HINGE_L2] = { 2, 2, 1, LABEL, false, false },
	[LOSS_MULTINOMIAL] = { 2, 2, 1, LABEL, false, false },
	[LOSS_INFOGAIN] = { 3, 3, 1, LABEL, true, true },
	[LOSS_CONTRASTIVE] = { 3, 3, 3, SAME_AND_VECTOR, false, false },
};

/* Labels: one for each place of x outside the class axis.  Caffe compares
 * counts only (N, Nx1 and Nx1x1x1 are all met). */
static int
check_label(
    const struct graph *g, const struct op *op, int x, int label, int axis)
{
	const struct shape *s = graph_shape(g, op->in[x]);
	struct shape need = *s;
	size_t n =
	    shape_count_axes(s, 0, axis) * shape_count_axes(s, axis + 1, s->n);

	if (shape_count(graph_shape(g, op->in[label])) == n)
		return 0;
	need.d[axis] = 1;
	return graph_bad_shape(g, op, label, &need);
}

static int
check_same_count(const struct graph *g, const struct op *op, int x, int i)
{
	const struct shape *s = graph_shape(g, op->in[x]);

	if (shape_count(graph_shape(g, op->in[i])) == shape_count(s))
		return 0;
	return graph_bad_shape(g, op, i, s);
}

/* The third input: class weights, the infogain matrix, "similar". */
static int
check_third(const struct graph *g, const struct op *op, int i, int64_t n,
    int64_t classes)
{
	const struct op_loss *l = &op->a.loss;
	struct shape need = { .n = 1, .d = { classes } };

	if (op_in(op, i) < 0)
		return 0;
	if (l->fn == LOSS_INFOGAIN)
		need = (struct shape){ .n = 2, .d = { classes, classes } };
	if (l->fn == LOSS_CONTRASTIVE)
		need.d[0] = n;
	if (shape_count(graph_shape(g, op->in[i])) != shape_count(&need))
		return graph_bad_shape(g, op, i, &need);
	return 0;
}

/* The loss's inputs, which begin at op->in[at]. */
static int
check_loss(const struct graph *g, const struct op *op, int at, int nin)
{
	const struct op_loss *l = &op->a.loss;
	const struct loss_rule *r = &rules[l->fn];
	const struct shape *x = graph_shape(g, op->in[at]);
	int axis = r->axis ? l->axis : 1;

	if (nin < r->min_in || nin > r->max_in)
		return err_set(ERR_FORMAT,
		    "the number of inputs is %d, not %d to %d", nin, r->min_in,
		    r->max_in);
	TRY(graph_need_axes(g, op, at, 1, SHAPE_MAX));
	if (x->d[0] < 1)
		return err_set(ERR_FORMAT, "the loss of an empty batch");
	if (r->second == LABEL) {
		if (axis < 0 || axis >= x->n)
			return err_set(ERR_FORMAT, "axis %d", axis);
		if (!r->axis) /* (N,C), perhaps (N,C,1,1) */
			axis = 1;
		TRY(check_label(g, op, at, at + 1, axis));
	} else {
		TRY(check_same_count(g, op, at, at + 1));
	}
	if (l->fn == LOSS_CONTRASTIVE && x->n < 2)
		return graph_need_axes(g, op, at, 2, SHAPE_MAX);
	if (nin < 3)
		return 0;
	return check_third(
	    g, op, at + 2, x->d[0], r->second == LABEL ? x->d[axis] : 1);
}

SHAPE_RULE(shape_loss)
{
	TRY(check_loss(g, op, 0, op->nin));
	out[0] = (struct shape){ .n = 0 };
	out[1] = (struct shape){ .n = 0 };
	if (rules[op->a.loss.fn].aux)
		out[1] = *graph_shape(g, op->in[0]);
	*nout = 2;
	return 0;
}

GRAD_RULE(grad_loss)
{
	int in[OP_IN_MAX], n = 0;
	union op_attr a = op->a;

	if (dout[0] < 0)
		return 0;
	in[n++] = dout[0];
	for (int i = 0; i < op->nin; i++)
		in[n++] = op->in[i];
	in[n++] = op->out[1];
	for (int i = 0; i < op->nin; i++) {
		if (((want & rules[a.loss.fn].grad) >> i & 1) == 0)
			continue;
		a.loss.wrt = i;
		TRY(din[i] = graph_add(g, OP_LOSS_GRAD, &a, in, n));
	}
	return 0;
}

SHAPE_RULE(shape_loss_grad)
{
	const struct shape scalar = { .n = 0 };
	const struct op_loss *l = &op->a.loss;

	TRY(graph_need_shape(g, op, 0, &scalar));
	TRY(check_loss(g, op, 1, op->nin - 2));
	if (l->wrt < 0 || l->wrt > 1 || (rules[l->fn].grad >> l->wrt & 1) == 0)
		return err_set(
		    ERR_UNSUPPORTED, "no gradient to input %d", l->wrt);
	out[0] = *graph_shape(g, op->in[1 + l->wrt]);
	*nout = 1;
	return 0;
}

SHAPE_RULE(shape_accuracy)
{
	const struct op_accuracy *a = &op->a.accuracy;
	const struct shape *x = graph_shape(g, op->in[0]);

	if (a->axis < 0 || a->axis >= x->n)
		return err_set(ERR_FORMAT, "axis %d", a->axis);
	if (a->top_k < 1 || a->top_k > x->d[a->axis])
		return err_set(ERR_FORMAT, "top_k %d of %" PRId64 " classes",
		    a->top_k, x->d[a->axis]);
	TRY(check_label(g, op, 0, 1, a->axis));
	out[0] = (struct shape){ .n = 0 };
	out[1] = (struct shape){ .n = 1, .d = { x->d[a->axis] } };
	*nout = a->per_class ? 2 : 1;
	return 0;
}

/* Caffe's argmax_layer: along an axis top_k stands there; otherwise (N,1,k) or,
 * with the values too, (N,2,k), with 1s up to x's number of axes. */
SHAPE_RULE(shape_argmax)
{
	const struct op_argmax *a = &op->a.argmax;
	const struct shape *x = graph_shape(g, op->in[0]);
	int64_t among;

	TRY(graph_need_axes(g, op, 0, 1, SHAPE_MAX));
	if (a->has_axis && (a->axis < 0 || a->axis >= x->n))
		return err_set(ERR_FORMAT, "axis %d", a->axis);
	among =
	    a->has_axis ? x->d[a->axis] : (int64_t)shape_count_axes(x, 1, x->n);
	if (a->top_k < 1 || a->top_k > among)
		return err_set(
		    ERR_FORMAT, "top_k %d of %" PRId64, a->top_k, among);
	*nout = 1;
	if (a->has_axis) {
		out[0] = *x;
		out[0].d[a->axis] = a->top_k;
		return 0;
	}
	out[0] = (struct shape){ .n = x->n < 3 ? 3 : x->n };
	for (int i = 0; i < out[0].n; i++)
		out[0].d[i] = 1;
	out[0].d[0] = x->d[0];
	out[0].d[1] = a->out_max_val ? 2 : 1;
	out[0].d[2] = a->top_k;
	return 0;
}
