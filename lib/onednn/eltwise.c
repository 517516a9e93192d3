/*
 * Functions of one element at a time: own loops over the bytes as they lie,
 * whatever the layout, for what is cheap; oneDNN's for the transcendental ones.
 *
 * Blocked layouts have channels of zeros at the end that must stay zero: a
 * function with f(0) != 0 is applied to a plain copy then.
 */
#include "onednn/plan.h"
#include "onednn/kern.h"
#include "onednn/kernels/small.h"
#include "onednn/math/elementary.h"

#include <math.h>

struct unary {
	enum unary_fn fn;
	float a, b, c;
	size_t n;
	bool bf16;
};

static float
scalar(const struct unary *u, float x)
{
	switch (u->fn) {
	case UNARY_EXP: return expf(u->a * x + u->b);
	case UNARY_LOG: return u->a * logf(u->b * x + u->c);
	case UNARY_POWER: return powf(u->a + u->b * x, u->c);
	default: return x;
	}
}

OD_CLONES static void
forward(const struct unary *u, size_t n, const float *x, float *y)
{
	float a = u->a, b = u->b;
	size_t i;

	switch (u->fn) {
	case UNARY_RELU:
		for (i = 0; i < n; i++)
			y[i] = x[i] > 0 ? x[i] : a * x[i];
		break;
	case UNARY_CLIP:
		for (i = 0; i < n; i++)
			y[i] = x[i] < a ? a : x[i] > b ? b : x[i];
		break;
	case UNARY_ABS:
		for (i = 0; i < n; i++)
			y[i] = x[i] < 0 ? -x[i] : x[i];
		break;
	case UNARY_SIGN:
		for (i = 0; i < n; i++)
			y[i] = (float)((x[i] > 0) - (x[i] < 0));
		break;
	case UNARY_THRESHOLD:
		for (i = 0; i < n; i++)
			y[i] = x[i] > a ? 1 : 0;
		break;
	case UNARY_POWER:
		if (u->c == 1)
			for (i = 0; i < n; i++)
				y[i] = a + b * x[i];
		else if (u->c == 2)
			for (i = 0; i < n; i++)
				y[i] = (a + b * x[i]) * (a + b * x[i]);
		else if (u->c == 0.5f)
			for (i = 0; i < n; i++)
				y[i] = sqrtf(a + b * x[i]);
		else if (u->c == -0.5f)
			for (i = 0; i < n; i++)
				y[i] = 1 / sqrtf(a + b * x[i]);
		else if (u->c == -1)
			for (i = 0; i < n; i++)
				y[i] = 1 / (a + b * x[i]);
		else
			for (i = 0; i < n; i++)
				y[i] = scalar(u, x[i]);
		break;
	default:
		for (i = 0; i < n; i++)
			y[i] = scalar(u, x[i]);
		break;
	}
}

/* dx from dy and t, which is y for RELU, ELU, SIGMOID, TANH, EXP, else x. */
OD_CLONES static void
backward(
    const struct unary *u, size_t n, const float *dy, const float *t, float *dx)
{
	float a = u->a, b = u->b, c = u->c;
	size_t i;

	switch (u->fn) {
	case UNARY_RELU:
		for (i = 0; i < n; i++)
			dx[i] = t[i] > 0 ? dy[i] : a * dy[i];
		break;
	case UNARY_CLIP:
		for (i = 0; i < n; i++)
			dx[i] = t[i] >= a && t[i] <= b ? dy[i] : 0;
		break;
	case UNARY_ABS:
		for (i = 0; i < n; i++)
			dx[i] = t[i] > 0 ? dy[i] : t[i] < 0 ? -dy[i] : 0;
		break;
	case UNARY_ELU:
		for (i = 0; i < n; i++)
			dx[i] = t[i] > 0 ? dy[i] : dy[i] * (t[i] + a);
		break;
	case UNARY_SIGMOID:
		for (i = 0; i < n; i++)
			dx[i] = dy[i] * t[i] * (1 - t[i]);
		break;
	case UNARY_TANH:
		for (i = 0; i < n; i++)
			dx[i] = dy[i] * (1 - t[i] * t[i]);
		break;
	case UNARY_EXP:
		for (i = 0; i < n; i++)
			dx[i] = dy[i] * a * t[i];
		break;
	case UNARY_LOG:
		for (i = 0; i < n; i++)
			dx[i] = dy[i] * (a * b / (b * t[i] + c));
		break;
	default: /* UNARY_POWER */
		for (i = 0; i < n; i++)
			dx[i] = dy[i] *
			    (c == 2 ? 2 * b * (a + b * t[i])
				    : b * c * powf(a + b * t[i], c - 1));
		break;
	}
}

static void
forward_any(const struct unary *u, size_t n, const float *x, float *y)
{
	const struct op_unary a = { u->fn, u->a, u->b, u->c };

	if (u->fn >= UNARY_ERF)
		od_elementary(&a, n, x, y);
	else
		forward(u, n, x, y);
}

static void
backward_any(
    const struct unary *u, size_t n, const float *dy, const float *t, float *dx)
{
	const struct op_unary a = { u->fn, u->a, u->b, u->c };

	if (u->fn >= UNARY_ERF)
		od_elementary_grad(&a, n, dy, t, dx);
	else
		backward(u, n, dy, t, dx);
}

static void
apply(const struct unary *u, size_t lo, size_t hi, void *const *ptr)
{
	const uint16_t *x = ptr[0];
	uint16_t *y = ptr[1];
	float buf[OD_CHUNK];
	size_t n;

	if (!u->bf16) {
		forward_any(u, hi - lo, (const float *)ptr[0] + lo,
		    (float *)ptr[1] + lo);
		return;
	}
	for (; lo < hi; lo += n) {
		n = hi - lo < OD_CHUNK ? hi - lo : OD_CHUNK;
		od_widen(buf, x + lo, n);
		forward_any(u, n, buf, buf);
		od_narrow(y + lo, buf, n);
	}
}

static void
apply_grad(const struct unary *u, size_t lo, size_t hi, void *const *ptr)
{
	float d[OD_CHUNK], t[OD_CHUNK];
	size_t n;

	if (!u->bf16) {
		backward_any(u, hi - lo, (const float *)ptr[0] + lo,
		    (const float *)ptr[1] + lo, (float *)ptr[2] + lo);
		return;
	}
	for (; lo < hi; lo += n) {
		n = hi - lo < OD_CHUNK ? hi - lo : OD_CHUNK;
		od_widen(d, (const uint16_t *)ptr[0] + lo, n);
		od_widen(t, (const uint16_t *)ptr[1] + lo, n);
		backward_any(u, n, d, t, d);
		od_narrow((uint16_t *)ptr[2] + lo, d, n);
	}
}

static int
run_unary(struct od_plan *p, const struct od_step *s)
{
	const struct unary *u = s->arg;

	(void)p;
#pragma omp parallel if (u->n > OD_GRAIN)
	{
		size_t lo, hi;

		od_part(u->n, 64, &lo, &hi);
		apply(u, lo, hi, s->ptr);
	}
	return 0;
}

static int
run_grad(struct od_plan *p, const struct od_step *s)
{
	const struct unary *u = s->arg;

	(void)p;
#pragma omp parallel if (u->n > OD_GRAIN)
	{
		size_t lo, hi;

		od_part(u->n, 64, &lo, &hi);
		apply_grad(u, lo, hi, s->ptr);
	}
	return 0;
}

/* oneDNN's name of a function, undef when ours is used. */
static dnnl_alg_kind_t
alg_of(const struct op_unary *u, float *alpha)
{
	*alpha = 0;
	switch (u->fn) {
	case UNARY_ELU: *alpha = u->a; return dnnl_eltwise_elu;
	case UNARY_SIGMOID: return dnnl_eltwise_logistic;
	case UNARY_TANH: return dnnl_eltwise_tanh;
	case UNARY_BNLL: *alpha = 1; return dnnl_eltwise_soft_relu;
	case UNARY_SWISH: *alpha = u->a; return dnnl_eltwise_swish;
	case UNARY_GELU: return dnnl_eltwise_gelu_erf;
	case UNARY_MISH: return dnnl_eltwise_mish;
	case UNARY_HARDSWISH: return dnnl_eltwise_hardswish;
	default: return dnnl_alg_kind_undef;
	}
}

static bool
zero_stays(const struct unary *u)
{
	float x = 0, y;

	forward_any(u, 1, &x, &y);
	return y == 0;
}

/* x at home, or plain where f would spoil its padding. */
static int
input(struct od_plan *p, int t, bool safe, struct od_view *v)
{
	TRY(od_home(p, t, v));
	if ((safe || !od_padded(&v->md)) && v->md.blocked)
		return 0;
	return od_want_plain(p, t, v);
}

/* The output over an input that ends here, or a new one of the same layout. */
static int
over(
    struct od_plan *p, int i, int t, const struct od_view *x, struct od_view *y)
{
	const struct op *op = od_op(p, i);

	if (od_dies(p, i, t, x)) {
		od_take(p, op->out[0], x);
		*y = *x;
		return 0;
	}
	return od_out(p, op->out[0], &x->md, y);
}

int
od_relu_step(struct od_plan *p, const struct od_view *v)
{
	const struct od_view both[2] = { *v, *v };
	struct unary u = { .fn = UNARY_RELU,
		.n = od_elems(&v->md),
		.bf16 = v->md.dt == dnnl_bf16 };

	return od_step_own(p, run_unary, &u, sizeof(u), 0, both, 2);
}

/* x as it lies; plain where that has channels without a meaning, of which oneDNN
 * makes plain loops. */
static int
whole(struct od_plan *p, int t, struct od_view *x)
{
	struct od_md plain;

	TRY(od_home(p, t, x));
	if (!od_padded(&x->md))
		return 0;
	plain = od_plain_of(&x->md, x->md.dt);
	return od_want(p, t, &plain, x);
}

static int
transcendental(struct od_plan *p, int i, dnnl_alg_kind_t alg, float alpha)
{
	const struct op *op = od_op(p, i);
	struct od_view x, y;
	struct od_arg args[] = { { DNNL_ARG_SRC, &x }, { DNNL_ARG_DST, &y },
		{ 0, NULL } };
	dnnl_primitive_desc_t pd = NULL;
	const struct od_ask q = { .kind = dnnl_forward_inference, .alg = alg };
	int rc;

	TRY(whole(p, op->in[0], &x));
	TRY(od_pd_eltwise(p, &pd, &q, &x.md, alpha));
	if (pd == NULL)
		return OD_REF;
	rc = over(p, i, op->in[0], &x, &y);
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
	dnnl_primitive_desc_destroy(pd);
	return rc;
}

int
od_build_unary(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct op_unary *a = &op->a.unary;
	struct unary u = { a->fn, a->a, a->b, a->c, 0, false };
	float alpha;
	dnnl_alg_kind_t alg = alg_of(a, &alpha);
	struct od_view v[2];

	if (alg != dnnl_alg_kind_undef)
		return transcendental(p, i, alg, alpha);
	if (a->fn >= UNARY_ERF || (a->fn == UNARY_POWER && a->b * a->c == 0))
		return OD_REF; /* or a constant */
	TRY(input(p, op->in[0], zero_stays(&u), &v[0]));
	TRY(over(p, i, op->in[0], &v[0], &v[1]));
	u.n = od_elems(&v[0].md);
	u.bf16 = v[0].md.dt == dnnl_bf16;
	return od_step_own(p, run_unary, &u, sizeof(u), 0, v, 2);
}

/* BNLL, SWISH, GELU, MISH, HARDSWISH: oneDNN, from x. */
static int
transcendental_grad(struct od_plan *p, int i, dnnl_alg_kind_t alg, float alpha)
{
	const struct op *op = od_op(p, i);
	struct od_view dy, x, dx;
	struct od_arg args[] = { { DNNL_ARG_SRC, &x },
		{ DNNL_ARG_DIFF_DST, &dy }, { DNNL_ARG_DIFF_SRC, &dx },
		{ 0, NULL } };
	dnnl_primitive_desc_t pd = NULL, hint = NULL;
	struct od_ask q = { .kind = dnnl_forward_training, .alg = alg };
	int rc = 0;

	if (!od_has(op, 1))
		return OD_REF;
	TRY(whole(p, op->in[1], &x));
	TRY(od_want(p, op->in[0], &x.md, &dy));
	TRY(od_pd_eltwise(p, &hint, &q, &x.md, alpha));
	q.hint = hint;
	if (hint != NULL)
		rc = od_pd_eltwise(p, &pd, &q, &x.md, alpha);
	if (rc == 0 && pd == NULL)
		rc = OD_REF;
	if (rc == 0)
		rc = od_out(p, op->out[0], &x.md, &dx);
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
	dnnl_primitive_desc_destroy(pd);
	dnnl_primitive_desc_destroy(hint);
	return rc;
}

int
od_build_unary_grad(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct op_unary *a = &op->a.unary;
	struct unary u = { a->fn, a->a, a->b, a->c, 0, false };
	bool by_y = a->fn == UNARY_RELU || a->fn == UNARY_ELU ||
	    a->fn == UNARY_SIGMOID || a->fn == UNARY_TANH || a->fn == UNARY_EXP;
	int t = by_y ? 2 : 1;
	float alpha;
	dnnl_alg_kind_t alg = alg_of(a, &alpha);
	struct od_view v[3];

	if (!by_y && alg != dnnl_alg_kind_undef)
		return transcendental_grad(p, i, alg, alpha);
	if (!od_has(op, t) && a->fn == UNARY_RELU)
		t = 1; /* sign(x) then */
	if (!od_has(op, t) || a->fn == UNARY_THRESHOLD || a->fn == UNARY_SIGN)
		return OD_REF;
	TRY(input(
	    p, op->in[t], a->fn != UNARY_LOG && a->fn != UNARY_POWER, &v[1]));
	TRY(od_want(p, op->in[0], &v[1].md, &v[0]));
	TRY(over(p, i, op->in[0], &v[0], &v[2]));
	u.n = od_elems(&v[0].md);
	u.bf16 = v[0].md.dt == dnnl_bf16;
	return od_step_own(p, run_grad, &u, sizeof(u), 0, v, 3);
}
