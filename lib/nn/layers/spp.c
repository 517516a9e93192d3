/*
 * SPP: spatial pyramid pooling (He et al., 2014): level i pools to 2^i x 2^i
 * bins; the levels are flattened and stand one behind the other.
 */
#include "nn/layers/types.h"

static const Caffe__SPPParameter none = CAFFE__SPPPARAMETER__INIT;

enum { LEVELS_MAX = 16 };

/* One side: kernel = stride = ceil(size / bins), padded evenly. */
static int
bin_window(int64_t size, int bins, int *kernel, int *pad)
{
	*kernel = (int)((size + bins - 1) / bins);
	*pad = (int)((*kernel * (int64_t)bins - size + 1) / 2);
	if (*pad >= *kernel)
		return err_set(ERR_FORMAT,
		    "pyramid_height is too large: %d bins do not fit into %lld",
		    bins, (long long)size);
	return 0;
}

static int
level(struct layer *l, int i, enum pool_fn fn)
{
	const struct shape *s = layer_shape(l, 0);
	union op_attr a = { .pool = { .fn = fn } };
	int y;

	TRY(bin_window(s->d[2], 1 << i, &a.pool.kernel[0], &a.pool.pad[0]));
	TRY(bin_window(s->d[3], 1 << i, &a.pool.kernel[1], &a.pool.pad[1]));
	a.pool.stride[0] = a.pool.kernel[0];
	a.pool.stride[1] = a.pool.kernel[1];
	TRY(y = graph_add(l->graph, OP_POOL, &a, l->bottom, 1));
	return y;
}

static int
flat(struct layer *l, int y)
{
	struct shape s = *graph_shape(l->graph, y);
	struct shape f = { 2,
		{ s.d[0], (int64_t)shape_count_axes(&s, 1, s.n) } };

	return graph_reshape(l->graph, y, &f);
}

static int
emit(struct layer *l)
{
	const Caffe__SPPParameter *p = LAYER_PARAM(l, spp_param, &none);
	bool max = p->pool == CAFFE__SPPPARAMETER__POOL_METHOD__MAX;
	int y[LEVELS_MAX], i, n = (int)p->pyramid_height;

	if (n < 1 || n > LEVELS_MAX)
		return err_set(ERR_FORMAT, "pyramid_height %d must be 1 to %d",
		    n, LEVELS_MAX);
	if (p->pool == CAFFE__SPPPARAMETER__POOL_METHOD__STOCHASTIC)
		return err_set(ERR_UNSUPPORTED,
		    "STOCHASTIC pyramid pooling; use MAX or AVE");
	if (layer_shape(l, 0)->n != 4)
		return err_set(
		    ERR_FORMAT, "its bottom must have 4 axes (N, C, H, W)");
	for (i = 0; i < n; i++) {
		TRY(y[i] = level(l, i, max ? POOL_MAX : POOL_AVE));
		if (n > 1)
			TRY(y[i] = flat(l, y[i]));
	}
	return layer_top(l, 0, n > 1 ? layer_concat(l, y, n, 1) : y[0]);
}

const struct layer_type layer_spp = { "SPP", 1, 1, 1, 1, .emit = emit };
