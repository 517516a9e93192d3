/*
 * DetectNet's lists of boxes (NVcaffe, caffe.layers.detectnet.clustering): from
 * the grids of coverage and box offsets, per class a top (N, 50, 5) of left, top,
 * right, bottom, confidence; rows behind the last are 0.
 *
 * ClusterDetections merges the boxes of covered cells (nn/rects.h), the
 * confidence is the log of how many went into one.  As in NVcaffe corners are
 * given where widths are meant, so that what counts as near grows with the
 * place; rows of the grid below the height of param_str are left out; and numbers
 * are rounded as half precision.  ClusterGroundtruth lists the distinct boxes of
 * cells that labels cover.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/python.h"
#include "nn/rects.h"

enum { CLASSES_MAX = 4 }; /* tops of a CUSTOM op */

struct boxes {
	int items, classes, rows, columns; /* of the grid */
	int rows_used, cell;
	double cover, near, least_height;
	int threshold;
	bool labels; /* ClusterGroundtruth */
};

/* To 11 bits of mantissa. */
static float
half(double x)
{
	int e;

	if (x == 0)
		return 0;
	frexp(x, &e);
	return (float)ldexp(rint(ldexp(x, 11 - e)), e - 11);
}

/* Boxes of the covered cells of one map; how many. */
static size_t
collect_boxes(
    const struct boxes *b, const float *cover, const float *box, struct rect *r)
{
	size_t step = (size_t)b->rows * (size_t)b->columns, i, n = 0;
	int x, y;

	for (y = 0; y < b->rows_used; y++)
		for (x = 0; x < b->columns; x++) {
			i = (size_t)y * (size_t)b->columns + (size_t)x;
			if (b->labels ? cover[i] <= 0 : cover[i] < b->cover)
				continue;
			/* Far outside any picture: not worth an overflow. */
			if (!(fabsf(box[i]) < 1e6f &&
				fabsf(box[step + i]) < 1e6f &&
				fabsf(box[2 * step + i]) < 1e6f &&
				fabsf(box[3 * step + i]) < 1e6f))
				continue;
			r[n++] = (struct rect){ (int)(box[i] +
						    (float)(x * b->cell)),
				(int)(box[step + i] + (float)(y * b->cell)),
				(int)(box[2 * step + i] + (float)(x * b->cell)),
				(int)(box[3 * step + i] + (float)(y * b->cell)),
				1 };
		}
	return n;
}

static size_t
distinct(struct rect *r, size_t n)
{
	size_t i, j, kept = 0;

	for (i = 0; i < n; i++) {
		for (j = 0; j < kept; j++)
			if (r[i].x == r[j].x && r[i].y == r[j].y &&
			    r[i].w == r[j].w && r[i].h == r[j].h)
				break;
		if (j == kept)
			r[kept++] = r[i];
	}
	return kept;
}

/* w and h of the rects are right and bottom here. */
static void
write_rows(const struct boxes *b, const struct rect *r, size_t n, float *row)
{
	size_t i, rows = 0;

	memset(row, 0, DETECTNET_BOXES * 5 * sizeof(*row));
	for (i = 0; i < n && rows < DETECTNET_BOXES; i++) {
		if (!b->labels && r[i].h - r[i].y < b->least_height)
			continue;
		row[0] = half(r[i].x);
		row[1] = half(r[i].y);
		row[2] = half(r[i].w);
		row[3] = half(r[i].h);
		row[4] = b->labels ? 0 : half(log(r[i].n));
		row += 5;
		rows++;
	}
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct boxes *b = state;
	size_t step = (size_t)b->rows * (size_t)b->columns, n;
	struct rect *r = mem_array(struct rect, step + 1);
	int item, c;

	(void)env;
	for (item = 0; item < b->items; item++)
		for (c = 0; c < b->classes; c++) {
			n = collect_boxes(b,
			    in[0] + (size_t)(item * b->classes + c) * step,
			    in[1] + (size_t)item * 4 * step, r);
			n = b->labels
			    ? distinct(r, n)
			    : rects_group(r, n, b->threshold, b->near);
			write_rows(b, r, n,
			    out[c] + (size_t)item * DETECTNET_BOXES * 5);
		}
	mem_free(r);
	return 0;
}

/* param_str: width, height, stride of the picture. */
static int
set_grid(const struct layer *l, struct boxes *b, const double *v, int classes)
{
	const struct shape *c = layer_shape(l, 0), *x = layer_shape(l, 1);
	char s[SHAPE_TEXT_MAX], t[SHAPE_TEXT_MAX];

	if (classes < 1 || classes > CLASSES_MAX || l->ntop != classes)
		return err_set(ERR_FORMAT,
		    "%d classes and %d tops: there must be one each, at most %d",
		    classes, l->ntop, CLASSES_MAX);
	if (c->n != 4 || x->n != 4 || c->d[1] != classes || x->d[1] != 4 ||
	    c->d[0] != x->d[0] || c->d[2] != x->d[2] || c->d[3] != x->d[3] ||
	    c->d[2] > 65536 || c->d[3] > 65536)
		return err_set(ERR_FORMAT,
		    "its bottoms %s and %s must be (N, %d, H, W) and (N, 4, H, W)",
		    shape_text(s, c), shape_text(t, x), classes);
	if (!(v[2] >= 1 && v[0] >= v[2] && v[0] <= 65536 && v[1] >= v[2] &&
		v[1] <= 65536))
		return err_set(ERR_FORMAT,
		    "param_str: width %g, height %g, stride %g", v[0], v[1],
		    v[2]);
	b->items = (int)c->d[0];
	b->classes = classes;
	b->rows = (int)c->d[2];
	b->columns = (int)c->d[3];
	b->cell = (int)v[0] / ((int)v[0] / (int)v[2]);
	b->rows_used = (int)v[1] / (int)v[2];
	if (b->rows_used > b->rows || b->labels)
		b->rows_used = b->rows;
	return 0;
}

static int
add_op(struct layer *l, struct boxes *b)
{
	union op_attr a = { .custom = { .nin = 2, .forward = forward } };
	int i;

	a.custom.nout = b->classes;
	a.custom.state = b;
	for (i = 0; i < b->classes; i++)
		a.custom.shape[i] =
		    shape_of(3, b->items, (int)DETECTNET_BOXES, 5);
	TRY(graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
	for (i = 0; i < b->classes; i++)
		layer_top(l, i, graph_last(l->graph)->out[i]);
	return 0;
}

static int
emit_detections(struct layer *l)
{
	double v[8] = { 0, 0, 0, 0.6, 3, 0.02, 22, 1 };
	struct boxes *b = mem_new(struct boxes);

	l->state = b;
	TRY(python_numbers(l, v, 7, 8));
	TRY(set_grid(l, b, v, (int)fmin(fmax(v[7], 0), 99)));
	b->cover = v[3];
	b->threshold = (int)fmin(fmax(v[4], 0), 1e6);
	b->near = v[5];
	b->least_height = v[6];
	return add_op(l, b);
}

static int
emit_groundtruth(struct layer *l)
{
	double v[4] = { 0, 0, 0, 1 };
	struct boxes *b = mem_new(struct boxes);

	l->state = b;
	b->labels = true;
	TRY(python_numbers(l, v, 3, 4));
	TRY(set_grid(l, b, v, (int)fmin(fmax(v[3], 0), 99)));
	return add_op(l, b);
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type python_cluster_detections = { "ClusterDetections", 2, 2,
	1, CLASSES_MAX, .emit = emit_detections, .no_grad = 3,
	.free = release };
const struct layer_type python_cluster_groundtruth = { "ClusterGroundtruth", 2,
	2, 1, CLASSES_MAX, .emit = emit_groundtruth, .no_grad = 3,
	.free = release };
