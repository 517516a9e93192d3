/*
 * The view of boxes: objects that a net found, in pixels of each picture as it was,
 * as lines, pictures and files; against the boxes of a data set average precision.
 */
#include "infer/boxes/view.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/msg.h"
#include "dset/boxes/rows.h"
#include "dset/boxes/write.h"
#include "infer/report.h"
#include "infer/views/pictures.h"
#include "nn/boxes/layout.h"
#include "nn/read.h"
#include "nn/score.h"
#include "prog/gate.h"

/* Scores to print, where neither the net nor --threshold says; overlap. */
#define SHOWN_ROWS  0.3
#define NMS_PIECES  0.5
#define NMS_WINDOWS 0.3 /* of R-CNN, Girshick et al., CVPR 2014 */
enum { CLASSES_UNKNOWN = 10000 };

static struct boxes_view *
state_of(struct infer_viewer *v)
{
	if (v->state == NULL)
		v->state = mem_new(struct boxes_view);
	return v->state;
}

/* A net that sees windows gives scores of classes: shares or, of R-CNN's machines,
 * numbers that are greater than 0 for what they know. */
static int
fit_windows(struct boxes_view *b, const struct net *net)
{
	const struct net_blob *out = net_score_blob(net);

	if (out == NULL || net_blob_classes(net, out) == 0)
		return err_set(
		    ERR_USAGE, "--windows: the net has no scores of classes");
	b->form.kind = BOXES_WINDOWS;
	b->plain = !net_blob_is_probability(net, out);
	return 1;
}

static void
boxes_free(struct infer_viewer *v)
{
	struct boxes_view *b = v->state;

	if (b == NULL)
		return;
	boxes_files_free(b->files);
	boxes_form_clear(&b->form);
	boxes_figures_clear(&b->figures);
	net_boxes_clear(&b->boxes);
	mem_free(b);
}

/* What needs truths that are boxes, or NULL. */
static const char *
needs_truths(const struct report_opts *o)
{
	return o->require.n > 0 ? "--require"
	    : o->per_class      ? "--per-class"
				: NULL;
}

static int
no_truths(const struct report_opts *o)
{
	return err_set(ERR_USAGE,
	    "%s needs boxes to compare with: -d with a data set for detection, or --db",
	    needs_truths(o));
}

static int
check_gates(const struct report_opts *o)
{
	struct gate_value v[BOXES_FIGURES];
	struct gate g;

	for (int i = 0; i < BOXES_FIGURES; i++)
		v[i] = (struct gate_value){ boxes_figure_names[i], 0 };
	for (size_t i = 0; i < o->require.n; i++) {
		TRY(gate_parse(&g, o->require.v[i]));
		if (gate_known(&g, v, BOXES_FIGURES) < 0)
			return err_in(ERR_USAGE, "--require");
	}
	return 0;
}

static void
learn_classes(struct boxes_view *b)
{
	const char *path = infer_model(b->v->infer)->train_val;
	Caffe__NetParameter *np = NULL;

	if (path != NULL && net_read(&np, path) < 0)
		log_warn(
		    "%s; what classes the net has is not known", err_text());
	boxes_form_classes(&b->form, np, b->v->nlabels);
	caffe_msg_free(np);
}

/* From where on scores are printed, and read: figures and COCO's files want more than
 * that. */
static void
set_thresholds(struct boxes_view *b)
{
	const struct report_opts *o = b->v->o;
	const bool more = b->v->stream->db != NULL || o->coco != NULL;

	b->shown = o->threshold >= 0     ? o->threshold
	    : b->form.kind == BOXES_GRID ? b->form.cover
	    : b->form.kind == BOXES_ROWS || b->form.kind == BOXES_LAYOUT ||
		(b->form.kind == BOXES_WINDOWS && !b->plain)
	    ? SHOWN_ROWS
	    : 0;
	b->reading.least = b->shown;
	if (o->threshold < 0 && more && b->form.kind != BOXES_LISTS)
		b->reading.least = fmin(b->shown,
		    b->form.kind == BOXES_ROWS ? 0
					       : BOXES_LEAST_PERCENT / 100.0);
	b->reading.merge = o->nms > 0 && b->form.kind == BOXES_GRID
	    ? o->nms
	    : BOXES_MERGE_PERCENT / 100.0;
	b->nms = o->nms > 0                 ? o->nms
	    : b->form.kind == BOXES_WINDOWS ? NMS_WINDOWS
					    : b->form.nms;
}

static void
learn_form(struct boxes_view *b)
{
	learn_classes(b);
	set_thresholds(b);
}

static int
boxes_fit(struct infer_viewer *v, const struct net *net,
    const char *blobs[INFER_MORE], int *n)
{
	struct boxes_view *b = state_of(v);
	const bool any = v->view != NULL; /* it was asked for */
	const bool first = b->form.kind == BOXES_NONE;
	int rc;

	if (v->o->windows != NULL) {
		rc = fit_windows(b, net);
	} else {
		rc = v->o->decode_given
		    ? 0
		    : boxes_form_find(&b->form, net, v->o->compat, any, blobs);
		if (rc == 0 && any)
			rc = boxes_layout_find(&b->form, net,
			    (enum boxes_layout)v->o->decode, v->nlabels, blobs);
		b->plain = b->form.kind == BOXES_LISTS;
		*n = rc > 0 ? b->form.blobs : 0;
	}
	if (rc > 0 && v->o->compat && b->form.kind == BOXES_GRID)
		return err_set(ERR_USAGE,
		    "--compat: the net has no ClusterDetections, which DIGITS merges boxes by");
	/* a net that could not be made before the first picture */
	if (rc > 0 && first && b->v != NULL)
		learn_form(b);
	return rc;
}

static int
boxes_begin(struct infer_viewer *v)
{
	const struct dset *d = v->stream->dset;
	struct boxes_view *b = state_of(v);

	b->v = v;
	if (needs_truths(v->o) != NULL && v->stream->db == NULL)
		return no_truths(v->o);
	TRY(check_gates(v->o));
	if (b->form.kind != BOXES_NONE)
		learn_form(b);
	b->dontcare = d != NULL ? dset_dontcare(d) : 0;
	b->classes = v->nlabels;
	if (d != NULL && d->nlabels > b->classes)
		b->classes = d->nlabels;
	if (b->classes == 0)
		b->classes = CLASSES_UNKNOWN;
	return boxes_files_new(&b->files, b);
}

size_t
boxes_shown(const struct boxes_view *b)
{
	size_t n = 0;

	while (n < b->boxes.n && b->boxes.v[n].score >= b->shown)
		n++;
	return n;
}

/* Is the class one for what is none of them? */
static bool
is_ground(const struct boxes_view *b, size_t class)
{
	static const char *const names[] = { "background", "__background__" };

	for (size_t i = 0; i < LENGTH(names) && class < b->v->nlabels; i++)
		if (strcasecmp(b->v->labels[class], names[i]) == 0)
			return true;
	return false;
}

/* The window of this answer, once for each class that it may be of. */
static void
read_window(struct boxes_view *b, const struct answer *a)
{
	const struct stream_piece *p = a->part;
	struct net_box x = {
		.box = { p->x, p->y, p->x + p->w, p->y + p->h },
	};

	for (size_t k = 0; k < a->n; k++) {
		x.class = (int)k;
		x.score = a->scores[k];
		if (isfinite(x.score) && x.score >= b->reading.least &&
		    !is_ground(b, k))
			net_boxes_add(&b->boxes, &x);
	}
}

/* The boxes of this answer behind those of pieces before it. */
static void
read_answer(struct boxes_view *b, const struct answer *a)
{
	const struct infer_place *p = a->where;
	const float *blob[BOXES_BLOBS];
	struct shape shape[BOXES_BLOBS];
	struct net_boxes found = { 0 };

	for (int i = 0; i < b->form.blobs; i++)
		blob[i] = infer_more(b->v->infer, (size_t)i, &shape[i]);
	boxes_form_read(&found, &b->form, blob, shape, a->place, p->in_h,
	    p->in_w, &b->reading);
	for (size_t i = 0; i < found.n; i++) {
		struct net_box *x = &found.v[i];

		x->piece = a->piece;
		if (isfinite(x->score) && infer_place_box(p, &x->box))
			net_boxes_add(&b->boxes, x);
	}
	net_boxes_clear(&found);
}

static int
begin_counting(struct boxes_view *b)
{
	b->counting = true;
	return boxes_figures_init(
	    &b->figures, b->classes, b->dontcare, b->shown);
}

/* Against the boxes that the record has. */
static int
count_answer(struct boxes_view *b, const struct answer *a)
{
	struct record r = { .n = RECORD_LABEL + 1 };
	const float *rows;
	size_t n;

	if (a->label == NULL)
		return needs_truths(b->v->o) != NULL ? no_truths(b->v->o) : 0;
	r.v[RECORD_LABEL] = *a->label;
	if (!dset_rows(&rows, &n, &r))
		return needs_truths(b->v->o) != NULL ? no_truths(b->v->o) : 0;
	if (!b->counting)
		TRY(begin_counting(b));
	TRY(boxes_figures_add(&b->figures, rows, n, &b->boxes));
	if (++b->pictures % (uint64_t)infer_batch(b->v->infer) == 0)
		boxes_figures_batch(&b->figures);
	return 0;
}

static int
draw_answer(
    struct infer_viewer *v, struct boxes_view *b, const struct answer *a)
{
	char words[BOXES_WORDS];
	const double right = boxes_right(words, b, a);
	struct image drawn;
	int rc;

	image_init(&drawn);
	rc = boxes_draw(&drawn, b, a->picture);
	if (rc >= 0)
		rc = infer_viewer_drawn(v, a, &drawn, right, words);
	image_clear(&drawn);
	return rc;
}

static int
boxes_answer(struct infer_viewer *v, const struct answer *a)
{
	struct boxes_view *b = v->state;

	if (a->piece == 0)
		b->boxes.n = 0;
	if (b->form.kind == BOXES_WINDOWS)
		read_window(b, a);
	else
		read_answer(b, a);
	if (a->piece + 1 < a->pieces)
		return 0;
	net_boxes_sort(&b->boxes);
	if (b->nms > 0 || a->pieces > 1)
		net_boxes_suppress(&b->boxes, b->nms > 0 ? b->nms : NMS_PIECES);
	TRY(count_answer(b, a));
	if (!v->o->summary)
		TRY(boxes_print(b, a));
	TRY(boxes_files_add(b->files, b, a));
	return infer_viewer_draws(v) ? draw_answer(v, b, a) : 0;
}

static int
judge_gates(struct boxes_view *b)
{
	double values[BOXES_FIGURES];
	struct gate_value v[BOXES_FIGURES];

	boxes_figures_values(&b->figures, b->classes, values);
	for (int i = 0; i < BOXES_FIGURES; i++)
		v[i] = (struct gate_value){ boxes_figure_names[i], values[i] };
	return report_gates(b->v->o, v, BOXES_FIGURES);
}

static int
boxes_finish(struct infer_viewer *v)
{
	struct boxes_view *b = v->state;
	struct boxes_figures *f = &b->figures;

	if (!b->counting && needs_truths(v->o) != NULL)
		return no_truths(v->o);
	TRY(boxes_files_commit(b->files));
	if (!b->counting)
		return 0;
	if (b->pictures % (uint64_t)infer_batch(v->infer) != 0)
		boxes_figures_batch(f);
	if (f->outside > 0)
		log_warn(
		    "not counted, as the data set does not have their class: %llu %s",
		    (unsigned long long)f->outside,
		    num_plural(f->outside, "box", "boxes"));
	if (f->unsound > 0)
		log_warn("not counted, as the records' boxes are none: %llu",
		    (unsigned long long)f->unsound);
	TRY(boxes_print_figures(b));
	return judge_gates(b);
}

const struct infer_view infer_view_boxes = {
	.name = "boxes",
	.fits = boxes_fit,
	.wants = "boxes",
	.automatic = true,
	.pieces = true,
	.draws = true,
	.labels = true,
	.options =
	    "batch output opacity line threshold nms decode compat coco yolo crops tile overlap windows context",
	.begin = boxes_begin,
	.answer = boxes_answer,
	.finish = boxes_finish,
	.free = boxes_free,
};
