/*
 * CenterLoss (Wen et al., 2016): how far the vectors of bottom 0 are from the centre
 * of their class, sum |x - c|^2 / (2 N), or with distance_type "L1" sum |x - c| / N.
 * Blob 0: the centres (num_output, D).  These do not follow the gradient but move by
 * the mean of what is theirs, sum (c - x) / (1 + count), whatever the loss's weight.
 * Host code.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/types.h"

static const Caffe__CenterLossParameter none =
    CAFFE__CENTER_LOSS_PARAMETER__INIT;

struct centers {
	size_t items, size, classes; /* vectors, values of each, centres */
	bool l1;
};

/* The centre of item i, or NULL with the sentence set. */
static const float *
center_of(const struct centers *c, const float *labels, const float *centers,
    size_t i)
{
	const float k = labels[i];

	if (k >= 0 && k < (float)c->classes)
		return centers + (size_t)k * c->size;
	err_set(ERR_FORMAT, "label %g of item %zu; there are %zu centres", k, i,
	    c->classes);
	return NULL;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct centers *c = state;
	const float *x = in[0];
	double sum = 0;

	(void)env;
	for (size_t i = 0; i < c->items; i++) {
		const float *at = center_of(c, in[1], in[2], i);

		if (at == NULL)
			return ERR_FORMAT;
		for (size_t k = 0; k < c->size; k++, x++) {
			const double d = (double)*x - (double)at[k];

			sum += c->l1 ? fabs(d) : d * d / 2;
		}
	}
	*out[0] = (float)(sum / (double)c->items);
	return 0;
}

/* The direction of the gradient of |d|^2 / 2, or of |d|. */
static float
slope(const struct centers *c, float d)
{
	if (!c->l1)
		return d;
	return d > 0 ? 1 : d < 0 ? -1 : 0;
}

static void
move_centers(const struct centers *c, const float *const *in, float *dc)
{
	float *count = mem_array(float, c->classes);
	const float *x = in[0];

	memset(dc, 0, c->classes * c->size * sizeof(*dc));
	for (size_t i = 0; i < c->items; i++) {
		const size_t at = (size_t)in[1][i];

		count[at]++;
		for (size_t k = 0; k < c->size; k++, x++)
			dc[at * c->size + k] -=
			    slope(c, *x - in[2][at * c->size + k]);
	}
	for (size_t i = 0; i < c->classes * c->size; i++)
		dc[i] /= 1 + count[i / c->size];
	mem_free(count);
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct centers *c = state;
	const float part = *dout[0] / (float)c->items;
	const float *x = in[0];
	float *dx = din[0];

	(void)env;
	(void)out;
	for (size_t i = 0; i < c->items; i++) {
		const float *at = center_of(c, in[1], in[2], i);

		if (at == NULL)
			return ERR_FORMAT;
		for (size_t k = 0; dx != NULL && k < c->size; k++, x++)
			*dx++ = part * slope(c, *x - at[k]);
	}
	if (din[2] != NULL)
		move_centers(c, in, din[2]);
	return 0;
}

static int
emit(struct layer *l)
{
	const Caffe__CenterLossParameter *p =
	    LAYER_PARAM(l, center_loss_param, &none);
	const struct shape x = *layer_shape(l, 0);
	const bool l1 = strcmp(p->distance_type, "L1") == 0;
	union op_attr a = { .custom = { .nin = 3,
				.nout = 1,
				.forward = forward,
				.backward = backward } };
	struct shape s = { 2, { p->num_output, 0 } };
	int axis, in[3] = { l->bottom[0], l->bottom[1], -1 };
	struct centers *c;

	if (p->num_output < 1 || p->num_output > 1 << 24)
		return err_set(ERR_FORMAT,
		    "num_output %u: the number of classes is wanted",
		    (unsigned)p->num_output);
	if (!l1 && strcmp(p->distance_type, "L2") != 0)
		return err_set(ERR_FORMAT,
		    "distance_type is \"%s\"; it must be L2 or L1",
		    p->distance_type);
	TRY(layer_axis(l, 0, p->axis, &axis));
	if (shape_count_axes(&x, 0, axis) != shape_count(layer_shape(l, 1)))
		return err_set(ERR_FORMAT, "%zu vectors and %zu labels",
		    shape_count_axes(&x, 0, axis),
		    shape_count(layer_shape(l, 1)));
	s.d[1] = (int64_t)shape_count_axes(&x, axis, x.n);
	if (shape_count(&x) == 0)
		return err_set(ERR_FORMAT, "the loss of an empty batch");
	TRY(in[2] = layer_param(l, 0, &s, p->center_filler, true));
	l->state = c = mem_new(struct centers);
	*c = (struct centers){ shape_count_axes(&x, 0, axis), (size_t)s.d[1],
		p->num_output, l1 };
	a.custom.state = c;
	return layer_top(l, 0, graph_add(l->graph, OP_CUSTOM, &a, in, 3));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_center_loss = { "CenterLoss", 2, 2, 1, 1,
	.emit = emit, .loss_weight = 1, .no_grad = 2, .free = release };
