/* Gather: places along an axis by index, which a second bottom holds or the
 * parameters do; below 0 they count from the end. */
#include "base/mem.h"
#include "nn/layers/moving/moving.h"

static const Caffe__GatherParameter none = CAFFE__GATHER_PARAMETER__INIT;

/* The OP_TAKE that places at even distances are. */
static bool
even(const int64_t *at, size_t n, const struct shape *x, int axis,
    struct op_take *out)
{
	const int64_t step = n > 1 ? at[1] - at[0] : 1;

	*out = (struct op_take){ .size = *x };
	for (int i = 0; i < x->n; i++)
		out->step[i] = 1;
	out->size.d[axis] = (int64_t)n;
	out->start[axis] = n > 0 ? at[0] : 0;
	out->step[axis] = step;
	for (size_t i = 1; i < n; i++)
		if (at[i] - at[i - 1] != step)
			return false;
	return true;
}

static int
gather_at(struct layer *l, const int64_t *at, size_t n, int axis)
{
	const struct shape s = { 1, { (int64_t)n } };
	union op_attr a = { .gather = { .axis = axis } };
	int in[2] = { l->bottom[0] };
	struct op_take take;
	float *v;

	if (even(at, n, layer_shape(l, 0), axis, &take))
		return moving_take(l, in[0], &take);
	v = mem_array(float, n + 1);
	for (size_t i = 0; i < n; i++)
		v[i] = (float)at[i];
	in[1] = graph_add_const(l->graph, "index", &s, v);
	mem_free(v);
	return graph_add(l->graph, OP_GATHER, &a, in, 2);
}

static int
by_parameter(struct layer *l, const Caffe__GatherParameter *p, int axis)
{
	struct shape y = *layer_shape(l, 0);
	const int64_t d = y.d[axis];
	int64_t *at;
	int x = 0, rc = 0;

	if (p->scalar && p->n_index != 1)
		return err_set(ERR_FORMAT,
		    "scalar is given with %zu indices, not one", p->n_index);
	at = mem_array(int64_t, p->n_index + 1);
	for (size_t i = 0; i < p->n_index && rc == 0; i++) {
		at[i] = p->index[i] < 0 ? p->index[i] + d : p->index[i];
		if (at[i] < 0 || at[i] >= d)
			rc = err_set(ERR_RANGE,
			    "index %lld is outside of axis %d, which has %lld places",
			    (long long)p->index[i], axis, (long long)d);
	}
	if (rc == 0)
		rc = x = gather_at(l, at, p->n_index, axis);
	mem_free(at);
	if (rc < 0 || !p->scalar)
		return rc < 0 ? rc : layer_top(l, 0, x);
	y.n--;
	for (int i = axis; i < y.n; i++)
		y.d[i] = y.d[i + 1];
	return layer_top(l, 0, graph_reshape(l->graph, x, &y));
}

static int
emit(struct layer *l)
{
	const Caffe__GatherParameter *p = LAYER_PARAM(l, gather_param, &none);
	union op_attr a = { .gather = { .from_end = true } };

	TRY(layer_axis(l, 0, p->axis, &a.gather.axis));
	if ((l->nbottom == 1) != (p->n_index > 0))
		return err_set(ERR_FORMAT,
		    "give the indices as a second bottom or as index, not %s",
		    l->nbottom == 1 ? "neither" : "both");
	if (l->nbottom == 1)
		return by_parameter(l, p, a.gather.axis);
	return layer_top(
	    l, 0, graph_add(l->graph, OP_GATHER, &a, l->bottom, 2));
}

const struct layer_type layer_gather = { "Gather", 1, 2, 1, 1, .emit = emit,
	.no_grad = 2 };
