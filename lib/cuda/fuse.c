/*
 * What the kernels here do in one go and graph_fuse does not know of: the gradient
 * of a ReLU that the batch normalisation before it took along, and of one behind
 * which two ways met.
 */
#include "cuda/plan.h"

#include <string.h>

static int
readers(const struct graph *g, int t)
{
	int n = 0;

	for (int i = 0; i < graph_ops(g); i++) {
		const struct op *op = graph_op(g, i);

		for (int k = 0; k < op->nin; k++)
			n += op->in[k] == t;
	}
	return n;
}

static const struct op *
producer(const struct graph *g, int t, enum op_kind kind)
{
	const struct tensor *x;

	if (t < 0)
		return NULL;
	x = graph_tensor(g, t);
	if (x->kind != TENSOR_VALUE || x->producer < 0 ||
	    graph_op(g, x->producer)->kind != kind)
		return NULL;
	return graph_op(g, x->producer);
}

/*
 * dy -> [ReLU's gradient, by y] -> batchnorm's gradient: the latter has x and can
 * tell where y was above 0 by working it out again, which takes beta (input 5).
 * Neither y nor what is between them is read: 5 tensors pass instead of 8.
 */
static void
join_relu(struct cu_plan *p, struct op *op)
{
	const struct graph *g = p->base.graph;
	const struct op *relu = producer(g, op->in[0], OP_UNARY_GRAD);
	const struct op *norm = producer(g, op->in[2], OP_BATCHNORM);
	const int gamma = op->nin > 4 ? op->in[4] : -1;
	int *in;

	if (relu == NULL || norm == NULL || !norm->a.batchnorm.relu ||
	    relu->a.unary.fn != UNARY_RELU || relu->a.unary.a != 0 ||
	    relu->nin < 3 || relu->in[2] != norm->out[0] ||
	    gamma != (norm->nin > 4 ? norm->in[4] : -1) ||
	    graph_tensor(g, op->in[0])->keep || readers(g, op->in[0]) != 1)
		return;
	in = arena_take(p->mem, 6 * sizeof(int));
	memcpy(in, op->in, 4 * sizeof(int));
	in[4] = gamma;
	in[5] = norm->nin > 5 ? norm->in[5] : -1;
	in[0] = relu->in[0];
	op->in = in;
	op->nin = 6;
	op->a.batchnorm.relu = true;
}

/* dy0 + dy1 -> ReLU's gradient, by y: dy1 becomes its input 3, and what passes is
 * 4 tensors instead of 6. */
static void
join_sum(struct cu_plan *p, struct op *op)
{
	const struct graph *g = p->base.graph;
	const struct op *sum = producer(g, op->in[0], OP_SUM);
	int *in;

	if (sum == NULL || sum->nin != 2 || sum->a.sum.relu ||
	    sum->a.sum.coeff[0] != 1 || sum->a.sum.coeff[1] != 1 ||
	    op->a.unary.fn != UNARY_RELU || op->nin != 3 ||
	    graph_tensor(g, op->in[0])->keep || readers(g, op->in[0]) != 1)
		return;
	in = arena_take(p->mem, 4 * sizeof(int));
	in[0] = sum->in[0];
	in[1] = op->in[1];
	in[2] = op->in[2];
	in[3] = sum->in[1];
	op->in = in;
	op->nin = 4;
}

void
cu_fuse(struct cu_plan *p)
{
	struct graph *g = p->base.graph;

	for (int i = 0; i < graph_ops(g); i++)
		if (graph_op(g, i)->kind == OP_BATCHNORM_GRAD)
			join_relu(p, graph_op(g, i));
	graph_prune(g);
	for (int i = 0; i < graph_ops(g); i++)
		if (graph_op(g, i)->kind == OP_UNARY_GRAD)
			join_sum(p, graph_op(g, i));
	graph_prune(g);
}
