/*
 * DetectNet's figures (NVcaffe, caffe.layers.detectnet.mean_ap).
 *
 * ScoreDetections: lists of true and of found boxes (N, 50, 5) -> (N, 100, 5),
 * each box with what it is: 1 found (overlap of 0.7 with a true one that none
 * before it took), 2 found wrongly, 3 missed.  mAP: of that list precision and
 * recall in percent, and their product, which NVcaffe calls mAP; it is no mean
 * average precision.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/python.h"

enum { ROWS = 2 * DETECTNET_BOXES, FOUND = 1, WRONG = 2, MISSED = 3 };

static bool
is_box(const float *r)
{
	return r[2] > r[0] && r[3] > r[1];
}

static double
overlap(const float *a, const float *b)
{
	double w = fmin(a[2], b[2]) - fmax(a[0], b[0]);
	double h = fmin(a[3], b[3]) - fmax(a[1], b[1]);
	double both = w > 0 && h > 0 ? w * h : 0;
	double all = (double)(a[2] - a[0]) * (a[3] - a[1]) +
	    (double)(b[2] - b[0]) * (b[3] - b[1]) - both;

	return all > 0 ? both / all : 0;
}

static float *
put_box(float *row, const float *box, int what)
{
	memcpy(row, box, 4 * sizeof(*row));
	row[4] = (float)what;
	return row + 5;
}

/* The free true box that r overlaps most, if enough; -1. */
static int
match(const float *truth, const bool *taken, const float *r)
{
	double best = 0.7, o;
	int i, at = -1;

	for (i = 0; i < DETECTNET_BOXES; i++) {
		if (taken[i] || !is_box(truth + 5 * i))
			continue;
		o = overlap(truth + 5 * i, r);
		if (o >= best) {
			best = o;
			at = i;
		}
	}
	return at;
}

static void
score(const float *truth, const float *found, float *row)
{
	bool taken[DETECTNET_BOXES] = { false };
	int i, at;

	memset(row, 0, ROWS * 5 * sizeof(*row));
	for (i = 0; i < DETECTNET_BOXES; i++) {
		if (!is_box(found + 5 * i))
			continue;
		at = match(truth, taken, found + 5 * i);
		if (at >= 0)
			taken[at] = true;
		row = put_box(row, found + 5 * i, at >= 0 ? FOUND : WRONG);
	}
	for (i = 0; i < DETECTNET_BOXES; i++)
		if (!taken[i] && is_box(truth + 5 * i))
			row = put_box(row, truth + 5 * i, MISSED);
}

static int
score_forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const size_t *items = state;
	size_t i;

	(void)env;
	for (i = 0; i < *items; i++)
		score(in[0] + i * DETECTNET_BOXES * 5,
		    in[1] + i * DETECTNET_BOXES * 5, out[0] + i * ROWS * 5);
	return 0;
}

static int
map_forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const size_t *items = state;
	double n[4] = { 0 }, precision = 0, recall = 0;
	size_t i;

	(void)env;
	for (i = 0; i < *items * ROWS; i++)
		n[(int)fmin(fmax(in[0][5 * i + 4], 0), MISSED)]++;
	if (n[FOUND] > 0) {
		precision = 100 * n[FOUND] / (n[FOUND] + n[WRONG]);
		recall = 100 * n[FOUND] / (n[FOUND] + n[MISSED]);
	}
	out[0][0] = (float)(precision * recall / 100);
	out[1][0] = (float)precision;
	out[2][0] = (float)recall;
	return 0;
}

static int
check_list(const struct layer *l, int i, int rows)
{
	const struct shape *s = layer_shape(l, i);
	char t[SHAPE_TEXT_MAX];

	if (s->n != 3 || s->d[0] != layer_shape(l, 0)->d[0] ||
	    s->d[1] != rows || s->d[2] != 5)
		return err_set(ERR_FORMAT, "its bottom %s must be (N, %d, 5)",
		    shape_text(t, s), rows);
	return 0;
}

static size_t *
set_items(struct layer *l)
{
	size_t *items = mem_new(size_t);

	*items = (size_t)layer_shape(l, 0)->d[0];
	l->state = items;
	return items;
}

static int
emit_score(struct layer *l)
{
	union op_attr a = {
		.custom = { .nin = 2, .nout = 1, .forward = score_forward }
	};

	TRY(check_list(l, 0, DETECTNET_BOXES));
	TRY(check_list(l, 1, DETECTNET_BOXES));
	a.custom.state = set_items(l);
	a.custom.shape[0] =
	    shape_of(3, (int)layer_shape(l, 0)->d[0], (int)ROWS, 5);
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
}

static int
emit_map(struct layer *l)
{
	union op_attr a = { .custom = {
				.nin = 1, .nout = 3, .forward = map_forward } };
	int i;

	TRY(check_list(l, 0, ROWS));
	a.custom.state = set_items(l);
	for (i = 0; i < 3; i++)
		a.custom.shape[i] = shape_of(1, 1);
	TRY(graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 1));
	for (i = 0; i < 3; i++)
		layer_top(l, i, graph_last(l->graph)->out[i]);
	return 0;
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type python_score_detections = { "ScoreDetections", 2, 2, 1,
	1, .emit = emit_score, .no_grad = 3, .free = release };
const struct layer_type python_map = { "mAP", 1, 1, 3, 3, .emit = emit_map,
	.no_grad = 1, .free = release };
