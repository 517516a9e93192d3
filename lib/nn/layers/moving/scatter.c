/*
 * ScatterElements and ScatterND: bottom 0 with the numbers of bottom 2 at the places
 * that bottom 1 names (places.h), in their stead, or added, multiplied, or as the
 * larger or smaller one.  Host code.
 *
 * Where several go to one place and stand in its stead, the last one stays, and has
 * the gradient; of MAX and MIN all that are equal to what stays have it.
 */
#include <string.h>

#include "base/mem.h"
#include "nn/layers/moving/places.h"

#define REDUCTION(name) CAFFE__SCATTER_PARAMETER__REDUCTION__##name

static const Caffe__ScatterParameter none = CAFFE__SCATTER_PARAMETER__INIT;

struct scatter {
	struct places places;
	size_t size; /* of bottom 0 */
	Caffe__ScatterParameter__Reduction how;
};

static float
joined(Caffe__ScatterParameter__Reduction how, float x, float v)
{
	switch (how) {
	case REDUCTION(ADD): return x + v;
	case REDUCTION(MUL): return x * v;
	case REDUCTION(MAX): return v > x ? v : x;
	case REDUCTION(MIN): return v < x ? v : x;
	default: return v;
	}
}

static int
find(const struct scatter *s, const float *index, size_t **at)
{
	int rc;

	TRY(mem_take(
	    (void **)at, s->places.n + 1, sizeof(**at), SIZE_MAX, "places"));
	rc = places_find(&s->places, index, *at);
	if (rc < 0)
		mem_free(*at);
	return rc;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct scatter *s = state;
	float *y = out[0];
	size_t *at;

	(void)env;
	TRY(find(s, in[1], &at));
	if (s->size > 0)
		memcpy(y, in[0], s->size * sizeof(*y));
	for (size_t i = 0; i < s->places.n; i++)
		y[at[i]] = joined(s->how, y[at[i]], in[2][i]);
	mem_free(at);
	return 0;
}

/* The last that goes to each place has its gradient. */
static void
grad_in_stead(const struct scatter *s, const size_t *at, const float *dy,
    float *dx, float *dv)
{
	bool *taken = mem_array(bool, s->size + 1);

	for (size_t i = s->places.n; i-- > 0;) {
		if (dv != NULL)
			dv[i] = taken[at[i]] ? 0 : dy[at[i]];
		taken[at[i]] = true;
	}
	for (size_t i = 0; dx != NULL && i < s->size; i++)
		dx[i] = taken[i] ? 0 : dy[i];
	mem_free(taken);
}

static void
grad_sum(const struct scatter *s, const size_t *at, const float *dy, float *dx,
    float *dv)
{
	if (dx != NULL && s->size > 0)
		memcpy(dx, dy, s->size * sizeof(*dx));
	for (size_t i = 0; dv != NULL && i < s->places.n; i++)
		dv[i] = dy[at[i]];
}

/* Of a product without one factor v, from the product of what is not 0 and how many
 * are. */
static float
without(double product, size_t zeros, float v)
{
	if (zeros == 0)
		return (float)(product / (double)v);
	return zeros == 1 && v == 0 ? (float)product : 0;
}

static void
grad_product(const struct scatter *s, const size_t *at, const float *const *in,
    const float *dy, float *dx, float *dv)
{
	double *product = mem_array(double, s->size + 1);
	size_t *zeros = mem_array(size_t, s->size + 1);

	for (size_t i = 0; i < s->size; i++) {
		zeros[i] = in[0][i] == 0;
		product[i] = zeros[i] ? 1 : (double)in[0][i];
	}
	for (size_t i = 0; i < s->places.n; i++) {
		if (in[2][i] == 0)
			zeros[at[i]]++;
		else
			product[at[i]] *= (double)in[2][i];
	}
	for (size_t i = 0; dx != NULL && i < s->size; i++)
		dx[i] = dy[i] * without(product[i], zeros[i], in[0][i]);
	for (size_t i = 0; dv != NULL && i < s->places.n; i++)
		dv[i] =
		    dy[at[i]] * without(product[at[i]], zeros[at[i]], in[2][i]);
	mem_free(product);
	mem_free(zeros);
}

static void
grad_best(const struct scatter *s, const size_t *at, const float *const *in,
    const float *y, const float *dy, float *dx, float *dv)
{
	for (size_t i = 0; dx != NULL && i < s->size; i++)
		dx[i] = in[0][i] == y[i] ? dy[i] : 0;
	for (size_t i = 0; dv != NULL && i < s->places.n; i++)
		dv[i] = in[2][i] == y[at[i]] ? dy[at[i]] : 0;
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct scatter *s = state;
	const float *dy = dout[0];
	size_t *at;

	(void)env;
	TRY(find(s, in[1], &at));
	switch (s->how) {
	case REDUCTION(ADD): grad_sum(s, at, dy, din[0], din[2]); break;
	case REDUCTION(MUL): grad_product(s, at, in, dy, din[0], din[2]); break;
	case REDUCTION(MAX):
	case REDUCTION(MIN):
		grad_best(s, at, in, out[0], dy, din[0], din[2]);
		break;
	default: grad_in_stead(s, at, dy, din[0], din[2]); break;
	}
	mem_free(at);
	return 0;
}

static int
add(struct layer *l, struct scatter *s, const struct shape *updates)
{
	const union op_attr a = { .custom = { .state = s,
				      .nin = 3,
				      .nout = 1,
				      .shape = { s->places.data },
				      .forward = forward,
				      .backward = backward } };
	char t[SHAPE_TEXT_MAX], w[SHAPE_TEXT_MAX];

	if (!shape_same(layer_shape(l, 2), updates))
		return err_set(ERR_FORMAT, "its third bottom is %s, not %s",
		    shape_text(t, layer_shape(l, 2)), shape_text(w, updates));
	s->size = shape_count(&s->places.data);
	s->how = LAYER_PARAM(l, scatter_param, &none)->reduction;
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 3));
}

static int
emit_elements(struct layer *l)
{
	struct scatter *s = mem_new(struct scatter);
	int axis;

	l->state = s;
	TRY(layer_axis(
	    l, 0, LAYER_PARAM(l, scatter_param, &none)->axis, &axis));
	TRY(places_elements(
	    &s->places, layer_shape(l, 0), layer_shape(l, 1), axis));
	return add(l, s, &s->places.index);
}

static int
emit_nd(struct layer *l)
{
	struct scatter *s = mem_new(struct scatter);
	struct shape updates;

	l->state = s;
	TRY(places_rows(
	    &s->places, layer_shape(l, 0), layer_shape(l, 1), 0, &updates));
	return add(l, s, &updates);
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_scatter_elements = { "ScatterElements", 3, 3, 1,
	1, .emit = emit_elements, .no_grad = 2, .free = release };
const struct layer_type layer_scatter_nd = { "ScatterND", 3, 3, 1, 1,
	.emit = emit_nd, .no_grad = 2, .free = release };
