/* Outputs that are boxes: see form.h. */
#include "nn/boxes/form.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "nn/boxes/cluster.h"
#include "nn/boxes/layout.h"
#include "nn/layers/python.h"

enum { ROW = 7, LIST_ROW = 5, STRIDE_MAX = 1024 };

void
boxes_form_clear(struct boxes_form *f)
{
	mem_free(f->class_of);
	memset(f, 0, sizeof(*f));
}

/* Types whose top is rows. */
static bool
makes_rows(const struct layer *l)
{
	static const char *const types[] = { "DetectionOutput", "YoloxOutput",
		"RCNNDetectionOutput", "RegionOutput", "YoloDetectionOutput",
		"Yolov3DetectionOutput" };

	for (size_t i = 0; i < LENGTH(types); i++)
		if (strcmp(l->type->name, types[i]) == 0)
			return true;
	return false;
}

static bool
rows_shape(const struct shape *s)
{
	return s->n == 4 && s->d[0] == 1 && s->d[1] == 1 && s->d[3] == ROW;
}

/* How many classes rows have, counting the background, class 0, that labels.txt may
 * lack; 0: they have none. */
static int
background_classes(const struct net *net, const struct layer *l)
{
	const Caffe__DetectionOutputParameter *p = l->p->detection_output_param;
	const char *type = l->type->name;
	const struct shape *scores;

	if (strcmp(type, "DetectionOutput") == 0)
		return p != NULL && p->background_label_id == 0 &&
			p->num_classes > 1
		    ? (int)p->num_classes
		    : 0;
	if (strcmp(type, "RCNNDetectionOutput") == 0) {
		scores = graph_shape(net->graph, l->bottom[1]);
		return p == NULL || p->background_label_id == 0
		    ? (int)shape_count_axes(scores, 1, scores->n)
		    : 0;
	}
	/* YOLO's classes begin at 1 where it makes rows */
	if (l->p->yolo_detection_output_param != NULL)
		return (int)l->p->yolo_detection_output_param->num_classes + 1;
	if (l->p->yolov3_detection_output_param != NULL)
		return (int)l->p->yolov3_detection_output_param->num_classes +
		    1;
	if (l->p->region_output_param != NULL)
		return (int)l->p->region_output_param->classes + 1;
	return 0;
}

/* The last output that is rows. */
static bool
find_rows(struct boxes_form *f, const struct net *net, bool any,
    const char *blobs[BOXES_BLOBS])
{
	for (int i = net->nblobs - 1; i >= 0; i--) {
		const struct net_blob *b = &net->blobs[i];
		const struct layer *l = &net->layers[b->layer];

		if (!b->output ||
		    !rows_shape(graph_shape(net->graph, b->tensor)) ||
		    !(any || makes_rows(l)))
			continue;
		f->kind = BOXES_ROWS;
		f->classes = background_classes(net, l);
		f->background = f->classes > 0;
		blobs[0] = b->name;
		f->blobs = 1;
		return true;
	}
	return false;
}

static const struct shape *
shape_named(const struct net *net, const char *name)
{
	const struct net_blob *b = net_blob_find(net, name);

	return b != NULL ? graph_shape(net->graph, b->tensor) : NULL;
}

static bool
is_grid(const struct shape *c, const struct shape *b)
{
	return c != NULL && b != NULL && c->n == 4 && b->n == 4 &&
	    b->d[1] == 4 && c->d[1] >= 1 && c->d[1] <= BOXES_CLASSES_MAX &&
	    c->d[0] == b->d[0] && c->d[2] == b->d[2] && c->d[3] == b->d[3];
}

bool
boxes_form_rows(struct boxes_form *f, const struct shape *rows)
{
	f->kind = BOXES_ROWS;
	f->blobs = 1;
	return rows_shape(rows);
}

bool
boxes_form_grid(struct boxes_form *f, const struct shape *coverage,
    const struct shape *bboxes)
{
	f->kind = BOXES_GRID;
	f->blobs = 2;
	f->classes = (int)coverage->d[1];
	return is_grid(coverage, bboxes);
}

static const struct layer *
find_clustering(const struct net *net)
{
	for (int i = net->nlayers - 1; i >= 0; i--) {
		const struct layer *l = &net->layers[i];

		if (strcmp(l->type->name, "ClusterDetections") == 0 &&
		    l->p->n_bottom == 2)
			return l;
	}
	return NULL;
}

/* "1248, 384, 16, 0.6, 3, 0.02, 22, 1": stride and threshold. */
static void
read_param_str(struct boxes_form *f, const struct layer *l)
{
	double v[8] = { 0, 0, 0, 0.6, 3, 0.02, 22, 1 };

	if (python_numbers(l, v, 7, 8) < 0)
		return; /* the net would not be there */
	f->cell = v[2];
	f->cover = v[3];
}

/* What DIGITS's layer makes of the grid. */
static void
take_lists(struct boxes_form *f, const struct net *net, const struct layer *l,
    const char *blobs[BOXES_BLOBS])
{
	f->kind = BOXES_LISTS;
	for (int i = 0; i < l->ntop && i < BOXES_BLOBS; i++)
		blobs[f->blobs++] = net_top_name(net, l, i);
	f->classes = f->blobs;
}

/* Grids that no layer makes lists of are known by their names. */
static bool
find_grid(struct boxes_form *f, const struct net *net, bool compat,
    const char *blobs[BOXES_BLOBS])
{
	const struct layer *l = find_clustering(net);
	const char *cover = l != NULL ? l->p->bottom[0] : "coverage";
	const char *boxes = l != NULL ? l->p->bottom[1] : "bboxes";

	if (!is_grid(shape_named(net, cover), shape_named(net, boxes)))
		return false;
	f->cover = 0.6;
	if (l != NULL)
		read_param_str(f, l);
	if (compat && l != NULL) {
		take_lists(f, net, l, blobs);
		return true;
	}
	f->kind = BOXES_GRID;
	f->classes = (int)shape_named(net, cover)->d[1];
	blobs[0] = cover;
	blobs[1] = boxes;
	f->blobs = 2;
	return true;
}

int
boxes_form_find(struct boxes_form *f, const struct net *net, bool compat,
    bool any, const char *blobs[BOXES_BLOBS])
{
	f->blobs = 0;
	return find_rows(f, net, any, blobs) ||
	    find_grid(f, net, compat, blobs);
}

/* What DetectNetTransformation of the train_val says; NULL: there is none. */
static const Caffe__DetectNetGroundTruthParameter *
ground_truth(const Caffe__NetParameter *np)
{
	for (size_t i = 0; i < np->n_layer; i++)
		if (strcmp(np->layer[i]->type, "DetectNetTransformation") == 0)
			return np->layer[i]->detectnet_groundtruth_param;
	return NULL;
}

static void
take_ground_truth(
    struct boxes_form *f, const Caffe__DetectNetGroundTruthParameter *p)
{
	for (size_t i = 0; i < p->n_object_class; i++) {
		const uint32_t dst = p->object_class[i]->dst;

		if (dst < (uint32_t)f->classes &&
		    p->object_class[i]->src <= INT32_MAX)
			f->class_of[dst] = (int)p->object_class[i]->src;
	}
	if (f->cell <= 0 && p->stride > 0)
		f->cell = p->stride;
}

void
boxes_form_classes(
    struct boxes_form *f, const Caffe__NetParameter *train_val, size_t nlabels)
{
	const Caffe__DetectNetGroundTruthParameter *p =
	    train_val != NULL ? ground_truth(train_val) : NULL;

	if (f->kind == BOXES_LAYOUT)
		return;
	if (f->kind == BOXES_ROWS) {
		f->shifted = f->background && nlabels + 1 == (size_t)f->classes;
		return;
	}
	mem_free(f->class_of);
	f->class_of = mem_array(int, (size_t)f->classes + 1);
	/* Class 0 of a data set is what is not to be found. */
	for (int i = 0; i < f->classes; i++)
		f->class_of[i] = nlabels == (size_t)f->classes ? i : i + 1;
	if (p != NULL)
		take_ground_truth(f, p);
}

static int
class_of(const struct boxes_form *f, int i)
{
	return f->class_of != NULL ? f->class_of[i] : i;
}

static void
read_rows(struct net_boxes *out, const struct boxes_form *f, const float *v,
    const struct shape *s, int item, double h, double w, double least)
{
	for (int64_t i = 0; i < s->d[2]; i++, v += ROW) {
		struct net_box b = { .score = v[2],
			.box = { v[3] * w, v[4] * h, v[5] * w, v[6] * h } };

		if (v[0] != (float)item || !(v[2] >= least) ||
		    !(v[1] >= 0 && v[1] < 1 << 24))
			continue;
		b.class = (int)v[1] - f->shifted;
		if (b.class >= 0)
			net_boxes_add(out, &b);
	}
}

/* Pixels of the input from one cell to the next. */
static double
cell_of(const struct boxes_form *f, int w, int64_t columns)
{
	/* What the net says must be near what is seen. */
	if (f->cell >= 1 && f->cell <= STRIDE_MAX &&
	    fabs(f->cell * (double)columns - w) <= f->cell)
		return f->cell;
	return (double)w / (double)columns;
}

static void
read_grid(struct net_boxes *out, const struct boxes_form *f,
    const float *const *v, const struct shape *shape, int item, int w,
    const struct boxes_reading *how)
{
	const struct shape *s = &shape[0];
	const size_t plane = (size_t)(s->d[2] * s->d[3]);
	const struct cluster grid = { .rows = (int)s->d[2],
		.columns = (int)s->d[3],
		.cell = cell_of(f, w, s->d[3]),
		.least = how->least,
		.merge = how->merge };

	for (int k = 0; k < f->classes && k < s->d[1]; k++)
		cluster_grid(out, &grid,
		    v[0] + ((size_t)item * (size_t)s->d[1] + (size_t)k) * plane,
		    v[1] + (size_t)item * 4 * plane, class_of(f, k));
}

static void
read_lists(struct net_boxes *out, const struct boxes_form *f,
    const float *const *v, const struct shape *shape, int item, double least)
{
	for (int k = 0; k < f->blobs; k++) {
		const float *row = v[k] +
		    (size_t)item * shape_count_axes(&shape[k], 1, shape[k].n);

		for (int64_t i = 0; i < shape[k].d[1]; i++, row += LIST_ROW) {
			const struct net_box b = { .class = class_of(f, k),
				.score = row[4],
				.box = { row[0], row[1], row[2], row[3] } };

			/* Behind the last one rows are 0. */
			if (row[4] > 0 && b.score >= least)
				net_boxes_add(out, &b);
		}
	}
}

void
boxes_form_read(struct net_boxes *out, const struct boxes_form *f,
    const float *const *v, const struct shape *shape, int item, int h, int w,
    const struct boxes_reading *how)
{
	if (f->kind == BOXES_LAYOUT)
		boxes_layout_read(out, f, v, shape, item, h, w, how->least);
	else if (f->kind == BOXES_ROWS)
		read_rows(out, f, v[0], &shape[0], item, h, w, how->least);
	else if (f->kind == BOXES_GRID)
		read_grid(out, f, v, shape, item, w, how);
	else
		read_lists(out, f, v, shape, item, how->least);
}
