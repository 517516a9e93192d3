/*
 * SimOTA of YOLOX: which place is to find which box.
 *
 * Of a picture those places are asked that lie in a box, or whose centre is within
 * center_radius strides of the centre of one.  What box g costs place a is
 *
 *	sum over classes of BCE(sqrt(p(class) p(object)), is it g's class?)
 *	    - 3 log(IoU + 1e-8) + 1e5 where a is not both in g and near its centre
 *
 * Each box takes the k places that it costs least, k being the sum of its
 * `candidates` highest IoU, rounded down, and at least 1.  A place that several
 * boxes take belongs to the one that costs it least.  Among equals the first one
 * counts.
 *
 * Boxes of class ignore_label are found by none; places with their centre in one,
 * and without a box, are not judged.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/yolox.h"

enum { CANDIDATES_MAX = 64 };
#define FAR 1e5
/* As BCELoss of the reference has it: log(0) is -100. */
#define LOG_MIN (-100.0)

struct truth {
	struct yolox_box box;
	int label;
};

/* One picture. */
struct match {
	const struct yolox *y;
	const float *item;
	struct truth *truth, *ignored;
	int n, nignored;
	size_t *asked, nasked; /* places */
	double *cost, *iou;    /* (n, nasked) */
	double *classes;       /* room for a number of each class */
	int *box;              /* of each place that is asked, or -1 */
};

static void
read_truths(struct match *m, const float *label)
{
	const struct yolox *y = m->y;
	const int most = y->rows - 1;
	const int n = label[0] > 0 ? (int)fminf(label[0], (float)most) : 0;

	m->n = m->nignored = 0;
	for (int i = 1; i <= n; i++) {
		const float *r = label + (size_t)i * 16;
		const struct truth t = { { r[0] + r[2] / 2, r[1] + r[3] / 2,
					     r[2], r[3] },
			(int)fminf(fmaxf(r[5], -1), (float)y->classes) };

		if (!(r[2] > 0 && r[3] > 0))
			continue;
		if (t.label == y->p->ignore_label)
			m->ignored[m->nignored++] = t;
		else
			m->truth[m->n++] = t;
	}
}

static int
check_truths(const struct match *m, int item)
{
	for (int i = 0; i < m->n; i++)
		if (m->truth[i].label < 0 || m->truth[i].label >= m->y->classes)
			return err_set(ERR_FORMAT,
			    "picture %d of the batch has a box of a class outside 0..%d",
			    item, m->y->classes - 1);
	return 0;
}

static void
centre(const struct yolox *y, size_t a, float *cx, float *cy)
{
	const struct yolox_place *p = &y->place[a];

	*cx = (p->column + 0.5f) * p->stride;
	*cy = (p->row + 0.5f) * p->stride;
}

static bool
is_in(const struct yolox *y, size_t a, const struct yolox_box *b)
{
	float cx, cy;

	centre(y, a, &cx, &cy);
	return cx > b->x - b->w / 2 && cx < b->x + b->w / 2 &&
	    cy > b->y - b->h / 2 && cy < b->y + b->h / 2;
}

static bool
is_near(const struct yolox *y, size_t a, const struct yolox_box *b)
{
	const float far = y->p->center_radius * y->place[a].stride;
	float cx, cy;

	centre(y, a, &cx, &cy);
	return fabsf(cx - b->x) < far && fabsf(cy - b->y) < far;
}

static void
ask(struct match *m)
{
	const struct yolox *y = m->y;

	m->nasked = 0;
	for (size_t a = 0; a < y->places; a++)
		for (int i = 0; i < m->n; i++) {
			const struct yolox_box *b = &m->truth[i].box;

			if (is_in(y, a, b) || is_near(y, a, b)) {
				m->asked[m->nasked++] = a;
				break;
			}
		}
}

static double
sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

static double
log_of(double p)
{
	return fmax(log(p), LOG_MIN);
}

/* What place a says of each class c: against it the sum of all, and for it how
 * much more or less (C) that is. */
static double
judge_classes(const struct match *m, size_t a, double *other)
{
	const struct yolox *y = m->y;
	const float *v = m->item + a;
	const double object = sigmoid(v[YOLOX_OBJECT * y->places]);
	double none = 0;

	for (int c = 0; c < y->classes; c++) {
		const double p = sqrt(
		    object * sigmoid(v[(size_t)(YOLOX_CLASS + c) * y->places]));
		const double no = log_of(1 - p);

		none -= no;
		other[c] = no - log_of(p);
	}
	return none;
}

/* cost and iou of all pairs. */
static void
weigh(struct match *m)
{
	const struct yolox *y = m->y;

	for (size_t j = 0; j < m->nasked; j++) {
		const size_t a = m->asked[j];
		const struct yolox_box found = yolox_decode(y, m->item, a);
		const double none = judge_classes(m, a, m->classes);

		for (int i = 0; i < m->n; i++) {
			const struct truth *t = &m->truth[i];
			const size_t at = (size_t)i * m->nasked + j;

			m->iou[at] = yolox_iou(&found, &t->box);
			m->cost[at] = none + m->classes[t->label] -
			    3 * log(m->iou[at] + 1e-8);
			if (!is_in(y, a, &t->box) || !is_near(y, a, &t->box))
				m->cost[at] += FAR;
		}
	}
}

/* How many places box i takes. */
static int
places_of(const struct match *m, int i)
{
	const double *iou = m->iou + (size_t)i * m->nasked;
	const int most = (int)m->y->p->candidates;
	double top[CANDIDATES_MAX] = { 0 }, sum = 0;
	int n = 0, k;

	for (size_t j = 0; j < m->nasked; j++) {
		if (n == most && !(iou[j] > top[n - 1]))
			continue;
		for (k = n < most ? n++ : n - 1; k > 0 && top[k - 1] < iou[j];
		     k--)
			top[k] = top[k - 1];
		top[k] = iou[j];
	}
	for (k = 0; k < n; k++)
		sum += top[k];
	return sum > 1 ? (int)sum : 1;
}

/* Box i takes place j, if it costs it less than the one that has it. */
static void
claim(struct match *m, int i, size_t j)
{
	const int other = m->box[j];

	if (other >= 0 &&
	    !(m->cost[(size_t)i * m->nasked + j] <
		m->cost[(size_t)other * m->nasked + j]))
		return;
	m->box[j] = i;
}

/* The k that cost least, one after the other: k is small. */
static void
take(struct match *m, int i, int k)
{
	const double *cost = m->cost + (size_t)i * m->nasked;
	size_t taken[CANDIDATES_MAX];

	for (int n = 0; n < k; n++) {
		size_t best = m->nasked;

		for (size_t j = 0; j < m->nasked; j++) {
			int seen = 0;

			if (best < m->nasked && !(cost[j] < cost[best]))
				continue;
			for (int t = 0; t < n && !seen; t++)
				seen = taken[t] == j;
			if (!seen)
				best = j;
		}
		if (best == m->nasked)
			return;
		taken[n] = best;
		claim(m, i, best);
	}
}

/* The targets of one picture, (YOLOX_TARGETS, A). */
static void
write_targets(const struct match *m, float *out)
{
	const struct yolox *y = m->y;
	const size_t step = y->places;

	memset(out, 0, YOLOX_TARGETS * step * sizeof(*out));
	for (size_t a = 0; a < step; a++)
		for (int i = 0; i < m->nignored; i++)
			if (is_in(y, a, &m->ignored[i].box))
				out[YOLOX_TARGET_IS * step + a] = -1;
	for (size_t j = 0; j < m->nasked; j++) {
		const struct truth *t;
		float *v = out + m->asked[j];

		if (m->box[j] < 0)
			continue;
		t = &m->truth[m->box[j]];
		v[YOLOX_X * step] = t->box.x;
		v[YOLOX_Y * step] = t->box.y;
		v[YOLOX_W * step] = t->box.w;
		v[YOLOX_H * step] = t->box.h;
		v[YOLOX_TARGET_CLASS * step] = (float)t->label;
		v[YOLOX_TARGET_IOU * step] =
		    (float)m->iou[(size_t)m->box[j] * m->nasked + j];
		v[YOLOX_TARGET_IS * step] = 1;
	}
}

static void
match_boxes(struct match *m)
{
	const size_t pairs = (size_t)m->n * m->nasked + 1;

	m->cost = mem_array(double, pairs);
	m->iou = mem_array(double, pairs);
	weigh(m);
	for (size_t j = 0; j < m->nasked; j++)
		m->box[j] = -1;
	for (int i = 0; i < m->n && m->nasked > 0; i++)
		take(m, i, places_of(m, i));
	mem_free(m->cost);
	m->cost = NULL;
}

int
yolox_assign(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct yolox *y = state;
	struct match m = { .y = y };
	int rc = 0;

	(void)env;
	m.truth = mem_array(struct truth, (size_t)y->rows);
	m.ignored = mem_array(struct truth, (size_t)y->rows);
	m.asked = mem_array(size_t, y->places + 1);
	m.box = mem_array(int, y->places + 1);
	m.classes = mem_array(double, (size_t)y->classes);
	for (int i = 0; i < y->items && rc >= 0; i++) {
		m.item = in[0] +
		    (size_t)i * (size_t)(YOLOX_CLASS + y->classes) * y->places;
		read_truths(&m, in[1] + (size_t)i * (size_t)y->rows * 16);
		rc = check_truths(&m, i);
		if (rc < 0)
			break;
		ask(&m);
		match_boxes(&m);
		write_targets(
		    &m, out[0] + (size_t)i * YOLOX_TARGETS * y->places);
		mem_free(m.iou);
		m.iou = NULL;
	}
	mem_free(m.classes);
	mem_free(m.box);
	mem_free(m.asked);
	mem_free(m.ignored);
	mem_free(m.truth);
	return rc;
}
