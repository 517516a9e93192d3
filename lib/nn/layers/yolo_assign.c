/*
 * What the boxes of a picture make of a YOLO map: see yolo_loss.h.
 *
 * An anchor is to say "no object" unless what it says has an IoU above thresh with
 * some box.  A box belongs to the place where its centre is, and there to the anchor
 * that has the highest IoU with it, both laid on one corner; of equal ones to the
 * first.  Two boxes of one anchor: the later one's place and size, and in version 3
 * the classes of both, in version 2 the later one's.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/yolo_loss.h"

/* e^w of more than this is no size of a picture. */
#define EXPONENT_MAX 30.0

enum { SSD_ROW = 8, SSD_DIFFICULT = 7, DRAWN_WEIGHT = 100 };

struct truth {
	struct yolo_box box;
	int label;
	bool difficult;
};

/* One picture. */
struct picture {
	const struct yolo_loss *y;
	const float *map;
	float *goal;
	struct truth *truth;
	int n;
};

double
yolo_sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

struct yolo_box
yolo_decode(
    const struct yolo_loss *y, const float *v, int a, size_t at, size_t step)
{
	const float *anchor = y->anchor[y->own[a]];
	const size_t w = (size_t)y->width;

	return (struct yolo_box){
		(double)(at % w) + yolo_sigmoid((double)v[YOLO_X * step]),
		(double)(at / w) + yolo_sigmoid((double)v[YOLO_Y * step]),
		exp(fmin((double)v[YOLO_W * step], EXPONENT_MAX)) *
		    (double)anchor[0],
		exp(fmin((double)v[YOLO_H * step], EXPONENT_MAX)) *
		    (double)anchor[1],
	};
}

static double
common(double a, double la, double b, double lb)
{
	return fmin(a + la / 2, b + lb / 2) - fmax(a - la / 2, b - lb / 2);
}

double
yolo_iou(const struct yolo_box *a, const struct yolo_box *b)
{
	const double w = common(a->x, a->w, b->x, b->w);
	const double h = common(a->y, a->h, b->y, b->h);
	const double both = w > 0 && h > 0 ? w * h : 0;
	const double all = a->w * a->h + b->w * b->h - both;

	return all > 0 ? both / all : 0;
}

/* A row, in places of the map; 0: not of this picture, or nothing. */
static int
read_row(struct truth *t, const struct yolo_loss *y, const float *v, int item)
{
	const double w = y->width, h = y->height;
	double x0, y0, x1, y1;

	if (y->row != SSD_ROW) {
		*t = (struct truth){ { (double)v[1] * w, (double)v[2] * h,
					 (double)v[3] * w, (double)v[4] * h },
			(int)fminf(fmaxf(v[0], -1), 1 << 20), false };
		return t->box.w > 0 && t->box.h > 0;
	}
	if (v[0] != (float)item)
		return 0;
	x0 = (double)v[3] * w;
	y0 = (double)v[4] * h;
	x1 = (double)v[5] * w;
	y1 = (double)v[6] * h;
	*t = (struct truth){ { (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0 },
		(int)fminf(fmaxf(v[1], 0), 1 << 20) - 1, v[SSD_DIFFICULT] > 0 };
	return t->box.w > 0 && t->box.h > 0;
}

static int
read_truths(struct picture *p, const float *label, int item)
{
	const struct yolo_loss *y = p->y;

	p->n = 0;
	if (y->row != SSD_ROW)
		label += (size_t)item * (size_t)y->rows * (size_t)y->row;
	for (int i = 0; i < y->rows; i++, label += y->row) {
		struct truth *t = &p->truth[p->n];

		if (y->row != SSD_ROW && !(label[3] > 0))
			break;
		if (!read_row(t, y, label, item))
			continue;
		if (t->label < 0 || t->label >= y->classes)
			return err_set(ERR_FORMAT,
			    "picture %d of the batch has a box of a class outside the %d that num_class says",
			    item, y->classes);
		p->n++;
	}
	return 0;
}

static size_t
step_of(const struct yolo_loss *y)
{
	return (size_t)y->height * (size_t)y->width;
}

static const float *
map_at(const struct picture *p, int a, size_t at)
{
	const size_t each = (size_t)(YOLO_CLASS + p->y->classes);

	return p->map + (size_t)a * each * step_of(p->y) + at;
}

static float *
goal_at(const struct picture *p, int a, size_t at)
{
	const size_t each = (size_t)(YOLO_GOALS + p->y->classes);

	return p->goal + (size_t)a * each * step_of(p->y) + at;
}

/* Is it no worse than thresh for some box? */
static bool
may_be_one(const struct picture *p, const struct yolo_box *b)
{
	for (int i = 0; i < p->n; i++)
		if (yolo_iou(b, &p->truth[i].box) > (double)p->y->thresh)
			return true;
	return false;
}

/* Without a box: all anchors of all places. */
static void
begin_goals(const struct picture *p, bool drawn)
{
	const struct yolo_loss *y = p->y;
	const size_t step = step_of(y);

	memset(p->goal, 0,
	    (size_t)y->num * (size_t)(YOLO_GOALS + y->classes) * step *
		sizeof(*p->goal));
	for (int a = 0; a < y->num; a++)
		for (size_t at = 0; at < step; at++) {
			const struct yolo_box b =
			    yolo_decode(y, map_at(p, a, at), a, at, step);
			float *g = goal_at(p, a, at);

			if (!may_be_one(p, &b))
				g[YOLO_GOAL_JUDGED * step] = y->noobject;
			if (!drawn)
				continue;
			g[YOLO_X * step] = g[YOLO_Y * step] = 0.5f;
			g[YOLO_GOAL_COORD * step] = 1.0f / DRAWN_WEIGHT;
		}
}

/* The anchor of a box, by number of the place's own; -1: it is of another map. */
static int
anchor_of(const struct picture *p, const struct yolo_box *b, size_t at)
{
	const struct yolo_loss *y = p->y;
	const struct yolo_box want = { 0, 0, b->w, b->h };
	const int n = y->logistic ? y->all : y->num;
	double most = 0;
	int best = -1;

	for (int k = 0; k < n; k++) {
		const int of = y->logistic ? k : y->own[k];
		struct yolo_box have = { 0, 0, (double)y->anchor[of][0],
			(double)y->anchor[of][1] };
		double iou;

		if (!y->bias_match) {
			have =
			    yolo_decode(y, map_at(p, k, at), k, at, step_of(y));
			have.x = have.y = 0;
		}
		iou = yolo_iou(&have, &want);
		if (iou > most) {
			most = iou;
			best = k;
		}
	}
	for (int k = 0; y->logistic && k < y->num; k++)
		if (y->own[k] == best)
			return k;
	return y->logistic ? -1 : best;
}

static void
put_truth(const struct picture *p, const struct truth *t)
{
	const struct yolo_loss *y = p->y;
	const size_t step = step_of(y);
	struct yolo_box found;
	const float *anchor;
	float *g;
	int column, row, a;
	size_t at;

	/* nor where the label is no number */
	if (!(t->box.x >= 0 && t->box.x < y->width && t->box.y >= 0 &&
		t->box.y < y->height))
		return;
	column = (int)t->box.x;
	row = (int)t->box.y;
	at = (size_t)row * (size_t)y->width + (size_t)column;
	a = anchor_of(p, &t->box, at);
	if (a < 0)
		return;
	anchor = y->anchor[y->own[a]];
	found = yolo_decode(y, map_at(p, a, at), a, at, step);
	g = goal_at(p, a, at);
	g[YOLO_X * step] = (float)(t->box.x - column);
	g[YOLO_Y * step] = (float)(t->box.y - row);
	g[YOLO_W * step] = (float)log(t->box.w / (double)anchor[0]);
	g[YOLO_H * step] = (float)log(t->box.h / (double)anchor[1]);
	g[YOLO_GOAL_COORD * step] = y->coord;
	if (y->small)
		g[YOLO_GOAL_COORD * step] *= (float)(2 -
		    t->box.w * t->box.h / ((double)y->width * y->height));
	g[YOLO_GOAL_OBJECT * step] =
	    y->rescore ? (float)yolo_iou(&found, &t->box) : 1;
	g[YOLO_GOAL_JUDGED * step] = y->object;
	g[YOLO_GOAL_FOUND * step] = 1;
	for (int c = 0; c < y->classes && !y->logistic; c++)
		g[(size_t)(YOLO_GOAL_CLASS + c) * step] = 0;
	g[(size_t)(YOLO_GOAL_CLASS + t->label) * step] = 1;
}

int
yolo_assign(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct yolo_loss *y = state;
	const bool drawn = env->iteration * (uint64_t)y->items < y->drawn;
	const size_t values = (size_t)y->num * step_of(y);
	struct picture p = { .y = y };
	int rc = 0;

	p.truth = mem_array(struct truth, (size_t)y->rows + 1);
	for (int i = 0; i < y->items && rc >= 0; i++) {
		p.map = in[0] +
		    (size_t)i * values * (size_t)(YOLO_CLASS + y->classes);
		p.goal = out[0] +
		    (size_t)i * values * (size_t)(YOLO_GOALS + y->classes);
		rc = read_truths(&p, in[1], i);
		if (rc < 0)
			break;
		begin_goals(&p, drawn);
		for (int k = 0; k < p.n; k++)
			if (!p.truth[k].difficult)
				put_truth(&p, &p.truth[k]);
	}
	mem_free(p.truth);
	return rc;
}
