/*
 * Where the tensors of a graph lie in one arena, for backends that make a step of
 * each op and keep every tensor as it is.  The two sides of a RESHAPE are the same
 * bytes, and the output of an in-place op lies on an input that dies there.
 */
#include <stdint.h>

#include "base/mem.h"
#include "graph/internal.h"
#include "graph/place.h"

/* A tensor alone: its bytes and its life. */
static void
start_block(struct place_block *b, const struct graph *g, int t, size_t size)
{
	const struct tensor *x = graph_tensor(g, t);

	place_init(b, size);
	if (x->kind != TENSOR_VALUE || x->producer < 0) {
		place_use(b, 0);
		place_keep(b);
		b->fixed = true;
		return;
	}
	place_use(b, x->producer);
	if (x->keep)
		place_keep(b);
}

static void
find_lives(struct place_block *b, const struct graph *g)
{
	for (int i = 0; i < graph_ops(g); i++) {
		const struct op *op = graph_op(g, i);

		for (int k = 0; k < op->nin; k++)
			if (op->in[k] >= 0)
				place_use(&b[op->in[k]], i);
	}
}

/* What a RESHAPE makes is the bytes of its input, and is outside the arena
 * when that is. */
static void
join_reshapes(struct place_block *b, const struct graph *g)
{
	for (int i = 0; i < graph_ops(g); i++) {
		const struct op *op = graph_op(g, i);

		if (op->kind == OP_RESHAPE)
			place_join(&b[op->out[0]], &b[op->in[0]]);
	}
}

/* Let output 0 of an in-place op take the bytes of an input that dies here. */
static void
join_in_place(struct place_block *b, const struct graph *g, int i)
{
	const struct op *op = graph_op(g, i);
	const uint32_t mask = op_defs[op->kind].inplace;

	if (mask == 0 || op->nout == 0 || b[op->out[0]].size == 0)
		return;
	for (int k = 0; k < op->nin && k < 32; k++)
		if (op->in[k] >= 0 && (mask >> k & 1) != 0 &&
		    shape_same(graph_shape(g, op->in[k]),
			graph_shape(g, op->out[0])) &&
		    place_over(&b[op->out[0]], &b[op->in[k]], i))
			return;
}

void
graph_plan_memory(const struct graph *g, const size_t *size, size_t align,
    size_t *offset, size_t *total)
{
	const size_t nt = (size_t)graph_tensors(g);
	struct place_block *b = mem_array(struct place_block, nt + 1);
	struct place_block **list = mem_array(struct place_block *, nt + 1);
	size_t n = 0;

	for (size_t t = 0; t < nt; t++) {
		start_block(&b[t], g, (int)t, size[t]);
		b[t].fixed |= size[t] == 0;
	}
	find_lives(b, g);
	join_reshapes(b, g);
	for (int i = 0; i < graph_ops(g); i++)
		join_in_place(b, g, i);
	for (size_t t = 0; t < nt; t++)
		list[n++] = &b[t];
	*total = place_arena(list, n, align);
	for (size_t t = 0; t < nt; t++)
		offset[t] = place_root(&b[t])->offset;
	mem_free(list);
	mem_free(b);
}
