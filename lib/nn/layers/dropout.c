/* Dropout: in phase TRAIN a share of the values is dropped and the rest scaled
 * up; in phase TEST nothing happens, at no cost. */
#include "nn/layers/types.h"

static const Caffe__DropoutParameter none = CAFFE__DROPOUT_PARAMETER__INIT;

/* The layer's own stream of random numbers, whatever stands before it. */
static uint32_t
stream(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

static int
emit(struct layer *l)
{
	float ratio = LAYER_PARAM(l, dropout_param, &none)->dropout_ratio;
	union op_attr a = { .dropout = { ratio, stream(l->name) } };

	if (!(ratio >= 0 && ratio < 1))
		return err_set(ERR_FORMAT,
		    "dropout_ratio %g must be at least 0 and less than 1",
		    ratio);
	if (!l->train || ratio == 0)
		return layer_top(l, 0, l->bottom[0]);
	return layer_top(
	    l, 0, graph_add(l->graph, OP_DROPOUT, &a, l->bottom, 1));
}

const struct layer_type layer_dropout = { "Dropout", 1, 1, 1, 1, .emit = emit };
