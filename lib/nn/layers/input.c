/* Input: blobs that are written from outside. */
#include <string.h>

#include "base/num.h"
#include "nn/layers/types.h"

static const Caffe__InputParameter none = CAFFE__INPUT_PARAMETER__INIT;

/* Of nothing there is nothing to compute. */
static int
no_zeros(const struct layer *l, int i, const struct shape *s)
{
	for (int a = 0; a < s->n; a++)
		if (s->d[a] == 0)
			return err_set(ERR_RANGE,
			    "top \"%s\": dim %d of its shape is 0",
			    l->p->top[i], a);
	return 0;
}

static int
shape_of_top(const struct layer *l, int i, struct shape *s)
{
	const Caffe__InputParameter *p = LAYER_PARAM(l, input_param, &none);
	const struct net_input *in = l->net->opts->inputs;

	for (; in != NULL && in->name != NULL; in++)
		if (strcmp(in->name, l->p->top[i]) == 0) {
			*s = in->shape;
			return shape_check(s);
		}
	if (p->n_shape > 1 && (int)p->n_shape != l->ntop)
		return err_set(ERR_FORMAT,
		    "%zu shapes for %s: give one for all or one each",
		    p->n_shape, NUM_COUNTED(l->ntop, "top"));
	if (p->n_shape == 0)
		return err_set(
		    ERR_FORMAT, "top \"%s\" has no shape", l->p->top[i]);
	TRY(layer_blob_shape(s, p->shape[p->n_shape > 1 ? i : 0]));
	return no_zeros(l, i, s);
}

static int
emit(struct layer *l)
{
	struct shape s;
	int i;

	for (i = 0; i < l->ntop; i++) {
		TRY(shape_of_top(l, i, &s));
		TRY(layer_top(l, i,
		    graph_add_tensor(
			l->graph, TENSOR_INPUT, l->p->top[i], &s)));
	}
	return 0;
}

const struct layer_type layer_input = { "Input", 0, 0, 1, -1, .emit = emit,
	.role = LAYER_INPUT };
