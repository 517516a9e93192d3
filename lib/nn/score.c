/* Which output is the answer: see score.h. */
#include "nn/score.h"

#include <string.h>

#include "base/err.h"
#include "base/num.h"
#include "nn/boxes/form.h"

/* The last layer before layer `before` that made the blob of that name. */
static const struct layer *
maker(const struct net *n, const char *name, int before)
{
	for (int i = before - 1; i >= 0; i--)
		if (layer_makes(n->layers[i].p, name))
			return &n->layers[i];
	return NULL;
}

static bool
softmax_of_channels(const struct layer *l)
{
	const Caffe__SoftmaxParameter *p = l->p->softmax_param;
	int axis = p != NULL ? p->axis : 1;

	if (axis < 0)
		axis += graph_shape(l->graph, l->bottom[0])->n;
	return axis == 1;
}

/* Layers after which probabilities are still some. */
static bool
passes(const struct layer *l)
{
	static const char *const types[] = { "Dropout", "Flatten", "Reshape",
		"Split" };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(l->type->name, types[i]) == 0)
			return true;
	return strcmp(l->type->name, "Pooling") == 0 &&
	    l->p->pooling_param != NULL &&
	    l->p->pooling_param->pool ==
	    CAFFE__POOLING_PARAMETER__POOL_METHOD__AVE;
}

bool
net_blob_is_probability(const struct net *n, const struct net_blob *b)
{
	const struct layer *l = &n->layers[b->layer];

	while (l != NULL && passes(l) && l->nbottom > 0)
		l = maker(n, l->p->bottom[0], l->index);
	if (l == NULL)
		return false;
	if (strcmp(l->type->name, "Sigmoid") == 0)
		return true;
	return strcmp(l->type->name, "Softmax") == 0 && softmax_of_channels(l);
}

size_t
net_blob_classes(const struct net *n, const struct net_blob *b)
{
	const struct shape *s = graph_shape(n->graph, b->tensor);
	int i;

	if (s->n < 2)
		return 0;
	for (i = 2; i < s->n; i++)
		if (s->d[i] != 1)
			return 0;
	return (size_t)s->d[1];
}

const struct net_blob *
net_score_blob(const struct net *n)
{
	const struct net_blob *list = NULL, *last = NULL;
	int i;

	for (i = n->nblobs - 1; i >= 0; i--) {
		const struct net_blob *b = &n->blobs[i];

		if (!b->output)
			continue;
		if (net_blob_is_probability(n, b))
			return b;
		if (list == NULL && net_blob_classes(n, b) > 1)
			list = b;
		if (last == NULL)
			last = b;
	}
	return list != NULL ? list : last;
}

/* Is it the coverage of a grid of boxes?  Its maps are those classes of the data set
 * that are to be found: never what is not ("dontcare"), and perhaps few. */
static bool
is_coverage(const struct net *n, const struct net_blob *b)
{
	const char *blobs[BOXES_BLOBS];
	struct boxes_form f = { 0 };

	return boxes_form_find(&f, n, false, false, blobs) &&
	    f.kind == BOXES_GRID && strcmp(blobs[0], b->name) == 0;
}

int
net_labels_check(const struct net *n, size_t nlabels)
{
	const struct net_blob *b = net_score_blob(n);
	const struct shape *s =
	    b != NULL ? graph_shape(n->graph, b->tensor) : NULL;
	size_t outputs = 0;

	if (b != NULL && s->n > 1 && net_blob_is_probability(n, b))
		outputs = (size_t)s->d[1];
	else if (b != NULL)
		outputs = net_blob_classes(n, b);
	if (outputs < 2 || outputs == nlabels ||
	    (nlabels > outputs && is_coverage(n, b)))
		return 0;
	return err_set(ERR_FORMAT, "has %zu %s, the net has %zu %s (%s)",
	    nlabels, num_plural(nlabels, "line", "lines"), outputs,
	    num_plural(outputs, "output", "outputs"), b->name);
}
