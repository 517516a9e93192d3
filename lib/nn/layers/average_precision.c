/*
 * AveragePrecision: how well a net finds boxes, for validation (its own layer; Caffe
 * has none).
 *
 *	bottom 0  label, (N, 1, R + 1, 16): DIGITS's rows, the first their number
 *	bottom 1  the pictures, whose size boxes are measured by
 *	bottom 2  rows (1, 1, K, 7); or
 *	       2  and 3: coverage and bboxes of DetectNet (nn/boxes/boxes.h)
 *	top 0     average precision at IoU 0.5 of the batch
 *
 * A validation gives the figures of nn/boxes/tally.h over all pictures in its place.
 * Boxes of DetectNet are merged as model-infer merges them, and classes are those of
 * the net's DetectNetTransformation, which also says by how much pictures, and with
 * them the boxes of labels, are scaled.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "nn/boxes/form.h"
#include "nn/boxes/tally.h"
#include "nn/layers/types.h"
#include "nn/net.h"

enum { KEEP = 300, ROWS_MAX = 1 << 16 };

struct average {
	struct boxes_form form;
	int items, rows; /* of a label, without the first */
	int height, width;
	float scale_x, scale_y; /* of labels */
	int nblobs;
	struct shape shape[BOXES_BLOBS];
	int found, truth; /* tensors of counts */
};

static void
write_found(float *to, const struct net_boxes *b)
{
	for (size_t i = 0; i < KEEP; i++, to += BOXES_TALLY_ROW) {
		const struct net_box *x = &b->v[i];

		if (i >= b->n) {
			to[0] = -1;
			memset(to + 1, 0, (BOXES_TALLY_ROW - 1) * sizeof(*to));
			continue;
		}
		to[0] = (float)x->class;
		to[1] = (float)x->score;
		to[2] = (float)x->box.left;
		to[3] = (float)x->box.top;
		to[4] = (float)x->box.right;
		to[5] = (float)x->box.bottom;
	}
}

/* A label, its boxes where the picture's pixels are. */
static void
write_truth(float *to, const float *from, const struct average *p)
{
	const size_t n = ((size_t)p->rows + 1) * BOXES_TALLY_TRUTH;

	memcpy(to, from, n * sizeof(*to));
	for (size_t i = BOXES_TALLY_TRUTH; i < n; i += BOXES_TALLY_TRUTH) {
		to[i] *= p->scale_x;
		to[i + 1] *= p->scale_y;
		to[i + 2] *= p->scale_x;
		to[i + 3] *= p->scale_y;
	}
}

static int
batch_figure(
    const struct average *p, const float *found, const float *truth, float *out)
{
	struct boxes_figures f;
	double v[BOXES_FIGURES] = { 0 };
	int rc = boxes_figures_init(&f, BOXES_CLASSES_ANY, 0, 0);

	if (rc >= 0)
		rc = boxes_tally_count(
		    &f, found, KEEP, truth, (size_t)p->rows, (size_t)p->items);
	if (rc >= 0)
		boxes_figures_values(&f, f.classes, v);
	*out = isnan(v[BOXES_AP50]) ? 0 : (float)v[BOXES_AP50];
	boxes_figures_clear(&f);
	return rc;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct boxes_reading how = { BOXES_LEAST_PERCENT / 100.0,
		BOXES_MERGE_PERCENT / 100.0 };
	const struct average *p = state;
	const size_t label = ((size_t)p->rows + 1) * BOXES_TALLY_TRUTH;
	struct net_boxes b = { 0 };

	(void)env;
	for (int i = 0; i < p->items; i++) {
		b.n = 0;
		boxes_form_read(&b, &p->form, in + 2, p->shape, i, p->height,
		    p->width, &how);
		net_boxes_sort(&b);
		write_found(out[1] + (size_t)i * KEEP * BOXES_TALLY_ROW, &b);
		write_truth(
		    out[2] + (size_t)i * label, in[0] + (size_t)i * label, p);
	}
	net_boxes_clear(&b);
	return batch_figure(p, out[1], out[2], out[0]);
}

static int
check_label(struct average *p, const struct layer *l)
{
	const struct shape *s = layer_shape(l, 0), *x = layer_shape(l, 1);
	char t[SHAPE_TEXT_MAX];

	if (s->n != 4 || s->d[1] != 1 || s->d[3] != BOXES_TALLY_TRUTH ||
	    s->d[2] < 2 || s->d[2] > ROWS_MAX)
		return err_set(ERR_FORMAT,
		    "its first bottom %s must be lists of boxes, (N, 1, rows, %d)",
		    shape_text(t, s), (int)BOXES_TALLY_TRUTH);
	if (x->n != 4 || x->d[0] != s->d[0])
		return err_set(ERR_FORMAT,
		    "its second bottom %s must be the pictures, (N, C, H, W)",
		    shape_text(t, x));
	p->items = (int)s->d[0];
	p->rows = (int)s->d[2] - 1;
	p->height = (int)x->d[2];
	p->width = (int)x->d[3];
	return 0;
}

static int
check_boxes(struct average *p, const struct layer *l)
{
	const struct shape *a = &p->shape[0], *b = &p->shape[1];
	char t[SHAPE_TEXT_MAX], u[SHAPE_TEXT_MAX];

	p->nblobs = l->nbottom - 2;
	for (int i = 0; i < p->nblobs; i++)
		p->shape[i] = *layer_shape(l, 2 + i);
	if (p->nblobs == 1 && !boxes_form_rows(&p->form, a))
		return err_set(ERR_FORMAT,
		    "its third bottom %s must be boxes, (1, 1, K, 7)",
		    shape_text(t, a));
	if (p->nblobs == 2 && !boxes_form_grid(&p->form, a, b))
		return err_set(ERR_FORMAT,
		    "its bottoms %s and %s must be (N, classes, H, W) and (N, 4, H, W)",
		    shape_text(t, a), shape_text(u, b));
	return 0;
}

/* What DetectNetTransformation did to the pictures. */
static void
find_scale(struct average *p, const struct layer *l)
{
	p->scale_x = p->scale_y = 1;
	for (int i = 0; i < l->index; i++) {
		const struct layer *t = &l->net->layers[i];
		const struct shape *from, *to;

		if (strcmp(t->type->name, "DetectNetTransformation") != 0)
			continue;
		from = layer_shape(t, 0);
		to = graph_shape(l->graph, t->top[0]);
		p->scale_x = (float)to->d[3] / (float)from->d[3];
		p->scale_y = (float)to->d[2] / (float)from->d[2];
	}
}

static int
emit(struct layer *l)
{
	struct average *p = mem_new(struct average);
	union op_attr a = { .custom = { .nout = 3, .forward = forward } };

	l->state = p;
	TRY(check_label(p, l));
	TRY(check_boxes(p, l));
	boxes_form_classes(&p->form, l->net->p, 0);
	find_scale(p, l);
	a.custom.nin = l->nbottom;
	a.custom.state = p;
	a.custom.shape[0] = shape_of(1, 1);
	a.custom.shape[1] =
	    shape_of(3, p->items, (int)KEEP, (int)BOXES_TALLY_ROW);
	a.custom.shape[2] =
	    shape_of(3, p->items, p->rows + 1, (int)BOXES_TALLY_TRUTH);
	TRY(graph_add(l->graph, OP_CUSTOM, &a, l->bottom, l->nbottom));
	p->found = graph_last(l->graph)->out[1];
	p->truth = graph_last(l->graph)->out[2];
	graph_tensor(l->graph, p->found)->keep = true;
	graph_tensor(l->graph, p->truth)->keep = true;
	return layer_top(l, 0, graph_last(l->graph)->out[0]);
}

static int
counts(const struct layer *l, int tensor[LAYER_COUNTS])
{
	const struct average *p = l->state;

	tensor[0] = p->found;
	tensor[1] = p->truth;
	return 2;
}

static int
tally(const struct layer *l, const char *const *names, size_t nnames,
    struct tally **out)
{
	const struct average *p = l->state;

	return boxes_tally_new(
	    out, KEEP, (size_t)p->rows, 0, names, nnames, l->p->top[0]);
}

static void
release(struct layer *l)
{
	struct average *p = l->state;

	if (p != NULL)
		boxes_form_clear(&p->form);
	mem_free(p);
}

const struct layer_type layer_average_precision = { "AveragePrecision", 3, 4, 1,
	1, .emit = emit, .no_grad = 15, .free = release, .role = LAYER_SCORE,
	.counts = counts, .tally = tally };
