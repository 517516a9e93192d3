/*
 * Where tensors lie in one arena.
 *
 * Tensors that are the same bytes form a class: the two sides of a RESHAPE, and
 * the output of an in-place op with an input that dies there.  A class lives
 * from its first writer to its last reader.  Classes are placed largest first,
 * each in the tightest gap between those already placed whose lives meet its
 * own (greedy by size; Pisarchyk and Lee 2020 measure it within a few per cent
 * of the lower bound on such graphs).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "graph/internal.h"

struct class {
	size_t size, offset;
	int first, last; /* op indices, both included */
	bool fixed;      /* holds something that nobody may write over */
};

struct memory {
	const struct graph *g;
	const size_t *size;
	int *parent; /* union-find over tensors; roots own a class */
	struct class *class;
};

static int
root(struct memory *m, int t)
{
	while (m->parent[t] != t) {
		m->parent[t] = m->parent[m->parent[t]];
		t = m->parent[t];
	}
	return t;
}

/* A tensor alone: its bytes and its life. */
static void
start_class(struct memory *m, int t)
{
	const struct tensor *x = graph_tensor(m->g, t);
	const int end = graph_ops(m->g);
	struct class *c = &m->class[t];

	m->parent[t] = t;
	c->size = m->size[t];
	c->offset = SIZE_MAX;
	if (x->kind != TENSOR_VALUE || x->producer < 0) {
		c->first = 0;
		c->last = end;
		c->fixed = true;
	} else {
		c->first = c->last = x->producer;
		if (x->keep) {
			c->last = end;
			c->fixed = true;
		}
	}
}

static void
merge(struct memory *m, int into, int from)
{
	struct class *a = &m->class[into], *b = &m->class[from];

	m->parent[from] = into;
	a->size = b->size > a->size ? b->size : a->size;
	a->first = b->first < a->first ? b->first : a->first;
	a->last = b->last > a->last ? b->last : a->last;
	a->fixed |= b->fixed;
}

static void
find_lives(struct memory *m)
{
	for (int t = 0; t < graph_tensors(m->g); t++)
		start_class(m, t);
	for (int i = 0; i < graph_ops(m->g); i++) {
		const struct op *op = graph_op(m->g, i);

		for (int k = 0; k < op->nin; k++)
			if (op->in[k] >= 0 && m->class[op->in[k]].last < i)
				m->class[op->in[k]].last = i;
	}
}

/* What a RESHAPE makes is the bytes of its input, and is outside the arena
 * when that is. */
static void
merge_reshapes(struct memory *m)
{
	for (int i = 0; i < graph_ops(m->g); i++) {
		const struct op *op = graph_op(m->g, i);
		int in;

		if (op->kind != OP_RESHAPE)
			continue;
		in = root(m, op->in[0]);
		if (m->class[in].size == 0)
			m->class[op->out[0]].size = 0;
		merge(m, in, op->out[0]);
	}
}

/* Let output 0 of an in-place op take the bytes of an input that dies here. */
static void
merge_inplace(struct memory *m, int i)
{
	const struct op *op = graph_op(m->g, i);
	const uint32_t mask = op_defs[op->kind].inplace;
	int out;

	if (mask == 0 || op->nout == 0)
		return;
	out = root(m, op->out[0]);
	if (m->class[out].size == 0 || m->class[out].first < i)
		return;
	for (int k = 0; k < op->nin && k < 32; k++) {
		int in;

		if (op->in[k] < 0 || (mask >> k & 1) == 0 ||
		    !shape_same(graph_shape(m->g, op->in[k]),
			graph_shape(m->g, op->out[0])))
			continue;
		in = root(m, op->in[k]);
		if (m->class[in].fixed || m->class[in].last != i ||
		    m->class[in].size < m->class[out].size)
			continue;
		merge(m, in, out);
		return;
	}
}

/* Largest first; then by life and number, so that the result is one. */
static int
by_size(const void *a, const void *b)
{
	const struct class *x = *(const struct class *const *)a;
	const struct class *y = *(const struct class *const *)b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x < y ? -1 : x > y;
}

/*
 * The tightest gap for c among the n placed classes, which stand in order of
 * offset; past them all when no gap is wide enough.
 */
static size_t
find_gap(struct class *const *placed, size_t n, const struct class *c)
{
	size_t end = 0, best = SIZE_MAX, best_gap = SIZE_MAX;

	for (size_t i = 0; i < n; i++) {
		const struct class *p = placed[i];

		if (p->last < c->first || c->last < p->first)
			continue;
		if (p->offset >= end + c->size && p->offset - end < best_gap) {
			best = end;
			best_gap = p->offset - end;
		}
		if (p->offset + p->size > end)
			end = p->offset + p->size;
	}
	return best != SIZE_MAX ? best : end;
}

static size_t
place(struct class **list, size_t n)
{
	struct class **placed = mem_array(struct class *, n + 1);
	size_t total = 0;

	qsort(list, n, sizeof(*list), by_size);
	for (size_t i = 0; i < n; i++) {
		struct class *c = list[i];
		size_t at = i;

		c->offset = find_gap(placed, i, c);
		if (c->offset + c->size > total)
			total = c->offset + c->size;
		while (at > 0 && placed[at - 1]->offset > c->offset) {
			placed[at] = placed[at - 1];
			at--;
		}
		placed[at] = c;
	}
	mem_free(placed);
	return total;
}

int
graph_plan_memory(const struct graph *g, const size_t *size, size_t align,
    size_t *offset, size_t *total)
{
	const int nt = graph_tensors(g);
	struct memory m = { .g = g, .size = size };
	struct class **list = mem_array(struct class *, (size_t)nt + 1);
	size_t n = 0;

	m.parent = mem_array(int, (size_t)nt + 1);
	m.class = mem_array(struct class, (size_t)nt + 1);
	find_lives(&m);
	merge_reshapes(&m);
	for (int i = 0; i < graph_ops(g); i++)
		merge_inplace(&m, i);
	for (int t = 0; t < nt; t++) {
		struct class *c = &m.class[t];

		if (root(&m, t) != t || c->size == 0)
			continue;
		c->size = (c->size + align - 1) / align * align;
		list[n++] = c;
	}
	*total = place(list, n);
	for (int t = 0; t < nt; t++)
		offset[t] = m.class[root(&m, t)].offset;
	mem_free(m.class);
	mem_free(m.parent);
	mem_free(list);
	return 0;
}
