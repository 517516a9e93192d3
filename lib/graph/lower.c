/* What the compilers of plans have in common: passes and lives. */
#include "graph/lower.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

static bool
has_backward(const struct graph *g)
{
	for (int i = 0; i < graph_ops(g); i++)
		if (graph_op(g, i)->stage == STAGE_BACKWARD)
			return true;
	return false;
}

int
lower_passes(struct graph **out, bool *train, const struct graph *g)
{
	unsigned flags = GRAPH_FUSE_RELU | GRAPH_FUSE_SUM | GRAPH_FUSE_SCALE;

	*out = graph_copy(g);
	graph_prune(*out);
	*train = has_backward(*out);
	if (!*train)
		flags |= GRAPH_FOLD_BATCHNORM;
	TRY(graph_fuse(*out, flags));
	graph_prune(*out);
	return 0;
}

/* Chains of RESHAPEs share bytes and so share a life. */
static void
find_chains(struct lower *l)
{
	const struct graph *g = l->graph;

	for (int i = 0; i < graph_ops(g); i++) {
		const struct op *op = graph_op(g, i);

		if (op->kind == OP_RESHAPE &&
		    graph_tensor(g, op->out[0])->kind == TENSOR_VALUE)
			l->v[op->out[0]].root = l->v[op->in[0]].root;
	}
	for (int t = 0; t < graph_tensors(g); t++)
		if (graph_tensor(g, t)->keep)
			l->v[l->v[t].root].kept = true;
}

void
lower_init(
    struct lower *l, const struct graph *g, bool train, lower_reads_fn *reads)
{
	const int nt = graph_tensors(g);

	l->graph = g;
	l->train = train;
	l->v = mem_array(struct lower_value, (size_t)nt + 1);
	for (int t = 0; t < nt; t++)
		l->v[t] =
		    (struct lower_value){ .root = t, .last = -1, .param = -1 };
	find_chains(l);
	for (int i = 0; i < graph_ops(g); i++) {
		const struct op *op = graph_op(g, i);

		for (int k = 0; k < op->nin; k++)
			if (op->in[k] >= 0 && (reads == NULL || reads(op, k)))
				l->v[l->v[op->in[k]].root].last = i;
	}
	for (int t = 0; t < nt; t++) {
		const struct tensor *x = graph_tensor(g, t);

		if (x->grad >= 0 && x->kind == TENSOR_PARAM &&
		    graph_tensor(g, x->grad)->kind == TENSOR_GRAD)
			l->v[x->grad].param = t;
	}
}

void
lower_clear(struct lower *l)
{
	mem_free(l->v);
	memset(l, 0, sizeof(*l));
}

bool
lower_once(const struct lower *l, int t)
{
	const struct tensor *x = graph_tensor(l->graph, l->v[t].root);

	if (l->train)
		return false;
	if (x->kind == TENSOR_PARAM || x->kind == TENSOR_CONST)
		return true;
	return x->producer >= 0 && graph_is_prologue(l->graph, x->producer);
}

bool
lower_dies(const struct lower *l, int i, int t)
{
	const int root = l->v[t].root, out = graph_op(l->graph, i)->out[0];

	return graph_tensor(l->graph, out)->kind == TENSOR_VALUE &&
	    graph_tensor(l->graph, root)->kind == TENSOR_VALUE &&
	    !l->v[root].kept && l->v[root].last == i;
}

bool
lower_empty(const struct graph *g, const struct op *op)
{
	for (int k = 0; k < op->nin; k++)
		if (op->in[k] >= 0 &&
		    shape_count(graph_shape(g, op->in[k])) == 0)
			return true;
	for (int k = 0; k < op->nout; k++)
		if (shape_count(graph_shape(g, op->out[k])) == 0)
			return true;
	return false;
}

int
lower_shared(int *u, const struct graph *g, int t, const struct graph *from)
{
	const struct tensor *x = graph_tensor(g, t), *y;

	*u = x->name != NULL &&
		(x->kind == TENSOR_PARAM || x->kind == TENSOR_STATE)
	    ? graph_find(from, x->name)
	    : -1;
	if (*u < 0)
		return 0;
	y = graph_tensor(from, *u);
	if (y->kind != x->kind) {
		*u = -1;
	} else if (shape_count(&y->shape) != shape_count(&x->shape)) {
		char a[SHAPE_TEXT_MAX], b[SHAPE_TEXT_MAX];

		return err_set(ERR_FORMAT,
		    "parameter %s is %s here and %s in the plan that it is shared with",
		    x->name, shape_text(a, &x->shape),
		    shape_text(b, &y->shape));
	}
	return 0;
}
