/*
 * Einsum: sums of products by the letters of axes, "bij,bjk->bik".  A letter that
 * the result lacks is summed over; "..." stands for axes that stretch over each
 * other; a letter that one operand has twice is its diagonal.  Without "->" the
 * result has the axes of "...", then the letters that come once, sorted.
 *
 * Operands are taken together from left to right, each time as one product of
 * batches of matrices: of the letters that both have, those that are still needed
 * are the batch, the others are summed over.
 */
#include "base/mem.h"
#include "nn/layers/arith/equation.h"

enum { DIAGONAL_MAX = 1 << 13 }; /* places of a letter that comes twice */

static const Caffe__EinsumParameter none = CAFFE__EINSUM_PARAMETER__INIT;

/* Which letters are in a term, as bits. */
static uint64_t
letters_of(const struct einsum_term *t)
{
	uint64_t set = 0;
	int i;

	for (i = 0; i < t->n; i++)
		set |= (uint64_t)1 << t->letter[i];
	return set;
}

static int64_t
size_of(const struct layer *l, const struct einsum_term *t, int i)
{
	return graph_shape(l->graph, t->tensor)->d[i];
}

/* t without the axes whose letters are in `set`, which have one place. */
static int
drop(struct layer *l, struct einsum_term *t, uint64_t set)
{
	struct shape s = { 0 };
	int i;

	for (i = 0; i < t->n; i++) {
		if (set >> t->letter[i] & 1)
			continue;
		s.d[s.n] = size_of(l, t, i);
		t->letter[s.n++] = t->letter[i];
	}
	if (s.n == t->n)
		return 0;
	t->n = s.n;
	return t->tensor = graph_reshape(l->graph, t->tensor, &s);
}

/* t summed over the letters in `set`. */
static int
sum_over(struct layer *l, struct einsum_term *t, uint64_t set)
{
	uint32_t axes = 0;
	int i;

	for (i = 0; i < t->n; i++)
		if (set >> t->letter[i] & 1)
			axes |= 1U << i;
	if (axes == 0)
		return 0;
	TRY(t->tensor = graph_reduce(l->graph, t->tensor, REDUCE_SUM, axes, 1));
	return drop(l, t, set);
}

/* The letter at axis i again at axis k: what is off the diagonal becomes 0, and is
 * summed over. */
static int
take_diagonal(struct layer *l, struct einsum_term *t, int i, int k)
{
	const struct shape s = *graph_shape(l->graph, t->tensor);
	struct shape one = s;
	const int64_t n = s.d[i];
	float *v;
	int64_t j;
	int eye;

	if (s.d[k] != n)
		return err_set(ERR_FORMAT,
		    "a letter stands for %lld places and for %lld",
		    (long long)n, (long long)s.d[k]);
	if (n > DIAGONAL_MAX)
		return err_set(ERR_RANGE,
		    "a diagonal has %lld places; it takes %d at most",
		    (long long)n, DIAGONAL_MAX);
	for (j = 0; j < s.n; j++)
		one.d[j] = j == i || j == k ? n : 1;
	v = mem_array(float, (size_t)(n * n) + 1);
	for (j = 0; j < n; j++)
		v[j * n + j] = 1;
	eye = graph_add_const(l->graph, "diagonal", &one, v);
	mem_free(v);
	TRY(eye);
	TRY(t->tensor = graph_binary(l->graph, t->tensor, eye, BINARY_MUL));
	TRY(t->tensor =
		graph_reduce(l->graph, t->tensor, REDUCE_SUM, 1U << k, 1));
	t->letter[k] = EINSUM_LETTERS; /* no letter: dropped */
	return drop(l, t, (uint64_t)1 << EINSUM_LETTERS);
}

static int
diagonals(struct layer *l, struct einsum_term *t)
{
	int i, k;

	for (i = 0; i < t->n; i++)
		for (k = t->n - 1; k > i; k--)
			if (t->letter[k] == t->letter[i])
				TRY(take_diagonal(l, t, i, k));
	return 0;
}

/* An axis of one place that is longer in the other is left out, so that it
 * stretches. */
static int
drop_ones(
    struct layer *l, struct einsum_term *t, const struct einsum_term *other)
{
	uint64_t set = 0;
	int i, k;

	for (i = 0; i < t->n; i++)
		for (k = 0; k < other->n; k++)
			if (t->letter[i] == other->letter[k] &&
			    size_of(l, t, i) == 1 && size_of(l, other, k) > 1)
				set |= (uint64_t)1 << t->letter[i];
	return drop(l, t, set);
}

/* Letters in the order in which a product wants them. */
struct groups {
	uint64_t set[3];
};

/* t with its axes in that order (sorted within a group, so that two terms agree),
 * each group one axis; *out: the axes that the groups were made of, one behind the
 * other. */
static int
arrange(struct layer *l, const struct einsum_term *t, const struct groups *g,
    struct einsum_term *out)
{
	union op_attr a = { 0 };
	struct shape f = { 3, { 1, 1, 1 } };
	int i, k, letter, x = t->tensor;

	out->n = 0;
	for (k = 0; k < 3; k++)
		for (letter = 0; letter < EINSUM_LETTERS; letter++) {
			if ((g->set[k] >> letter & 1) == 0)
				continue;
			for (i = 0; t->letter[i] != letter; i++)
				;
			a.permute.order[out->n] = i;
			out->letter[out->n] = letter;
			out->size[out->n++] = size_of(l, t, i);
			f.d[k] *= size_of(l, t, i);
		}
	if (out->n > 0)
		TRY(x = graph_add(l->graph, OP_PERMUTE, &a, &x, 1));
	return out->tensor = graph_reshape(l->graph, x, &f);
}

/* The axes of t in `set`, added to y's. */
static int
add_axes(struct einsum_term *y, struct shape *s, const struct einsum_term *t,
    uint64_t set)
{
	int i;

	for (i = 0; i < t->n; i++) {
		if ((set >> t->letter[i] & 1) == 0)
			continue;
		if (s->n == SHAPE_MAX)
			return err_set(ERR_RANGE,
			    "a product has more than %d axes", SHAPE_MAX);
		y->letter[s->n] = t->letter[i];
		s->d[s->n++] = t->size[i];
	}
	return 0;
}

/* a times b, of which the letters in `keep` are needed on. */
static int
multiply(struct layer *l, struct einsum_term *a, struct einsum_term *b,
    uint64_t keep)
{
	const union op_attr attr = { 0 };
	struct einsum_term left, right;
	uint64_t la, lb, both;
	struct shape s = { 0 };
	int in[2];

	TRY(drop_ones(l, a, b));
	TRY(drop_ones(l, b, a));
	la = letters_of(a);
	lb = letters_of(b);
	TRY(sum_over(l, a, la & ~lb & ~keep));
	TRY(sum_over(l, b, lb & ~la & ~keep));
	la = letters_of(a);
	lb = letters_of(b);
	both = la & lb;
	TRY(arrange(l, a,
	    &(struct groups){ { both & keep, la & ~lb, both & ~keep } },
	    &left));
	TRY(arrange(l, b,
	    &(struct groups){ { both & keep, both & ~keep, lb & ~la } },
	    &right));
	in[0] = left.tensor;
	in[1] = right.tensor;
	TRY(a->tensor = graph_add(l->graph, OP_MATMUL, &attr, in, 2));
	TRY(add_axes(a, &s, &left, both & keep));
	TRY(add_axes(a, &s, &left, la & ~lb));
	TRY(add_axes(a, &s, &right, lb & ~la));
	a->n = s.n;
	return a->tensor = graph_reshape(l->graph, a->tensor, &s);
}

/* t's axes in the order of the result. */
static int
finish(struct layer *l, struct einsum_term *t, const struct einsum_term *to)
{
	union op_attr a = { 0 };
	int i, k;

	TRY(sum_over(l, t, letters_of(t) & ~letters_of(to)));
	for (k = 0; k < to->n; k++) {
		for (i = 0; i < t->n && t->letter[i] != to->letter[k]; i++)
			;
		a.permute.order[k] = i;
	}
	if (t->n == 0)
		return t->tensor;
	return graph_add(l->graph, OP_PERMUTE, &a, &t->tensor, 1);
}

static int
emit(struct layer *l)
{
	const Caffe__EinsumParameter *p = LAYER_PARAM(l, einsum_param, &none);
	struct einsum_term term[EINSUM_TERMS], to;
	uint64_t keep;
	int i, k;

	if (p->equation == NULL)
		return err_set(ERR_FORMAT, "equation is not given");
	TRY(einsum_parse(l, p->equation, term, &to));
	for (i = 0; i < l->nbottom; i++)
		TRY(diagonals(l, &term[i]));
	for (i = 1; i < l->nbottom; i++) {
		keep = letters_of(&to);
		for (k = i + 1; k < l->nbottom; k++)
			keep |= letters_of(&term[k]);
		TRY(multiply(l, &term[0], &term[i], keep));
	}
	return layer_top(l, 0, finish(l, &term[0], &to));
}

const struct layer_type layer_einsum = { "Einsum", 1, EINSUM_TERMS, 1, 1,
	.emit = emit };
