/* Tensors, ops and how they are added.  What each kind of op means is in the
 * folder ops; the gradient in backward.c; the compiler's passes in fuse.c,
 * memory.c and passes.c. */
#include "graph/graph.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "graph/internal.h"

struct graph *
graph_new(void)
{
	struct graph *g = mem_new(struct graph);

	g->mem = arena_new();
	g->layer = "";
	return g;
}

void
graph_free(struct graph *g)
{
	if (g == NULL)
		return;
	mem_free(g->tensors);
	mem_free(g->index);
	mem_free(g->ops);
	arena_free(g->mem);
	mem_free(g);
}

int
graph_tensors(const struct graph *g)
{
	return (int)g->ntensors;
}

int
graph_ops(const struct graph *g)
{
	return (int)g->nops;
}

struct tensor *
graph_tensor(const struct graph *g, int t)
{
	return &g->tensors[t];
}

struct op *
graph_op(const struct graph *g, int i)
{
	return &g->ops[i];
}

const struct shape *
graph_shape(const struct graph *g, int t)
{
	return &g->tensors[t].shape;
}

struct op *
graph_last(struct graph *g)
{
	return g->nops > 0 ? &g->ops[g->nops - 1] : NULL;
}

static bool
named(enum tensor_kind kind)
{
	return kind == TENSOR_INPUT || kind == TENSOR_PARAM ||
	    kind == TENSOR_STATE;
}

/* FNV-1a of the name, as a slot of the index. */
static size_t
slot_of(const struct graph *g, const char *name)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3;
	return (size_t)(h ^ h >> 32) & (g->slots - 1);
}

static bool
is_named(const struct graph *g, size_t t, const char *name)
{
	return named(g->tensors[t].kind) &&
	    strcmp(g->tensors[t].name, name) == 0;
}

/* The slot with the tensor of that name, or a free one; slots > names. */
static size_t
index_slot(const struct graph *g, const char *name)
{
	size_t i = slot_of(g, name);

	while (g->index[i] != 0 &&
	    strcmp(g->tensors[g->index[i] - 1].name, name) != 0)
		i = (i + 1) & (g->slots - 1);
	return i;
}

static void
index_more(struct graph *g)
{
	const int *old = g->index;
	const size_t n = g->slots;

	g->slots = n > 0 ? 2 * n : 64;
	g->index = mem_array(int, g->slots);
	for (size_t i = 0; i < n; i++)
		if (old[i] != 0)
			g->index[index_slot(g, g->tensors[old[i] - 1].name)] =
			    old[i];
	mem_free((void *)old);
}

/* All tensors that there are; of several with one name the first. */
static void
index_tensors(struct graph *g)
{
	for (; g->indexed < g->ntensors; g->indexed++) {
		const struct tensor *t = &g->tensors[g->indexed];
		size_t at;

		if (!named(t->kind))
			continue;
		if (2 * (g->names + 1) > g->slots)
			index_more(g);
		at = index_slot(g, t->name);
		if (g->index[at] != 0)
			continue;
		g->index[at] = (int)g->indexed + 1;
		g->names++;
	}
}

int
graph_find(const struct graph *g, const char *name)
{
	if (g->slots > 0) {
		const int t = g->index[index_slot(g, name)] - 1;

		if (t >= 0 && named(g->tensors[t].kind))
			return t;
	}
	for (size_t i = g->indexed; i < g->ntensors; i++)
		if (is_named(g, i, name))
			return (int)i;
	return -1;
}

int
graph_new_tensor(struct graph *g, enum tensor_kind kind, const char *name,
    const struct shape *s)
{
	struct tensor *t;

	mem_grow(&g->tensors, &g->tensor_cap, g->ntensors + 1);
	t = &g->tensors[g->ntensors];
	*t = (struct tensor){
		.name = arena_strdup(g->mem, name),
		.shape = *s,
		.kind = kind,
		.producer = -1,
		.grad = -1,
	};
	return (int)g->ntensors++;
}

int
graph_add_tensor(struct graph *g, enum tensor_kind kind, const char *name,
    const struct shape *s)
{
	char have[SHAPE_TEXT_MAX], want[SHAPE_TEXT_MAX];
	const struct tensor *t;
	int rc, old;

	rc = shape_check(s);
	if (rc < 0)
		return err_in(rc, "tensor %s", name);
	index_tensors(g);
	old = named(kind) ? graph_find(g, name) : -1;
	if (old < 0)
		return graph_new_tensor(g, kind, name, s);
	t = graph_tensor(g, old);
	if (t->kind != kind || kind == TENSOR_INPUT)
		return err_set(ERR_FORMAT, "two tensors are named %s", name);
	if (!shape_same(&t->shape, s))
		return err_set(ERR_FORMAT,
		    "parameter %s is %s and cannot also be %s", name,
		    shape_text(have, &t->shape), shape_text(want, s));
	return old;
}

int
graph_add_const(
    struct graph *g, const char *name, const struct shape *s, const float *data)
{
	size_t n;
	float *copy;
	int rc, t;

	rc = shape_check(s);
	if (rc < 0)
		return err_in(rc, "constant %s", name);
	n = shape_count(s);
	copy = arena_take(g->mem, (n > 0 ? n : 1) * sizeof(*copy));
	if (n > 0)
		memcpy(copy, data, n * sizeof(*copy));
	t = graph_new_tensor(g, TENSOR_CONST, name, s);
	g->tensors[t].data = copy;
	return t;
}

int
graph_add_scalar(struct graph *g, float v)
{
	struct shape s = { .n = 0 };

	return graph_add_const(g, "scalar", &s, &v);
}

void
graph_set_name(struct graph *g, const char *layer)
{
	g->layer = arena_strdup(g->mem, layer);
}

int *
graph_copy_ids(struct graph *g, const int *ids, int n)
{
	int *copy = arena_take(g->mem, (size_t)(n > 0 ? n : 1) * sizeof(*copy));

	if (n > 0)
		memcpy(copy, ids, (size_t)n * sizeof(*copy));
	return copy;
}

struct op
graph_make_op(struct graph *g, enum op_kind kind, const union op_attr *a,
    const int *in, int nin, const int *out, int nout)
{
	struct op op = {
		.kind = kind,
		.stage = g->stage,
		.name = g->layer,
		.nin = nin,
		.nout = nout,
		.in = graph_copy_ids(g, in, nin),
		.out = graph_copy_ids(g, out, nout),
	};

	if (a != NULL)
		op.a = *a;
	return op;
}

/* Number and ids of the inputs, before any rule looks at their shapes. */
static int
check_inputs(
    const struct graph *g, const struct op_def *def, const int *in, int nin)
{
	if (nin < def->min_in || nin > OP_IN_MAX ||
	    (def->max_in >= 0 && nin > def->max_in))
		return err_set(ERR_FORMAT,
		    "the number of inputs is %d, not %d to %d", nin,
		    def->min_in, def->max_in >= 0 ? def->max_in : OP_IN_MAX);
	for (int i = 0; i < nin; i++) {
		if (in[i] >= (int)g->ntensors || in[i] < -1)
			return err_set(
			    ERR_FORMAT, "input %d does not exist", i);
		if (i < def->min_in && in[i] < 0)
			return err_set(ERR_FORMAT, "input %d is missing", i);
	}
	return 0;
}

int
graph_add(struct graph *g, enum op_kind kind, const union op_attr *a,
    const int *in, int nin)
{
	const struct op_def *def = &op_defs[kind];
	struct shape shape[OP_OUT_MAX];
	int out[OP_OUT_MAX] = { -1, -1, -1, -1 };
	struct op op;
	int rc, nout = 0;

	for (int i = 0; i < nin; i++)
		if (in[i] < -1) /* an error of whoever made it, said there */
			return in[i];
	rc = check_inputs(g, def, in, nin);
	if (rc == 0) {
		op = graph_make_op(g, kind, a, in, nin, NULL, 0);
		rc = def->shape(g, &op, shape, &nout);
	}
	for (int i = 0; i < nout && rc == 0; i++)
		rc = shape_check(&shape[i]);
	if (rc < 0)
		return err_in(rc, "layer %s: %s", g->layer, def->name);
	for (int i = 0; i < nout; i++) {
		out[i] = graph_new_tensor(g, TENSOR_VALUE, g->layer, &shape[i]);
		g->tensors[out[i]].producer = (int)g->nops;
	}
	op.out = graph_copy_ids(g, out, nout);
	op.nout = nout;
	mem_grow(&g->ops, &g->op_cap, g->nops + 1);
	g->ops[g->nops++] = op;
	return nout > 0 ? out[0] : 0;
}

int
graph_unary(struct graph *g, int x, enum unary_fn fn, float a, float b, float c)
{
	union op_attr attr = { .unary = { .fn = fn, .a = a, .b = b, .c = c } };

	return graph_add(g, OP_UNARY, &attr, &x, 1);
}

int
graph_binary(struct graph *g, int x, int y, enum binary_fn fn)
{
	union op_attr attr = { .binary = { .fn = fn } };
	int in[2] = { x, y };

	return graph_add(g, OP_BINARY, &attr, in, 2);
}

int
graph_reshape(struct graph *g, int x, const struct shape *s)
{
	union op_attr attr = { .shape = *s };

	return graph_add(g, OP_RESHAPE, &attr, &x, 1);
}

int
graph_reduce(
    struct graph *g, int x, enum reduce_fn fn, uint32_t axes, float coeff)
{
	union op_attr attr = { .reduce = { fn, axes, coeff } };

	return graph_add(g, OP_REDUCE, &attr, &x, 1);
}

int
graph_broadcast(struct graph *g, int x, const struct shape *s)
{
	union op_attr attr = { .shape = *s };

	return graph_add(g, OP_BROADCAST, &attr, &x, 1);
}

int
graph_sum(struct graph *g, const int *in, int n, const float *coeff)
{
	union op_attr attr = { .sum = { .relu = false } };

	for (int i = 0; i < n && i < OP_SUM_MAX; i++)
		attr.sum.coeff[i] = coeff != NULL ? coeff[i] : 1;
	return graph_add(g, OP_SUM, &attr, in, n);
}

int
graph_bad_shape(
    const struct graph *g, const struct op *op, int i, const struct shape *need)
{
	char have[SHAPE_TEXT_MAX], want[SHAPE_TEXT_MAX];

	return err_set(ERR_FORMAT, "input %d is %s where %s is needed", i,
	    shape_text(have, graph_shape(g, op->in[i])),
	    shape_text(want, need));
}

int
graph_need_shape(
    const struct graph *g, const struct op *op, int i, const struct shape *need)
{
	if (op_in(op, i) < 0 || shape_same(graph_shape(g, op->in[i]), need))
		return 0;
	return graph_bad_shape(g, op, i, need);
}

int
graph_need_axes(
    const struct graph *g, const struct op *op, int i, int lo, int hi)
{
	char text[SHAPE_TEXT_MAX];
	const struct shape *s = graph_shape(g, op->in[i]);

	if (s->n >= lo && s->n <= hi)
		return 0;
	return err_set(ERR_FORMAT, "input %d is %s: %d to %d axes are needed",
	    i, shape_text(text, s), lo, hi);
}
