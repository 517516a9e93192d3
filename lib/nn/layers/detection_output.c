/*
 * DetectionOutput (SSD): boxes from offsets, priors and scores, the best of each
 * class by non-maximum suppression.  Host code: an op of its own kind.
 *
 * Top (1, 1, K, 7): item, class, score, left, top, right, bottom (relative).  In
 * Caffe K is what was found; here it is keep_top_k per item, and rows behind the
 * last hold item -1.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/types.h"

enum { ROW = 7, ROWS_MAX = 1 << 20 };

static const Caffe__DetectionOutputParameter none =
    CAFFE__DETECTION_OUTPUT_PARAMETER__INIT;

struct box {
	float x0, y0, x1, y1;
};

struct found {
	float score;
	int item, label, prior;
	struct box box;
};

struct detect {
	const Caffe__DetectionOutputParameter *p;
	int items, priors, classes, sets; /* sets of locations: 1 or classes */
	int rows;
	float nms, eta, least; /* thresholds */
	int top_k;
};

static float
area(const struct box *b)
{
	return b->x1 < b->x0 || b->y1 < b->y0
	    ? 0
	    : (b->x1 - b->x0) * (b->y1 - b->y0);
}

static float
overlap(const struct box *a, const struct box *b)
{
	struct box c = { fmaxf(a->x0, b->x0), fmaxf(a->y0, b->y0),
		fminf(a->x1, b->x1), fminf(a->y1, b->y1) };
	float i = area(&c), u = area(a) + area(b) - i;

	return i > 0 && u > 0 ? i / u : 0;
}

/* Offsets (4) on a prior with its variances, by code_type. */
static struct box
decode(const struct detect *d, const float *v, const float *prior,
    const float *variance)
{
	static const float ones[4] = { 1, 1, 1, 1 };
	float w = prior[2] - prior[0], h = prior[3] - prior[1], cx, cy, bw, bh;

	if (d->p->variance_encoded_in_target)
		variance = ones;
	if (d->p->code_type == CAFFE__PRIOR_BOX_PARAMETER__CODE_TYPE__CORNER)
		return (struct box){ prior[0] + variance[0] * v[0],
			prior[1] + variance[1] * v[1],
			prior[2] + variance[2] * v[2],
			prior[3] + variance[3] * v[3] };
	if (d->p->code_type ==
	    CAFFE__PRIOR_BOX_PARAMETER__CODE_TYPE__CORNER_SIZE)
		return (struct box){ prior[0] + variance[0] * v[0] * w,
			prior[1] + variance[1] * v[1] * h,
			prior[2] + variance[2] * v[2] * w,
			prior[3] + variance[3] * v[3] * h };
	cx = variance[0] * v[0] * w + (prior[0] + prior[2]) / 2;
	cy = variance[1] * v[1] * h + (prior[1] + prior[3]) / 2;
	bw = expf(variance[2] * v[2]) * w;
	bh = expf(variance[3] * v[3]) * h;
	return (
	    struct box){ cx - bw / 2, cy - bh / 2, cx + bw / 2, cy + bh / 2 };
}

static int
by_score(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	if (x->label != y->label)
		return x->label < y->label ? -1 : 1;
	return x->prior < y->prior ? -1 : x->prior > y->prior;
}

/* Candidates, best first, thinned in place; how many are left. */
static int
suppress(const struct detect *d, struct found *f, int n)
{
	float limit = d->nms;
	int i, j, kept = 0;

	for (i = 0; i < n; i++) {
		for (j = 0; j < kept; j++)
			if (overlap(&f[i].box, &f[j].box) > limit)
				break;
		if (j < kept)
			continue;
		f[kept++] = f[i];
		if (d->eta < 1 && limit > 0.5f)
			limit *= d->eta;
	}
	return kept;
}

static int
detect_class(const struct detect *d, const float *loc, const float *conf,
    const float *prior, int item, int label, struct found *f)
{
	const float *c = conf + (size_t)item * d->priors * d->classes;
	const float *v = loc + (size_t)item * d->priors * d->sets * 4;
	int i, n = 0, set = d->sets > 1 ? label : 0;

	for (i = 0; i < d->priors; i++)
		if (c[(size_t)i * d->classes + label] > d->least)
			f[n++] =
			    (struct found){ c[(size_t)i * d->classes + label],
				    item, label, i, { 0 } };
	qsort(f, (size_t)n, sizeof(*f), by_score);
	if (d->top_k >= 0 && n > d->top_k)
		n = d->top_k;
	for (i = 0; i < n; i++)
		f[i].box =
		    decode(d, v + ((size_t)f[i].prior * d->sets + set) * 4,
			prior + (size_t)f[i].prior * 4,
			prior + ((size_t)d->priors + f[i].prior) * 4);
	return suppress(d, f, n);
}

static int
by_label(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->label != y->label)
		return x->label < y->label ? -1 : 1;
	return by_score(a, b);
}

static float *
write_rows(float *row, const struct found *f, int n)
{
	int i;

	for (i = 0; i < n; i++, row += ROW) {
		row[0] = (float)f[i].item;
		row[1] = (float)f[i].label;
		row[2] = f[i].score;
		memcpy(&row[3], &f[i].box, sizeof(f[i].box));
	}
	return row;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct detect *d = state;
	struct found *f =
	    mem_array(struct found, (size_t)d->priors * (size_t)d->classes + 1);
	float *row = out[0], *end = row + (size_t)d->rows * ROW;
	int item, label, n, keep = d->rows / d->items;

	(void)env;
	for (item = 0; item < d->items; item++) {
		n = 0;
		for (label = 0; label < d->classes; label++)
			if (label != d->p->background_label_id)
				n += detect_class(
				    d, in[0], in[1], in[2], item, label, f + n);
		if (n > keep) {
			qsort(f, (size_t)n, sizeof(*f), by_score);
			n = keep;
		}
		qsort(f, (size_t)n, sizeof(*f), by_label);
		row = write_rows(row, f, n);
	}
	for (; row < end; row++)
		*row = -1;
	mem_free(f);
	return 0;
}

static int
check_bottoms(const struct layer *l, struct detect *d)
{
	const struct shape *loc = layer_shape(l, 0), *conf = layer_shape(l, 1);
	const struct shape *prior = layer_shape(l, 2);
	int64_t n = loc->n ? loc->d[0] : 0, k;

	if (d->classes < 1)
		return err_set(ERR_FORMAT, "num_classes is not given");
	if (prior->n != 3 || prior->d[1] != 2 || prior->d[2] % 4)
		return err_set(
		    ERR_FORMAT, "its third bottom must be (1, 2, 4 priors)");
	k = prior->d[2] / 4;
	if (n < 1 || k < 1 || n > ROWS_MAX || k > ROWS_MAX ||
	    (int64_t)shape_count(loc) != n * k * d->sets * 4)
		return err_set(ERR_FORMAT,
		    "%lld priors do not match the locations of its first bottom",
		    (long long)k);
	if ((int64_t)shape_count(conf) != n * k * d->classes)
		return err_set(ERR_FORMAT,
		    "%lld priors of %d classes do not match the scores of its second bottom",
		    (long long)k, d->classes);
	d->items = (int)n;
	d->priors = (int)k;
	return 0;
}

static void
thresholds(struct detect *d)
{
	const Caffe__NonMaximumSuppressionParameter *m = d->p->nms_param;

	d->nms = m != NULL ? m->nms_threshold : 0.3f;
	d->eta = m != NULL ? m->eta : 1;
	d->top_k = m != NULL && m->has_top_k ? m->top_k : -1;
	d->least = d->p->has_confidence_threshold ? d->p->confidence_threshold
						  : -3.4e38f;
}

static int
emit(struct layer *l)
{
	const Caffe__DetectionOutputParameter *p =
	    LAYER_PARAM(l, detection_output_param, &none);
	struct detect *d = mem_new(struct detect);
	union op_attr a = { .custom = { .nin = 3, .nout = 1 } };
	int64_t keep;

	l->state = d;
	d->p = p;
	d->classes = p->num_classes > ROWS_MAX ? 0 : (int)p->num_classes;
	d->sets = p->share_location ? 1 : d->classes;
	TRY(check_bottoms(l, d));
	thresholds(d);
	keep =
	    p->keep_top_k > 0 ? p->keep_top_k : (int64_t)d->priors * d->classes;
	if (keep * d->items > ROWS_MAX)
		return err_set(ERR_RANGE,
		    "%lld detections are too many: give keep_top_k",
		    (long long)keep * d->items);
	d->rows = (int)keep * d->items;
	a.custom.state = d;
	a.custom.shape[0] = shape_of(4, 1, 1, d->rows, ROW);
	a.custom.forward = forward;
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 3));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_detection_output = { "DetectionOutput", 3, 3, 1,
	1, .emit = emit, .no_grad = 7, .free = release };
