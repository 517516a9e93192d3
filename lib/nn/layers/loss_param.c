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
	if (p->has_normalization)
		a->norm = norms[p->normalization];
	else if (p->has_normalize)
		a->norm = p->normalize ? NORM_VALID : NORM_BATCH;
}
