/*
 * Net building: layers of one phase in order, blobs by name, each layer emitting
 * its ops into one graph.  The rules are those of Caffe's net.cpp (Init,
 * AppendBottom, AppendTop); parameters are in param.c, weights in weights.c.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "base/text.h"
#include "nn/forks.h"
#include "nn/net.h"

/* net_blob_find, for who builds the net. */
static struct net_blob *
blob_find(const struct net *n, const char *name)
{
	return (struct net_blob *)net_blob_find(n, name);
}

static const char *
blob_name(const void *ctx, size_t i)
{
	return ((const struct net *)ctx)->blobs[i].name;
}

/* A layer of the whole net that makes the blob, left out of this use; or NULL. */
static const char *
maker_left_out(const Caffe__NetParameter *whole, const char *blob)
{
	for (size_t i = 0; i < whole->n_layer; i++)
		if (layer_makes(whole->layer[i], blob))
			return whole->layer[i]->name;
	return NULL;
}

static int
blob_missing(const struct net *n, const struct layer *l, const char *name)
{
	const char *near = text_near(name, (size_t)n->nblobs, blob_name, n);
	const char *maker = maker_left_out(n->whole, name);

	if (maker != NULL && strcmp(maker, l->name) != 0 &&
	    net_layer_find(n, maker) == NULL)
		return err_set(ERR_FORMAT,
		    "bottom \"%s\" is made by layer \"%s\", which is not part of the net in this phase and stage; limit this layer with "
		    "include or exclude too",
		    name, maker);
	err_set(ERR_FORMAT, "bottom \"%s\" is not made by any layer before it",
	    name);
	return near != NULL
	    ? err_set(ERR_FORMAT, "%s (did you mean \"%s\"?)", err_text(), near)
	    : ERR_FORMAT;
}

static const char *
blobs(int n)
{
	return num_plural((uint64_t)n, "blob", "blobs");
}

static int
check_counts(const struct layer *l)
{
	const struct layer_type *t = l->type;
	const struct {
		const char *what;
		int have, min, max;
	} c[2] = {
		{ "bottom", l->nbottom, t->min_bottom, t->max_bottom },
		{ "top", l->ntop, t->min_top, t->max_top },
	};
	int i;

	for (i = 0; i < 2; i++) {
		if (c[i].min == c[i].max && c[i].have != c[i].min)
			return err_set(ERR_FORMAT, "it takes %d %s %s, not %d",
			    c[i].min, c[i].what, blobs(c[i].min), c[i].have);
		if (c[i].have < c[i].min)
			return err_set(ERR_FORMAT,
			    "it takes at least %d %s %s, not %d", c[i].min,
			    c[i].what, blobs(c[i].min), c[i].have);
		if (c[i].max >= 0 && c[i].have > c[i].max)
			return err_set(ERR_FORMAT,
			    "it takes at most %d %s %s, not %d", c[i].max,
			    c[i].what, blobs(c[i].max), c[i].have);
	}
	if (l->p->n_loss_weight && (int)l->p->n_loss_weight != l->ntop)
		return err_set(ERR_FORMAT,
		    "loss_weight is given %zu %s: give none or one per top (%d)",
		    l->p->n_loss_weight,
		    num_plural(l->p->n_loss_weight, "time", "times"), l->ntop);
	if (l->p->n_propagate_down && (int)l->p->n_propagate_down != l->nbottom)
		return err_set(ERR_FORMAT,
		    "propagate_down is given %zu %s: give none or one per bottom (%d)",
		    l->p->n_propagate_down,
		    num_plural(l->p->n_propagate_down, "time", "times"),
		    l->nbottom);
	return 0;
}

/* Bottom i carries no gradient: labels, propagate_down: false. */
static bool
bottom_is_stopped(const struct layer *l, int i)
{
	if (i < 64 && l->type->no_grad & (uint64_t)1 << i)
		return true;
	return l->p->n_propagate_down && !l->p->propagate_down[i];
}

static int
connect_bottoms(struct net *n, struct layer *l)
{
	struct net_blob *b;
	int i, t;

	for (i = 0; i < l->nbottom; i++) {
		b = blob_find(n, l->p->bottom[i]);
		if (b == NULL)
			return blob_missing(n, l, l->p->bottom[i]);
		b->output = false;
		t = b->tensor;
		if (bottom_is_stopped(l, i))
			t = layer_stop_gradient(l, t);
		if (t < 0)
			return t;
		l->bottom[i] = t;
	}
	return 0;
}

/* A name that no blob has: the layer's (its type's when it has none), or that
 * with a number. */
static const char *
free_name(struct net *n, const struct layer *l)
{
	const char *base = l->name[0] ? l->name : l->type->name, *kept;
	char *name = mem_strdup(base);
	int i;

	for (i = 2; blob_find(n, name); i++) {
		mem_free(name);
		name = mem_printf("%s#%d", base, i);
	}
	kept = arena_strdup(n->names, name);
	mem_free(name);
	return kept;
}

/* The name of top i; a loss may leave its only one out. */
static const char *
top_name(struct net *n, const struct layer *l, int i)
{
	return i < (int)l->p->n_top ? l->p->top[i] : free_name(n, l);
}

/* What others read as top i. */
static int
top_tensor(const struct net *n, struct layer *l, int i)
{
	const struct net_opts *o = n->opts;

	return l->type->feed && o->feed_made != NULL
	    ? o->feed_made(o->feed_ctx, l, i, l->top[i])
	    : l->top[i];
}

static int
append_top(struct net *n, struct layer *l, int i)
{
	const char *name = top_name(n, l, i);
	struct net_blob *b = blob_find(n, name);
	const int tensor = top_tensor(n, l, i);
	struct tensor *t;

	TRY(tensor);

	if (b != NULL &&
	    !(i < l->nbottom && strcmp(l->p->bottom[i], name) == 0))
		return err_set(ERR_FORMAT,
		    "top \"%s\" is already made by layer \"%s\"; only a layer that has it as bottom %d may make it again (in place)",
		    name, n->layers[b->layer].name, i);
	if (b == NULL) {
		mem_grow(&n->blobs, &n->blob_cap, (size_t)n->nblobs + 1);
		b = &n->blobs[n->nblobs++];
	}
	b->name = name;
	b->tensor = tensor;
	b->layer = l->index;
	b->output = true;
	b->loss_weight = i == 0 ? l->type->loss_weight : 0;
	if (l->p->n_loss_weight)
		b->loss_weight = l->p->loss_weight[i];
	if (b->loss_weight != 0) {
		t = graph_tensor(n->graph, b->tensor);
		t->keep = true;
	}
	return 0;
}

static int
emit(struct net *n, struct layer *l)
{
	int i;

	TRY(check_counts(l));
	graph_set_name(n->graph, l->name);
	l->op = graph_ops(n->graph);
	l->param = n->nparams;
	TRY(connect_bottoms(n, l));
	for (i = 0; i < l->ntop; i++)
		l->top[i] = -1;
	TRY(l->type->emit(l));
	for (i = 0; i < l->ntop; i++) {
		if (l->top[i] < 0)
			return err_set(ERR_UNSUPPORTED,
			    "its type does not make top %d", i);
		TRY(append_top(n, l, i));
	}
	l->nops = graph_ops(n->graph) - l->op;
	if ((int)l->p->n_param > l->nparams)
		log_warn(
		    "layer \"%s\" (%s): param is given %zu %s, but the layer has %d parameter %s; the rest has no effect",
		    l->name, l->type->name, l->p->n_param,
		    num_plural(l->p->n_param, "time", "times"), l->nparams,
		    blobs(l->nparams));
	return 0;
}

enum { LAYER_TEXT_MAX = 160 };

/* Which layer it is, also where it has no name. */
static const char *
layer_text(char out[LAYER_TEXT_MAX], const struct layer *l)
{
	const struct layer *before = l->index > 0 ? l - 1 : NULL;

	if (l->name[0])
		snprintf(out, LAYER_TEXT_MAX, "layer \"%s\"", l->name);
	else if (before != NULL && before->name[0])
		snprintf(out, LAYER_TEXT_MAX,
		    "layer %d, without a name, after \"%s\"", l->index + 1,
		    before->name);
	else
		snprintf(out, LAYER_TEXT_MAX, "layer %d, without a name",
		    l->index + 1);
	return out;
}

/* "layer NAME: " that an op's shape rule has put in front is said better. */
static int
name_layer(int rc, const struct layer *l)
{
	const char *text = err_text();
	char which[LAYER_TEXT_MAX];
	size_t n = strlen(l->name);

	if (strncmp(text, "layer ", 6) == 0 &&
	    strncmp(text + 6, l->name, n) == 0 &&
	    strncmp(text + 6 + n, ": ", 2) == 0)
		text += 6 + n + 2;
	return err_set(
	    rc, "%s (%s): %s", layer_text(which, l), l->type->name, text);
}

static int
fail_layer(int rc, const struct layer *l)
{
	const struct net_opts *o = l->net->opts;
	struct err_saved why;

	rc = name_layer(rc, l);
	if (o->failed == NULL)
		return rc;
	err_save(&why, rc);
	o->failed(o->feed_ctx, l);
	return err_restore(&why);
}

/* The next layer with its type, which no layer is built without: a type that is
 * not here is what is wrong with the net, whatever else is. */
static int
take_layer(struct net *n, Caffe__LayerParameter *p)
{
	struct layer *l = &n->layers[n->nlayers];
	char text[LAYER_TEXT_MAX];
	int rc;

	l->index = n->nlayers++;
	l->p = p;
	l->name = p->name;
	l->net = n;
	l->graph = n->graph;
	l->train = p->has_phase ? p->phase == CAFFE__PHASE__TRAIN : n->train;
	l->nbottom = (int)p->n_bottom;
	l->ntop = (int)p->n_top;
	l->type = layer_type_find(p->type);
	rc = l->type != NULL ? 0 : layer_type_missing(p->type);
	if (l->type != NULL && l->type->resolve != NULL) {
		l->type = l->type->resolve(p);
		rc = l->type != NULL ? 0 : ERR_UNSUPPORTED;
	}
	if (rc < 0)
		return p->has_line
		    ? err_in(rc, "%s (line %u)", layer_text(text, l), p->line)
		    : err_in(rc, "%s", layer_text(text, l));
	if (l->type->loss_weight != 0 && l->ntop < l->type->min_top)
		l->ntop = l->type->min_top;
	l->bottom = mem_array(int, (size_t)l->nbottom + 1);
	l->top = mem_array(int, (size_t)l->ntop + 1);
	return 0;
}

int
net_filter(Caffe__NetParameter **out, const Caffe__NetParameter *np,
    const Caffe__NetState *state)
{
	size_t n;

	TRY(caffe_net_filter(out, np, state));
	n = (*out)->n_layer;
	if (n <= NET_LAYERS_MAX)
		return 0;
	caffe_msg_free(*out);
	*out = NULL;
	return err_set(
	    ERR_RANGE, "%zu layers are more than %d", n, NET_LAYERS_MAX);
}

/* Stages and level that the net itself states.  Those of DIGITS say what use a net
 * was made for, and the use that is asked for goes before. */
static void
add_own_state(Caffe__NetState *state, const Caffe__NetState *own)
{
	static const char *const uses[] = { "train", "val", "test", "deploy" };

	for (size_t i = 0; own != NULL && i < own->n_stage; i++) {
		bool use = false;

		for (size_t k = 0; k < LENGTH(uses); k++)
			use |= strcmp(own->stage[i], uses[k]) == 0;
		if (!use)
			caffe_add_str(
			    &state->stage, &state->n_stage, own->stage[i]);
	}
	if (own != NULL && own->has_level && !state->has_level) {
		state->has_level = 1;
		state->level = own->level;
	}
}

static int
filter(struct net *n, const Caffe__NetParameter *np, const struct net_opts *o)
{
	Caffe__NetState *state = caffe_state_new(o->phase, o->level, o->stages);
	int rc;

	add_own_state(state, np->state);
	rc = net_filter(&n->p, np, state);
	caffe_msg_free(state);
	if (rc < 0)
		return rc;
	if (n->p->n_layers)
		return err_set(ERR_FORMAT,
		    "the net is in the form of 2014 and was not upgraded");
	return 0;
}

static void
mark_outputs(struct net *n)
{
	int i;

	for (i = 0; i < n->nblobs; i++)
		if (n->blobs[i].output)
			graph_tensor(n->graph, n->blobs[i].tensor)->keep = true;
}

int
net_new(
    struct net **out, const Caffe__NetParameter *np, const struct net_opts *o)
{
	struct net *n = mem_new(struct net);
	size_t i;
	int rc;

	*out = NULL;
	n->graph = graph_new();
	n->names = arena_new();
	n->train = o->phase == CAFFE__PHASE__TRAIN;
	n->opts = o;
	n->whole = np;
	rc = filter(n, np, o);
	if (rc < 0)
		goto done;
	n->name = n->p->name;
	n->force_backward = o->force_backward || n->p->force_backward;
	n->layers = mem_array(struct layer, n->p->n_layer + 1);
	for (i = 0; i < n->p->n_layer; i++) {
		rc = take_layer(n, n->p->layer[i]);
		if (rc < 0)
			goto done;
	}
	for (i = 0; i < n->p->n_layer; i++) {
		rc = emit(n, &n->layers[i]);
		if (rc < 0) {
			rc = fail_layer(rc, &n->layers[i]);
			goto done;
		}
	}
	mark_outputs(n);
	n->opts = NULL;
	n->whole = NULL;
	*out = n;
	n = NULL;
done:
	net_free(n);
	return rc < 0 ? rc : 0;
}

int
net_begin(struct net **out, const struct net_opts *o)
{
	struct net *n = mem_new(struct net);

	n->graph = graph_new();
	n->names = arena_new();
	n->train = o->phase == CAFFE__PHASE__TRAIN;
	n->opts = o;
	n->p = caffe_new(Caffe__NetParameter, net_parameter);
	n->whole = n->p;
	n->layers = mem_array(struct layer, NET_LAYERS_MAX);
	*out = n;
	return 0;
}

int
net_add(struct net *n, Caffe__LayerParameter *p)
{
	struct layer *l = &n->layers[n->nlayers];
	int rc;

	if (n->nlayers == NET_LAYERS_MAX)
		return err_set(
		    ERR_RANGE, "more than %d layers", NET_LAYERS_MAX);
	TRY(take_layer(n, p));
	rc = emit(n, l);
	return rc < 0 ? name_layer(rc, l) : 0;
}

void
net_free(struct net *n)
{
	struct layer *l;
	int i;

	if (n == NULL)
		return;
	for (i = 0; i < n->nlayers; i++) {
		l = &n->layers[i];
		if (l->type != NULL && l->type->free != NULL)
			l->type->free(l);
		mem_free(l->bottom);
		mem_free(l->top);
	}
	for (i = 0; i < n->nparams; i++)
		mem_free(n->params[i].key);
	mem_free(n->layers);
	mem_free(n->blobs);
	mem_free(n->params);
	arena_free(n->names);
	graph_free(n->graph);
	caffe_msg_free(n->p);
	mem_free(n);
}
