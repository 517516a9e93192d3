/*
 * RCNNDetectionOutput: the boxes that a Faster R-CNN or R-FCN found, in the rows of
 * SSD's DetectionOutput (item, class, score, left, top, right, bottom, relative to
 * the picture).  Those projects do this in Python behind the net; the net itself
 * ends with rois, cls_prob and bbox_pred.
 *
 * Bottoms: rois (R, 5) as roi.h has them, scores (R, C), offsets (R, 4 C), or (R, 8)
 * where all classes share the last four, and height and width of the pictures
 * (im_info).  detection_output_param gives the rest: confidence_threshold (0.05
 * unless set), nms_param (0.3), keep_top_k (100 an item), background_label_id.
 * num_classes may be left out.  Host code.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/boxes.h"
#include "nn/layers/roi.h"

static const Caffe__DetectionOutputParameter none =
    CAFFE__DETECTION_OUTPUT_PARAMETER__INIT;

struct rcnn_output {
	int64_t rois, classes, offsets; /* offsets: 4 C or 8, of a row */
	int64_t items, info; /* rows of im_info, and values of each */
	int64_t keep;        /* rows of the top for each item */
	int background;
	float least;
	struct layer_nms nms;
};

/* Boxes of a class of an item that are good enough; how many. */
static size_t
candidates(const struct rcnn_output *o, const float *const *in, int64_t item,
    int64_t label, struct layer_found *f)
{
	const float *info = in[3] + item * o->info;
	const int64_t set = o->offsets == 4 * o->classes ? label : 1;
	size_t n = 0;

	for (int64_t i = 0; i < o->rois; i++) {
		const float *roi = in[0] + i * LAYER_ROI;
		const float score = in[1][i * o->classes + label];
		struct layer_box b;

		if (roi[0] != (float)item || !(score > o->least))
			continue;
		memcpy(&b, roi + 1, sizeof(b));
		b = layer_box_regress(&b, in[2] + i * o->offsets + 4 * set);
		if (!layer_box_finite(&b))
			continue;
		layer_box_cut(&b, info[1], info[0]);
		f[n++] = (struct layer_found){ score, (int)item, (int)label,
			(int)i, b };
	}
	return n;
}

/* Pixels to shares of the picture, behind the last pixel. */
static void
make_relative(struct layer_found *f, size_t n, const float *info)
{
	for (size_t i = 0; i < n; i++) {
		struct layer_box *b = &f[i].box;

		*b = (struct layer_box){ b->x0 / info[1], b->y0 / info[0],
			(b->x1 + 1) / info[1], (b->y1 + 1) / info[0] };
	}
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct rcnn_output *o = state;
	struct layer_found *f =
	    mem_array(struct layer_found, (size_t)(o->rois * o->classes) + 1);
	float *row = out[0];

	(void)env;
	for (int64_t item = 0; item < o->items; item++) {
		const float *info = in[3] + item * o->info;
		size_t n = 0, k;

		if (!(info[0] >= 1 && info[1] >= 1))
			continue;
		for (int64_t c = 0; c < o->classes; c++) {
			if (c == o->background)
				continue;
			k = candidates(o, in, item, c, f + n);
			qsort(f + n, k, sizeof(*f), layer_found_by_score);
			n += layer_found_suppress(f + n, k, &o->nms);
		}
		n = layer_found_keep(f, n, (size_t)o->keep);
		make_relative(f, n, info);
		row = layer_found_write(row, f, n);
	}
	layer_found_pad(row, out[0] + o->items * o->keep * LAYER_FOUND_ROW);
	mem_free(f);
	return 0;
}

static int
take_shapes(struct rcnn_output *o, const struct layer *l)
{
	const struct shape *roi = layer_shape(l, 0), *s = layer_shape(l, 1);
	const struct shape *b = layer_shape(l, 2), *i = layer_shape(l, 3);

	if (roi->n < 2 || shape_count_axes(roi, 1, roi->n) != LAYER_ROI)
		return err_set(
		    ERR_FORMAT, "its first bottom must be windows (R, 5)");
	o->rois = roi->d[0];
	if (s->n < 2 || s->d[0] != o->rois)
		return err_set(ERR_FORMAT,
		    "its second bottom must be scores (%lld, classes)",
		    (long long)o->rois);
	o->classes = (int64_t)shape_count(s) / o->rois;
	if (b->n < 2 || b->d[0] != o->rois)
		return err_set(ERR_FORMAT,
		    "its third bottom must be offsets (%lld, 4 classes)",
		    (long long)o->rois);
	o->offsets = (int64_t)shape_count(b) / o->rois;
	if (o->offsets != 4 * o->classes && o->offsets != 8)
		return err_set(ERR_FORMAT,
		    "%lld offsets of a window for %lld classes: %lld are needed, or 8 that all share",
		    (long long)o->offsets, (long long)o->classes,
		    (long long)(4 * o->classes));
	o->items = i->n > 1 ? i->d[0] : 1;
	o->info = (int64_t)shape_count(i) / o->items;
	if (o->info < 2)
		return err_set(ERR_FORMAT,
		    "its last bottom must be height and width of each picture");
	return 0;
}

static int
emit(struct layer *l)
{
	const Caffe__DetectionOutputParameter *p =
	    LAYER_PARAM(l, detection_output_param, &none);
	struct rcnn_output *o = mem_new(struct rcnn_output);
	union op_attr a = { .custom = { .nin = 4,
				.nout = 1,
				.forward = forward,
				.state = o } };

	l->state = o;
	TRY(take_shapes(o, l));
	if (p->has_num_classes && p->num_classes != o->classes)
		return err_set(ERR_FORMAT, "num_classes %u, but %lld scores",
		    p->num_classes, (long long)o->classes);
	o->background = p->background_label_id;
	o->least =
	    p->has_confidence_threshold ? p->confidence_threshold : 0.05f;
	o->nms.limit =
	    p->nms_param != NULL ? p->nms_param->nms_threshold : 0.3f;
	o->nms.eta = p->nms_param != NULL ? p->nms_param->eta : 1;
	o->nms.last = true;
	o->keep = p->keep_top_k > 0 ? p->keep_top_k : 100;
	if (o->keep > o->rois * o->classes)
		o->keep = o->rois * o->classes;
	if (o->keep * o->items > LAYER_FOUND_MAX)
		return err_set(ERR_RANGE,
		    "%lld detections are too many: give keep_top_k",
		    (long long)(o->keep * o->items));
	a.custom.shape[0] =
	    shape_of(4, 1, 1, o->keep * o->items, (int)LAYER_FOUND_ROW);
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 4));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_rcnn_output = { "RCNNDetectionOutput", 4, 4, 1, 1,
	.emit = emit, .no_grad = 0xf, .free = release };
