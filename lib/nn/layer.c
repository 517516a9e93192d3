/* What emit() functions lean on: shapes, tops, axes, stopping a gradient. */
#include "base/err.h"
#include "nn/layer.h"
#include "nn/net.h"

const struct shape *
layer_shape(const struct layer *l, int i)
{
	return graph_shape(l->graph, l->bottom[i]);
}

int
layer_top(struct layer *l, int i, int tensor)
{
	if (tensor >= 0 && i < l->ntop)
		l->top[i] = tensor;
	return tensor;
}

int
layer_axis(const struct layer *l, int i, int axis, int *out)
{
	return shape_axis(out, layer_shape(l, i), axis);
}

int
layer_stop_gradient(struct layer *l, int x)
{
	struct shape s = *graph_shape(l->graph, x);
	int t;

	/* Nothing flows back into data anyway, unless it was asked for. */
	if (graph_tensor(l->graph, x)->producer < 0 && !l->net->force_backward)
		return x;
	t = graph_reshape(l->graph, x, &s);
	if (t >= 0)
		graph_last(l->graph)->no_grad = 1;
	return t;
}

int
layer_blob_shape(struct shape *out, const Caffe__BlobShape *s)
{
	size_t i;

	if (s->n_dim > SHAPE_MAX)
		return err_set(ERR_RANGE, "a shape of %zu axes; the most is %d",
		    s->n_dim, SHAPE_MAX);
	out->n = (int)s->n_dim;
	for (i = 0; i < s->n_dim; i++)
		out->d[i] = s->dim[i];
	return shape_check(out);
}
