/* The layer types, in the order of their names. */
#include <string.h>

#include "nn/layers/types.h"
#include "nn/plugin.h"

const struct layer_type *const layer_types[] = {
	&layer_accuracy,
	&layer_convolution,
	&layer_convolution_depthwise,
	&layer_data,
	&layer_depthwise_convolution,
	&layer_dropout,
	&layer_inner_product,
	&layer_input,
	&layer_lrn,
	&layer_pooling,
	&layer_power,
	&layer_relu,
	&layer_softmax,
	&layer_softmax_loss,
	NULL,
};

const struct layer_type *
layer_type_find(const char *name)
{
	const struct layer_type *t = layer_plugin_find(name);
	size_t i;

	for (i = 0; !t && layer_types[i]; i++)
		if (strcmp(layer_types[i]->name, name) == 0)
			t = layer_types[i];
	return t;
}
