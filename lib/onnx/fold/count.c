/* Arithmetic of whole numbers and bools. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/fold/fold.h"

enum fn {
	ADD,
	SUB,
	MUL,
	DIV,
	MOD,
	MIN,
	MAX,
	POW,
	EQUAL,
	LESS,
	LESS_EQUAL,
	GREATER,
	GREATER_EQUAL,
	AND,
	OR,
	XOR,
};

static const struct {
	const char *name;
	enum fn fn;
} binaries[] = {
	{ "Add", ADD },
	{ "Sub", SUB },
	{ "Mul", MUL },
	{ "Div", DIV },
	{ "Mod", MOD },
	{ "Min", MIN },
	{ "Max", MAX },
	{ "Sum", ADD },
	{ "Pow", POW },
	{ "Equal", EQUAL },
	{ "Less", LESS },
	{ "LessOrEqual", LESS_EQUAL },
	{ "Greater", GREATER },
	{ "GreaterOrEqual", GREATER_EQUAL },
	{ "And", AND },
	{ "Or", OR },
	{ "Xor", XOR },
};

static int64_t
power(int64_t x, int64_t y)
{
	uint64_t r = 1, b = (uint64_t)x;

	if (y < 0)
		return x == 1 ? 1 : x == -1 ? (y % 2 ? -1 : 1) : 0;
	for (; y > 0; y >>= 1, b *= b)
		if (y & 1)
			r *= b;
	return (int64_t)r;
}

/* The remainder with the divisor's sign (or, as C has it, the dividend's). */
static int
remainder_of(int64_t *out, int64_t x, int64_t y, bool as_c)
{
	if (y == 0)
		return err_set(ERR_FORMAT, "a remainder of 0");
	*out = y == -1 ? 0 : x % y;
	if (!as_c && *out != 0 && (*out < 0) != (y < 0))
		*out += y;
	return 0;
}

/* Numbers that hold the batch size can be added and multiplied, and are never the
 * same as others; which is larger is not known. */
static int
symbolic(struct onnx_int *r, enum fn fn, struct onnx_int x, struct onnx_int y)
{
	switch (fn) {
	case ADD: *r = onnx_int_add(x, y, 1); return 0;
	case SUB: *r = onnx_int_add(x, y, -1); return 0;
	case MUL: return onnx_int_mul(r, x, y);
	case DIV: return onnx_int_div(r, x, y);
	case EQUAL: *r = onnx_int(onnx_int_same(x, y)); return 0;
	default:
		return err_set(
		    ERR_UNSUPPORTED, "its answer depends on the batch size");
	}
}

static int
apply(struct onnx_node *n, struct onnx_int *r, enum fn fn, struct onnx_int x,
    struct onnx_int y)
{
	int64_t rest = 0;

	if (x.b != 0 || y.b != 0)
		return symbolic(r, fn, x, y);
	switch (fn) {
	case ADD:
	case SUB:
	case MUL:
	case DIV: return symbolic(r, fn, x, y);
	case MOD:
		TRY(remainder_of(
		    &rest, x.a, y.a, onnx_attr_int(n, "fmod", 0) != 0));
		*r = onnx_int(rest);
		return 0;
	case MIN: *r = x.a < y.a ? x : y; return 0;
	case MAX: *r = x.a > y.a ? x : y; return 0;
	case POW: *r = onnx_int(power(x.a, y.a)); return 0;
	case EQUAL: *r = onnx_int(x.a == y.a); return 0;
	case LESS: *r = onnx_int(x.a < y.a); return 0;
	case LESS_EQUAL: *r = onnx_int(x.a <= y.a); return 0;
	case GREATER: *r = onnx_int(x.a > y.a); return 0;
	case GREATER_EQUAL: *r = onnx_int(x.a >= y.a); return 0;
	case AND: *r = onnx_int(x.a && y.a); return 0;
	case OR: *r = onnx_int(x.a || y.a); return 0;
	default: *r = onnx_int(!x.a != !y.a); return 0;
	}
}

static int
two(struct onnx_node *n, enum fn fn, const struct onnx_array *a,
    const struct onnx_array *b, struct onnx_array **out)
{
	int64_t d[SHAPE_MAX], at[SHAPE_MAX] = { 0 };
	int nd;

	TRY(onnx_stretch_shape(
	    d, &nd, (const struct onnx_array *[]){ a, b }, 2));
	TRY(onnx_array_new(out, fn >= EQUAL ? ONNX_T(BOOL) : a->type, nd, d));
	for (size_t i = 0; i < (*out)->count; i++, onnx_next(at, d, nd)) {
		struct onnx_int r = { 0 };

		TRY(apply(n, &r, fn,
		    onnx_int_plain(onnx_get_sym(a, onnx_stretched(a, at, nd))),
		    onnx_int_plain(
			onnx_get_sym(b, onnx_stretched(b, at, nd)))));
		onnx_put_sym(*out, i, r);
	}
	return 0;
}

/* Are all inputs whole numbers? */
static bool
whole(const struct onnx_node *n)
{
	for (int i = 0; i < n->nin; i++)
		if (n->in[i] == NULL || !onnx_type_whole(n->in[i]->type))
			return false;
	return n->nin > 0;
}

int
onnx_fold_binary(struct onnx_node *n, struct onnx_array **out)
{
	const struct onnx_array *a, *b;
	struct onnx_array *sum = NULL;
	enum fn fn = ADD;
	int rc;

	if (!whole(n) || n->nin < 2 || onnx_attr(n, "broadcast") != NULL)
		return 1;
	for (size_t i = 0; i < LENGTH(binaries); i++)
		if (strcmp(binaries[i].name, n->op) == 0)
			fn = binaries[i].fn;
	TRY(onnx_const(n, 0, &a));
	for (int i = 1; i < n->nin; i++) {
		struct onnx_array *r = NULL;

		rc = onnx_const(n, i, &b);
		if (rc >= 0)
			rc = two(n, fn, sum != NULL ? sum : a, b, &r);
		onnx_array_free(sum);
		sum = r;
		if (rc < 0) {
			onnx_array_free(sum);
			return rc;
		}
	}
	*out = sum;
	return 0;
}

int
onnx_fold_unary(struct onnx_node *n, struct onnx_array **out)
{
	const struct onnx_array *a;

	if (!whole(n))
		return 1;
	TRY(onnx_const(n, 0, &a));
	TRY(onnx_array_new(out, a->type, a->n, a->d));
	for (size_t i = 0; i < a->count; i++) {
		const struct onnx_int v = onnx_int_plain(onnx_get_sym(a, i));

		if (strcmp(n->op, "Neg") == 0)
			onnx_put_sym(*out, i, onnx_int_add(onnx_int(0), v, -1));
		else if (strcmp(n->op, "Not") == 0)
			onnx_put_int(*out, i, !v.a);
		else if (v.b != 0)
			return err_set(ERR_UNSUPPORTED,
			    "its answer depends on the batch size");
		else if (strcmp(n->op, "Abs") == 0)
			onnx_put_int(*out, i, v.a < 0 ? -v.a : v.a);
		else /* Sign */
			onnx_put_int(*out, i, (v.a > 0) - (v.a < 0));
	}
	return 0;
}

int
onnx_fold_cast(struct onnx_node *n, struct onnx_array **out)
{
	int64_t to = onnx_attr_int(n, "to", 0);
	const struct onnx_array *a;

	if (strcmp(n->op, "CastLike") == 0 && n->nin > 1 && n->in[1] != NULL)
		to = n->in[1]->type;
	TRY(onnx_const(n, 0, &a));
	if (!onnx_type_known((int)to))
		return err_set(ERR_UNSUPPORTED, "numbers of type %s",
		    onnx_type_name((int)to));
	if (onnx_has_batch(a) && !onnx_type_whole((int)to))
		return err_set(ERR_UNSUPPORTED,
		    "a size that depends on the batch size as %s",
		    onnx_type_name((int)to));
	TRY(onnx_array_new(out, (int)to, a->n, a->d));
	for (size_t i = 0; i < a->count; i++)
		onnx_move(*out, i, a, i);
	return 0;
}

int
onnx_fold_where(struct onnx_node *n, struct onnx_array **out)
{
	const struct onnx_array *v[3];
	int64_t d[SHAPE_MAX], at[SHAPE_MAX] = { 0 };
	int nd;

	for (int i = 0; i < 3; i++)
		TRY(onnx_const(n, i, &v[i]));
	TRY(onnx_stretch_shape(d, &nd, v, 3));
	TRY(onnx_array_new(out, v[1]->type, nd, d));
	for (size_t i = 0; i < (*out)->count; i++, onnx_next(at, d, nd)) {
		const struct onnx_array *from =
		    onnx_get(v[0], onnx_stretched(v[0], at, nd)) != 0 ? v[1]
								      : v[2];

		onnx_move(*out, i, from, onnx_stretched(from, at, nd));
	}
	return 0;
}

int
onnx_fold_reduce(struct onnx_node *n, struct onnx_array **out)
{
	const bool keep = onnx_attr_int(n, "keepdims", 1) != 0;
	enum fn fn = strcmp(n->op, "ReduceSum") == 0 ? ADD
	    : strcmp(n->op, "ReduceProd") == 0       ? MUL
	    : strcmp(n->op, "ReduceMax") == 0        ? MAX
						     : MIN;
	int64_t axes[SHAPE_MAX], d[SHAPE_MAX], at[SHAPE_MAX] = { 0 };
	bool gone[SHAPE_MAX] = { false }, *seen;
	const struct onnx_array *a;
	int naxes, nd = 0, rc = 0;

	if (n->nin < 1 || !onnx_type_whole(n->in[0]->type))
		return 1;
	TRY(onnx_const(n, 0, &a));
	naxes = onnx_ints_of(n, "axes", 1, axes, SHAPE_MAX);
	if (naxes < 0 && naxes != ONNX_NONE)
		return naxes;
	if (naxes <= 0 && onnx_attr_int(n, "noop_with_empty_axes", 0))
		return onnx_fold_identity(n, out);
	for (int i = 0; i < a->n; i++)
		gone[i] = naxes <= 0;
	for (int i = 0; i < naxes; i++) {
		int axis;

		TRY(onnx_axis(n, axes[i], a->n, &axis));
		gone[axis] = true;
	}
	for (int i = 0; i < a->n; i++)
		if (!gone[i])
			d[nd++] = a->d[i];
		else if (keep)
			d[nd++] = 1;
	TRY(onnx_array_new(out, a->type, nd, d));
	seen = mem_array(bool, (*out)->count + 1);
	for (size_t i = 0; i < a->count && rc >= 0;
	     i++, onnx_next(at, a->d, a->n)) {
		struct onnx_int r = onnx_int_plain(onnx_get_sym(a, i));
		size_t to = 0;

		for (int k = 0; k < a->n; k++)
			if (!gone[k])
				to = to * (size_t)a->d[k] + (size_t)at[k];
		if (seen[to])
			rc = apply(n, &r, fn, onnx_get_sym(*out, to), r);
		seen[to] = true;
		onnx_put_sym(*out, to, r);
	}
	mem_free(seen);
	return rc;
}
