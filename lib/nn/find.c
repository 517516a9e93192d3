/* What is in a net, by its name: see net.h. */
#include <string.h>

#include "nn/net.h"

/* The blob of that name now, or NULL.  From the end: recent ones are asked for
 * most. */
const struct net_blob *
net_blob_find(const struct net *n, const char *name)
{
	int i;

	for (i = n->nblobs - 1; i >= 0; i--)
		if (strcmp(n->blobs[i].name, name) == 0)
			return &n->blobs[i];
	return NULL;
}

const struct layer *
net_layer_find(const struct net *n, const char *name)
{
	int i;

	for (i = 0; i < n->nlayers; i++)
		if (strcmp(n->layers[i].name, name) == 0)
			return &n->layers[i];
	return NULL;
}

const char *
net_top_name(const struct net *n, const struct layer *l, int i)
{
	int k;

	if (i < (int)l->p->n_top)
		return l->p->top[i];
	for (k = 0; k < n->nblobs; k++)
		if (n->blobs[k].layer == l->index &&
		    n->blobs[k].tensor == l->top[i])
			return n->blobs[k].name;
	return l->name;
}

int
net_input_find(const struct net *n, const char *name)
{
	int t = graph_find(n->graph, name);

	return t >= 0 && graph_tensor(n->graph, t)->kind == TENSOR_INPUT ? t
									 : -1;
}
