/* What the data layers of a net read: see inputs.h. */
#include "recipe/inputs.h"

#include "file/replace.h"

static void
note_layer(const Caffe__LayerParameter *l)
{
	if (l->data_param != NULL)
		replace_input(l->data_param->source);
	if (l->image_data_param != NULL)
		replace_input(l->image_data_param->source);
	if (l->hdf5_data_param != NULL)
		replace_input(l->hdf5_data_param->source);
	if (l->window_data_param != NULL)
		replace_input(l->window_data_param->source);
	if (l->transform_param != NULL)
		replace_input(l->transform_param->mean_file);
}

void
inputs_note(const Caffe__NetParameter *net)
{
	for (size_t i = 0; net != NULL && i < net->n_layer; i++)
		note_layer(net->layer[i]);
}
