/*
 * The gradient of a graph, appended to it: reverse accumulation, op by op from
 * the last to the first, each by its own rule (op_def.grad).
 *
 * Three passes: which tensors a wanted one flows into (only those get a
 * gradient); the ops backwards, collecting the contributions to each tensor and
 * adding them up when its producer is reached; the wanted gradients, which
 * become tensors of their own (kind GRAD).
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "graph/internal.h"

/* The contributions to one tensor's gradient, waiting to be added up. */
struct terms {
	int *t;
	size_t n, cap;
};

struct backward {
	struct graph *g;
	size_t ntensors; /* of the forward part */
	bool *needed;    /* does something wanted flow into it? */
	struct terms *terms;
};

static void
add_term(struct backward *b, int tensor, int grad)
{
	struct terms *s = &b->terms[tensor];

	mem_grow(&s->t, &s->cap, s->n + 1);
	s->t[s->n++] = grad;
}

/* Bit i: input i of the op is on the way to something wanted. */
static uint64_t
wanted_inputs(const struct backward *b, const struct op *op)
{
	uint64_t want = 0;

	for (int i = 0; i < op->nin; i++)
		if (op->in[i] >= 0 && b->needed[op->in[i]] &&
		    (op->no_grad >> i & 1) == 0)
			want |= (uint64_t)1 << i;
	return want;
}

static void
mark_needed(struct backward *b, size_t nops)
{
	for (size_t i = 0; i < nops; i++) {
		const struct op *op = &b->g->ops[i];

		if (wanted_inputs(b, op) == 0)
			continue;
		for (int k = 0; k < op->nout; k++)
			b->needed[op->out[k]] = true;
	}
}

/* The gradient of a tensor: the sum of its terms, or -1.  At most OP_SUM_MAX
 * terms fit one op. */
static int
sum_terms(struct backward *b, int tensor, int *out)
{
	struct terms *s = &b->terms[tensor];

	*out = -1;
	while (s->n > 1) {
		size_t k = s->n < OP_SUM_MAX ? s->n : OP_SUM_MAX;
		int sum = graph_sum(b->g, s->t, (int)k, NULL);

		TRY(sum);
		memmove(s->t, s->t + k, (s->n - k) * sizeof(*s->t));
		s->n -= k;
		s->t[s->n++] = sum;
	}
	if (s->n == 1)
		*out = s->t[0];
	return 0;
}

static int
seed(struct backward *b, const struct graph_seed *s)
{
	struct graph *g = b->g;
	const struct shape shape = *graph_shape(g, s->tensor);
	int grad = s->grad;

	if (!b->needed[s->tensor])
		return 0;
	if (grad >= 0 && !shape_same(&shape, graph_shape(g, grad)))
		return err_set(ERR_FORMAT,
		    "the gradient given for %s has another shape",
		    g->tensors[s->tensor].name);
	if (grad < 0) {
		TRY(grad = graph_add_scalar(g, s->weight));
		if (shape.n > 0)
			TRY(grad = graph_broadcast(g, grad, &shape));
	}
	add_term(b, s->tensor, grad);
	return 0;
}

/* Append the gradient of one op and note what it gives to its inputs. */
static int
backward_op(struct backward *b, size_t i)
{
	const struct op op = b->g->ops[i]; /* a copy: the array grows */
	const struct op_def *def = &op_defs[op.kind];
	int dout[OP_OUT_MAX], din[OP_IN_MAX], rc = 0;
	uint64_t want = wanted_inputs(b, &op);
	bool any = false;

	graph_set_name(b->g, op.name);
	for (int k = 0; k < op.nout && rc == 0; k++) {
		rc = sum_terms(b, op.out[k], &dout[k]);
		if (rc == 0 && dout[k] >= 0) {
			any = true;
			b->g->tensors[op.out[k]].grad = dout[k];
		}
	}
	if (rc < 0 || want == 0 || !any)
		return rc;
	if (def->grad == NULL)
		return err_set(ERR_UNSUPPORTED,
		    "layer %s: no gradient flows through %s", op.name,
		    def->name);
	for (int k = 0; k < op.nin; k++)
		din[k] = -1;
	rc = def->grad(b->g, &op, dout, want, din);
	if (rc < 0)
		return err_in(
		    rc, "layer %s: gradient of %s", op.name, def->name);
	for (int k = 0; k < op.nin; k++)
		if (din[k] >= 0 && (want >> k & 1))
			add_term(b, op.in[k], din[k]);
	return 0;
}

static bool
has_reader(const struct graph *g, int t)
{
	for (size_t i = 0; i < g->nops; i++)
		for (int k = 0; k < g->ops[i].nin; k++)
			if (g->ops[i].in[k] == t)
				return true;
	return false;
}

/*
 * A wanted gradient stands alone: nobody else reads it (a run may add to what
 * it holds), it is no other tensor's bytes, and it belongs to one tensor.
 */
static int
own_gradient(struct backward *b, int t)
{
	struct graph *g = b->g;
	int d;

	TRY(sum_terms(b, t, &d));
	if (d < 0)
		return 0;
	if (g->tensors[d].kind != TENSOR_VALUE || g->tensors[d].keep ||
	    g->ops[g->tensors[d].producer].kind == OP_RESHAPE ||
	    has_reader(g, d)) {
		graph_set_name(g, g->tensors[t].name);
		TRY(d = graph_sum(g, &d, 1, NULL));
	}
	g->tensors[d].kind = TENSOR_GRAD;
	g->tensors[d].name = g->tensors[t].name;
	g->tensors[t].grad = d;
	return 0;
}

int
graph_backward(struct graph *g, const struct graph_seed *seeds, int nseeds,
    const int *want, int nwant)
{
	struct backward b = { .g = g, .ntensors = g->ntensors };
	const enum op_stage stage = g->stage;
	const char *layer = g->layer;
	const size_t nops = g->nops;
	int rc = 0;

	b.needed = mem_array(bool, b.ntensors + 1);
	b.terms = mem_array(struct terms, b.ntensors + 1);
	for (int i = 0; i < nwant; i++)
		b.needed[want[i]] = true;
	mark_needed(&b, nops);
	g->stage = STAGE_BACKWARD;
	for (int i = 0; i < nseeds && rc == 0; i++)
		rc = seed(&b, &seeds[i]);
	for (size_t i = nops; i-- > 0 && rc == 0;)
		rc = backward_op(&b, i);
	for (int i = 0; i < nwant && rc == 0; i++)
		rc = own_gradient(&b, want[i]);
	for (size_t i = 0; i < b.ntensors; i++)
		mem_free(b.terms[i].t);
	mem_free(b.terms);
	mem_free(b.needed);
	g->stage = stage;
	g->layer = layer;
	return rc;
}
