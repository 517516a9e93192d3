/* Trilu: the upper or lower triangle of the last two axes, zeros elsewhere; k moves
 * the diagonal, which belongs to it, to the right. */
#include "base/mem.h"
#include "nn/layers/moving/moving.h"

enum { TRIANGLE_MAX = 1 << 26 }; /* places */

static const Caffe__TriluParameter none = CAFFE__TRILU_PARAMETER__INIT;

static int
emit(struct layer *l)
{
	const Caffe__TriluParameter *p = LAYER_PARAM(l, trilu_param, &none);
	const struct shape *x = layer_shape(l, 0);
	struct shape s = *x, one = *x;
	const float zero = 0;
	int in[3];
	float *v;

	if (x->n < 2)
		return err_set(ERR_FORMAT,
		    "its bottom has %d axes; a triangle takes two", x->n);
	for (int i = 0; i < x->n; i++) {
		one.d[i] = 1;
		if (i < x->n - 2)
			s.d[i] = 1;
	}
	if (shape_count(&s) > TRIANGLE_MAX)
		return err_set(ERR_RANGE,
		    "a triangle of %lldx%lld places; %d are offered",
		    (long long)s.d[s.n - 2], (long long)s.d[s.n - 1],
		    TRIANGLE_MAX);
	v = mem_array(float, shape_count(&s) + 1);
	for (int64_t i = 0; i < s.d[s.n - 2]; i++)
		for (int64_t k = 0; k < s.d[s.n - 1]; k++) {
			const bool in_it =
			    p->upper ? k - i >= p->k : k - i <= p->k;

			v[i * s.d[s.n - 1] + k] = in_it;
		}
	in[0] = graph_add_const(l->graph, "triangle", &s, v);
	mem_free(v);
	in[1] = l->bottom[0];
	in[2] = graph_add_const(l->graph, "zero", &one, &zero);
	return layer_top(l, 0, graph_add(l->graph, OP_WHERE, NULL, in, 3));
}

const struct layer_type layer_trilu = { "Trilu", 1, 1, 1, 1, .emit = emit };
