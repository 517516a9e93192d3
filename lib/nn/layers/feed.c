/* What all layers that are fed from outside have in common. */
#include "base/mem.h"
#include "nn/layers/types.h"

static int
ask_shape(const struct layer *l, struct shape *s)
{
	const struct net_opts *o = l->net->opts;

	if (o->feed_shape == NULL)
		return err_set(ERR_UNSUPPORTED,
		    "the shape of its data is in its data set, which is not read here");
	return o->feed_shape(o->feed_ctx, l, s, l->ntop);
}

int
layer_feed(struct layer *l)
{
	struct shape *s = mem_array(struct shape, (size_t)l->ntop + 1);
	int i, rc;

	rc = ask_shape(l, s);
	for (i = 0; i < l->ntop && rc >= 0; i++) {
		rc = shape_check(&s[i]);
		if (rc >= 0)
			rc = layer_top(l, i,
			    graph_add_tensor(
				l->graph, TENSOR_INPUT, l->p->top[i], &s[i]));
	}
	mem_free(s);
	return rc < 0 ? rc : 0;
}
