/* Freezing on the built net, kept in its prototxt: see freeze.h. */
#include "recipe/nets/freeze.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "train/eval.h"
#include "input/feed.h"

static bool
is_layer(const Caffe__LayerParameter *p, const struct layer *l)
{
	return strcmp(p->name, l->name) == 0 &&
	    strcmp(p->type, l->p->type) == 0;
}

static void
write_spec(Caffe__LayerParameter *p, int index)
{
	Caffe__ParamSpec *spec;

	while (p->n_param <= (size_t)index)
		caffe_add(&p->param, &p->n_param,
		    caffe_new(Caffe__ParamSpec, param_spec));
	spec = p->param[index];
	spec->has_lr_mult = spec->has_decay_mult = 1;
	spec->lr_mult = spec->decay_mult = 0;
}

/* Those that share a frozen blob say so too, else they would contradict. */
static void
write_down(Caffe__NetParameter *net, const struct net *n)
{
	for (int i = 0; i < n->nparams; i++) {
		const struct net_param *q = &n->params[i];

		if (!n->params[q->owner].frozen)
			continue;
		for (size_t k = 0; k < net->n_layer; k++)
			if (is_layer(net->layer[k], &n->layers[q->layer]))
				write_spec(net->layer[k], q->index);
	}
}

static int
freeze(struct net *n, const char *const *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (net_freeze(n, patterns[i]) == 0)
			return err_set(ERR_USAGE,
			    "--freeze %s: no layer with weights has such a name",
			    patterns[i]);
	return 0;
}

int
freeze_layers(Caffe__NetParameter *net, const struct train_job *job,
    const Caffe__NetState *extra, const char *const *patterns, size_t n)
{
	const struct feed_opts fo = { .train = true,
		.threads = 1,
		.arrays = job->inputs,
		.narrays = job->ninputs,
		.inputs = job->sources };
	struct feeds feeds;
	struct net_opts no = { .phase = CAFFE__PHASE__TRAIN,
		.feed_shape = feeds_shape,
		.feed_ctx = &feeds,
		.classes = job->classes };
	const char *stages[NET_STAGES];
	struct net *built = NULL;
	int rc;

	if (n == 0)
		return 0;
	TRY(net_state(&no, stages, net, extra));
	feeds_init(&feeds, &fo);
	rc = net_new(&built, net, &no);
	if (rc >= 0)
		rc = freeze(built, patterns, n);
	if (rc >= 0)
		write_down(net, built);
	net_free(built);
	feeds_clear(&feeds);
	return rc;
}
