/*
 * InnerProduct: the axes from `axis` on are one vector, multiplied by a matrix.
 * num_output may be left out where the number of classes is known (DIGITS).
 */
#include "nn/layers/types.h"

static const Caffe__InnerProductParameter none =
    CAFFE__INNER_PRODUCT_PARAMETER__INIT;

/* NormFace: the weights of each output over their length, so that it is the cosine
 * times the length of the vector. */
static int
normalized(struct layer *l, int w, bool transpose)
{
	int t;

	TRY(t = graph_reduce(
		l->graph, w, REDUCE_SUMSQ, transpose ? 1u : 2u, 1));
	TRY(t = graph_unary(l->graph, t, UNARY_POWER, 1e-12f, 1, -0.5f));
	return graph_binary(l->graph, w, t, BINARY_MUL);
}

static int
emit(struct layer *l)
{
	const Caffe__InnerProductParameter *p =
	    LAYER_PARAM(l, inner_product_param, &none);
	struct shape s = *layer_shape(l, 0), flat = { 2 }, ws = { 2 };
	union op_attr a = { .matmul = { .tb = !p->transpose } };
	int axis, in[3] = { -1, -1, -1 }, y;
	int64_t n = p->num_output;

	if (!p->has_num_output)
		n = l->net->opts->classes;
	if (n < 1)
		return err_set(ERR_FORMAT,
		    p->has_num_output
			? "num_output is 0"
			: "num_output is not given, and the number of classes it could be taken from is not known");
	TRY(layer_axis(l, 0, p->axis, &axis));
	flat.d[0] = (int64_t)shape_count_axes(&s, 0, axis);
	flat.d[1] = (int64_t)shape_count_axes(&s, axis, s.n);
	ws.d[p->transpose ? 1 : 0] = n;
	ws.d[p->transpose ? 0 : 1] = flat.d[1];
	TRY(in[1] = layer_param(l, 0, &ws, p->weight_filler, true));
	if (p->normalize)
		TRY(in[1] = normalized(l, in[1], p->transpose));
	ws = (struct shape){ 1, { n } };
	if (p->bias_term)
		TRY(in[2] = layer_param(l, 1, &ws, p->bias_filler, true));
	in[0] = l->bottom[0];
	if (s.n != 2 || axis != 1)
		TRY(in[0] = graph_reshape(l->graph, in[0], &flat));
	TRY(y = graph_add(l->graph, OP_MATMUL, &a, in, p->bias_term ? 3 : 2));
	s.n = axis + 1;
	s.d[axis] = n;
	if (s.n != 2)
		y = graph_reshape(l->graph, y, &s);
	return layer_top(l, 0, y);
}

const struct layer_type layer_inner_product = { "InnerProduct", 1, 1, 1, 1,
	.emit = emit };
