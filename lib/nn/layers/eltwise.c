/* Eltwise: PROD, SUM (with coefficients) or MAX of its bottoms. */
#include "base/mem.h"
#include "base/num.h"
#include "nn/layers/types.h"

static const Caffe__EltwiseParameter none = CAFFE__ELTWISE_PARAMETER__INIT;

static int
product(struct layer *l)
{
	int i, y = l->bottom[0];

	for (i = 1; i < l->nbottom && y >= 0; i++)
		y = graph_binary(l->graph, y, l->bottom[i], BINARY_MUL);
	return y;
}

/* Caffe: of the first two the second wins a tie, after that who came first. */
static int
maximum(struct layer *l)
{
	int i, y;

	y = graph_binary(l->graph, l->bottom[0], l->bottom[1], BINARY_MAX);
	for (i = 2; i < l->nbottom && y >= 0; i++)
		y = graph_binary(l->graph, l->bottom[i], y, BINARY_MAX);
	return y;
}

/* In steps of OP_SUM_MAX; the first of each later step is the sum so far. */
static int
sum(struct layer *l, const float *coeff)
{
	float c[OP_SUM_MAX];
	int in[OP_SUM_MAX], i = 0, n, y = -1;

	while (i < l->nbottom) {
		n = 0;
		if (y >= 0) {
			c[n] = 1;
			in[n++] = y;
		}
		for (; i < l->nbottom && n < OP_SUM_MAX; i++, n++) {
			c[n] = coeff != NULL ? coeff[i] : 1;
			in[n] = l->bottom[i];
		}
		TRY(y = graph_sum(l->graph, in, n, c));
	}
	return y;
}

static int
emit(struct layer *l)
{
	const Caffe__EltwiseParameter *p = LAYER_PARAM(l, eltwise_param, &none);
	bool sums = p->operation == CAFFE__ELTWISE_PARAMETER__ELTWISE_OP__SUM;
	char a[SHAPE_TEXT_MAX], b[SHAPE_TEXT_MAX];
	int i;

	if (p->n_coeff && (int)p->n_coeff != l->nbottom)
		return err_set(ERR_FORMAT, "coeff is given %s for %s",
		    NUM_COUNTED(p->n_coeff, "time"),
		    NUM_COUNTED(l->nbottom, "bottom"));
	if (p->n_coeff && !sums)
		return err_set(ERR_FORMAT, "coeff can be used with SUM only");
	for (i = 1; i < l->nbottom; i++)
		if (!shape_same(layer_shape(l, 0), layer_shape(l, i)))
			return err_set(ERR_FORMAT,
			    "its bottoms \"%s\" %s and \"%s\" %s differ in shape",
			    l->p->bottom[0], shape_text(a, layer_shape(l, 0)),
			    l->p->bottom[i], shape_text(b, layer_shape(l, i)));
	if (sums)
		i = sum(l, p->n_coeff ? p->coeff : NULL);
	else if (p->operation == CAFFE__ELTWISE_PARAMETER__ELTWISE_OP__PROD)
		i = product(l);
	else
		i = maximum(l);
	return layer_top(l, 0, i);
}

const struct layer_type layer_eltwise = { "Eltwise", 2, -1, 1, 1,
	.emit = emit };
