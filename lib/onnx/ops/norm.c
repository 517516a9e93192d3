/* Normalisation. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/ops/ops.h"

/* Input i as a blob of `count` numbers; v: what they are when it is left out. */
static int
take_blob(struct onnx_node *n, Caffe__LayerParameter *l, int i, int64_t count,
    float none)
{
	const struct onnx_array *a;
	float *v = NULL;
	int rc = 0;

	if (!onnx_has(n, i)) {
		v = mem_array(float, (size_t)count + 1);
		for (int64_t k = 0; k < count; k++)
			v[k] = none;
		onnx_blob(l, 1, &count, v);
		mem_free(v);
		return 0;
	}
	TRY(onnx_const(n, i, &a));
	if (a->count != (size_t)count)
		rc = err_set(ERR_FORMAT, "input %d has %zu numbers, not %lld",
		    i, a->count, (long long)count);
	if (rc >= 0)
		onnx_blob(l, 1, &count, onnx_floats(a, &v));
	mem_free(v);
	return rc;
}

static Caffe__LayerParameter *
scale_layer(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(n, "Scale");

	l->scale_param = caffe_new(Caffe__ScaleParameter, scale_parameter);
	l->scale_param->has_bias_term = 1;
	l->scale_param->bias_term = 1;
	return l;
}

static int
emit_batchnorm(struct onnx_node *n)
{
	const float one = 1;
	const int64_t d1 = 1;
	Caffe__BatchNormParameter *p;
	Caffe__LayerParameter *l;
	struct onnx_value *y;
	int64_t c;
	int rc;

	if (onnx_attr_int(n, "spatial", 1) == 0)
		return err_set(
		    ERR_UNSUPPORTED, "statistics of each place (spatial 0)");
	TRY(onnx_fixed(n, n->in[0], 1, &c));
	l = onnx_layer(n, "BatchNorm");
	p = caffe_new(Caffe__BatchNormParameter, batch_norm_parameter);
	l->batch_norm_param = p;
	/* the statistics of what comes in: so weights are standardised */
	if (onnx_attr_int(n, "training_mode", 0) != 0)
		p->has_use_global_stats = 1;
	p->has_eps = 1;
	p->eps = onnx_attr_float(n, "epsilon", 1e-5f);
	p->has_moving_average_fraction = 1;
	p->moving_average_fraction = onnx_attr_float(n, "momentum", 0.9f);
	rc = take_blob(n, l, 3, c, 0);
	if (rc >= 0)
		rc = take_blob(n, l, 4, c, 1);
	onnx_blob(l, 1, &d1, &one);
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	TRY(onnx_step(n, l, n->in[0], &y));
	l = scale_layer(n);
	rc = take_blob(n, l, 1, c, 1);
	if (rc >= 0)
		rc = take_blob(n, l, 2, c, 0);
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	return onnx_one(n, l, y);
}

/* GroupNorm with a scale and a bias for each channel. */
static int
group_norm(struct onnx_node *n, int64_t groups, int64_t c)
{
	Caffe__LayerParameter *l = onnx_layer(n, "GroupNorm");
	int rc;

	l->group_norm_param =
	    caffe_new(Caffe__GroupNormParameter, group_norm_parameter);
	l->group_norm_param->has_num_groups = 1;
	l->group_norm_param->num_groups = (uint32_t)groups;
	l->group_norm_param->has_eps = 1;
	l->group_norm_param->eps = onnx_attr_float(n, "epsilon", 1e-5f);
	rc = take_blob(n, l, 1, c, 1);
	if (rc >= 0)
		rc = take_blob(n, l, 2, c, 0);
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	return onnx_one(n, l, n->in[0]);
}

static int
emit_instance(struct onnx_node *n)
{
	int64_t c;

	TRY(onnx_fixed(n, n->in[0], 1, &c));
	return group_norm(n, c, c);
}

static int
emit_layer_norm(struct onnx_node *n)
{
	const struct onnx_dims *x = &n->in[0]->dims;
	Caffe__LayerParameter *l;
	struct onnx_int count;
	int axis, rc = 0;
	bool parts = false;

	for (int i = 1; i < n->nout; i++)
		parts |= n->out[i] != NULL && n->out[i]->uses > 0;
	for (int i = 1; i <= 2; i++)
		parts |= onnx_has(n, i) && !onnx_is_const(n->in[i]) &&
		    n->in[i]->given == NULL;
	TRY(onnx_axis(n, onnx_attr_int(n, "axis", -1), x->n, &axis));
	if (parts)
		return onnx_layer_norm_parts(n, axis);
	TRY(onnx_dims_count(&count, x, axis, x->n));
	if (count.b != 0)
		return err_set(ERR_UNSUPPORTED, "normalising the batch");
	l = onnx_layer(n, "LayerNorm");
	l->layer_norm_param =
	    caffe_new(Caffe__LayerNormParameter, layer_norm_parameter);
	l->layer_norm_param->has_axis = axis != 1;
	l->layer_norm_param->axis = axis;
	l->layer_norm_param->has_eps = 1;
	l->layer_norm_param->eps = onnx_attr_float(n, "epsilon", 1e-5f);
	for (int i = 1; i <= 2 && rc >= 0; i++) {
		rc = take_blob(n, l, i, count.a, i == 1);
		/* in the shape of what is normalised */
		if (rc >= 0) {
			Caffe__BlobProto *b = l->blobs[i - 1];

			b->shape->n_dim = 0;
			for (int k = axis; k < x->n; k++)
				caffe_add_i64(&b->shape->dim, &b->shape->n_dim,
				    x->d[k].a);
		}
	}
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	return onnx_one(n, l, n->in[0]);
}

static int
emit_lrn(struct onnx_node *n)
{
	Caffe__LayerParameter *l = onnx_layer(n, "LRN");
	Caffe__LRNParameter *p = caffe_new(Caffe__LRNParameter, lrnparameter);

	l->lrn_param = p;
	p->has_local_size = p->has_alpha = p->has_beta = p->has_k = 1;
	p->local_size = (uint32_t)onnx_attr_int(n, "size", 1);
	p->alpha = onnx_attr_float(n, "alpha", 1e-4f);
	p->beta = onnx_attr_float(n, "beta", 0.75f);
	p->k = onnx_attr_float(n, "bias", 1);
	return onnx_one(n, l, n->in[0]);
}

const struct onnx_op onnx_ops_norm[] = {
	{ "BatchNormalization", emit_batchnorm, NULL },
	{ "InstanceNormalization", emit_instance, NULL },
	{ "LRN", emit_lrn, NULL },
	{ "LayerNormalization", emit_layer_norm, NULL },
	{ 0 },
};
