/* DepthToSpace and SpaceToDepth: blocks of places as channels, and back. */
#include "nn/layers/moving/moving.h"

static const Caffe__BlockParameter none = CAFFE__BLOCK_PARAMETER__INIT;

/* x as f, its axes permuted, as y. */
static int
moved(struct layer *l, const struct shape *f, const int order[6],
    const struct shape *y)
{
	union op_attr a = { 0 };
	int t;

	for (int i = 0; i < 6; i++)
		a.permute.order[i] = order[i];
	TRY(t = graph_reshape(l->graph, l->bottom[0], f));
	TRY(t = graph_add(l->graph, OP_PERMUTE, &a, &t, 1));
	return layer_top(l, 0, graph_reshape(l->graph, t, y));
}

static int
begin(const struct layer *l, struct shape *x, int64_t *b)
{
	char t[SHAPE_TEXT_MAX];

	*x = *layer_shape(l, 0);
	*b = LAYER_PARAM(l, block_param, &none)->block_size;
	if (x->n != 4 || *b < 1 || *b > 1 << 15)
		return err_set(ERR_FORMAT,
		    "it takes (N, C, H, W) and a block_size from 1 on, not %s and %lld",
		    shape_text(t, x), (long long)*b);
	return 0;
}

static int
emit_depth(struct layer *l)
{
	const bool crd = LAYER_PARAM(l, block_param, &none)->mode ==
	    CAFFE__BLOCK_PARAMETER__MODE__CRD;
	static const int order[2][6] = { { 0, 3, 4, 1, 5, 2 },
		{ 0, 1, 4, 2, 5, 3 } };
	struct shape x, f, y;
	int64_t b;

	TRY(begin(l, &x, &b));
	if (x.d[1] % (b * b) != 0)
		return err_set(ERR_FORMAT,
		    "%lld channels cannot become blocks of %lldx%lld",
		    (long long)x.d[1], (long long)b, (long long)b);
	y = (struct shape){ 4,
		{ x.d[0], x.d[1] / (b * b), x.d[2] * b, x.d[3] * b } };
	f = (struct shape){ 6, { x.d[0], b, b, y.d[1], x.d[2], x.d[3] } };
	if (crd)
		f = (struct shape){ 6,
			{ x.d[0], y.d[1], b, b, x.d[2], x.d[3] } };
	return moved(l, &f, order[crd], &y);
}

static int
emit_space(struct layer *l)
{
	static const int order[6] = { 0, 3, 5, 1, 2, 4 };
	struct shape x, f, y;
	int64_t b;

	TRY(begin(l, &x, &b));
	if (x.d[2] % b != 0 || x.d[3] % b != 0)
		return err_set(ERR_FORMAT,
		    "%lldx%lld places cannot be cut into blocks of %lldx%lld",
		    (long long)x.d[2], (long long)x.d[3], (long long)b,
		    (long long)b);
	f = (struct shape){ 6,
		{ x.d[0], x.d[1], x.d[2] / b, b, x.d[3] / b, b } };
	y = (struct shape){ 4,
		{ x.d[0], x.d[1] * b * b, x.d[2] / b, x.d[3] / b } };
	return moved(l, &f, order, &y);
}

const struct layer_type layer_depth_to_space = { "DepthToSpace", 1, 1, 1, 1,
	.emit = emit_depth };
const struct layer_type layer_space_to_depth = { "SpaceToDepth", 1, 1, 1, 1,
	.emit = emit_space };
