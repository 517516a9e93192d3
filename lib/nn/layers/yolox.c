/* The maps of a YOLOX head as one tensor of places: see yolox.h. */
#include "nn/layers/yolox.h"

#include <math.h>

#include "base/mem.h"

/* e^w of more than this is no size of a picture. */
#define EXPONENT_MAX 30.0f

const Caffe__YoloxParameter yolox_none = CAFFE__YOLOX_PARAMETER__INIT;

static int
check_maps(struct yolox *y, const struct layer *l, int levels)
{
	const struct shape *first = layer_shape(l, 0);
	char t[SHAPE_TEXT_MAX];

	if (y->p->n_stride != (size_t)levels || levels > YOLOX_LEVELS_MAX)
		return err_set(ERR_FORMAT,
		    "%zu strides for %d maps: there must be one each, at most %d",
		    y->p->n_stride, levels, (int)YOLOX_LEVELS_MAX);
	for (int i = 0; i < levels; i++) {
		const struct shape *s = layer_shape(l, i);
		const int64_t stride = y->p->stride[i];

		if (s->n != 4 || s->d[1] <= YOLOX_CLASS)
			return err_set(ERR_FORMAT,
			    "its bottom %s must be (N, 5 + classes, H, W)",
			    shape_text(t, s));
		if (s->d[0] != first->d[0] || s->d[1] != first->d[1] ||
		    stride < 1 || stride > 65536 ||
		    s->d[2] * stride != first->d[2] * y->p->stride[0] ||
		    s->d[3] * stride != first->d[3] * y->p->stride[0])
			return err_set(ERR_FORMAT,
			    "bottom %d, %s with stride %lld, is not of the same pictures as the first",
			    i, shape_text(t, s), (long long)stride);
		y->places += shape_count_axes(s, 2, 4);
		if (y->places > YOLOX_PLACES_MAX)
			return err_set(ERR_RANGE, "more than %d places",
			    (int)YOLOX_PLACES_MAX);
	}
	y->items = (int)first->d[0];
	y->classes = (int)first->d[1] - YOLOX_CLASS;
	return 0;
}

int
yolox_join(struct yolox *y, struct layer *l, int levels)
{
	const union op_attr axis = { .axis = 2 };
	int map[YOLOX_LEVELS_MAX];
	struct yolox_place *to;

	TRY(check_maps(y, l, levels));
	y->place = to = mem_array(struct yolox_place, y->places + 1);
	for (int i = 0; i < levels; i++) {
		const struct shape s = *layer_shape(l, i);
		const struct shape flat =
		    shape_of(3, y->items, (int)s.d[1], (int)(s.d[2] * s.d[3]));

		for (int64_t row = 0; row < s.d[2]; row++)
			for (int64_t column = 0; column < s.d[3]; column++)
				*to++ = (struct yolox_place){
					(float)y->p->stride[i], (float)column,
					(float)row
				};
		TRY(map[i] = graph_reshape(l->graph, l->bottom[i], &flat));
	}
	return graph_add(l->graph, OP_CONCAT, &axis, map, levels);
}

void
yolox_free(struct yolox *y)
{
	if (y == NULL)
		return;
	mem_free(y->place);
	mem_free(y);
}

struct yolox_box
yolox_decode(const struct yolox *y, const float *item, size_t a)
{
	const struct yolox_place *p = &y->place[a];
	const float *v = item + a;

	return (struct yolox_box){
		(v[YOLOX_X * y->places] + p->column) * p->stride,
		(v[YOLOX_Y * y->places] + p->row) * p->stride,
		expf(fminf(v[YOLOX_W * y->places], EXPONENT_MAX)) * p->stride,
		expf(fminf(v[YOLOX_H * y->places], EXPONENT_MAX)) * p->stride,
	};
}

/* The common part of two stretches of a side, by middle and length. */
static double
common(double a, double la, double b, double lb)
{
	return fmin(a + la / 2, b + lb / 2) - fmax(a - la / 2, b - lb / 2);
}

double
yolox_iou(const struct yolox_box *a, const struct yolox_box *b)
{
	const double w = common(a->x, a->w, b->x, b->w);
	const double h = common(a->y, a->h, b->y, b->h);
	const double both = w > 0 && h > 0 ? w * h : 0;
	const double all = (double)a->w * a->h + (double)b->w * b->h - both;

	return all > 0 ? both / all : 0;
}
