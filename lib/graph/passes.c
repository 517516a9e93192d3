/* The compiler's passes that copy a graph, drop what nobody reads, find what
 * depends on parameters alone, and count.  Fusion: fuse.c; memory: memory.c. */
#include <string.h>

#include "base/mem.h"
#include "graph/internal.h"

static void *
copy_bytes(struct graph *g, const void *p, size_t n)
{
	void *copy = arena_take(g->mem, n > 0 ? n : 1);

	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

struct graph *
graph_copy(const struct graph *g)
{
	struct graph *c = graph_new();

	mem_grow(&c->tensors, &c->tensor_cap, g->ntensors + 1);
	mem_grow(&c->ops, &c->op_cap, g->nops + 1);
	for (size_t i = 0; i < g->ntensors; i++) {
		struct tensor t = g->tensors[i];

		t.name = arena_strdup(c->mem, t.name);
		if (t.data != NULL)
			t.data = copy_bytes(
			    c, t.data, shape_count(&t.shape) * sizeof(*t.data));
		c->tensors[c->ntensors++] = t;
	}
	for (size_t i = 0; i < g->nops; i++) {
		struct op op = g->ops[i];

		op.name = arena_strdup(c->mem, op.name);
		op.in = copy_bytes(c, op.in, (size_t)op.nin * sizeof(int));
		op.out = copy_bytes(c, op.out, (size_t)op.nout * sizeof(int));
		c->ops[c->nops++] = op;
	}
	c->layer = arena_strdup(c->mem, g->layer);
	c->stage = g->stage;
	return c;
}

bool
graph_op_updates(const struct op *op)
{
	return op->kind == OP_BATCHNORM && op->a.batchnorm.train;
}

/* Must it run even when nobody reads what it makes? */
static bool
has_effect(const struct graph *g, const struct op *op)
{
	if (graph_op_updates(op) || op->nout == 0)
		return true;
	for (int i = 0; i < op->nout; i++) {
		const struct tensor *t = &g->tensors[op->out[i]];

		if (t->keep || t->kind == TENSOR_GRAD)
			return true;
	}
	return false;
}

void
graph_renumber(struct graph *g, const bool *drop)
{
	size_t n = 0;

	for (size_t i = 0; i < g->ntensors; i++)
		g->tensors[i].producer = -1;
	for (size_t i = 0; i < g->nops; i++) {
		if (drop != NULL && drop[i])
			continue;
		g->ops[n] = g->ops[i];
		for (int k = 0; k < g->ops[n].nout; k++)
			g->tensors[g->ops[n].out[k]].producer = (int)n;
		n++;
	}
	g->nops = n;
}

void
graph_prune(struct graph *g)
{
	bool *read = mem_array(bool, g->ntensors + 1);
	bool *drop = mem_array(bool, g->nops + 1);

	for (size_t i = g->nops; i-- > 0;) {
		const struct op *op = &g->ops[i];

		drop[i] = !has_effect(g, op);
		for (int k = 0; k < op->nout && drop[i]; k++)
			drop[i] = !read[op->out[k]];
		for (int k = 0; k < op->nin && !drop[i]; k++)
			if (op->in[k] >= 0)
				read[op->in[k]] = true;
	}
	graph_renumber(g, drop);
	mem_free(drop);
	mem_free(read);
}

bool
graph_is_prologue(const struct graph *g, int i)
{
	const struct op *op = &g->ops[i];

	if (graph_op_updates(op) || op->kind == OP_DROPOUT ||
	    op->kind == OP_CUSTOM || op->nin == 0)
		return false;
	for (int k = 0; k < op->nin; k++) {
		const struct tensor *t;

		if (op->in[k] < 0)
			continue;
		t = &g->tensors[op->in[k]];
		if (t->kind == TENSOR_PARAM || t->kind == TENSOR_CONST)
			continue;
		if (t->producer < 0 || !graph_is_prologue(g, t->producer))
			return false;
	}
	return true;
}

/* Product of the filter's axes but the outputs: multiplications per output. */
static uint64_t
filter_macs(const struct graph *g, int w)
{
	const struct shape *s = graph_shape(g, w);

	return shape_count_axes(s, 1, s->n);
}

uint64_t
graph_op_macs(const struct graph *g, int i)
{
	const struct op *op = &g->ops[i];
	const struct shape *s = graph_shape(g, op->in[0]);
	const struct op_matmul *m = &op->a.matmul;

	switch (op->kind) {
	case OP_CONV:
		return shape_count(graph_shape(g, op->out[0])) *
		    filter_macs(g, op->in[1]);
	case OP_CONV_DATA: return shape_count(s) * filter_macs(g, op->in[1]);
	case OP_CONV_WEIGHT:
		return shape_count(graph_shape(g, op->in[1])) *
		    filter_macs(g, op->out[0]);
	case OP_MATMUL:
		return shape_count(graph_shape(g, op->out[0])) *
		    (uint64_t)s->d[m->ta ? s->n - 2 : s->n - 1];
	default: return 0;
	}
}
