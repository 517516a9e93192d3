/*
 * DetectionOutput (SSD): boxes from offsets, priors and scores, the best of each
 * class by non-maximum suppression.  Host code: an op of its own kind.
 *
 * Top (1, 1, K, 7): item, class, score, left, top, right, bottom (relative).  In
 * Caffe K is what was found; here it is keep_top_k per item, and rows behind the
 * last hold item -1.
 *
 * RefineDet (Zhang et al., 2018) has two bottoms more: how much of an object is in
 * each prior (N, 2 priors), as shares of nothing and something, and offsets that
 * move the prior before the others are laid on it (N, 4 priors).  A prior with less
 * of an object than objectness_score scores 0 for every class.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/boxes.h"
#include "nn/layers/types.h"

static const Caffe__DetectionOutputParameter none =
    CAFFE__DETECTION_OUTPUT_PARAMETER__INIT;

struct detect {
	const Caffe__DetectionOutputParameter *p;
	int items, priors, classes, sets; /* sets of locations: 1 or classes */
	int rows;
	struct layer_nms nms;
	float least; /* the score */
	int top_k;
	bool refines; /* RefineDet's bottoms are there */
};

/* Box i of a class: offsets v on its prior, which first goes where `first` moves it
 * (or NULL). */
static struct layer_box
box_of(const struct detect *d, const float *v, const float *first,
    const float *priors, int i)
{
	const enum layer_box_code code = (enum layer_box_code)d->p->code_type;
	const float *variances = d->p->variance_encoded_in_target
	    ? layer_box_ones
	    : priors + ((size_t)d->priors + (size_t)i) * 4;
	struct layer_box prior;

	memcpy(&prior, priors + (size_t)i * 4, sizeof(prior));
	if (first != NULL)
		prior = layer_box_decode(
		    code, first + (size_t)i * 4, &prior, variances);
	return layer_box_decode(code, v, &prior, variances);
}

/* The score of prior k, of which `object` (or NULL) says whether it has any. */
static float
score_of(const struct detect *d, const float *scores, const float *object,
    int k, int label)
{
	if (object != NULL &&
	    object[(size_t)k * 2 + 1] < d->p->objectness_score)
		return 0;
	return scores[(size_t)k * d->classes + label];
}

static size_t
detect_class(const struct detect *d, const float *const *in, int item,
    int label, struct layer_found *f)
{
	const size_t before = (size_t)item * d->priors;
	const float *v = in[0] + before * d->sets * 4;
	const float *scores = in[1] + before * d->classes;
	const float *object = d->refines ? in[3] + before * 2 : NULL;
	const float *first = d->refines ? in[4] + before * 4 : NULL;
	const int set = d->sets > 1 ? label : 0;
	size_t n = 0, i;

	for (int k = 0; k < d->priors; k++) {
		const float c = score_of(d, scores, object, k, label);

		if (c > d->least)
			f[n++] =
			    (struct layer_found){ c, item, label, k, { 0 } };
	}
	qsort(f, n, sizeof(*f), layer_found_by_score);
	if (d->top_k >= 0 && n > (size_t)d->top_k)
		n = (size_t)d->top_k;
	for (i = 0; i < n; i++)
		f[i].box = box_of(d, v + ((size_t)f[i].at * d->sets + set) * 4,
		    first, in[2], f[i].at);
	return layer_found_suppress(f, n, &d->nms);
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct detect *d = state;
	struct layer_found *f = mem_array(
	    struct layer_found, (size_t)d->priors * (size_t)d->classes + 1);
	float *row = out[0];
	size_t n;

	(void)env;
	for (int item = 0; item < d->items; item++) {
		n = 0;
		for (int label = 0; label < d->classes; label++)
			if (label != d->p->background_label_id)
				n += detect_class(d, in, item, label, f + n);
		n = layer_found_keep(f, n, (size_t)(d->rows / d->items));
		row = layer_found_write(row, f, n);
	}
	layer_found_pad(row, out[0] + (size_t)d->rows * LAYER_FOUND_ROW);
	mem_free(f);
	return 0;
}

/* RefineDet's two bottoms, if they are there. */
static int
check_refining(const struct layer *l, struct detect *d)
{
	const int64_t n = (int64_t)d->items * d->priors;

	d->refines = l->nbottom > 3;
	if (l->nbottom == 4)
		return err_set(ERR_FORMAT, "it takes 3 bottom blobs, or 5");
	for (int i = 3; i < l->nbottom; i++)
		if ((int64_t)shape_count(layer_shape(l, i)) !=
		    n * (i == 3 ? 2 : 4))
			return err_set(ERR_FORMAT,
			    "%d priors do not match its bottom \"%s\"",
			    d->priors, l->p->bottom[i]);
	return 0;
}

static void
thresholds(struct detect *d)
{
	const Caffe__NonMaximumSuppressionParameter *m = d->p->nms_param;

	d->nms.limit = m != NULL ? m->nms_threshold : d->p->nms_threshold;
	d->nms.eta = m != NULL ? m->eta : 1;
	d->top_k = m != NULL && m->has_top_k ? m->top_k
	    : m == NULL && d->p->has_top_k   ? d->p->top_k
					     : -1;
	d->least = d->p->has_confidence_threshold ? d->p->confidence_threshold
						  : -3.4e38f;
}

static int
emit(struct layer *l)
{
	const Caffe__DetectionOutputParameter *p =
	    LAYER_PARAM(l, detection_output_param, &none);
	struct detect *d = mem_new(struct detect);
	union op_attr a = { .custom = { .nin = l->nbottom, .nout = 1 } };
	int64_t keep;

	l->state = d;
	d->p = p;
	if (p->use_polygon)
		return err_set(ERR_UNSUPPORTED,
		    "use_polygon, of TextBoxes++, is not known here: boxes have straight sides");
	TRY(layer_prior_shapes(l, p->num_classes, p->share_location, &d->items,
	    &d->priors, &d->classes));
	TRY(check_refining(l, d));
	d->sets = p->share_location ? 1 : d->classes;
	thresholds(d);
	keep =
	    p->keep_top_k > 0 ? p->keep_top_k : (int64_t)d->priors * d->classes;
	if (keep * d->items > LAYER_FOUND_MAX)
		return err_set(ERR_RANGE,
		    "%lld detections are too many: give keep_top_k",
		    (long long)keep * d->items);
	d->rows = (int)keep * d->items;
	a.custom.state = d;
	a.custom.shape[0] = shape_of(4, 1, 1, d->rows, (int)LAYER_FOUND_ROW);
	a.custom.forward = forward;
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, l->nbottom));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_detection_output = { "DetectionOutput", 3, 5, 1,
	1, .emit = emit, .no_grad = 31, .free = release };
