/* loss_param: what is ignored, and what a sum of losses is divided by
 * (LossLayer and GetNormalizer of Caffe). */
#include "nn/layers/types.h"

void
layer_loss_param(const struct layer *l, enum loss_norm norm, struct op_loss *a)
{
	static const enum loss_norm norms[] = { NORM_FULL, NORM_VALID,
		NORM_BATCH, NORM_NONE };
	const Caffe__LossParameter *p = l->p->loss_param;

	a->norm = norm;
	if (p == NULL)
		return;
	a->has_ignore = p->has_ignore_label;
	a->ignore = p->ignore_label;
	a->smoothing = p->label_smoothing;
	if (p->normalization ==
	    CAFFE__LOSS_PARAMETER__NORMALIZATION_MODE__PRE_FIXED)
		a->norm = NORM_NONE; /* see layer_loss_top */
	else if (p->has_normalization)
		a->norm = norms[p->normalization];
	else if (p->has_normalize)
		a->norm = p->normalize ? NORM_VALID : NORM_BATCH;
}

int
layer_loss_top(struct layer *l, int y)
{
	const Caffe__LossParameter *p = l->p->loss_param;

	if (y < 0 || p == NULL ||
	    p->normalization !=
		CAFFE__LOSS_PARAMETER__NORMALIZATION_MODE__PRE_FIXED)
		return layer_top(l, 0, y);
	if (!(p->pre_fixed_normalizer > 0))
		return err_set(ERR_FORMAT,
		    "pre_fixed_normalizer is %g; it must be above 0",
		    p->pre_fixed_normalizer);
	return layer_top(l, 0,
	    graph_unary(
		l->graph, y, UNARY_POWER, 0, 1 / p->pre_fixed_normalizer, 1));
}

/* Axes up to the last that is not 1. */
static int
axes_used(const struct shape *s)
{
	int n = s->n;

	while (n > 0 && s->d[n - 1] == 1)
		n--;
	return n;
}

int
layer_loss_like(struct layer *l, int i)
{
	const struct shape x = *layer_shape(l, 0), y = *layer_shape(l, i);
	char t[2][SHAPE_TEXT_MAX];
	const int n = axes_used(&x);
	bool same = n == axes_used(&y);

	for (int k = 0; k < n && same; k++)
		same = x.d[k] == y.d[k];
	if (!same)
		return err_set(ERR_FORMAT,
		    "its bottoms \"%s\" (%s) and \"%s\" (%s) must have the same shape",
		    l->p->bottom[0], shape_text(t[0], &x), l->p->bottom[i],
		    shape_text(t[1], &y));
	return shape_same(&x, &y) ? l->bottom[i]
				  : graph_reshape(l->graph, l->bottom[i], &x);
}
