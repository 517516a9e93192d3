/*
 * DetectionEvaluate (SSD): which of the boxes that were found are right.  Bottoms:
 * the rows of DetectionOutput (1, 1, K, 7), and the true boxes (1, 1, G, 8) of
 * MultiBoxLoss.  Top (1, 1, classes + K, 5), of classes without the background:
 *
 *	-1    class  truths  -1     -1       for each class
 *	item  class  score   right  wrong    for each box; 0 0: it counts for nothing
 *
 * and rows of -1 behind the last.  In each picture and class the surest box comes
 * first.  A box is judged by the truth it overlaps most: right if they overlap by
 * overlap_threshold and no better box had that truth, of no account if the truth is
 * difficult and evaluate_difficult_gt is false, else wrong.  Overlap is of shares of
 * the picture, also where name_size_file is given.  Host code.
 *
 * A validation adds the rows up to average precision (metric/found_tally.h).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "metric/found_tally.h"
#include "nn/layers/boxes.h"
#include "nn/layers/multibox.h"
#include "nn/layers/types.h"

static const Caffe__DetectionEvaluateParameter none =
    CAFFE__DETECTION_EVALUATE_PARAMETER__INIT;

struct evaluate {
	const Caffe__DetectionEvaluateParameter *p;
	int classes;
	int64_t found, truths; /* rows */
	int64_t rows;          /* of the top */
	int top;
};

struct truth {
	int item, label;
	struct layer_box box;
	bool difficult, taken;
};

static int
take_truths(
    const struct evaluate *e, const float *v, struct truth *t, size_t *n)
{
	*n = 0;
	for (int64_t i = 0; i < e->truths; i++, v += MULTIBOX_ROW) {
		if (v[0] == -1)
			continue;
		if (!(v[0] >= 0 && v[0] < 1 << 24))
			return err_set(ERR_FORMAT, "box %lld is of picture %g",
			    (long long)i, (double)v[0]);
		if (!(v[1] >= 0 && v[1] < (float)e->classes) ||
		    v[1] == (float)e->p->background_label_id)
			return err_set(ERR_FORMAT,
			    "box %lld is of class %g, which is none of the %d that are judged",
			    (long long)i, (double)v[1], e->classes);
		t[(*n)++] = (struct truth){ (int)v[0], (int)v[1],
			{ v[3], v[4], v[5], v[6] }, v[7] != 0, false };
	}
	return 0;
}

static int
by_picture(const void *a, const void *b)
{
	const struct layer_found *x = a, *y = b;

	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	if (x->label != y->label)
		return x->label < y->label ? -1 : 1;
	return layer_found_by_score(a, b);
}

static size_t
take_found(const struct evaluate *e, const float *v, struct layer_found *f)
{
	size_t n = 0;

	for (int64_t i = 0; i < e->found; i++, v += LAYER_FOUND_ROW)
		if (v[0] >= 0 && v[0] < 1 << 24 && v[1] >= 0 &&
		    v[1] < (float)e->classes &&
		    v[1] != (float)e->p->background_label_id && !isnan(v[2]))
			f[n++] = (struct layer_found){ v[2], (int)v[0],
				(int)v[1], (int)i, { v[3], v[4], v[5], v[6] } };
	qsort(f, n, sizeof(*f), by_picture);
	return n;
}

/* right and wrong of a row. */
static void
judge(const struct evaluate *e, const struct layer_found *f, struct truth *t,
    size_t n, float *v)
{
	struct truth *best = NULL;
	float most = -1;

	for (size_t i = 0; i < n; i++) {
		float o;

		if (t[i].item != f->item || t[i].label != f->label)
			continue;
		o = layer_box_iou(&f->box, &t[i].box, false);
		if (o > most) {
			most = o;
			best = &t[i];
		}
	}
	v[0] = 0;
	v[1] = 1;
	if (best == NULL || !(most >= e->p->overlap_threshold))
		return;
	v[1] = 0;
	if (best->difficult && !e->p->evaluate_difficult_gt)
		return;
	v[best->taken] = 1;
	best->taken = true;
}

static float *
write_truths(
    const struct evaluate *e, const struct truth *t, size_t n, float *row)
{
	for (int c = 0; c < e->classes; c++) {
		float have = 0;

		if (c == (int)e->p->background_label_id)
			continue;
		for (size_t i = 0; i < n; i++)
			have += t[i].label == c &&
			    (e->p->evaluate_difficult_gt || !t[i].difficult);
		row[0] = row[3] = row[4] = -1;
		row[1] = (float)c;
		row[2] = have;
		row += FOUND_ROW;
	}
	return row;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct evaluate *e = state;
	struct layer_found *f =
	    mem_array(struct layer_found, (size_t)e->found + 1);
	struct truth *t = mem_array(struct truth, (size_t)e->truths + 1);
	float *row = out[0], *end = row + e->rows * FOUND_ROW;
	size_t n, k;
	int rc = take_truths(e, in[1], t, &n);

	(void)env;
	if (rc >= 0) {
		row = write_truths(e, t, n, row);
		k = take_found(e, in[0], f);
		for (size_t i = 0; i < k; i++, row += FOUND_ROW) {
			row[0] = (float)f[i].item;
			row[1] = (float)f[i].label;
			row[2] = f[i].score;
			judge(e, &f[i], t, n, &row[3]);
		}
		layer_found_pad(row, end);
	}
	mem_free(t);
	mem_free(f);
	return rc;
}

static int
emit(struct layer *l)
{
	const struct shape *f = layer_shape(l, 0), *t = layer_shape(l, 1);
	struct evaluate *e = mem_new(struct evaluate);
	union op_attr a = { .custom = { .nin = 2,
				.nout = 1,
				.forward = forward,
				.state = e } };

	l->state = e;
	e->p = LAYER_PARAM(l, detection_evaluate_param, &none);
	if (e->p->num_classes < 1 || e->p->num_classes > FOUND_CLASSES_MAX)
		return err_set(ERR_FORMAT, "num_classes is not given");
	if (!(e->p->overlap_threshold > 0))
		return err_set(ERR_FORMAT,
		    "overlap_threshold %g is not above 0",
		    (double)e->p->overlap_threshold);
	if (f->n < 1 || f->d[f->n - 1] != LAYER_FOUND_ROW || t->n < 1 ||
	    t->d[t->n - 1] != MULTIBOX_ROW)
		return err_set(ERR_FORMAT,
		    "it takes boxes that were found (1, 1, N, %d) and true ones (1, 1, N, %d)",
		    LAYER_FOUND_ROW, MULTIBOX_ROW);
	e->classes = (int)e->p->num_classes;
	e->found = (int64_t)shape_count(f) / LAYER_FOUND_ROW;
	e->truths = (int64_t)shape_count(t) / MULTIBOX_ROW;
	e->rows = e->found + e->classes -
	    (e->p->background_label_id < e->p->num_classes);
	a.custom.shape[0] = shape_of(4, 1, 1, e->rows, (int)FOUND_ROW);
	TRY(e->top = graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
	graph_tensor(l->graph, e->top)->keep = true;
	return layer_top(l, 0, e->top);
}

static int
counts(const struct layer *l, int tensor[LAYER_COUNTS])
{
	const struct evaluate *e = l->state;

	tensor[0] = e->top;
	return 1;
}

static int
tally(const struct layer *l, const char *const *names, size_t nnames,
    struct tally **out)
{
	const struct evaluate *e = l->state;
	const int background = e->p->background_label_id < e->p->num_classes
	    ? (int)e->p->background_label_id
	    : -1;

	return found_tally_new(
	    out, (size_t)e->classes, background, names, nnames);
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_detection_evaluate = { "DetectionEvaluate", 2, 2,
	1, 1, .emit = emit, .no_grad = 3, .free = release, .role = LAYER_SCORE,
	.counts = counts, .tally = tally };
