/*
 * BatchNorm: normalisation by the statistics of the batch (phase TRAIN) or by
 * running ones.  Blobs 0, 1, 2: sums of means and variances, and what they are
 * to be divided by; never learned.  With NVcaffe's scale_bias blobs 3 and 4 are
 * a learned scale and bias.
 */
#include "nn/layers/types.h"

static const Caffe__BatchNormParameter none = CAFFE__BATCH_NORM_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__BatchNormParameter *p =
	    LAYER_PARAM(l, batch_norm_param, &none);
	struct shape x = *layer_shape(l, 0), s = { 1, { 1 } }, x2;
	union op_attr a = { 0 };
	int in[6] = { l->bottom[0], -1, -1, -1, -1, -1 }, y;

	if (x.n < 1)
		return err_set(ERR_FORMAT, "its bottom is a scalar");
	if (x.n > 1)
		s.d[0] = x.d[1];
	TRY(in[1] = layer_param(l, 0, &s, NULL, false));
	TRY(in[2] = layer_param(l, 1, &s, NULL, false));
	TRY(in[3] =
		layer_param(l, 2, &(struct shape){ 1, { 1 } }, NULL, false));
	if (p->scale_bias) {
		TRY(in[4] = layer_param(l, 3, &s,
			p->scale_filler ? p->scale_filler : &layer_fill_one,
			true));
		TRY(in[5] = layer_param(l, 4, &s, p->bias_filler, true));
	}
	a.batchnorm.eps = p->eps;
	a.batchnorm.fraction = p->moving_average_fraction;
	a.batchnorm.train =
	    p->has_use_global_stats ? !p->use_global_stats : l->train;
	x2 = (struct shape){ 2, { x.d[0], 1 } };
	if (x.n == 1)
		TRY(in[0] = graph_reshape(l->graph, in[0], &x2));
	TRY(y = graph_add(
		l->graph, OP_BATCHNORM, &a, in, p->scale_bias ? 6 : 4));
	if (x.n == 1)
		y = graph_reshape(l->graph, y, &x);
	return layer_top(l, 0, y);
}

const struct layer_type layer_batch_norm = { "BatchNorm", 1, 1, 1, 1,
	.emit = emit, .role = LAYER_NORM };
