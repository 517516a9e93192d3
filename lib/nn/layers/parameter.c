/* Parameter: a learned blob as a top. */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	const Caffe__ParameterParameter *p = l->p->parameter_param;
	struct shape s;

	if (p == NULL || p->shape == NULL)
		return err_set(
		    ERR_FORMAT, "parameter_param with a shape is missing");
	TRY(layer_blob_shape(&s, p->shape));
	return layer_top(l, 0, layer_param(l, 0, &s, NULL, true));
}

const struct layer_type layer_parameter = { "Parameter", 0, 0, 1, 1,
	.emit = emit };
