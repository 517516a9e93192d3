/* Functions of one input, element by element; softmax and its like. */
#include <float.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/fold/fold.h"
#include "onnx/ops/ops.h"

/* Operators without parameters, and the layers that are the same. */
static const struct {
	const char *op, *layer;
} plain[] = {
	{ "Abs", "AbsVal" },
	{ "Exp", "Exp" },
	{ "HardSwish", "HardSwish" },
	{ "Log", "Log" },
	{ "Mish", "Mish" },
	{ "Relu", "ReLU" },
	{ "Sigmoid", "Sigmoid" },
	{ "Softplus", "BNLL" },
	{ "Tanh", "TanH" },
};

static int
emit_plain(struct onnx_node *n)
{
	const char *layer = n->op; /* most are called alike */

	for (size_t i = 0; i < LENGTH(plain); i++)
		if (strcmp(plain[i].op, n->op) == 0)
			layer = plain[i].layer;
	return onnx_one(n, onnx_layer(n, layer), n->in[0]);
}

static int
emit_neg(struct onnx_node *n)
{
	return onnx_power(n, n->in[0], -1, 0, 1, NULL);
}

static int
emit_leaky(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(n, "ReLU");

	l->relu_param = caffe_new(Caffe__ReLUParameter, re_luparameter);
	l->relu_param->has_negative_slope = 1;
	l->relu_param->negative_slope = onnx_attr_float(n, "alpha", 0.01f);
	return onnx_one(n, l, n->in[0]);
}

static int
emit_elu(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(n, "ELU");

	l->elu_param = caffe_new(Caffe__ELUParameter, eluparameter);
	l->elu_param->has_alpha = 1;
	l->elu_param->alpha = onnx_attr_float(n, "alpha", 1);
	return onnx_one(n, l, n->in[0]);
}

/* alpha and beta as they are, with the operator's defaults. */
static int
emit_hard_sigmoid(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(n, "HardSigmoid");

	l->unary_param = caffe_new(Caffe__UnaryParameter, unary_parameter);
	l->unary_param->has_alpha = l->unary_param->has_beta = 1;
	l->unary_param->alpha = onnx_attr_float(n, "alpha", 0.2f);
	l->unary_param->beta = onnx_attr_float(n, "beta", 0.5f);
	return onnx_one(n, l, n->in[0]);
}

static int
emit_gelu(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(n, "GELU");

	if (strcmp(onnx_attr_str(n, "approximate", "none"), "tanh") == 0) {
		l->gelu_param = caffe_new(Caffe__GELUParameter, geluparameter);
		l->gelu_param->has_approximate = 1;
		l->gelu_param->approximate = 1;
	}
	return onnx_one(n, l, n->in[0]);
}

/* A bound of Clip: an attribute, or since opset 11 an input. */
static int
bound(struct onnx_node *n, const char *name, int i, float none, float *out)
{
	const struct onnx_array *a;

	*out = onnx_attr_float(n, name, none);
	if (!onnx_has(n, i))
		return 0;
	TRY(onnx_const(n, i, &a));
	if (a->count != 1)
		return err_set(ERR_FORMAT, "%s is no number", name);
	*out = (float)onnx_get(a, 0);
	return 0;
}

static int
emit_clip(struct onnx_node *n)
{
	Caffe__LayerParameter *l;
	float lo, hi;

	TRY(bound(n, "min", 1, -FLT_MAX, &lo));
	TRY(bound(n, "max", 2, FLT_MAX, &hi));
	if (lo > hi)
		lo = hi; /* as the operator's min(max(x, lo), hi) has it */
	if (lo == 0 && hi == FLT_MAX)
		return onnx_one(n, onnx_layer(n, "ReLU"), n->in[0]);
	if (lo == 0 && hi == 6)
		return onnx_one(n, onnx_layer(n, "ReLU6"), n->in[0]);
	l = onnx_layer(n, "Clip");
	l->clip_param = caffe_new(Caffe__ClipParameter, clip_parameter);
	l->clip_param->min = lo;
	l->clip_param->max = hi;
	return onnx_one(n, l, n->in[0]);
}

/* max(x, 0) plus min(x, 0) times a slope that stretches over x. */
static int
prelu_parts(struct onnx_node *n)
{
	struct onnx_value *x = n->in[0], *above, *below;

	TRY(onnx_step(n, onnx_layer(n, "ReLU"), x, &above));
	TRY(onnx_binary(n, "Sub", x, above, &below));
	TRY(onnx_binary(n, "Mul", below, n->in[1], &below));
	return onnx_binary(n, "Add", above, below, NULL);
}

/* A slope for each channel, or one. */
static int
emit_prelu(struct onnx_node *n)
{
	const struct onnx_dims *x = &n->in[0]->dims;
	const struct onnx_array *a;
	Caffe__LayerParameter *l;
	int64_t d[1];
	float *made;

	if (!onnx_has(n, 1))
		return err_set(ERR_FORMAT, "its slope is missing");
	if (!onnx_is_const(n->in[1]) && n->in[1]->given == NULL)
		return prelu_parts(n);
	TRY(onnx_const(n, 1, &a));
	if (a->count != 1 &&
	    !(x->n > 1 && x->d[1].b == 0 && a->count == (size_t)x->d[1].a &&
		(a->n == 1 ? n->opset < 7 || x->n == 2
			   : a->n < x->n || a->d[0] == 1) &&
		(a->n == 1 ||
		    a->d[a->n - x->n + 1 + (a->n < x->n)] == x->d[1].a)))
		return prelu_parts(n);
	d[0] = (int64_t)a->count;
	l = onnx_layer(n, "PReLU");
	if (a->count == 1 && !(x->n > 1 && x->d[1].a == 1)) {
		l->prelu_param =
		    caffe_new(Caffe__PReLUParameter, pre_luparameter);
		l->prelu_param->has_channel_shared = 1;
		l->prelu_param->channel_shared = 1;
	}
	onnx_blob(l, 1, d, onnx_floats(a, &made));
	mem_free(made);
	return onnx_one(n, l, n->in[0]);
}

/* The mask of a net for use, of which nothing is dropped. */
static int
all_kept(struct onnx_node *n)
{
	struct onnx_array *a = NULL;
	int64_t d[SHAPE_MAX];

	for (int i = 0; i < n->in[0]->dims.n; i++)
		TRY(onnx_fixed(n, n->in[0], i, &d[i]));
	TRY(onnx_array_new(&a, ONNX_T(BOOL), n->in[0]->dims.n, d));
	for (size_t i = 0; i < a->count; i++)
		onnx_put(a, i, 1);
	onnx_same(n, 1, onnx_value_const(n->imp, a));
	return 0;
}

static int
emit_dropout(struct onnx_node *n)
{
	bool training = false;
	float ratio = onnx_attr_float(n, "ratio", 0.5f);
	const struct onnx_array *a;
	Caffe__LayerParameter *l;

	if (onnx_has(n, 1)) {
		TRY(onnx_const(n, 1, &a));
		ratio = (float)onnx_get(a, 0);
	}
	if (onnx_has(n, 2)) {
		TRY(onnx_const(n, 2, &a));
		training = onnx_get(a, 0) != 0;
	}
	if (training && ratio > 0)
		return err_set(ERR_UNSUPPORTED,
		    "a net in training (training_mode true); export it for use");
	if (n->nout > 1 && n->out[1] != NULL && n->out[1]->uses > 0)
		TRY(all_kept(n));
	/* a file for use may have it switched off */
	if (!(ratio > 0 && ratio < 1)) {
		onnx_same(n, 0, n->in[0]);
		return 0;
	}
	l = onnx_layer(n, "Dropout");
	l->dropout_param =
	    caffe_new(Caffe__DropoutParameter, dropout_parameter);
	l->dropout_param->has_dropout_ratio = 1;
	l->dropout_param->dropout_ratio = ratio;
	return onnx_one(n, l, n->in[0]);
}

/* Softmax, LogSoftmax, Hardmax: along one axis or, before opset 13, along all from
 * it on. */
static int
emit_softmax(struct onnx_node *n)
{
	const struct onnx_dims *x = &n->in[0]->dims;
	const bool old = n->opset < 13;
	struct onnx_value *v = n->in[0];
	Caffe__LayerParameter *l;
	struct onnx_dims flat = { .n = 2 };
	bool whole = false;
	int axis;

	TRY(onnx_axis(n, onnx_attr_int(n, "axis", old ? 1 : -1), x->n, &axis));
	for (int i = axis + 1; old && i < x->n; i++)
		whole |= x->d[i].a != 1 || x->d[i].b != 0;
	if (whole) {
		TRY(onnx_dims_count(&flat.d[0], x, 0, axis));
		TRY(onnx_dims_count(&flat.d[1], x, axis, x->n));
		TRY(onnx_reshape(n, v, &flat, &v));
		axis = 1;
	}
	l = onnx_layer(n, n->op);
	if (axis != 1) {
		l->softmax_param =
		    caffe_new(Caffe__SoftmaxParameter, softmax_parameter);
		l->softmax_param->has_axis = 1;
		l->softmax_param->axis = axis;
	}
	if (!whole)
		return onnx_one(n, l, v);
	TRY(onnx_step(n, l, v, &v));
	return onnx_reshape(n, v, x, NULL);
}

const struct onnx_op onnx_ops_unary[] = {
	{ "Abs", emit_plain, onnx_fold_unary },
	{ "Clip", emit_clip, NULL },
	{ "Dropout", emit_dropout, onnx_fold_identity },
	{ "Elu", emit_elu, NULL },
	{ "Exp", emit_plain, NULL },
	{ "Gelu", emit_gelu, NULL },
	{ "HardSigmoid", emit_hard_sigmoid, NULL },
	{ "HardSwish", emit_plain, NULL },
	{ "Hardmax", emit_softmax, NULL },
	{ "LeakyRelu", emit_leaky, NULL },
	{ "Log", emit_plain, NULL },
	{ "LogSoftmax", emit_softmax, NULL },
	{ "Mish", emit_plain, NULL },
	{ "Neg", emit_neg, onnx_fold_unary },
	{ "PRelu", emit_prelu, NULL },
	{ "Relu", emit_plain, NULL },
	{ "Sigmoid", emit_plain, NULL },
	{ "Softmax", emit_softmax, NULL },
	{ "Softplus", emit_plain, NULL },
	{ "Tanh", emit_plain, NULL },
	{ 0 },
};
