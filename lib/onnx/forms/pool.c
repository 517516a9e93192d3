/*
 * Pooling and resizing as Caffe has them.
 *
 * Caffe rounds the size of the output up or down, lets a last window hang over the
 * padded picture, drops one that begins behind it, and divides a mean by the window
 * as far as it lies on the padded picture.  ONNX's ceil_mode is not the same in all
 * its versions, so it is never used: the padding at the end is what the last window
 * needs.
 */
#include <math.h>

#include "onnx/forms/form.h"
#include "onnx/forms/values.h"

struct pool {
	const struct op_pool *p;
	int64_t begin[2], end[2]; /* padding of the operator */
	int64_t zeros[2];         /* zeros laid around before, on both sides */
	bool count;               /* do those at the end count in a mean? */
};

/* How far the last window of an axis reaches beyond the picture. */
static int64_t
overhang(const struct op_pool *p, int i, int64_t in, int64_t out)
{
	const int64_t end =
	    (out - 1) * p->stride[i] + p->kernel[i] - p->pad[i] - in;

	return end > 0 ? end : 0;
}

static struct pool
pool_of(const struct op_pool *p, const struct shape *x, const struct shape *y)
{
	struct pool q = { .p = p };
	bool padded = false, hangs = false;

	for (int i = 0; i < 2; i++) {
		q.begin[i] = p->pad[i];
		q.end[i] = overhang(p, i, x->d[2 + i], y->d[2 + i]);
		padded |= p->pad[i] > 0;
		hangs |= q.end[i] > p->pad[i];
	}
	if (p->fn == POOL_MAX || !padded)
		return q;
	q.count = !hangs;
	for (int i = 0; i < 2 && hangs; i++) {
		q.zeros[i] = p->pad[i];
		q.begin[i] = 0;
		q.end[i] = q.end[i] > p->pad[i] ? q.end[i] - p->pad[i] : 0;
	}
	return q;
}

/* Windows of nothing but padding, which the operators refuse: along that axis it is
 * laid around by hand.  They give Caffe's lowest number, or 0. */
static bool
is_empty(const struct pool *q, int i)
{
	return q->end[i] >= q->p->kernel[i];
}

static struct export_value *
padded(struct export *e, struct export_value *x, const int64_t begin[2],
    const int64_t end[2], float v)
{
	const int64_t pads[8] = { 0, 0, begin[0], begin[1], 0, 0, end[0],
		end[1] };
	struct export_node *n = export_node(e, "Pad", x,
	    export_whole_numbers(e, pads, 8), export_scalar(e, v), NULL);

	return export_out(e, n);
}

static struct export_value *
laid_out(struct export *e, struct pool *q, struct export_value *x)
{
	const float least = e->real == EXPORT_HALF ? -65504 : -3.4e38f;
	int64_t begin[2] = { 0 }, end[2] = { 0 };

	if (q->zeros[0] + q->zeros[1] > 0)
		x = padded(e, x, q->zeros, q->zeros, 0);
	for (int i = 0; i < 2; i++) {
		if (!is_empty(q, i))
			continue;
		begin[i] = q->begin[i];
		end[i] = q->end[i];
		q->begin[i] = q->end[i] = 0;
	}
	return end[0] + end[1] > 0
	    ? padded(e, x, begin, end, q->p->fn == POOL_MAX ? least : 0)
	    : x;
}

static void
set_windows(struct export *e, struct export_node *n, const struct pool *q)
{
	const int64_t kernel[2] = { q->p->kernel[0], q->p->kernel[1] };
	const int64_t stride[2] = { q->p->stride[0], q->p->stride[1] };
	const int64_t pads[4] = { q->begin[0], q->begin[1], q->end[0],
		q->end[1] };

	export_ints(e, n, "kernel_shape", kernel, 2);
	export_ints(e, n, "strides", stride, 2);
	export_ints(e, n, "pads", pads, 4);
}

/* ONNX's places are those of the whole tensor, Caffe's those of the map. */
static void
set_mask(struct export *e, const struct op *op, struct export_node *n)
{
	const struct shape *x = export_shape(e, op->in[0]);
	struct export_value *at = export_out_of(e, n, EXPORT_INT), *mask;

	at = export_whole_binary(
	    e, "Mod", at, export_whole_scalar(e, x->d[2] * x->d[3]));
	mask = export_cast(e, at, e->half ? EXPORT_FLOAT : e->real);
	mask->whole = at;
	export_top(e, op->out[1], mask);
}

EXPORT_OP(export_pool)
{
	const struct shape *x = export_shape(e, op->in[0]);
	const struct shape *y = export_shape(e, op->out[0]);
	const bool max = op->a.pool.fn == POOL_MAX;
	struct pool q = pool_of(&op->a.pool, x, y);
	struct export_value *v = export_of(e, op->in[0]);
	struct export_node *n;

	if (y->d[2] * y->d[3] == 1 && op->nout == 1 &&
	    op->a.pool.kernel[0] == x->d[2] &&
	    op->a.pool.kernel[1] == x->d[3] && q.begin[0] + q.begin[1] == 0) {
		export_top(e, op->out[0],
		    export_unary(
			e, max ? "GlobalMaxPool" : "GlobalAveragePool", v));
		return 0;
	}
	if (op->nout > 1 && (is_empty(&q, 0) || is_empty(&q, 1)))
		return err_set(ERR_UNSUPPORTED,
		    "it has windows beside the picture, of which ONNX knows no mask");
	v = laid_out(e, &q, v);
	n = export_node(e, max ? "MaxPool" : "AveragePool", v, NULL);
	set_windows(e, n, &q);
	if (q.count)
		export_int(e, n, "count_include_pad", 1);
	export_top(e, op->out[0], export_out(e, n));
	if (op->nout > 1)
		set_mask(e, op, n);
	return 0;
}

float
export_ratio(int64_t out, int64_t in)
{
	float r = (float)((double)out / (double)in);

	while ((double)in * (double)r < (double)out)
		r = nextafterf(r, INFINITY);
	return r;
}

struct export_value *
export_resize(struct export *e, int x, int64_t h, int64_t w, const char *mode,
    const char *coordinates)
{
	const struct shape *s = export_shape(e, x);
	const struct shape four = { 1, { 4 } };
	const float scales[4] = { 1, 1, export_ratio(h, s->d[2]),
		export_ratio(w, s->d[3]) };
	struct export_node *n = export_node(e, "Resize", export_of(e, x), NULL);

	export_in(n, NULL);
	export_in(n, export_float32s(e, &four, scales));
	export_text(e, n, "mode", mode);
	export_text(e, n, "coordinate_transformation_mode", coordinates);
	if (mode[0] == 'n')
		export_text(e, n, "nearest_mode", "floor");
	return export_out(e, n);
}

EXPORT_OP(export_interp)
{
	export_top(e, op->out[0],
	    export_resize(e, op->in[0], op->a.conv.size[0], op->a.conv.size[1],
		"linear", "align_corners"));
	return 0;
}
