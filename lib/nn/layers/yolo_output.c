/*
 * The boxes of YOLO nets (Redmon and Farhadi, 2016 and 2018), as Caffe's forks have
 * them, in the rows of SSD's DetectionOutput: item, class (from 1), score, left, top,
 * right, bottom, relative to the picture.  The rows of each item are as many as
 * KEEP at most, and hold -1 behind the last.
 *
 * A bottom is (N, A (5 + C), H, W): for each of A anchors x, y, w, h, object and C
 * classes.  At place (i, j) of it
 *
 *	centre  ((i + sigmoid x) / W, (j + sigmoid y) / H)
 *	size    (e^w anchor width, e^h anchor height) / the size of the net
 *	score   sigmoid(object) p(class)
 *
 * YoloDetectionOutput, RegionOutput (version 2): anchors are in places, so the net has
 * W x H of them; p is the softmax; a box is of its likeliest class.
 * Yolov3DetectionOutput (version 3): anchors are in pixels and a place has
 * anchors_scale of them a side; p is the sigmoid of each class; a box may be of
 * several.  Bottom t has the anchors mask[t A .. t A + A).
 *
 * Boxes that overlap a better one by nms_threshold go, of whichever class, as in the
 * forks; for RegionOutput only those of the same class (class_specific_nms).
 * Host code.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/boxes.h"
#include "nn/layers/types.h"

enum { BOTTOMS_MAX = 8, ANCHORS_MAX = 64, KEEP = 512, COORDS = 4 };
enum { BOXES_MAX = 1 << 24 };

static const Caffe__YoloDetectionOutputParameter none2 =
    CAFFE__YOLO_DETECTION_OUTPUT_PARAMETER__INIT;
static const Caffe__Yolov3DetectionOutputParameter none3 =
    CAFFE__YOLOV3_DETECTION_OUTPUT_PARAMETER__INIT;
static const Caffe__RegionOutputParameter none_region =
    CAFFE__REGION_OUTPUT_PARAMETER__INIT;

/* A bottom. */
struct yolo_map {
	int64_t height, width;
	double net_height, net_width; /* in the unit of the anchors */
	float anchor[ANCHORS_MAX][2];
};

struct yolo {
	int64_t items, classes, anchors;
	int maps;
	struct yolo_map map[BOTTOMS_MAX];
	bool logistic; /* version 3 */
	float least;
	struct layer_nms nms;
	int64_t keep;
};

static double
sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

/* The classes of one box: step apart, n of them. */
struct scores {
	const float *v;
	size_t step, n;
	double object;
};

/* Every class whose score is high enough; how many. */
static size_t
logistic_classes(const struct scores *s, float least, struct layer_found *f)
{
	size_t n = 0;

	for (size_t c = 0; c < s->n; c++) {
		const double p = s->object * sigmoid((double)s->v[c * s->step]);

		if (p > (double)least)
			f[n++] = (struct layer_found){ .score = (float)p,
				.label = (int)c + 1 };
	}
	return n;
}

/* The likeliest class; 1 or 0. */
static size_t
softmax_class(const struct scores *s, float least, struct layer_found *f)
{
	double sum = 0, p;
	size_t best = 0;

	for (size_t c = 1; c < s->n; c++)
		if (s->v[c * s->step] > s->v[best * s->step])
			best = c;
	for (size_t c = 0; c < s->n; c++)
		sum += exp(
		    (double)s->v[c * s->step] - (double)s->v[best * s->step]);
	p = s->object / sum;
	if (!(p > (double)least))
		return 0;
	f[0] =
	    (struct layer_found){ .score = (float)p, .label = (int)best + 1 };
	return 1;
}

/* Anchor a at place `at` of a map that begins at v. */
static struct layer_box
box_at(
    const struct yolo_map *m, const float *v, size_t a, size_t at, size_t step)
{
	const double w = (double)m->width, h = (double)m->height;
	const double x = ((double)(at % (size_t)m->width) + sigmoid(v[0])) / w;
	const double y =
	    ((double)(at / (size_t)m->width) + sigmoid(v[step])) / h;
	const double bw =
	    exp((double)v[2 * step]) * (double)m->anchor[a][0] / m->net_width;
	const double bh =
	    exp((double)v[3 * step]) * (double)m->anchor[a][1] / m->net_height;

	return (struct layer_box){ (float)(x - bw / 2), (float)(y - bh / 2),
		(float)(x + bw / 2), (float)(y + bh / 2) };
}

/* Boxes of a map of an item, behind each other; how many. */
static size_t
find_boxes(const struct yolo *y, const struct yolo_map *m, const float *v,
    int item, int first, struct layer_found *f)
{
	const size_t step = (size_t)(m->height * m->width);
	const size_t each = (size_t)(COORDS + 1 + y->classes) * step;
	size_t n = 0;

	for (size_t a = 0; a < (size_t)y->anchors; a++)
		for (size_t at = 0; at < step; at++) {
			const float *p = v + a * each + at;
			const struct scores s = { p + 5 * step, step,
				(size_t)y->classes,
				sigmoid((double)p[4 * step]) };
			const struct layer_box b = box_at(m, p, a, at, step);
			size_t k;

			if (!layer_box_finite(&b) ||
			    !(s.object > (double)y->least))
				continue;
			k = y->logistic ? logistic_classes(&s, y->least, f + n)
					: softmax_class(&s, y->least, f + n);
			for (; k > 0; k--, n++) {
				f[n].item = item;
				f[n].at = first + (int)(a * step + at);
				f[n].box = b;
			}
		}
	return n;
}

static size_t
map_values(const struct yolo *y, const struct yolo_map *m)
{
	return (size_t)(y->anchors * (COORDS + 1 + y->classes) * m->height *
	    m->width);
}

/* Boxes that there are of an item. */
static int64_t
all_boxes(const struct yolo *y)
{
	int64_t n = 0;

	for (int t = 0; t < y->maps; t++)
		n += y->anchors * y->map[t].height * y->map[t].width;
	return n * (y->logistic ? y->classes : 1);
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct yolo *y = state;
	struct layer_found *f =
	    mem_array(struct layer_found, (size_t)all_boxes(y) + 1);
	float *row = out[0];

	(void)env;
	for (int64_t item = 0; item < y->items; item++) {
		size_t n = 0;
		int first = 0;

		for (int t = 0; t < y->maps; t++) {
			const struct yolo_map *m = &y->map[t];

			n += find_boxes(y, m,
			    in[t] + (size_t)item * map_values(y, m), (int)item,
			    first, f + n);
			first += (int)(y->anchors * m->height * m->width);
		}
		qsort(f, n, sizeof(*f), layer_found_by_score);
		n = layer_found_suppress(f, n, &y->nms);
		row = layer_found_write(row, f, n);
	}
	layer_found_pad(row, out[0] + y->items * y->keep * LAYER_FOUND_ROW);
	mem_free(f);
	return 0;
}

static int
take_maps(struct yolo *y, const struct layer *l)
{
	char text[SHAPE_TEXT_MAX];

	if (y->classes < 1 || y->classes > 1 << 16 || y->anchors < 1 ||
	    y->anchors > ANCHORS_MAX)
		return err_set(ERR_FORMAT, "%lld classes and %lld anchors",
		    (long long)y->classes, (long long)y->anchors);
	for (int t = 0; t < y->maps; t++) {
		const struct shape *s = layer_shape(l, t);
		const int64_t want = y->anchors * (COORDS + 1 + y->classes);

		if (s->n != 4 || s->d[1] != want ||
		    s->d[0] != layer_shape(l, 0)->d[0])
			return err_set(ERR_FORMAT,
			    "%lld anchors and %lld classes need a bottom (N, %lld, H, W), not %s",
			    (long long)y->anchors, (long long)y->classes,
			    (long long)want, shape_text(text, s));
		y->items = s->d[0];
		y->map[t].height = s->d[2];
		y->map[t].width = s->d[3];
		y->map[t].net_height = (double)s->d[2];
		y->map[t].net_width = (double)s->d[3];
	}
	if (all_boxes(y) > BOXES_MAX)
		return err_set(ERR_RANGE, "%lld boxes are too many",
		    (long long)all_boxes(y));
	return 0;
}

static int
take_anchor(float out[2], const float *biases, size_t n, size_t i)
{
	if (2 * i + 1 >= n)
		return err_set(
		    ERR_FORMAT, "biases: %zu of them, no anchor %zu", n, i);
	memcpy(out, biases + 2 * i, 2 * sizeof(*out));
	if (!(out[0] > 0 && out[1] > 0 && isfinite(out[0]) && isfinite(out[1])))
		return err_set(ERR_FORMAT,
		    "biases: anchor %zu of %g x %g has no size", i,
		    (double)out[0], (double)out[1]);
	return 0;
}

static int
add_op(struct layer *l, struct yolo *y, float least, float nms)
{
	union op_attr a = { .custom = { .nin = y->maps,
				.nout = 1,
				.forward = forward,
				.state = y } };

	if (!(least >= 0 && nms >= 0))
		return err_set(ERR_FORMAT, "thresholds %g and %g",
		    (double)least, (double)nms);
	y->least = least;
	y->nms.limit = nms;
	y->nms.eta = 1;
	y->keep = all_boxes(y) < KEEP ? all_boxes(y) : KEEP;
	y->nms.most = (size_t)y->keep;
	if (y->keep * y->items > LAYER_FOUND_MAX)
		return err_set(ERR_RANGE, "%lld detections are too many",
		    (long long)(y->keep * y->items));
	a.custom.shape[0] =
	    shape_of(4, 1, 1, y->keep * y->items, (int)LAYER_FOUND_ROW);
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, y->maps));
}

static int
emit_yolo2(struct layer *l)
{
	const Caffe__YoloDetectionOutputParameter *p =
	    LAYER_PARAM(l, yolo_detection_output_param, &none2);
	struct yolo *y = mem_new(struct yolo);

	l->state = y;
	if (p->coords != COORDS)
		return err_set(
		    ERR_UNSUPPORTED, "coords %u: only 4 are known", p->coords);
	y->classes = p->num_classes;
	y->anchors = p->num_box;
	y->maps = l->nbottom;
	y->nms.all = true;
	TRY(take_maps(y, l));
	for (int t = 0; t < y->maps; t++)
		for (int64_t a = 0; a < y->anchors; a++)
			TRY(take_anchor(y->map[t].anchor[a], p->biases,
			    p->n_biases, (size_t)a));
	return add_op(l, y, p->confidence_threshold, p->nms_threshold);
}

static int
emit_yolo3(struct layer *l)
{
	const Caffe__Yolov3DetectionOutputParameter *p =
	    LAYER_PARAM(l, yolov3_detection_output_param, &none3);
	struct yolo *y = mem_new(struct yolo);

	l->state = y;
	y->classes = p->num_classes;
	y->anchors = p->num_box;
	y->maps = l->nbottom;
	y->logistic = true;
	y->nms.all = true;
	if (p->mask_group_num != (uint32_t)y->maps ||
	    p->n_anchors_scale != (size_t)y->maps ||
	    p->n_mask != (size_t)y->maps * p->num_box)
		return err_set(ERR_FORMAT,
		    "%d bottoms need mask_group_num %d, as many of anchors_scale, and %u of mask; there are %u, %zu and %zu",
		    y->maps, y->maps, (unsigned)y->maps * p->num_box,
		    p->mask_group_num, p->n_anchors_scale, p->n_mask);
	TRY(take_maps(y, l));
	for (int t = 0; t < y->maps; t++) {
		y->map[t].net_width *= p->anchors_scale[t];
		y->map[t].net_height *= p->anchors_scale[t];
		if (p->anchors_scale[t] < 1)
			return err_set(ERR_FORMAT, "anchors_scale is 0");
		for (int64_t a = 0; a < y->anchors; a++)
			TRY(take_anchor(y->map[t].anchor[a], p->biases,
			    p->n_biases, p->mask[t * y->anchors + a]));
	}
	return add_op(l, y, p->confidence_threshold, p->nms_threshold);
}

static int
emit_region(struct layer *l)
{
	const Caffe__RegionOutputParameter *p =
	    LAYER_PARAM(l, region_output_param, &none_region);
	struct yolo *y = mem_new(struct yolo);

	l->state = y;
	if (p->coords != COORDS)
		return err_set(
		    ERR_UNSUPPORTED, "coords %u: only 4 are known", p->coords);
	if (p->tree != NULL || p->map != NULL)
		return err_set(ERR_UNSUPPORTED,
		    "tree and map: trees of classes are not known here");
	y->classes = p->classes;
	y->anchors = (int64_t)(p->n_biases / 2);
	y->maps = 1; /* a second bottom says the size of the picture */
	y->nms.all = !p->class_specific_nms;
	TRY(take_maps(y, l));
	for (int64_t a = 0; a < y->anchors; a++)
		TRY(take_anchor(
		    y->map[0].anchor[a], p->biases, p->n_biases, (size_t)a));
	return add_op(l, y, p->thresh, p->nms);
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_yolo_detection_output = { "YoloDetectionOutput",
	1, 2, 1, 1, .emit = emit_yolo2, .no_grad = 3, .free = release };
const struct layer_type layer_yolov3_detection_output = {
	"Yolov3DetectionOutput", 1, BOTTOMS_MAX, 1, 1, .emit = emit_yolo3,
	.no_grad = 0xff, .free = release
};
const struct layer_type layer_region_output = { "RegionOutput", 1, 2, 1, 1,
	.emit = emit_region, .no_grad = 3, .free = release };
