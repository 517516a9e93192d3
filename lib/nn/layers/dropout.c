/* Dropout: in phase TRAIN a share of the values is dropped and the rest scaled
 * up; in phase TEST nothing happens, at no cost.  With scale_train: false, a
 * fork's, the rest stays as it is, and TEST scales all values down instead.  With
 * sample_weights_test: true (Bayesian SegNet) TEST drops as TRAIN does. */
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
	const Caffe__DropoutParameter *p = LAYER_PARAM(l, dropout_param, &none);
	const float ratio = p->dropout_ratio;
	const bool drops = l->train || p->sample_weights_test;
	const union op_attr a = { .dropout = { ratio, stream(l->name) } };
	int x = l->bottom[0];

	if (!(ratio >= 0 && ratio < 1))
		return err_set(ERR_FORMAT,
		    "dropout_ratio %g must be at least 0 and less than 1",
		    ratio);
	if (drops && ratio > 0)
		TRY(x = graph_add(l->graph, OP_DROPOUT, &a, l->bottom, 1));
	if (!p->scale_train && ratio > 0)
		x = graph_unary(l->graph, x, UNARY_POWER, 0, 1 - ratio, 1);
	return layer_top(l, 0, x);
}

const struct layer_type layer_dropout = { "Dropout", 1, 1, 1, 1, .emit = emit };
