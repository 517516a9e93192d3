/* Arithmetic between tensors: weighted sums and binary functions. */
#include <string.h>

#include "onednn/plan.h"
#include "onednn/kern.h"
#include "onednn/math/stretch.h"

struct sum {
	size_t n;
	int nin;
	bool relu, bf16;
	float coeff[OP_SUM_MAX];
};

OD_CLONES static void
axpy(float *y, const float *x, float c, size_t n, bool first)
{
	size_t i;

	if (first)
		for (i = 0; i < n; i++)
			y[i] = c * x[i];
	else
		for (i = 0; i < n; i++)
			y[i] += c * x[i];
}

OD_CLONES static void
add_two(float *y, const float *a, const float *b, float ca, float cb, size_t n,
    bool relu)
{
	size_t i;

	if (relu)
		for (i = 0; i < n; i++) {
			float v = ca * a[i] + cb * b[i];

			y[i] = v > 0 ? v : 0;
		}
	else
		for (i = 0; i < n; i++)
			y[i] = ca * a[i] + cb * b[i];
}

static const float *
load_floats(const struct sum *a, const void *x, size_t at, size_t n, float *buf)
{
	if (!a->bf16)
		return (const float *)x + at;
	od_widen(buf, (const uint16_t *)x + at, n);
	return buf;
}

static void
store(const struct sum *a, void *y, size_t at, size_t n, const float *buf)
{
	if (!a->bf16)
		memcpy((float *)y + at, buf, n * sizeof(*buf));
	else
		od_narrow((uint16_t *)y + at, buf, n);
}

/* In pieces, so that y may be one of the inputs. */
static void
sum_part(const struct sum *a, void *const *ptr, size_t lo, size_t hi)
{
	float acc[OD_CHUNK], buf[2][OD_CHUNK];
	size_t n, i;
	int k;

	for (; lo < hi; lo += n) {
		n = hi - lo < OD_CHUNK ? hi - lo : OD_CHUNK;
		if (a->nin == 2) {
			add_two(acc, load_floats(a, ptr[0], lo, n, buf[0]),
			    load_floats(a, ptr[1], lo, n, buf[1]), a->coeff[0],
			    a->coeff[1], n, a->relu);
			store(a, ptr[2], lo, n, acc);
			continue;
		}
		for (k = 0; k < a->nin; k++)
			axpy(acc, load_floats(a, ptr[k], lo, n, buf[0]),
			    a->coeff[k], n, k == 0);
		for (i = 0; a->relu && i < n; i++)
			acc[i] = acc[i] > 0 ? acc[i] : 0;
		store(a, ptr[a->nin], lo, n, acc);
	}
}

static int
run_sum(struct od_plan *p, const struct od_step *s)
{
	const struct sum *a = s->arg;

	(void)p;
#pragma omp parallel if (a->n > OD_GRAIN)
	{
		size_t lo, hi;

		od_part(a->n, 64, &lo, &hi);
		sum_part(a, s->ptr, lo, hi);
	}
	return 0;
}

/* The layout that most of the bytes have already: a blocked input's. */
static int
common(struct od_plan *p, const int *in, int n, struct od_md *md)
{
	struct od_view v;
	int k;

	TRY(od_home(p, in[0], &v));
	*md = v.md;
	for (k = 1; k < n; k++) {
		TRY(od_home(p, in[k], &v));
		if (od_is_plain(md) && !od_is_plain(&v.md) &&
		    v.md.ndims == md->ndims)
			*md = v.md;
	}
	return 0;
}

int
od_build_sum(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	struct sum a = { .nin = op->nin, .relu = op->a.sum.relu };
	struct od_view v[OP_SUM_MAX + 1];
	struct od_md md;
	int k, over = -1;

	if (op->nin > OP_SUM_MAX)
		return OD_REF;
	TRY(common(p, op->in, op->nin, &md));
	for (k = 0; k < op->nin; k++) {
		TRY(od_want(p, op->in[k], &md, &v[k]));
		a.coeff[k] = op->a.sum.coeff[k];
		if (over < 0 && od_dies(p, i, op->in[k], &v[k]))
			over = k;
	}
	if (over >= 0) {
		od_take(p, op->out[0], &v[over]);
		v[op->nin] = v[over];
	} else {
		TRY(od_out(p, op->out[0], &md, &v[op->nin]));
	}
	a.n = od_elems(&md);
	a.bf16 = md.dt == dnnl_bf16;
	return od_step_own(p, run_sum, &a, sizeof(a), 0, v, op->nin + 1);
}

/*
 * x (a, b, c) with y (b): what stretching along the outer and the inner axes is,
 * in plain layouts.  c 1: y is a row; a and c 1: the same shape.
 */
struct binary {
	enum binary_fn fn;
	size_t a, b, c;
};

#define EACH(expr)                                                             \
	do {                                                                   \
		for (i = 0; i < n; i++) {                                      \
			float u = x[i], v = y[i * step];                       \
			z[i] = (expr);                                         \
		}                                                              \
	} while (0)

static inline __attribute__((always_inline)) void
binary_step(enum binary_fn fn, const float *x, const float *y,
    const size_t step, float *z, size_t n)
{
	size_t i;

	switch (fn) {
	case BINARY_ADD: EACH(u + v); break;
	case BINARY_SUB: EACH(u - v); break;
	case BINARY_MUL: EACH(u * v); break;
	case BINARY_DIV: EACH(u / v); break;
	case BINARY_MAX: EACH(u > v ? u : v); break;
	default: EACH(u > v ? 1.0f : 0.0f); break;
	}
}

/* n elements with n of y (step 1), or with one (step 0). */
OD_CLONES static void
binary_run(enum binary_fn fn, const float *x, const float *y, size_t step,
    float *z, size_t n)
{
	if (step == 0)
		binary_step(fn, x, y, 0, z, n);
	else
		binary_step(fn, x, y, 1, z, n);
}

static int
run_binary(struct od_plan *p, const struct od_step *s)
{
	const struct binary *q = s->arg;
	const float *x = s->ptr[0], *y = s->ptr[1];
	float *z = s->ptr[2];
	/* Pieces: rows of c with one of y, or of b with b of y. */
	bool row = q->c == 1;
	size_t run = row ? q->b : q->c;
	size_t cut = row && q->a == 1 ? OD_CHUNK * 16 : run;
	size_t pieces = row && q->a == 1 ? (run + cut - 1) / cut
	    : row                        ? q->a
					 : q->a * q->b;

	(void)p;
#pragma omp parallel if (q->a * q->b * q->c > OD_GRAIN)
	{
		size_t lo, hi, k;

		od_part(pieces, 1, &lo, &hi);
		for (k = lo; k < hi; k++) {
			size_t at = k * cut, n = cut;

			if (row && q->a == 1 && run - at < cut)
				n = run - at;
			binary_run(q->fn, x + at,
			    row ? y + (q->a == 1 ? at : 0) : y + k % q->b,
			    row ? 1 : 0, z + at, n);
		}
	}
	return 0;
}

/* Is y, against the shape of x, one run of axes?  Then a, b, c. */
static bool
stretched(const struct shape *x, const struct shape *y, struct binary *q)
{
	size_t *at = &q->a;
	int k;

	q->a = q->b = q->c = 1;
	for (k = 0; k < x->n; k++) {
		if (x->d[k] == 1)
			continue;
		if (y->d[k] != 1 && at == &q->c)
			return false;
		if (y->d[k] != 1)
			at = &q->b;
		else if (at == &q->b)
			at = &q->c;
		*at *= (size_t)x->d[k];
	}
	return true;
}

static int
plain_binary(struct od_plan *p, int i, int a, int b)
{
	const struct op *op = od_op(p, i);
	struct binary q = { .fn = op->a.binary.fn };
	struct od_view v[3];

	TRY(od_home(p, a, &v[0]));
	if (!od_is_plain(&v[0].md) || v[0].md.dt != dnnl_f32 ||
	    !stretched(od_shape(p, a), od_shape(p, b), &q))
		return OD_REF;
	TRY(od_want_plain(p, a, &v[0]));
	TRY(od_want_plain(p, b, &v[1]));
	if (od_dies(p, i, a, &v[0])) {
		od_take(p, op->out[0], &v[0]);
		v[2] = v[0];
	} else {
		TRY(od_out_plain(p, op->out[0], &v[2]));
	}
	return od_step_own(p, run_binary, &q, sizeof(q), 0, v, 3);
}

static dnnl_alg_kind_t
binary_alg(enum binary_fn fn)
{
	switch (fn) {
	case BINARY_ADD: return dnnl_binary_add;
	case BINARY_SUB: return dnnl_binary_sub;
	case BINARY_MUL: return dnnl_binary_mul;
	case BINARY_DIV: return dnnl_binary_div;
	case BINARY_MAX: return dnnl_binary_max;
	case BINARY_GT: return dnnl_binary_gt;
	default: return dnnl_alg_kind_undef;
	}
}

/* x op y where y may stretch and x may not; f32 or bf16. */
int
od_build_binary(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	int a = op->in[0], b = op->in[1];
	const struct shape *zs = od_shape(p, op->out[0]);
	dnnl_alg_kind_t alg = binary_alg(op->a.binary.fn);
	struct od_view x, y, z;
	struct od_arg args[] = { { DNNL_ARG_SRC_0, &x }, { DNNL_ARG_SRC_1, &y },
		{ DNNL_ARG_DST, &z }, { 0, NULL } };
	dnnl_primitive_desc_t pd = NULL;
	const struct od_ask q = { .alg = alg };
	struct od_md md;
	int rc;

	if (!shape_same(od_shape(p, a), zs) && shape_same(od_shape(p, b), zs) &&
	    (alg == dnnl_binary_add || alg == dnnl_binary_mul)) {
		a = op->in[1];
		b = op->in[0];
	}
	if (!shape_same(od_shape(p, a), zs))
		return od_stretch_binary(p, i);
	rc = op->a.binary.fn > BINARY_GT ? OD_REF : plain_binary(p, i, a, b);
	if (rc != OD_REF)
		return rc;
	/* oneDNN 2.6 leaves some comparisons of few numbers undone */
	if (op->a.binary.fn >= BINARY_GT)
		return od_stretch_binary(p, i);
	TRY(od_home(p, a, &x));
	if (zs->n > 5 ||
	    (od_is_plain(&x.md) && x.md.dt == dnnl_f32 &&
		!shape_same(od_shape(p, b), zs)))
		return od_stretch_binary(p, i);
	if (x.md.ndims != zs->n) /* weights in groups, as a sharer has them */
		TRY(od_want_plain(p, a, &x));
	if (shape_same(od_shape(p, b), zs)) {
		const int both[2] = { a, b };

		TRY(common(p, both, 2, &md));
		TRY(od_want(p, a, &md, &x));
		TRY(od_want(p, b, &md, &y));
	} else {
		/* In x's blocks, or oneDNN falls to its plain loops. */
		md = od_plain(od_shape(p, b), x.md.dt);
		if (od_shape(p, b)->d[1] == zs->d[1])
			md = od_like(&x.md, od_shape(p, b));
		TRY(od_want(p, b, &md, &y));
	}
	TRY(od_pd_binary(p, &pd, &q, &x.md, &y.md, &x.md));
	if (pd == NULL)
		return od_stretch_binary(p, i);
	if (strstr(od_pd_name(pd), "ref") != NULL) {
		/* plain loops, which ours are faster than */
		dnnl_primitive_desc_destroy(pd);
		return od_stretch_binary(p, i);
	}
	rc = 0;
	if (od_dies(p, i, a, &x)) {
		od_take(p, op->out[0], &x);
		z = x;
	} else {
		rc = od_out(p, op->out[0], &x.md, &z);
	}
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
	dnnl_primitive_desc_destroy(pd);
	return rc;
}
