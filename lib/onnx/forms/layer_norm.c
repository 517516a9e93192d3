/* Layers of normalisation that ONNX has an operator for. */
#include "onnx/forms/form.h"

static struct export_value *
param(struct export *e, const struct layer *l, int i)
{
	return export_of(e, e->net->params[l->param + i].tensor);
}

/* BN with running statistics: slope, bias, mean, variance, each (1, C, 1, 1). */
EXPORT_LAYER(export_layer_bn)
{
	const Caffe__BNParameter *p = l->p->bn_param;
	const Caffe__BNParameter none = CAFFE__BNPARAMETER__INIT;
	const struct shape c = { 1, { export_shape(e, l->bottom[0])->d[1] } };
	struct export_node *n;

	if (l->nparams != 4)
		return export_layer_ops(e, l);
	p = p != NULL ? p : &none;
	n = export_node(
	    e, "BatchNormalization", export_of(e, l->bottom[0]), NULL);
	for (int i = 0; i < 4; i++)
		export_in(n, export_reshaped(e, param(e, l, i), &c));
	export_real(e, n, "epsilon", p->has_var_eps ? p->var_eps : p->eps);
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}

/* Ones for a scale that the layer does not have. */
static struct export_value *
ones(struct export *e, const struct shape *x, int axis)
{
	struct shape s = { 0 };
	struct export_value *v;
	float *one;

	for (int i = axis; i < x->n; i++)
		s.d[s.n++] = x->d[i];
	one = mem_array(float, shape_count(&s));
	for (size_t i = 0; i < shape_count(&s); i++)
		one[i] = 1;
	v = export_floats(e, &s, one);
	mem_free(one);
	return v;
}

EXPORT_LAYER(export_layer_norm)
{
	const Caffe__LayerNormParameter none =
	    CAFFE__LAYER_NORM_PARAMETER__INIT;
	const Caffe__LayerNormParameter *p = l->p->layer_norm_param;
	const struct shape *x = export_shape(e, l->bottom[0]);
	struct export_node *n;
	int axis;

	p = p != NULL ? p : &none;
	if (e->opset < 17)
		return export_layer_ops(e, l);
	TRY(shape_axis(&axis, x, p->axis));
	n = export_node(e, "LayerNormalization", export_of(e, l->bottom[0]),
	    p->affine ? param(e, l, 0) : ones(e, x, axis), NULL);
	if (p->affine)
		export_in(n, param(e, l, 1));
	export_int(e, n, "axis", axis);
	export_real(e, n, "epsilon", p->eps);
	export_top(e, l->top[0], export_out(e, n));
	return 0;
}
