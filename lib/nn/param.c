/*
 * Parameters of layers: PARAM tensors with Caffe's rules of sharing
 * (Net::AppendParam).  The first layer that names a param owns it; the others
 * read the same tensor, reshaped when share_mode is PERMISSIVE.
 */
#include <fnmatch.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "nn/filler.h"
#include "nn/net.h"

const Caffe__FillerParameter layer_fill_one = {
	PROTOBUF_C_MESSAGE_INIT(&caffe__filler_parameter__descriptor),
	.type = caffe__filler_parameter__type__default_value,
	.has_value = 1,
	.value = 1,
	.max = 1,
	.std = 1,
	.sparse = -1,
};

static const Caffe__ParamSpec *
param_spec(const struct layer *l, int i)
{
	return i < (int)l->p->n_param ? l->p->param[i] : NULL;
}

static struct net_param *
owner_find(struct net *n, const char *share)
{
	int i;

	for (i = 0; i < n->nparams; i++)
		if (n->params[i].share != NULL &&
		    strcmp(n->params[i].share, share) == 0)
			return &n->params[n->params[i].owner];
	return NULL;
}

/* One multiplier of a shared param: given twice, it must be the same. */
static int
agree(float *have, const char *what, bool has, float value, bool had,
    const char *share)
{
	if (!has)
		return 0;
	if (had && *have != value)
		return err_set(ERR_FORMAT,
		    "the shared param \"%s\" has %s %g here and %g where it was first named",
		    share, what, value, *have);
	*have = value;
	return 0;
}

static const Caffe__ParamSpec *
owner_spec(const struct net *n, const struct net_param *o)
{
	return param_spec(&n->layers[o->layer], o->index);
}

static int
share_param(struct layer *l, struct net_param *p, struct net_param *o,
    const Caffe__ParamSpec *spec)
{
	const Caffe__ParamSpec *first = owner_spec(l->net, o);
	char have[SHAPE_TEXT_MAX], want[SHAPE_TEXT_MAX];
	bool permissive =
	    spec->share_mode == CAFFE__PARAM_SPEC__DIM_CHECK_MODE__PERMISSIVE;

	shape_text(have, &o->shape);
	shape_text(want, &p->shape);
	if (permissive && shape_count(&p->shape) != shape_count(&o->shape))
		return err_set(ERR_FORMAT,
		    "the shared param \"%s\" is %s in layer \"%s\" and %s here: the numbers of values differ",
		    p->share, have, l->net->layers[o->layer].name, want);
	if (!permissive && !shape_same(&p->shape, &o->shape))
		return err_set(ERR_FORMAT,
		    "the shared param \"%s\" is %s in layer \"%s\" and %s here; share_mode: PERMISSIVE shares values of different shapes",
		    p->share, have, l->net->layers[o->layer].name, want);
	TRY(agree(&o->lr_mult, "lr_mult", spec->has_lr_mult, spec->lr_mult,
	    first && first->has_lr_mult, p->share));
	TRY(agree(&o->decay_mult, "decay_mult", spec->has_decay_mult,
	    spec->decay_mult, first && first->has_decay_mult, p->share));
	p->owner = o->owner;
	p->tensor = o->tensor;
	p->filler = o->filler;
	if (shape_same(&p->shape, &o->shape))
		return p->tensor;
	return graph_reshape(l->graph, p->tensor, &p->shape);
}

/* "conv1/0"; Caffe takes two layers of one name, so the second gets "#2". */
static char *
param_key(const struct layer *l, int i)
{
	int j, same = 1;

	for (j = 0; j < l->index; j++)
		if (l->net->layers[j].nparams &&
		    strcmp(l->net->layers[j].name, l->name) == 0)
			same++;
	if (same > 1)
		return mem_printf("%s#%d/%d", l->name, same, i);
	return mem_printf("%s/%d", l->name, i);
}

int
layer_param(struct layer *l, int i, const struct shape *s,
    const Caffe__FillerParameter *filler, bool learn)
{
	struct net *n = l->net;
	const Caffe__ParamSpec *spec = param_spec(l, i);
	struct net_param *p, *o = NULL;
	int rc;

	rc = filler_check(filler, s);
	if (rc < 0)
		return err_in(rc, "parameter blob %d", i);
	mem_grow(&n->params, &n->param_cap, (size_t)n->nparams + 1);
	p = &n->params[n->nparams];
	memset(p, 0, sizeof(*p));
	p->key = param_key(l, i);
	p->layer = l->index;
	p->index = i;
	p->shape = *s;
	p->owner = n->nparams;
	p->learn = learn;
	p->filler = filler;
	p->lr_mult = spec != NULL ? spec->lr_mult : 1;
	p->decay_mult = spec != NULL ? spec->decay_mult : 1;
	if (spec != NULL && spec->name != NULL && spec->name[0]) {
		o = owner_find(n, spec->name);
		p->share = spec->name;
	}
	n->nparams++;
	l->nparams++;
	if (o != NULL)
		return share_param(l, p, o, spec);
	p->tensor = graph_add_tensor(l->graph, TENSOR_PARAM, p->key, s);
	return p->tensor;
}

int
net_freeze(struct net *n, const char *pattern)
{
	int found = 0, i, k;

	for (i = 0; i < n->nlayers; i++) {
		const struct layer *l = &n->layers[i];

		if (l->nparams == 0 || fnmatch(pattern, l->name, 0) != 0)
			continue;
		found++;
		for (k = l->param; k < l->param + l->nparams; k++) {
			struct net_param *o = &n->params[n->params[k].owner];

			o->frozen = true;
			o->lr_mult = o->decay_mult = 0;
		}
	}
	return found;
}
