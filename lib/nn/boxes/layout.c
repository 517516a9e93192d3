/* See layout.h. */
#include "nn/boxes/layout.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* Overlap above which boxes are one, where nets leave that to others. */
#define OVERLAP 0.45

enum { STRIDE_FIRST = 8, KEPT_MAX = 1000 };

/* Cells of a net for pictures of h x w whose strides are 8, 16, 32 and, with 4
 * levels, 64. */
static int64_t
cells(int64_t h, int64_t w, int levels)
{
	int64_t n = 0;

	for (int i = 0; i < levels; i++)
		n += (h / (STRIDE_FIRST << i)) * (w / (STRIDE_FIRST << i));
	return n;
}

/* How many levels make that many cells, each `times`; 0: none. */
static int
levels_of(const struct boxes_form *f, int64_t n, int times)
{
	for (int k = 4; k >= 1; k--)
		if (cells(f->input[0], f->input[1], k) * times == n)
			return k;
	return 0;
}

/* The outputs, last axis by name and shape. */
struct outputs {
	const char *name[BOXES_BLOBS + 4];
	const struct shape *s[BOXES_BLOBS + 4];
	const struct layer *maker[BOXES_BLOBS + 4];
	int n;
};

static void
look(struct outputs *o, const struct net *net)
{
	for (int i = 0; i < net->nblobs; i++) {
		const struct net_blob *b = &net->blobs[i];

		if (!b->output || o->n == (int)LENGTH(o->s))
			continue;
		o->name[o->n] = b->name;
		o->s[o->n] = graph_shape(net->graph, b->tensor);
		o->maker[o->n++] = &net->layers[b->layer];
	}
}

static void
take_input(struct boxes_form *f, const struct net *net)
{
	for (int i = 0; i < net->nblobs; i++) {
		const struct shape *s =
		    graph_shape(net->graph, net->blobs[i].tensor);

		if (s->n == 4 && (s->d[1] == 1 || s->d[1] == 3)) {
			f->input[0] = s->d[2];
			f->input[1] = s->d[3];
			return;
		}
	}
}

/* One output of three axes. */
static enum boxes_layout
of_one(const struct boxes_form *f, const struct shape *s)
{
	if (s->n != 3)
		return BOXES_AUTO;
	if (s->d[2] > 5 && levels_of(f, s->d[1], 1) > 0)
		return BOXES_YOLOX;
	if (s->d[2] > 5 && levels_of(f, s->d[1], 3) > 0)
		return BOXES_YOLOV5;
	if (s->d[1] > 4 && levels_of(f, s->d[2], 1) > 0)
		return BOXES_YOLOV8;
	return s->d[2] == 6 && s->d[1] <= KEPT_MAX ? BOXES_END2END : BOXES_AUTO;
}

static bool
named(const char *name, const char *part)
{
	for (; *name != '\0'; name++)
		if (strncasecmp(name, part, strlen(part)) == 0)
			return true;
	return false;
}

/* An output that is boxes, -1: there is none; and one with as many rows of scores. */
static int
find_boxes(const struct outputs *o)
{
	for (int i = 0; i < o->n; i++)
		if ((o->s[i]->n == 3 || o->s[i]->n == 2) &&
		    o->s[i]->d[o->s[i]->n - 1] == 4 &&
		    (o->n == 1 || named(o->name[i], "box")))
			return i;
	for (int i = 0; i < o->n; i++)
		if (o->s[i]->n == 3 && o->s[i]->d[2] == 4)
			return i;
	return -1;
}

static int
find_scores(const struct outputs *o, int boxes)
{
	for (int i = 0; i < o->n; i++)
		if (i != boxes && o->s[i]->n == 3 &&
		    o->s[i]->d[1] == o->s[boxes]->d[1])
			return i;
	return -1;
}

/* A list of one number for each of boxes, whose name has that part. */
static int
find_list(const struct outputs *o, int boxes, const char *part)
{
	const struct shape *b = o->s[boxes];

	for (int i = 0; i < o->n; i++)
		if (i != boxes && o->s[i]->n == b->n - 1 &&
		    o->s[i]->d[b->n - 2] == b->d[b->n - 2] &&
		    named(o->name[i], part))
			return i;
	return -1;
}

static int
take(struct boxes_form *f, enum boxes_layout layout, double nms, int n)
{
	f->kind = BOXES_LAYOUT;
	f->layout = layout;
	f->nms = nms;
	f->blobs = n;
	return 1;
}

static int
find_listed(struct boxes_form *f, const struct outputs *o,
    const char *blobs[BOXES_BLOBS])
{
	const int b = find_boxes(o);
	int score, label;

	if (b < 0)
		return 0;
	score = find_list(o, b, "score");
	label = find_list(o, b, "label");
	if (label < 0)
		label = find_list(o, b, "class");
	if (score < 0 || label < 0)
		return 0;
	blobs[0] = o->name[b];
	blobs[1] = o->name[score];
	blobs[2] = o->name[label];
	f->turned = strncmp(o->name[b], "detection_", 10) == 0;
	return take(f, BOXES_LISTED, 0, 3);
}

static int
find_pair(struct boxes_form *f, const struct outputs *o,
    enum boxes_layout layout, const char *blobs[BOXES_BLOBS])
{
	const int b = find_boxes(o), c = b < 0 ? -1 : find_scores(o, b);

	if (c < 0 || o->s[b]->n != 3)
		return 0;
	if (layout == BOXES_AUTO)
		layout = strcmp(o->maker[c]->type->name, "Softmax") == 0 ||
			named(o->name[c], "score")
		    ? BOXES_SSD
		    : BOXES_DETR;
	blobs[0] = o->name[b];
	blobs[1] = o->name[c];
	f->classes = (int)o->s[c]->d[2];
	return take(f, layout, layout == BOXES_SSD ? OVERLAP : 0, 2);
}

/* Of several outputs the first that can be it (the rest are masks and the like). */
static int
find_one(struct boxes_form *f, const struct outputs *o,
    enum boxes_layout layout, size_t nlabels, const char *blobs[BOXES_BLOBS])
{
	for (int i = 0; i < o->n; i++) {
		const enum boxes_layout is = of_one(f, o->s[i]);
		const enum boxes_layout as = layout == BOXES_AUTO ? is : layout;
		int64_t classes;

		if (as == BOXES_AUTO || o->s[i]->n != 3)
			continue;
		classes =
		    as == BOXES_YOLOV8 ? o->s[i]->d[1] - 4 : o->s[i]->d[2] - 5;
		if (classes < 1 ||
		    (as == BOXES_YOLOX && levels_of(f, o->s[i]->d[1], 1) == 0))
			continue;
		/* behind the classes a net for masks has its coefficients */
		if (nlabels > 0 && (size_t)classes > nlabels && o->n > 1)
			classes = (int64_t)nlabels;
		f->classes = (int)classes;
		blobs[0] = o->name[i];
		return take(f, as, as == BOXES_END2END ? 0 : OVERLAP, 1);
	}
	return 0;
}

int
boxes_layout_find(struct boxes_form *f, const struct net *net,
    enum boxes_layout layout, size_t nlabels, const char *blobs[BOXES_BLOBS])
{
	struct outputs o = { .n = 0 };
	int rc = 0;

	look(&o, net);
	take_input(f, net);
	if (layout == BOXES_AUTO || layout == BOXES_LISTED)
		rc = find_listed(f, &o, blobs);
	if (rc == 0 && layout != BOXES_SSD && layout != BOXES_DETR &&
	    layout != BOXES_LISTED)
		rc = find_one(f, &o, layout, nlabels, blobs);
	if (rc == 0 &&
	    (layout == BOXES_AUTO || layout == BOXES_SSD ||
		layout == BOXES_DETR))
		rc = find_pair(f, &o, layout, blobs);
	return rc;
}

/* The class of the highest of n scores that lie `step` apart. */
static int
best_of(const float *v, int n, size_t step)
{
	int best = 0;

	for (int i = 1; i < n; i++)
		if (v[(size_t)i * step] > v[(size_t)best * step])
			best = i;
	return best;
}

static void
add_centred(struct net_boxes *out, double x, double y, double w, double h,
    int class, double score, double least)
{
	const struct net_box b = {
		.class = class,
		.score = score,
		.box = { x - w / 2, y - h / 2, x + w / 2, y + h / 2 },
	};

	if (score >= least && score > 0)
		net_boxes_add(out, &b);
}

static void
read_yolox(struct net_boxes *out, const struct boxes_form *f, const float *v,
    const struct shape *s, int h, int w, double least)
{
	const size_t row = (size_t)s->d[2];
	const float *end = v + (size_t)s->d[1] * row;
	int stride = STRIDE_FIRST;

	for (; v < end && stride <= h && stride <= w; stride *= 2)
		for (int y = 0; y < h / stride; y++)
			for (int x = 0; x < w / stride && v < end;
			     x++, v += row) {
				const int c = best_of(v + 5, f->classes, 1);

				add_centred(out, (v[0] + x) * stride,
				    (v[1] + y) * stride, exp(v[2]) * stride,
				    exp(v[3]) * stride, c,
				    (double)v[4] * v[5 + c], least);
			}
}

static void
read_yolov5(struct net_boxes *out, const struct boxes_form *f, const float *v,
    const struct shape *s, double least)
{
	for (int64_t i = 0; i < s->d[1]; i++, v += s->d[2]) {
		const int c = best_of(v + 5, f->classes, 1);

		add_centred(out, v[0], v[1], v[2], v[3], c,
		    (double)v[4] * v[5 + c], least);
	}
}

static void
read_yolov8(struct net_boxes *out, const struct boxes_form *f, const float *v,
    const struct shape *s, double least)
{
	const size_t n = (size_t)s->d[2];

	for (size_t i = 0; i < n; i++, v++) {
		const int c = best_of(v + 4 * n, f->classes, n);

		add_centred(out, v[0], v[n], v[2 * n], v[3 * n], c,
		    v[(size_t)(4 + c) * n], least);
	}
}

static void
read_end2end(
    struct net_boxes *out, const float *v, const struct shape *s, double least)
{
	for (int64_t i = 0; i < s->d[1]; i++, v += 6) {
		const struct net_box b = { .class = (int)v[5],
			.score = v[4],
			.box = { v[0], v[1], v[2], v[3] } };

		if (b.score >= least && b.score > 0)
			net_boxes_add(out, &b);
	}
}

static void
read_ssd(struct net_boxes *out, const struct boxes_form *f, const float *box,
    const float *score, int64_t n, int h, int w, double least)
{
	for (int64_t i = 0; i < n; i++, box += 4, score += f->classes) {
		const int c =
		    f->classes > 1 ? best_of(score + 1, f->classes - 1, 1) : 0;
		const struct net_box b = { .class = c,
			.score = score[f->classes > 1 ? c + 1 : 0],
			.box = {
			    box[0] * w, box[1] * h, box[2] * w, box[3] * h } };

		if (b.score >= least && b.score > 0)
			net_boxes_add(out, &b);
	}
}

static void
read_detr(struct net_boxes *out, const struct boxes_form *f, const float *box,
    const float *logit, int64_t n, int h, int w, double least)
{
	for (int64_t i = 0; i < n; i++, box += 4, logit += f->classes) {
		const int c = best_of(logit, f->classes, 1);

		add_centred(out, box[0] * w, box[1] * h, box[2] * w, box[3] * h,
		    c, 1 / (1 + exp(-(double)logit[c])), least);
	}
}

static void
read_listed(struct net_boxes *out, const struct boxes_form *f,
    const float *const *v, const struct shape *s, int item, int h, int w,
    double least)
{
	const bool items = s[0].n == 3;
	const size_t n = (size_t)s[0].d[items ? 1 : 0];
	const float *box = v[0] + (items ? (size_t)item * 4 * n : 0);
	const size_t at = items ? (size_t)item * n : 0;
	bool shares = f->turned;
	double most = 0;

	if (!items && item > 0)
		return;
	for (size_t i = 0; i < 4 * n; i++)
		most = fmax(most, box[i]);
	shares |= most <= 1.5;
	for (size_t i = 0; i < n; i++, box += 4) {
		const double x = shares ? w : 1, y = shares ? h : 1;
		struct net_box b = { .class = (int)v[2][at + i],
			.score = v[1][at + i],
			.box = {
			    box[0] * x, box[1] * y, box[2] * x, box[3] * y } };

		if (f->turned)
			b.box = (struct metric_box){ box[1] * x, box[0] * y,
				box[3] * x, box[2] * y };
		if (b.score >= least && b.score > 0)
			net_boxes_add(out, &b);
	}
}

void
boxes_layout_read(struct net_boxes *out, const struct boxes_form *f,
    const float *const *v, const struct shape *shape, int item, int h, int w,
    double least)
{
	const float *first =
	    v[0] + (size_t)item * shape_count_axes(&shape[0], 1, shape[0].n);
	const float *second = f->blobs > 1
	    ? v[1] + (size_t)item * shape_count_axes(&shape[1], 1, shape[1].n)
	    : NULL;

	switch (f->layout) {
	case BOXES_YOLOX:
		read_yolox(out, f, first, &shape[0], h, w, least);
		break;
	case BOXES_YOLOV5: read_yolov5(out, f, first, &shape[0], least); break;
	case BOXES_YOLOV8: read_yolov8(out, f, first, &shape[0], least); break;
	case BOXES_END2END: read_end2end(out, first, &shape[0], least); break;
	case BOXES_SSD:
		read_ssd(out, f, first, second, shape[0].d[1], h, w, least);
		break;
	case BOXES_DETR:
		read_detr(out, f, first, second, shape[0].d[1], h, w, least);
		break;
	default: read_listed(out, f, v, shape, item, h, w, least); break;
	}
}
