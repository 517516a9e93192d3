/*
 * Pooling.  oneDNN where its windows are Caffe's; own kernels for the others:
 * averages whose windows reach past the padded size, kept masks, and small plain
 * images.
 *
 * The gradient of a MAX reads the workspace that the forward op left in plan.ws,
 * found through y's producer; x and y it does not read.
 */
#include "onednn/plan.h"
#include "onednn/kern.h"
#include "onednn/kernels/small.h"

#include <float.h>

struct pool {
	int64_t n, c, h, w, oh, ow; /* c: vectors of `block` channels */
	int kh, kw, sh, sw, ph, pw;
	int block;
	bool max, mask;
};

static void
geometry(const struct op *op, const struct shape *x, const struct shape *y,
    int block, struct pool *g)
{
	const struct op_pool *a = &op->a.pool;

	*g = (struct pool){ .n = x->d[0],
		.c = (x->d[1] + block - 1) / block,
		.h = x->d[2],
		.w = x->d[3],
		.oh = y->d[2],
		.ow = y->d[3],
		.kh = a->kernel[0],
		.kw = a->kernel[1],
		.sh = a->stride[0],
		.sw = a->stride[1],
		.ph = a->pad[0],
		.pw = a->pad[1],
		.block = block,
		.max = a->fn == POOL_MAX,
		.mask = a->mask };
}

struct window {
	int64_t h0, h1, w0, w1;
	float size; /* what AVE divides by */
};

static inline struct window
window(const struct pool *g, int64_t oh, int64_t ow)
{
	struct window v;

	v.h0 = oh * g->sh - g->ph;
	v.w0 = ow * g->sw - g->pw;
	v.h1 = v.h0 + g->kh;
	v.w1 = v.w0 + g->kw;
	v.h1 = v.h1 > g->h + g->ph ? g->h + g->ph : v.h1;
	v.w1 = v.w1 > g->w + g->pw ? g->w + g->pw : v.w1;
	v.size = (float)((v.h1 - v.h0) * (v.w1 - v.w0));
	v.h0 = v.h0 < 0 ? 0 : v.h0;
	v.w0 = v.w0 < 0 ? 0 : v.w0;
	v.h1 = v.h1 > g->h ? g->h : v.h1;
	v.w1 = v.w1 > g->w ? g->w : v.w1;
	return v;
}

/*
 * One plane of `b` channels side by side.  b is a constant where it is inlined,
 * so the loops over l become vectors.
 */
static inline __attribute__((always_inline)) void
max_plane(const struct pool *g, int b, const float *x, float *y, float *m)
{
	int64_t i, j, oh, ow;
	int l;

	for (oh = 0; oh < g->oh; oh++) {
		for (ow = 0; ow < g->ow; ow++, y += b, m += b) {
			struct window v = window(g, oh, ow);
			float best[16], at[16];

			for (l = 0; l < b; l++) {
				best[l] = -FLT_MAX;
				at[l] = -1;
			}
			for (i = v.h0; i < v.h1; i++) {
				for (j = v.w0; j < v.w1; j++) {
					int64_t k = i * g->w + j;
					const float *u = x + k * b;

					for (l = 0; l < b; l++) {
						bool up = u[l] > best[l];

						best[l] = up ? u[l] : best[l];
						at[l] = up ? (float)k : at[l];
					}
				}
			}
			for (l = 0; l < b; l++) {
				y[l] = best[l];
				m[l] = at[l];
			}
		}
	}
}

static inline __attribute__((always_inline)) void
ave_plane(const struct pool *g, int b, const float *x, float *y)
{
	int64_t i, j, oh, ow;
	int l;

	for (oh = 0; oh < g->oh; oh++) {
		for (ow = 0; ow < g->ow; ow++, y += b) {
			struct window v = window(g, oh, ow);
			float sum[16] = { 0 };

			for (i = v.h0; i < v.h1; i++)
				for (j = v.w0; j < v.w1; j++)
					for (l = 0; l < b; l++)
						sum[l] +=
						    x[(i * g->w + j) * b + l];
			for (l = 0; l < b; l++)
				y[l] = sum[l] / v.size;
		}
	}
}

static inline __attribute__((always_inline)) void
max_back(
    const struct pool *g, int b, const float *dy, const float *m, float *dx)
{
	int64_t o, n = g->oh * g->ow;
	int l;

	for (o = 0; o < n; o++)
		for (l = 0; l < b; l++)
			if (m[o * b + l] >= 0)
				dx[(int64_t)m[o * b + l] * b + l] +=
				    dy[o * b + l];
}

static inline __attribute__((always_inline)) void
ave_back(const struct pool *g, int b, const float *dy, float *dx)
{
	int64_t i, j, oh, ow;
	int l;

	for (oh = 0; oh < g->oh; oh++) {
		for (ow = 0; ow < g->ow; ow++, dy += b) {
			struct window v = window(g, oh, ow);

			for (i = v.h0; i < v.h1; i++)
				for (j = v.w0; j < v.w1; j++)
					for (l = 0; l < b; l++)
						dx[(i * g->w + j) * b + l] +=
						    dy[l] / v.size;
		}
	}
}

/* Planes lo..hi-1 of (n, c / block), one function per direction so that each
 * is cloned as a whole. */
OD_CLONES static void
forward(const struct pool *g, size_t lo, size_t hi, const float *x, float *y,
    float *m)
{
	size_t xs = (size_t)(g->h * g->w * g->block);
	size_t ys = (size_t)(g->oh * g->ow * g->block), k;

	for (k = lo; k < hi; k++) {
		if (g->max && g->block == 16)
			max_plane(g, 16, x + k * xs, y + k * ys, m + k * ys);
		else if (g->max && g->block == 8)
			max_plane(g, 8, x + k * xs, y + k * ys, m + k * ys);
		else if (g->max)
			max_plane(g, 1, x + k * xs, y + k * ys, m + k * ys);
		else if (g->block == 16)
			ave_plane(g, 16, x + k * xs, y + k * ys);
		else if (g->block == 8)
			ave_plane(g, 8, x + k * xs, y + k * ys);
		else
			ave_plane(g, 1, x + k * xs, y + k * ys);
	}
}

OD_CLONES static void
backward(const struct pool *g, size_t lo, size_t hi, const float *dy,
    const float *m, float *dx)
{
	size_t xs = (size_t)(g->h * g->w * g->block);
	size_t ys = (size_t)(g->oh * g->ow * g->block), k;

	for (k = lo; k < hi; k++) {
		memset(dx + k * xs, 0, xs * sizeof(*dx));
		if (g->max && g->block == 16)
			max_back(g, 16, dy + k * ys, m + k * ys, dx + k * xs);
		else if (g->max && g->block == 8)
			max_back(g, 8, dy + k * ys, m + k * ys, dx + k * xs);
		else if (g->max)
			max_back(g, 1, dy + k * ys, m + k * ys, dx + k * xs);
		else if (g->block == 16)
			ave_back(g, 16, dy + k * ys, dx + k * xs);
		else if (g->block == 8)
			ave_back(g, 8, dy + k * ys, dx + k * xs);
		else
			ave_back(g, 1, dy + k * ys, dx + k * xs);
	}
}

static int
run_forward(struct od_plan *p, const struct od_step *s)
{
	const struct pool *g = s->arg;

	(void)p;
#pragma omp parallel
	{
		size_t lo, hi;

		od_part((size_t)(g->n * g->c), 1, &lo, &hi);
		forward(g, lo, hi, s->ptr[0], s->ptr[1], s->ptr[2]);
	}
	return 0;
}

static int
run_backward(struct od_plan *p, const struct od_step *s)
{
	const struct pool *g = s->arg;

	(void)p;
#pragma omp parallel
	{
		size_t lo, hi;

		od_part((size_t)(g->n * g->c), 1, &lo, &hi);
		backward(g, lo, hi, s->ptr[0], s->ptr[1], s->ptr[2]);
	}
	return 0;
}

static int
run_small(struct od_plan *p, const struct od_step *s)
{
	const struct pool *g = s->arg;
	size_t oh = (size_t)g->oh, ow = (size_t)g->ow;
	const float *x = s->ptr[0];
	float *y = s->ptr[1];
	uint8_t *at = s->ptr[2];

	(void)p;
#pragma omp parallel
	{
		size_t lo, hi;

		/* Images, not planes: they are in this thread's cache. */
		od_part((size_t)(g->n * g->c), (size_t)g->c, &lo, &hi);
		od_small_pool(x + lo * oh * ow * 4, (hi - lo) * oh, ow,
		    y + lo * oh * ow, at + lo * oh * ow);
	}
	return 0;
}

static int
run_small_back(struct od_plan *p, const struct od_step *s)
{
	const struct pool *g = s->arg;
	size_t oh = (size_t)g->oh, ow = (size_t)g->ow;
	const float *dy = s->ptr[0];
	const uint8_t *at = s->ptr[1];
	float *dx = s->ptr[2];

	(void)p;
#pragma omp parallel
	{
		size_t lo, hi;

		od_part((size_t)(g->n * g->c), (size_t)g->c, &lo, &hi);
		od_small_unpool(dy + lo * oh * ow, at + lo * oh * ow,
		    (hi - lo) * oh, ow, dx + lo * oh * ow * 4);
	}
	return 0;
}

/* Halves of even planes, which have a kernel of their own. */
static bool
halving(const struct pool *g)
{
	return g->max && g->block == 1 && g->kh == 2 && g->kw == 2 &&
	    g->sh == 2 && g->sw == 2 && g->ph == 0 && g->pw == 0 &&
	    g->h == 2 * g->oh && g->w == 2 * g->ow && od_small_offered();
}

/* oneDNN's algorithm with Caffe's windows in g, or undef. */
static dnnl_alg_kind_t
alg_of(const struct op *op, const struct shape *x, const struct shape *y,
    struct od_window *g)
{
	const struct op_pool *a = &op->a.pool;
	bool past = false, padded = false;
	int k;

	*g = (struct od_window){ 0 };
	for (k = 0; k < 2; k++) {
		int64_t end = (y->d[2 + k] - 1) * a->stride[k] + a->kernel[k] -
		    x->d[2 + k] - a->pad[k];

		g->kernel[k] = a->kernel[k];
		g->stride[k] = a->stride[k];
		g->pad_l[k] = a->pad[k];
		/* There may be rows that no window ends on. */
		g->pad_r[k] = end < 0 ? 0 : end;
		if (a->pad[k] >= a->kernel[k])
			return dnnl_alg_kind_undef;
		if (g->pad_r[k] > a->pad[k])
			past = true;
		if (a->pad[k] > 0)
			padded = true;
		/* oneDNN wants its own arithmetic to give the size. */
		if ((x->d[2 + k] - a->kernel[k] + a->pad[k] + g->pad_r[k]) /
			    a->stride[k] +
			1 !=
		    y->d[2 + k])
			return dnnl_alg_kind_undef;
	}
	if (a->fn == POOL_MAX)
		return dnnl_pooling_max;
	if (!padded)
		return dnnl_pooling_avg_exclude_padding;
	return past ? dnnl_alg_kind_undef : dnnl_pooling_avg_include_padding;
}

static int
pick(struct od_plan *p, const struct op *op, const struct shape *xs,
    const struct shape *ys, const struct od_md *x, dnnl_primitive_desc_t *pd)
{
	struct od_md plain = od_plain(ys, x->dt), y = od_any(&plain, x->dt);
	struct od_window g;
	const struct od_ask q = { .kind = od_forward(p),
		.alg = alg_of(op, xs, ys, &g) };

	*pd = NULL;
	if (q.alg == dnnl_alg_kind_undef)
		return 0;
	TRY(od_pd_pool(p, pd, &q, &g, x, &y));
	if (*pd != NULL && od_pd_slow(*pd)) {
		dnnl_primitive_desc_destroy(*pd);
		*pd = NULL;
	}
	return 0;
}

static int
with_onednn(struct od_plan *p, int i, const struct od_view *x)
{
	const struct op *op = od_op(p, i);
	const struct od_md *wsmd;
	struct od_view y, ws = { OD_NONE, { 0 } };
	struct od_arg args[] = { { DNNL_ARG_SRC, x }, { DNNL_ARG_DST, &y },
		{ DNNL_ARG_WORKSPACE, &ws }, { 0, NULL } };

	TRY(od_out(
	    p, op->out[0], od_pd_md(p, p->hints[i], dnnl_query_dst_md), &y));
	wsmd = od_pd_md(p, p->hints[i], dnnl_query_workspace_md);
	if (od_size(wsmd) > 0) {
		ws.md = *wsmd;
		ws.buf = od_buf_new(p, od_size(wsmd), false);
		p->ws[i] = ws;
	}
	return od_step_prim(p, p->hints[i], args);
}

int
od_build_pool(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct shape *xs = od_shape(p, op->in[0]);
	const struct shape *ys = od_shape(p, op->out[0]);
	bool kept =
	    op->nout > 1 && (graph_tensor(p->base.graph, op->out[1])->keep);
	struct od_view v[3];
	struct od_md md;
	struct pool g;
	int block;

	TRY(od_home(p, op->in[0], &v[0]));
	block = od_block(&v[0].md);
	if (!kept && block != 1) {
		TRY(pick(p, op, xs, ys, &v[0].md, &p->hints[i]));
		if (p->hints[i] != NULL)
			return with_onednn(p, i, &v[0]);
	}
	if (block == 0 || kept || v[0].md.dt != dnnl_f32) {
		TRY(od_want_plain(p, op->in[0], &v[0]));
		block = 1;
	}
	geometry(op, xs, ys, block, &g);
	md = od_like(&v[0].md, ys);
	TRY(od_out(p, op->out[0], &md, &v[1]));
	v[2] = v[1];
	if (kept)
		TRY(od_out_plain(p, op->out[1], &v[2]));
	else
		v[2].buf = od_buf_new(
		    p, op->a.pool.fn == POOL_MAX ? od_size(&md) : 1, false);
	p->ws[i] = v[2];
	return od_step_own(p, !kept && halving(&g) ? run_small : run_forward,
	    &g, sizeof(g), 0, v, 3);
}

static int
grad_with_onednn(struct od_plan *p, int i, int fwd)
{
	const struct op *op = od_op(p, i);
	const struct od_md *xmd = od_pd_md(p, p->hints[fwd], dnnl_query_src_md);
	const struct od_md *ymd = od_pd_md(p, p->hints[fwd], dnnl_query_dst_md);
	struct od_window g;
	const struct od_ask q = { .kind = dnnl_backward_data,
		.alg = alg_of(
		    op, od_shape(p, op->in[1]), od_shape(p, op->in[0]), &g),
		.hint = p->hints[fwd] };
	struct od_view dy, dx, ws = { OD_NONE, { 0 } };
	struct od_arg args[] = { { DNNL_ARG_DIFF_DST, &dy },
		{ DNNL_ARG_DIFF_SRC, &dx }, { DNNL_ARG_WORKSPACE, &ws },
		{ 0, NULL } };
	dnnl_primitive_desc_t pd = NULL;
	int rc;

	TRY(od_pd_pool(p, &pd, &q, &g, xmd, ymd));
	rc = pd != NULL
	    ? 0
	    : err_set(ERR_UNSUPPORTED, "no gradient of this pooling");
	ws = p->ws[fwd];
	if (rc == 0)
		rc = od_want(p, op->in[0], ymd, &dy);
	if (rc == 0)
		rc = od_out(p, op->out[0], xmd, &dx);
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
	dnnl_primitive_desc_destroy(pd);
	return rc;
}

int
od_build_pool_grad(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct shape *xs = od_shape(p, op->in[1]);
	const struct shape *ys = od_shape(p, op->in[0]);
	int fwd = graph_tensor(p->base.graph, op->in[2])->producer;
	struct od_view v[3];
	struct od_md md;
	struct pool g;
	int block;
	bool kept;

	if (fwd >= 0 && p->hints[fwd] != NULL && od_op(p, fwd)->kind == OP_POOL)
		return grad_with_onednn(p, i, fwd);
	if (op->a.pool.fn == POOL_MAX) {
		if (fwd < 0 || od_op(p, fwd)->kind != OP_POOL)
			return OD_REF;
		v[1] = p->ws[fwd];
		TRY(od_want(p, op->in[0], &v[1].md, &v[0]));
	} else {
		TRY(od_home(p, op->in[0], &v[0]));
		if (od_block(&v[0].md) == 0 || v[0].md.dt != dnnl_f32)
			TRY(od_want_plain(p, op->in[0], &v[0]));
		v[1].buf = OD_NONE;
	}
	block = od_block(&v[0].md);
	geometry(op, xs, ys, block, &g);
	md = od_like(&v[0].md, xs);
	TRY(od_out(p, op->out[0], &md, &v[2]));
	kept = fwd >= 0 && od_op(p, fwd)->nout > 1 &&
	    graph_tensor(p->base.graph, od_op(p, fwd)->out[1])->keep;
	return od_step_own(p,
	    !kept && halving(&g) ? run_small_back : run_backward, &g, sizeof(g),
	    0, v, 3);
}
