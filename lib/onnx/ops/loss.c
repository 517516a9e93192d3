/*
 * NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss, made of what they are: the
 * score of the class that is meant, chosen by OneHot, times the weight of that class.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

static int
one_hot(struct onnx_node *n, struct onnx_value *target, int64_t classes,
    struct onnx_value **y)
{
	Caffe__LayerParameter *l = onnx_layer(n, "OneHot");

	l->one_hot_param = caffe_new(Caffe__OneHotParameter, one_hot_parameter);
	l->one_hot_param->has_depth = 1;
	l->one_hot_param->depth = (uint32_t)classes;
	l->one_hot_param->has_axis = 1;
	l->one_hot_param->axis = 1;
	return onnx_step(n, l, target, y);
}

/* The sum along an axis, which goes; axis -1: of all.  y NULL: output 0. */
static int
sum(struct onnx_node *n, const char *type, struct onnx_value *x, int axis,
    struct onnx_value **y)
{
	Caffe__LayerParameter *l = onnx_layer(n, type);
	Caffe__ReduceParameter *p =
	    caffe_new(Caffe__ReduceParameter, reduce_parameter);

	l->reduce_param = p;
	if (axis >= 0) {
		p->axis = mem_array(int32_t, 1);
		p->axis[0] = axis;
		p->n_axis = 1;
	}
	p->has_keepdims = 1;
	p->keepdims = 0;
	return onnx_finish(n, l, x, y);
}

/* How much each target counts, (N, ...): its class's weight, and 0 if it is to be
 * ignored; NULL: all count 1. */
static int
weights(struct onnx_node *n, struct onnx_value *target, struct onnx_value *hot,
    struct onnx_value **out)
{
	const Onnx__AttributeProto *ignore = onnx_attr(n, "ignore_index");
	struct onnx_value *w, *v;
	struct onnx_dims d;

	*out = NULL;
	if (onnx_has(n, 2)) {
		d.n = hot->dims.n;
		for (int i = 0; i < d.n; i++)
			d.d[i] = i == 1 ? hot->dims.d[1] : onnx_int(1);
		TRY(onnx_reshape(n, n->in[2], &d, &w));
		TRY(onnx_binary(n, "Mul", hot, w, &w));
		TRY(sum(n, "ReduceSum", w, 1, out));
	}
	if (ignore != NULL) {
		struct onnx_array *a = NULL;

		TRY(onnx_array_new(&a, ONNX_T(FLOAT), 0, NULL));
		onnx_put(a, 0, (double)ignore->i);
		v = onnx_value_const(n->imp, a);
		TRY(onnx_binary(n, "Equal", target, v, &v));
		TRY(onnx_power(n, v, -1, 1, 1, &v));
		if (*out != NULL)
			TRY(onnx_binary(n, "Mul", *out, v, out));
		else
			*out = v;
	}
	return 0;
}

/* Of log probabilities (N, C, ...). */
static int
nll(struct onnx_node *n, struct onnx_value *x)
{
	const char *how = onnx_attr_str(n, "reduction", "mean");
	struct onnx_value *target = n->in[1], *hot, *loss, *w, *total;
	int64_t classes;

	TRY(onnx_fixed(n, x, 1, &classes));
	TRY(one_hot(n, target, classes, &hot));
	TRY(weights(n, target, hot, &w));
	TRY(onnx_binary(n, "Mul", hot, x, &loss));
	TRY(sum(n, "ReduceSum", loss, 1, &loss));
	if (strcmp(how, "none") == 0) {
		if (w == NULL)
			return onnx_power(n, loss, -1, 0, 1, NULL);
		TRY(onnx_power(n, loss, -1, 0, 1, &loss));
		return onnx_binary(n, "Mul", loss, w, NULL);
	}
	TRY(onnx_power(n, loss, -1, 0, 1, &loss));
	if (w != NULL)
		TRY(onnx_binary(n, "Mul", loss, w, &loss));
	if (strcmp(how, "sum") == 0)
		return sum(n, "ReduceSum", loss, -1, NULL);
	if (w == NULL)
		return sum(n, "ReduceMean", loss, -1, NULL);
	TRY(sum(n, "ReduceSum", loss, -1, &loss));
	TRY(sum(n, "ReduceSum", w, -1, &total));
	return onnx_binary(n, "Div", loss, total, NULL);
}

static int
emit_nll(struct onnx_node *n)
{
	if (!onnx_has(n, 1))
		return err_set(ERR_FORMAT, "its target is missing");
	return nll(n, n->in[0]);
}

static int
emit_cross_entropy(struct onnx_node *n)
{
	struct onnx_value *x;

	if (!onnx_has(n, 1))
		return err_set(ERR_FORMAT, "its target is missing");
	TRY(onnx_step(n, onnx_layer(n, "LogSoftmax"), n->in[0], &x));
	/* it is read here, so an output is another blob of the same numbers */
	onnx_alias(n, 1, x, x->type);
	return nll(n, x);
}

const struct onnx_op onnx_ops_loss[] = {
	{ "NegativeLogLikelihoodLoss", emit_nll, NULL },
	{ "SoftmaxCrossEntropyLoss", emit_cross_entropy, NULL },
	{ 0 },
};
