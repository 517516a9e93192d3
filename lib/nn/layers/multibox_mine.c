/*
 * Hard negatives (multibox.h): most priors show background, and only those that are
 * taken for something else are worth learning from.
 *
 * MAX_NEGATIVE takes, of the priors without a truth that overlap none by neg_overlap,
 * those of the greatest loss, neg_pos_ratio times as many as have a truth.
 * HARD_EXAMPLE (Shrivastava et al., CVPR 2016) takes the sample_size priors of the
 * greatest loss of class and place, with and without a truth; other truths are taken
 * back.  nms_param first thins out what overlaps what is taken already.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/multibox.h"

/* -log of the softmax of its label. */
static float
softmax_loss(const float *x, int n, int label)
{
	double top = (double)x[0], sum;

	for (int i = 1; i < n; i++)
		top = fmax(top, (double)x[i]);
	sum = exp((double)x[0] - top);
	for (int i = 1; i < n; i++)
		sum += exp((double)x[i] - top);
	return (float)fmin(
	    log(sum) + top - (double)x[label], -log((double)FLT_MIN));
}

/* Cross entropy of independent classes. */
static float
logistic_loss(const float *x, int n, int label)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += fmax((double)x[i], 0) - (i == label ? (double)x[i] : 0) +
		    log1p(exp(-fabs((double)x[i])));
	return (float)sum;
}

static float
class_loss(const struct multibox_item *it, int i)
{
	const int n = it->m->classes, t = it->match[i];
	const int label =
	    t >= 0 ? multibox_label(it, t) : (int)it->m->p->background_label_id;
	const float *x = it->conf + (size_t)i * (size_t)n;

	return it->m->p->conf_loss_type ==
		CAFFE__MULTI_BOX_LOSS_PARAMETER__CONF_LOSS_TYPE__LOGISTIC
	    ? logistic_loss(x, n, label)
	    : softmax_loss(x, n, label);
}

static float
place_loss(const struct multibox_item *it, int i)
{
	const bool smooth = it->m->p->loc_loss_type ==
	    CAFFE__MULTI_BOX_LOSS_PARAMETER__LOC_LOSS_TYPE__SMOOTH_L1;
	float target[4], factor[4], sum = 0;

	if (it->match[i] < 0)
		return 0;
	multibox_targets(it, 0, i, target, factor);
	for (int k = 0; k < 4; k++) {
		const float d = fabsf(
		    factor[k] * it->loc[(size_t)i * 4 + (size_t)k] - target[k]);

		sum += smooth && d >= 1 ? d - 0.5f : d * d / 2;
	}
	return sum;
}

static bool
is_eligible(const struct multibox_item *it, int i)
{
	if (it->m->mining ==
	    CAFFE__MULTI_BOX_LOSS_PARAMETER__MINING_TYPE__HARD_EXAMPLE)
		return true;
	return it->match[i] == MULTIBOX_NONE &&
	    it->overlap[i] < it->m->p->neg_overlap;
}

/* Those that may be chosen, by loss; how many. */
static size_t
eligible(const struct multibox_item *it, struct layer_found *f)
{
	const Caffe__MultiBoxLossParameter *p = it->m->p;
	const bool hard = it->m->mining ==
	    CAFFE__MULTI_BOX_LOSS_PARAMETER__MINING_TYPE__HARD_EXAMPLE;
	size_t n = 0;

	for (int i = 0; i < it->m->priors; i++) {
		float loss;

		if (!is_eligible(it, i))
			continue;
		loss = class_loss(it, i) + (hard ? place_loss(it, i) : 0);
		f[n++] = (struct layer_found){ isnan(loss) ? -1 : loss, 0, 0, i,
			p->use_prior_for_nms ? multibox_prior(it, i)
					     : multibox_decode(it, 0, i) };
	}
	qsort(f, n, sizeof(*f), layer_found_by_score);
	return n;
}

/* How many are to be chosen. */
static size_t
wanted(const struct multibox_item *it)
{
	const Caffe__MultiBoxLossParameter *p = it->m->p;
	double n = 0;

	if (it->m->mining ==
	    CAFFE__MULTI_BOX_LOSS_PARAMETER__MINING_TYPE__HARD_EXAMPLE)
		return p->sample_size > 0 ? (size_t)p->sample_size : 0;
	for (int i = 0; i < it->m->priors; i++)
		n += it->match[i] >= 0;
	n *= (double)p->neg_pos_ratio;
	return (size_t)fmin(n, it->m->priors);
}

void
multibox_mine(struct multibox_item *it)
{
	const Caffe__NonMaximumSuppressionParameter *q = it->m->p->nms_param;
	struct layer_found *f =
	    mem_array(struct layer_found, (size_t)it->m->priors + 1);
	bool *chosen = mem_array(bool, (size_t)it->m->priors);
	size_t n = eligible(it, f), want = wanted(it);

	if (q != NULL && q->nms_threshold > 0) {
		const struct layer_nms nms = {
			.limit = q->nms_threshold, .eta = 1, .most = want
		};

		if (q->has_top_k && q->top_k >= 0 && n > (size_t)q->top_k)
			n = (size_t)q->top_k;
		n = want > 0 ? layer_found_suppress(f, n, &nms) : 0;
	}
	for (size_t i = 0; i < n && i < want; i++)
		chosen[f[i].at] = true;
	for (int i = 0; i < it->m->priors; i++) {
		it->negative[i] = it->match[i] == MULTIBOX_NONE && chosen[i];
		if (it->match[i] >= 0 && !chosen[i] &&
		    it->m->mining ==
			CAFFE__MULTI_BOX_LOSS_PARAMETER__MINING_TYPE__HARD_EXAMPLE)
			it->match[i] = MULTIBOX_NONE;
	}
	mem_free(chosen);
	mem_free(f);
}
