/*
 * DetectNetTransformation (NVcaffe): pictures augmented, and DIGITS's lists of
 * boxes (rows of 16 numbers, the first their count) turned into the maps that
 * DetectNet is trained with (detectnet.h).  In TEST a picture is scaled to the
 * size of the output.  What is random follows from the seed and the number of the
 * run.
 */
#include "nn/layers/detectnet.h"

#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "nn/layers/types.h"
#include "nn/net.h"

static const Caffe__DetectNetGroundTruthParameter truth_none =
    CAFFE__DETECT_NET_GROUND_TRUTH_PARAMETER__INIT;
static const Caffe__DetectNetAugmentationParameter augment_none =
    CAFFE__DETECT_NET_AUGMENTATION_PARAMETER__INIT;

/* The class that the net gives boxes of class src; -1: none, they are left out. */
static int
class_of(const Caffe__DetectNetGroundTruthParameter *p, float src)
{
	if (p->n_object_class == 0)
		return src == 1 ? 0 : -1;
	for (size_t i = 0; i < p->n_object_class; i++)
		if (src == (float)p->object_class[i]->src)
			return (int)p->object_class[i]->dst;
	return -1;
}

static void
cut_box(struct detectnet_box *b, const struct detectnet *d)
{
	const float w = (float)d->out_width, h = (float)d->out_height;

	b->left = b->left > 0 ? b->left : 0;
	b->top = b->top > 0 ? b->top : 0;
	b->right = b->right < w ? b->right : w;
	b->bottom = b->bottom < h ? b->bottom : h;
}

/* The boxes of one label that the net is to find, moved; how many. */
static int
take_boxes(const struct detectnet *d, const struct detectnet_moves *m,
    const float *label, struct detectnet_box *out)
{
	const float count = label[0];
	int n = 0;

	if (!(count >= 0 && count < (float)d->rows) ||
	    (count > 0 && label[1] != DETECTNET_ROW))
		return err_set(ERR_FORMAT,
		    "a label is no list of boxes: its first row is to be their number, below %d, and %d",
		    d->rows, DETECTNET_ROW);
	for (int i = 1; i <= (int)count; i++) {
		const float *v = label + (size_t)i * DETECTNET_ROW;
		struct detectnet_box b = { v[0], v[1], v[0] + v[2], v[1] + v[3],
			class_of(d->truth, v[5]) };

		if (b.dst < 0)
			continue;
		detectnet_move(&b, d, m);
		if (d->truth->crop_bboxes)
			cut_box(&b, d);
		out[n++] = b;
	}
	return n;
}

static int
transform_one(const struct detectnet *d, struct rng *r, const float *const *in,
    float *const *out, int i, float *picture, struct detectnet_box *boxes)
{
	const size_t size =
	    (size_t)d->channels * (size_t)d->height * (size_t)d->width;
	const size_t out_size =
	    (size_t)d->channels * (size_t)d->out_height * (size_t)d->out_width;
	const size_t maps = (size_t)(DETECTNET_CHANNELS + d->classes) *
	    (size_t)d->grid_height * (size_t)d->grid_width;
	struct detectnet_moves m;
	int n;

	detectnet_draw(&m, d, r);
	TRY(n = take_boxes(d, &m,
		in[1] + (size_t)i * (size_t)d->rows * DETECTNET_ROW, boxes));
	memcpy(picture, in[0] + (size_t)i * size, size * sizeof(*picture));
	detectnet_picture(d, &m, picture, out[0] + (size_t)i * out_size);
	detectnet_grid(d, boxes, (size_t)n, out[1] + (size_t)i * maps);
	return 0;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct detectnet *d = state;
	float *picture = mem_array(
	    float, (size_t)d->channels *(size_t)d->height *(size_t)d->width);
	struct detectnet_box *boxes =
	    mem_array(struct detectnet_box, (size_t)d->rows);
	int rc = 0;

	for (int i = 0; i < d->items && rc >= 0; i++) {
		struct rng r;

		rng_at(&r, env->seed, 0x6465746563746e74, /* "detectnt" */
		    env->iteration * (uint64_t)d->items + (uint64_t)i);
		rc = transform_one(d, &r, in, out, i, picture, boxes);
	}
	mem_free(boxes);
	mem_free(picture);
	return rc;
}

static int
take_mean(struct detectnet *d, const Caffe__TransformationParameter *t)
{
	if (t == NULL)
		return 0;
	if (t->mean_file != NULL)
		return err_set(ERR_UNSUPPORTED,
		    "a mean_file is not taken here: give mean_value");
	if (t->n_mean_value > 1 && t->n_mean_value != (size_t)d->channels)
		return err_set(ERR_FORMAT, "mean_value is given %s for %s",
		    NUM_COUNTED(t->n_mean_value, "time"),
		    NUM_COUNTED(d->channels, "channel"));
	for (int c = 0; c < d->channels && t->n_mean_value > 0; c++)
		d->mean[c] = t->mean_value[t->n_mean_value == 1 ? 0 : c];
	return 0;
}

/* How many classes there are: the highest dst, and 1. */
static int
count_classes(
    struct detectnet *d, const Caffe__DetectNetGroundTruthParameter *p)
{
	unsigned dst = 0;

	for (size_t i = 0; i < p->n_object_class; i++)
		if (p->object_class[i]->dst > dst)
			dst = p->object_class[i]->dst;
	if (dst > 4096)
		return err_set(ERR_RANGE, "object_class dst %u", dst);
	d->classes = (int)dst + 1;
	return 0;
}

static int
take_shapes(struct detectnet *d, const struct layer *l)
{
	const Caffe__DetectNetGroundTruthParameter *p = d->truth;
	const struct shape *s = layer_shape(l, 0);

	if (s->n != 4 || p->stride < 1 || p->image_size_x < p->stride ||
	    p->image_size_y < p->stride || p->image_size_x > 65536 ||
	    p->image_size_y > 65536)
		return err_set(ERR_FORMAT,
		    "stride %u does not fit image_size_x %u, image_size_y %u, or its bottom does not have 4 axes",
		    (unsigned)p->stride, (unsigned)p->image_size_x,
		    (unsigned)p->image_size_y);
	d->items = (int)s->d[0];
	d->channels = (int)s->d[1];
	d->height = (int)s->d[2];
	d->width = (int)s->d[3];
	if (d->channels < 1 || d->channels > DETECTNET_MEANS || d->height < 1 ||
	    d->width < 1)
		return err_set(ERR_FORMAT, "pictures of %d channels, %dx%d",
		    d->channels, d->width, d->height);
	d->out_height = (int)p->image_size_y;
	d->out_width = (int)p->image_size_x;
	d->grid_height = d->out_height / (int)p->stride;
	d->grid_width = d->out_width / (int)p->stride;
	return 0;
}

/* Labels (N, …, rows, 16).  Where they are not known, a number each is imagined
 * (nn/use.h); such a net can be measured, not run. */
static int
take_labels(struct detectnet *d, const struct shape *s)
{
	const size_t per = shape_count_axes(s, s->n > 0, s->n);

	if (s->n < 1 || s->d[0] != d->items)
		return err_set(
		    ERR_FORMAT, "as many labels as pictures are wanted");
	d->rows = (int)(per / DETECTNET_ROW);
	return 0;
}

static int
not_boxes(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	(void)env;
	(void)state;
	(void)in;
	(void)out;
	return err_set(ERR_FORMAT,
	    "its labels are no lists of boxes: rows of %d numbers",
	    DETECTNET_ROW);
}

static int
emit(struct layer *l)
{
	struct detectnet *d = mem_new(struct detectnet);
	union op_attr a = { .custom = { .nin = 2,
				.nout = 2,
				.forward = forward,
				.state = d } };
	int y;

	l->state = d;
	d->truth = LAYER_PARAM(l, detectnet_groundtruth_param, &truth_none);
	d->augment =
	    LAYER_PARAM(l, detectnet_augmentation_param, &augment_none);
	d->train = l->train;
	TRY(take_shapes(d, l));
	TRY(count_classes(d, d->truth));
	TRY(take_mean(d, l->p->transform_param));
	TRY(take_labels(d, layer_shape(l, 1)));
	if (d->rows < 1 ||
	    layer_shape(l, 1)->d[layer_shape(l, 1)->n - 1] != DETECTNET_ROW)
		a.custom.forward = not_boxes;
	a.custom.shape[0] =
	    shape_of(4, d->items, d->channels, d->out_height, d->out_width);
	a.custom.shape[1] = shape_of(4, d->items,
	    DETECTNET_CHANNELS + d->classes, d->grid_height, d->grid_width);
	TRY(y = graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
	TRY(layer_top(l, 1, graph_last(l->graph)->out[1]));
	return layer_top(l, 0, y);
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_detectnet = { "DetectNetTransformation", 2, 2, 2,
	2, .emit = emit, .free = release, .no_grad = 3 };
