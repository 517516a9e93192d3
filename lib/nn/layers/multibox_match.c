/*
 * The true box of each prior: see multibox.h.
 *
 * Each truth first takes the prior that it overlaps most, the closest pair first;
 * a tie goes to the earlier prior, then to the earlier truth.  PER_PREDICTION then
 * gives each prior that is left the truth it overlaps most, if that is
 * overlap_threshold at least.
 */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "nn/layers/multibox.h"

/* Below this boxes do not overlap (SSD). */
#define LEAST_OVERLAP 1e-6f

static int
take_row(const struct multibox *m, int64_t i, const float *v,
    struct multibox_truth *t)
{
	if (!(v[0] >= 0 && v[0] < (float)m->items))
		return err_set(ERR_FORMAT,
		    "box %lld is of picture %g; there are %d", (long long)i,
		    (double)v[0], m->items);
	if (!(v[1] >= 0 && v[1] < (float)m->classes) &&
	    !m->p->map_object_to_agnostic)
		return err_set(ERR_FORMAT,
		    "box %lld is of class %g; num_classes is %d", (long long)i,
		    (double)v[1], m->classes);
	if (v[1] == (float)m->p->background_label_id)
		return err_set(ERR_FORMAT,
		    "box %lld is of class %g, which is the background",
		    (long long)i, (double)v[1]);
	*t = (struct multibox_truth){ (int)v[0],
		v[1] >= 0 && v[1] < 1e9f ? (int)v[1] : 0,
		{ v[3], v[4], v[5], v[6] } };
	if (!layer_box_finite(&t->box) || !(v[5] > v[3] && v[6] > v[4]))
		return err_set(ERR_FORMAT,
		    "box %lld has edges %g %g %g %g: right and bottom must lie behind left and top",
		    (long long)i, (double)v[3], (double)v[4], (double)v[5],
		    (double)v[6]);
	return 0;
}

int
multibox_truths(const struct multibox *m, const float *rows,
    struct multibox_truth *out, size_t *begin)
{
	struct multibox_truth *all =
	    mem_array(struct multibox_truth, (size_t)m->rows + 1);
	size_t n = 0;
	int rc = 0;

	memset(begin, 0, ((size_t)m->items + 1) * sizeof(*begin));
	for (int64_t i = 0; i < m->rows && rc >= 0; i++) {
		const float *v = rows + i * MULTIBOX_ROW;

		if (v[0] == -1 || (!m->p->use_difficult_gt && v[7] != 0))
			continue;
		rc = take_row(m, i, v, &all[n]);
		if (rc >= 0)
			begin[all[n++].item + 1]++;
	}
	for (int i = 0; i < m->items; i++)
		begin[i + 1] += begin[i];
	for (size_t i = 0; i < n && rc >= 0; i++)
		out[begin[all[i].item]++] = all[i];
	for (int i = m->items; i > 0; i--)
		begin[i] = begin[i - 1];
	begin[0] = 0;
	mem_free(all);
	return rc;
}

struct layer_box
multibox_decode(const struct multibox_item *it, int set, int i)
{
	const struct layer_box prior = multibox_prior(it, i);
	const size_t at = (size_t)i * (size_t)it->m->sets + (size_t)set;

	return layer_box_decode((enum layer_box_code)it->m->p->code_type,
	    it->loc + at * 4, &prior, multibox_variance(it, i));
}

/* Boxes against the truths of one label, or all (-1). */
struct matching {
	const struct multibox_item *it;
	const struct layer_box *box; /* (P) */
	int label;
	int *match;     /* (P) */
	float *overlap; /* (P) */
};

/* The prior that truth t overlaps most and that has none; -1. */
static int
best_prior(const struct matching *x, size_t t, float *best)
{
	int at = -1;

	*best = LEAST_OVERLAP;
	for (int i = 0; i < x->it->m->priors; i++) {
		float o;

		if (x->match[i] != MULTIBOX_NONE)
			continue;
		o = layer_box_iou(&x->box[i], &x->it->truth[t].box, false);
		if (o > *best) {
			*best = o;
			at = i;
		}
	}
	return at;
}

struct pair {
	int prior; /* -1: there is none, or the truth is matched */
	float overlap;
};

static bool
is_closer(const struct pair *a, const struct pair *b)
{
	if (a->prior < 0 || b->prior < 0)
		return b->prior < 0 && a->prior >= 0;
	return a->overlap != b->overlap ? a->overlap > b->overlap
					: a->prior < b->prior;
}

static void
match_truths(const struct matching *x)
{
	const size_t n = x->it->ntruth;
	struct pair *pair = mem_array(struct pair, n + 1);
	size_t t, best;

	for (t = 0; t < n; t++)
		pair[t].prior =
		    x->label >= 0 && x->it->truth[t].label != x->label
		    ? -1
		    : best_prior(x, t, &pair[t].overlap);
	for (;;) {
		for (best = 0, t = 1; t < n; t++)
			if (is_closer(&pair[t], &pair[best]))
				best = t;
		if (n == 0 || pair[best].prior < 0)
			break;
		x->match[pair[best].prior] = (int)best;
		for (t = 0; t < n; t++)
			if (t != best && pair[t].prior == pair[best].prior)
				pair[t].prior =
				    best_prior(x, t, &pair[t].overlap);
		pair[best].prior = -1;
	}
	mem_free(pair);
}

/* The truth that box i overlaps most: into overlap; its number or -1. */
static int
best_truth(const struct matching *x, int i)
{
	int at = -1;

	x->overlap[i] = 0;
	for (size_t t = 0; t < x->it->ntruth; t++) {
		float o;

		if (x->label >= 0 && x->it->truth[t].label != x->label)
			continue;
		o = layer_box_iou(&x->box[i], &x->it->truth[t].box, false);
		if (o > LEAST_OVERLAP && o > x->overlap[i]) {
			x->overlap[i] = o;
			at = (int)t;
		}
	}
	return at;
}

static bool
crosses_edge(const struct layer_box *b)
{
	return b->x0 < 0 || b->x0 > 1 || b->y0 < 0 || b->y0 > 1 || b->x1 < 0 ||
	    b->x1 > 1 || b->y1 < 0 || b->y1 > 1;
}

static void
match_set(const struct matching *x)
{
	const Caffe__MultiBoxLossParameter *p = x->it->m->p;
	const int n = x->it->m->priors;

	for (int i = 0; i < n; i++)
		x->match[i] =
		    p->ignore_cross_boundary_bbox && crosses_edge(&x->box[i])
		    ? MULTIBOX_LEFT_OUT
		    : MULTIBOX_NONE;
	match_truths(x);
	for (int i = 0; i < n; i++) {
		int t;

		x->overlap[i] = 0;
		if (x->match[i] == MULTIBOX_LEFT_OUT)
			continue;
		t = best_truth(x, i);
		if (x->match[i] == MULTIBOX_NONE && t >= 0 &&
		    p->match_type ==
			CAFFE__MULTI_BOX_LOSS_PARAMETER__MATCH_TYPE__PER_PREDICTION &&
		    x->overlap[i] >= p->overlap_threshold)
			x->match[i] = t;
	}
}

/* Matches of all classes into those of each. */
static void
share_out(struct multibox_item *it)
{
	const int n = it->m->priors;

	for (int set = it->m->sets - 1; set >= 0; set--)
		for (int i = 0; i < n; i++) {
			const int t = it->match[i];

			it->match[(size_t)set * (size_t)n + (size_t)i] =
			    t >= 0 && it->truth[t].label == set ? t
			    : t >= 0                            ? MULTIBOX_NONE
								: t;
		}
}

void
multibox_match(struct multibox_item *it)
{
	const int n = it->m->priors, sets = it->m->sets;
	const bool by_prior = it->m->p->use_prior_for_matching;
	struct layer_box *box = mem_array(struct layer_box, (size_t)n);
	struct matching x = { it, box, -1, it->match, it->overlap };

	for (int set = 0; set < (by_prior ? 1 : sets); set++) {
		for (int i = 0; i < n; i++)
			box[i] = by_prior ? multibox_prior(it, i)
					  : multibox_decode(it, set, i);
		x.label = by_prior || sets == 1 ? -1 : set;
		x.match = it->match + (size_t)set * (size_t)n;
		match_set(&x);
	}
	if (by_prior && sets > 1)
		share_out(it);
	mem_free(box);
}

/* Does edge k of what was matched lie outside the picture?  It learns nothing. */
static bool
edge_outside(const struct multibox_item *it, int set, int i, int k)
{
	const struct layer_box b = it->m->p->use_prior_for_matching
	    ? multibox_prior(it, i)
	    : multibox_decode(it, set, i);
	const float edge[4] = { b.x0, b.y0, b.x1, b.y1 };

	return edge[k] < 0 || edge[k] > 1;
}

void
multibox_targets(const struct multibox_item *it, int set, int i,
    float target[4], float factor[4])
{
	const Caffe__MultiBoxLossParameter *p = it->m->p;
	const size_t at = (size_t)set * (size_t)it->m->priors + (size_t)i;
	const struct layer_box prior = multibox_prior(it, i);
	const float *variance = it->variance + (size_t)i * 4;

	layer_box_encode(target, (enum layer_box_code)p->code_type,
	    &it->truth[it->match[at]].box, &prior, multibox_variance(it, i));
	for (int k = 0; k < 4; k++) {
		factor[k] = 1;
		if (p->encode_variance_in_target) {
			factor[k] = 1 / variance[k];
			target[k] /= variance[k];
		}
		if (p->bp_inside && edge_outside(it, set, i, k))
			target[k] = factor[k] = 0;
	}
}
