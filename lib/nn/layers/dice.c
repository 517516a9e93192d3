/*
 * Dice of DIGITS's medical-imaging example: 2 |A and B| / (|A| + |B|) of the
 * predicted class map A and the labels B (Dice, 1945), over the batch; 1 when
 * both are empty.
 */
#include "base/mem.h"
#include "nn/layers/python.h"

struct sizes {
	size_t items, classes, places;
};

static size_t
argmax(const float *x, size_t classes, size_t step)
{
	size_t c, best = 0;

	for (c = 1; c < classes; c++)
		if (x[c * step] > x[best * step])
			best = c;
	return best;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct sizes *z = state;
	double a = 0, b = 0, both = 0, p;
	const float *label = in[1];
	size_t n, i;

	(void)env;
	for (n = 0; n < z->items; n++)
		for (i = 0; i < z->places; i++, label++) {
			p = (double)argmax(
			    in[0] + n * z->classes * z->places + i, z->classes,
			    z->places);
			a += p;
			b += *label;
			both += p * *label;
		}
	out[0][0] = a + b > 0 ? (float)(2 * both / (a + b)) : 1;
	return 0;
}

static int
emit(struct layer *l)
{
	const struct shape *x = layer_shape(l, 0), *y = layer_shape(l, 1);
	union op_attr a = { .custom = { .nin = 2,
				.nout = 1,
				.shape = { { 1, { 1 } } },
				.forward = forward } };
	struct sizes *z;

	if (x->n < 2 || x->d[1] < 2 ||
	    shape_count(y) * (size_t)x->d[1] != shape_count(x))
		return err_set(ERR_FORMAT,
		    "it takes scores (N, classes, H, W) and labels (N, 1, H, W)");
	l->state = z = mem_new(struct sizes);
	z->items = (size_t)x->d[0];
	z->classes = (size_t)x->d[1];
	z->places = shape_count_axes(x, 2, x->n);
	a.custom.state = z;
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type python_dice = { "Dice", 2, 2, 1, 1, .emit = emit,
	.no_grad = 3, .free = release };
