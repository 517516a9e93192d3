/* Permute (SSD): axes in another order; those not named follow as they were. */
#include "nn/layers/types.h"

static const Caffe__PermuteParameter none = CAFFE__PERMUTE_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__PermuteParameter *p = LAYER_PARAM(l, permute_param, &none);
	int n = layer_shape(l, 0)->n, i, k = 0;
	union op_attr a = { 0 };
	unsigned seen = 0;

	for (i = 0; i < (int)p->n_order; i++) {
		if (p->order[i] >= (unsigned)n || seen >> p->order[i] & 1)
			return err_set(ERR_FORMAT,
			    "order %u: axes are 0 to %d, each once",
			    (unsigned)p->order[i], n - 1);
		seen |= 1u << p->order[i];
		a.permute.order[k++] = (int)p->order[i];
	}
	for (i = 0; i < n; i++)
		if (!(seen >> i & 1))
			a.permute.order[k++] = i;
	return layer_top(
	    l, 0, graph_add(l->graph, OP_PERMUTE, &a, l->bottom, 1));
}

const struct layer_type layer_permute = { "Permute", 1, 1, 1, 1, .emit = emit };
