/*
 * What convolutions and their gradients have in common: their geometry in
 * oneDNN's words, and which of several descriptors is the better one.
 */
#include "onednn/conv.h"

#include <string.h>

static int64_t
extent(const struct op_conv *c, int k)
{
	return (int64_t)c->dilation[k] * (c->kernel[k] - 1) + 1;
}

void
od_conv_geometry(const struct od_plan *p, const struct op_conv *a,
    const struct shape *xs, const struct shape *ys, struct od_conv *c)
{
	struct od_window *v = &c->window;
	int64_t w[6], o = ys->d[1];
	int k, n = 0;

	memset(c, 0, sizeof(*c));
	c->nd = a->nd;
	if (a->group > 1)
		w[n++] = a->group;
	w[n++] = o / a->group;
	w[n++] = xs->d[1] / a->group;
	for (k = 0; k < a->nd; k++) {
		w[n++] = a->kernel[k];
		v->stride[k] = a->stride[k];
		v->dilate[k] = a->dilation[k] - 1;
		v->pad_l[k] = a->pad[k];
		v->pad_r[k] = (ys->d[2 + k] - 1) * a->stride[k] + extent(a, k) -
		    xs->d[2 + k] - a->pad[k];
		if (v->pad_r[k] < 0)
			v->pad_r[k] =
			    a->pad[k]; /* rows that no window ends on */
	}
	c->x = od_plain(xs, p->dt);
	c->y = od_plain(ys, p->dt);
	c->w = od_plain_dims(n, w, p->dt);
	c->b = od_plain_dims(1, &o, dnnl_f32);
}

int
od_conv_liked(
    struct od_plan *p, int t, const struct od_md *any, struct od_md *md)
{
	struct od_view v;

	TRY(od_home(p, t, &v));
	*md = *any;
	if (v.md.dt == any->dt && v.md.ndims == any->ndims &&
	    !od_is_plain(&v.md))
		*md = v.md;
	return 0;
}

int64_t
od_conv_tiles(const struct od_conv *c, int a)
{
	const dnnl_dim_t *y = c->y.dims;

	return y[0] * ((y[2] + a - 1) / a) * ((y[3] + a - 1) / a);
}

/*
 * Winograd's F(4x4, 3x3) multiplies a quarter as often, forward and in both
 * gradients; its transforms cost more than that on few channels, and with few
 * tiles its weights, four times as large (and, in training, transformed each
 * time), are read for too little.  For inference there is F(2x2, 3x3) too, for
 * outputs of fewer tiles.  Errors against double arithmetic are those of the
 * direct sums, near 1e-6 of the largest value (tests/onednn/plan.c holds them to
 * 1e-5).
 */
bool
od_conv_winograd(
    const struct od_plan *p, const struct op_conv *a, const struct od_conv *c)
{
	if (a->nd != 2)
		return false;
	return p->dt == dnnl_f32 && a->group == 1 && a->kernel[0] == 3 &&
	    a->kernel[1] == 3 && a->stride[0] == 1 && a->stride[1] == 1 &&
	    a->dilation[0] == 1 && a->dilation[1] == 1 && c->x.dims[1] >= 32 &&
	    c->y.dims[1] >= 32 &&
	    (od_conv_tiles(c, 4) >= OD_CONV_TILES ||
		(!p->low.train && od_conv_tiles(c, 2) >= 2 * OD_CONV_TILES));
}

void
od_conv_any(const struct od_conv *c, dnnl_prop_kind_t kind, dnnl_data_type_t dt,
    const struct od_md *b, struct od_conv_ask *a)
{
	a->x = od_any(&c->x, dt);
	a->w = od_any(&c->w, kind == dnnl_backward_weights ? dnnl_f32 : dt);
	a->y = od_any(&c->y, dt);
	a->b = b;
}

int
od_conv_hint(struct od_plan *p, const struct od_conv *c, dnnl_alg_kind_t alg,
    dnnl_data_type_t dt, dnnl_primitive_desc_t *pd)
{
	const struct od_ask q = { .kind = dnnl_forward_training, .alg = alg };
	struct od_conv_ask a;

	od_conv_any(c, q.kind, dt, NULL, &a);
	return od_pd_conv(p, pd, &q, &c->window, &a.x, &a.w, NULL, &a.y);
}

/* Where there are tiles of AMX, bf16 without them is worth a reorder to them. */
static enum od_conv_rank
rank(const struct od_plan *p, const_dnnl_primitive_desc_t pd,
    dnnl_data_type_t dt)
{
	const char *name;

	if (pd == NULL)
		return OD_CONV_NONE;
	name = od_pd_name(pd);
	if (strstr(name, "ref") != NULL)
		return OD_CONV_PLAIN;
	if (od_pd_slow(pd))
		return OD_CONV_COLUMNS;
	if (dt != p->dt)
		return OD_CONV_LOOPS;
	if (dt == dnnl_bf16 && od_isa(dnnl_cpu_isa_avx512_core_amx) &&
	    strstr(name, "amx") == NULL)
		return OD_CONV_LOOPS;
	return OD_CONV_FINE;
}

int
od_conv_try(struct od_plan *p, const struct od_conv *c, const struct od_ask *q,
    const struct od_conv_ask *a, struct od_conv_best *best)
{
	dnnl_primitive_desc_t pd = NULL;
	enum od_conv_rank r;

	if (best->rank == OD_CONV_FINE)
		return 0;
	TRY(od_pd_conv(p, &pd, q, &c->window, &a->x, &a->w, a->b, &a->y));
	r = rank(p, pd, a->y.dt);
	if (r > best->rank) {
		dnnl_primitive_desc_destroy(best->pd);
		best->pd = pd;
		best->rank = r;
	} else {
		dnnl_primitive_desc_destroy(pd);
	}
	return 0;
}

/* In type dt: left to oneDNN, then in plain layouts. */
static int
try_type(struct od_plan *p, const struct od_conv *c, const struct od_ask *asked,
    const struct od_md *b, dnnl_data_type_t dt, struct od_conv_best *best)
{
	dnnl_primitive_desc_t hint = NULL;
	struct od_ask q = *asked;
	struct od_conv_ask a;
	int rc = 0;

	if (q.hint != NULL) {
		TRY(od_conv_hint(p, c, dnnl_convolution_direct, dt, &hint));
		if (hint == NULL)
			return 0;
		q.hint = hint;
	}
	od_conv_any(c, q.kind, dt, b, &a);
	if (dt != p->dt)
		rc = od_conv_try(p, c, &q, &a, best);
	if (rc == 0 && best->rank < OD_CONV_LOOPS) {
		a.x = od_plain_of(&a.x, a.x.dt);
		a.w = od_plain_of(&a.w, a.w.dt);
		a.y = od_plain_of(&a.y, a.y.dt);
		rc = od_conv_try(p, c, &q, &a, best);
	}
	dnnl_primitive_desc_destroy(hint);
	return rc;
}

int
od_conv_rest(struct od_plan *p, const struct od_conv *c, const struct od_ask *q,
    const struct od_md *b, struct od_conv_best *best)
{
	if (p->dt != dnnl_f32 && best->rank < OD_CONV_LOOPS)
		TRY(try_type(p, c, q, b, dnnl_f32, best));
	if (best->rank < OD_CONV_COLUMNS)
		TRY(try_type(p, c, q, b, p->dt, best));
	return 0;
}

int
od_conv_try_winograd(struct od_plan *p, const struct op *op,
    const struct od_conv *c, const struct od_ask *asked, const struct od_md *b,
    struct od_conv_best *best)
{
	struct od_ask q = *asked;
	dnnl_primitive_desc_t hint = NULL;
	struct od_conv_ask a;
	int rc = 0;

	if (!od_conv_winograd(p, &op->a.conv, c))
		return 0;
	q.alg = dnnl_convolution_winograd;
	TRY(od_conv_hint(p, c, q.alg, p->dt, &hint));
	q.hint = hint;
	od_conv_any(c, q.kind, p->dt, b, &a);
	if (hint != NULL)
		rc = od_conv_try(p, c, &q, &a, best);
	dnnl_primitive_desc_destroy(hint);
	return rc;
}
