/* What a net costs, and what looks wrong about it. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "nn/filler.h"
#include "nn/show/describe.h"
#include "nn/use.h"

/* Bytes of a tensor that takes memory of its own. */
static uint64_t
tensor_bytes(const struct graph *g, int t)
{
	return shape_count(graph_shape(g, t)) * sizeof(float);
}

/* Did the layer make the values of this tensor, not only another view? */
static bool
makes(const struct layer *l, int t)
{
	const struct tensor *x = graph_tensor(l->graph, t);

	if (x->kind == TENSOR_INPUT || x->kind == TENSOR_CONST)
		return l->nbottom == 0;
	return x->producer >= l->op && x->producer < l->op + l->nops &&
	    graph_op(l->graph, x->producer)->kind != OP_RESHAPE;
}

/* The tensor behind views of it. */
static int
origin(const struct layer *l, int t)
{
	const struct tensor *x = graph_tensor(l->graph, t);

	while (x->producer >= l->op &&
	    graph_op(l->graph, x->producer)->kind == OP_RESHAPE) {
		t = graph_op(l->graph, x->producer)->in[0];
		x = graph_tensor(l->graph, t);
	}
	return t;
}

static void
add_layer(const struct net *n, const struct layer *l, struct net_line *out)
{
	const struct net_param *p;
	int i, t;

	for (i = l->param; i < l->param + l->nparams; i++) {
		p = &n->params[i];
		if (p->owner != i)
			continue;
		out->params += shape_count(&p->shape);
		if (p->learn && p->lr_mult != 0)
			out->learned += shape_count(&p->shape);
	}
	for (i = l->op; i < l->op + l->nops; i++)
		out->macs += graph_op_macs(n->graph, i);
	for (i = 0; i < l->ntop; i++) {
		t = origin(l, l->top[i]);
		if (makes(l, t))
			out->memory += tensor_bytes(n->graph, t);
	}
}

void
net_line(const struct net *n, int i, struct net_line *out)
{
	int k;

	memset(out, 0, sizeof(*out));
	for (k = i < 0 ? 0 : i; k < (i < 0 ? n->nlayers : i + 1); k++)
		add_layer(n, &n->layers[k], out);
}

int
net_standard_line(const struct net_standard *s, struct net_line *out)
{
	struct net_data d = { .batch = 1, .classes = s->classes };
	Caffe__NetParameter *np = NULL;
	struct net *n = NULL;
	int rc = net_data_size(&d, s->input);

	if (rc >= 0)
		rc = net_standard_read(&np, s->name);
	if (rc >= 0)
		rc = net_new_use(&n, np, net_use_guess(np), &d);
	if (rc >= 0)
		net_line(n, -1, out);
	net_free(n);
	caffe_msg_free(np);
	return rc < 0 ? err_in(rc, "%s", s->name) : 0;
}

struct say {
	void (*fn)(void *ctx, const char *sentence);
	void *ctx;
	int n;
};

static void
say_layer(struct say *s, const struct layer *l, const char *what,
    const char *name, const char *why)
{
	char t[512];

	snprintf(t, sizeof(t), "layer \"%s\": %s \"%s\" %s", l->name, what,
	    name, why);
	s->fn(s->ctx, t);
	s->n++;
}

/* Matrices that start at 0 give nothing to learn from: every unit stays like
 * its neighbours. */
static void
check_weights(const struct net *n, struct say *s)
{
	const struct net_param *p;
	int i;

	for (i = 0; i < n->nparams; i++) {
		p = &n->params[i];
		if (p->owner != i || !p->learn || p->lr_mult == 0 ||
		    p->shape.n < 2 || !filler_is_constant(p->filler))
			continue;
		say_layer(s, &n->layers[p->layer], "blob", p->key,
		    "starts at one value everywhere; without weights from a file it cannot learn: give a weight_filler");
	}
}

/* In phase TRAIN what is read by nobody and is no loss is work for nothing. */
static void
check_outputs(const struct net *n, struct say *s)
{
	const struct net_blob *b;
	const struct layer *l;
	int i;

	for (i = 0; i < n->nblobs && n->train; i++) {
		b = &n->blobs[i];
		l = &n->layers[b->layer];
		if (!b->output || b->loss_weight != 0 || l->nbottom == 0 ||
		    layer_role(l->type->name) == LAYER_SCORE)
			continue;
		say_layer(
		    s, l, "top", b->name, "is read by no layer in phase TRAIN");
	}
}

int
net_check(
    const struct net *n, void (*fn)(void *ctx, const char *sentence), void *ctx)
{
	struct say s = { fn, ctx, 0 };

	if (n->train)
		check_weights(n, &s);
	check_outputs(n, &s);
	return s.n;
}
