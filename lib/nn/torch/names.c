/* Whose names a net's layers have, and which: see torch.h. */
#include <string.h>

#include "base/err.h"
#include "nn/nets.h"
#include "nn/torch/rules.h"
#include "nn/torch/torch.h"

enum { NAME_MAX_BYTES = 2000 };

const char *
net_names_whose(const struct net_names *n)
{
	return n->whose;
}

const struct net_preparation *
net_preparation_of(
    const Caffe__NetParameter *net, const struct net_names *names)
{
	/* of ImageNet's pictures; and what Inception's have in their place */
	static const struct net_preparation imagenet = {
		{ 123.675, 116.28, 103.53 }, { 58.395, 57.12, 57.375 }
	};
	static const struct net_preparation half = { { 127.5, 127.5, 127.5 },
		{ 127.5, 127.5, 127.5 } };
	const struct net_standard *s =
	    net->name != NULL ? net_standard_find(net->name) : NULL;

	if (names != NULL)
		return strcmp(names->net, "inception-v3") == 0 ? &half
							       : &imagenet;
	return s != NULL && s->torch ? &imagenet : NULL;
}

static const Caffe__LayerParameter *
layer_before(const Caffe__NetParameter *net, const Caffe__LayerParameter *l)
{
	const Caffe__LayerParameter *found = NULL;

	for (size_t i = 0; i < net->n_layer; i++) {
		const Caffe__LayerParameter *o = net->layer[i];

		if (strcmp(o->name, l->name) == 0)
			break;
		for (size_t k = 0; k < o->n_top; k++)
			if (strcmp(o->top[k], l->bottom[0]) == 0)
				found = o;
	}
	return found;
}

/* The layer whose module this one is a part of. */
static const Caffe__LayerParameter *
holder_of(const Caffe__NetParameter *net, const Caffe__LayerParameter *l)
{
	const Caffe__LayerParameter *before;

	if (strcmp(l->type, "Scale") != 0 || l->n_bottom != 1)
		return l;
	before = layer_before(net, l);
	return before != NULL && strcmp(before->type, "BatchNorm") == 0 ? before
									: l;
}

int
net_names_module(struct buf *b, const struct net_names *names,
    const Caffe__NetParameter *net, const Caffe__LayerParameter *l)
{
	const Caffe__LayerParameter *holder = holder_of(net, l);
	int rc = 0;

	if (names == NULL)
		return buf_adds(b, holder->name);
	rc = net_names_apply(b, names, holder->name);
	if (rc == 0)
		return err_set(ERR_UNSUPPORTED,
		    "layer \"%s\" has no counterpart in %s", l->name,
		    names->whose);
	return rc < 0 ? rc : 0;
}

void
net_names_cover(size_t *named, size_t *all, const struct net_names *n,
    const Caffe__NetParameter *net)
{
	struct buf b;

	*named = *all = 0;
	buf_init(&b, NAME_MAX_BYTES);
	for (size_t i = 0; i < net->n_layer; i++) {
		const char *type = net->layer[i]->type;

		if (strcmp(type, "Convolution") != 0 &&
		    strcmp(type, "InnerProduct") != 0)
			continue;
		buf_reset(&b);
		++*all;
		*named += net_names_apply(&b, n, net->layer[i]->name) > 0;
	}
	buf_clear(&b);
}

const struct net_names *
net_names_of(const Caffe__NetParameter *net)
{
	const struct net_standard *s =
	    net->name != NULL ? net_standard_find(net->name) : NULL;

	if (s != NULL && s->torch) /* its layers are called so */
		return NULL;
	for (const struct net_names *n = net_names_all; n->net != NULL; n++) {
		size_t named, all;

		net_names_cover(&named, &all, n, net);
		if (s != NULL && strcmp(s->name, n->net) == 0 && named == all)
			return n;
	}
	return NULL;
}
