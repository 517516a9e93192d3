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

int
od_conv_forward(struct od_plan *p, const struct od_conv *c,
    const struct od_md *x, const struct od_md *w, const struct od_md *b,
    const struct od_md *y, dnnl_alg_kind_t alg, const char *name,
    const struct od_post *post, dnnl_primitive_desc_t *pd)
{
	const struct od_ask q = {
		.kind = od_forward(p), .alg = alg, .post = post, .name = name
	};

	return od_pd_conv(p, pd, &q, &c->window, x, w, b, y);
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

int
od_conv_hint(struct od_plan *p, const struct od_conv *c, dnnl_alg_kind_t alg,
    dnnl_primitive_desc_t *pd)
{
	struct od_md x = od_any(&c->x, p->dt), w = od_any(&c->w, p->dt);
	struct od_md y = od_any(&c->y, p->dt);

	return od_conv_forward(p, c, &x, &w, NULL, &y, alg, NULL, NULL, pd);
}

static bool
on_tiles(const_dnnl_primitive_desc_t pd)
{
	return strstr(od_pd_name(pd), "amx") != NULL;
}

bool
od_conv_fine(const struct od_plan *p, const_dnnl_primitive_desc_t pd)
{
	bool amx = p->dt == dnnl_bf16 && od_isa(dnnl_cpu_isa_avx512_core_amx);

	return pd != NULL && !od_pd_slow(pd) && (!amx || on_tiles(pd));
}

dnnl_primitive_desc_t
od_conv_better(
    const struct od_plan *p, dnnl_primitive_desc_t a, dnnl_primitive_desc_t b)
{
	if (a == NULL ||
	    (b != NULL && !od_conv_fine(p, a) &&
		(od_conv_fine(p, b) || (od_pd_slow(a) && !od_pd_slow(b))))) {
		dnnl_primitive_desc_destroy(a);
		return b;
	}
	dnnl_primitive_desc_destroy(b);
	return a;
}
