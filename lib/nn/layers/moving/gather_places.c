/* GatherElements and GatherND: what lies at the places that the second bottom
 * names (places.h).  Host code. */
#include "base/mem.h"
#include "nn/layers/moving/places.h"

static const Caffe__GatherParameter none = CAFFE__GATHER_PARAMETER__INIT;

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct places *p = state;
	size_t *at;
	int rc;

	(void)env;
	TRY(mem_take((void **)&at, p->n + 1, sizeof(*at), SIZE_MAX, "places"));
	rc = places_find(p, in[1], at);
	for (size_t i = 0; i < p->n && rc == 0; i++)
		out[0][i] = in[0][at[i]];
	mem_free(at);
	return rc;
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct places *p = state;
	const size_t n = shape_count(&p->data);
	size_t *at;
	int rc;

	(void)env;
	(void)out;
	if (din[0] == NULL)
		return 0;
	TRY(mem_take((void **)&at, p->n + 1, sizeof(*at), SIZE_MAX, "places"));
	for (size_t i = 0; i < n; i++)
		din[0][i] = 0;
	rc = places_find(p, in[1], at);
	for (size_t i = 0; i < p->n && rc == 0; i++)
		din[0][at[i]] += dout[0][i];
	mem_free(at);
	return rc;
}

static int
add(struct layer *l, struct places *p, const struct shape *y)
{
	const union op_attr a = { .custom = { .state = p,
				      .nin = 2,
				      .nout = 1,
				      .shape = { *y },
				      .forward = forward,
				      .backward = backward } };

	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
}

static int
emit_elements(struct layer *l)
{
	const Caffe__GatherParameter *p = LAYER_PARAM(l, gather_param, &none);
	struct places *s = mem_new(struct places);
	int axis;

	l->state = s;
	TRY(layer_axis(l, 0, p->axis, &axis));
	TRY(places_elements(s, layer_shape(l, 0), layer_shape(l, 1), axis));
	return add(l, s, &s->index);
}

static int
emit_nd(struct layer *l)
{
	const Caffe__GatherParameter *p = LAYER_PARAM(l, gather_param, &none);
	struct places *s = mem_new(struct places);
	struct shape y;

	l->state = s;
	if (p->batch_dims > SHAPE_MAX)
		return err_set(
		    ERR_RANGE, "batch_dims is %u", (unsigned)p->batch_dims);
	TRY(places_rows(
	    s, layer_shape(l, 0), layer_shape(l, 1), (int)p->batch_dims, &y));
	return add(l, s, &y);
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_gather_elements = { "GatherElements", 2, 2, 1, 1,
	.emit = emit_elements, .no_grad = 2, .free = release };
const struct layer_type layer_gather_nd = { "GatherND", 2, 2, 1, 1,
	.emit = emit_nd, .no_grad = 2, .free = release };
