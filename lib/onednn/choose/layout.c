/* Tensors as axes one in another: see layout.h. */
#include "onednn/choose/layout.h"

#include <string.h>

static const dnnl_format_tag_t last[] = { dnnl_acb, dnnl_acdb, dnnl_acdeb };

static bool
channels_last(const struct od_md *md)
{
	struct od_md m;

	return md->ndims >= 3 && md->ndims <= 5 &&
	    od_md_tag(&m, md->ndims, md->dims, md->dt, last[md->ndims - 3]) &&
	    od_same(&m, md);
}

static void
add(struct od_layout *l, int axis, int64_t d)
{
	l->axis[l->n] = axis;
	l->d[l->n++] = (size_t)d;
}

/* False where it is none of those that are known. */
static bool
layout_of(const struct od_md *md, int n, struct od_layout *l)
{
	const int block = od_block(md);
	const bool behind = block == 0 && channels_last(md);

	l->n = 0;
	l->size = md->dt == dnnl_bf16 ? 2 : 4;
	if ((md->dt != dnnl_f32 && md->dt != dnnl_bf16) ||
	    (block == 0 && !behind) || (md->ndims != n && n > 0))
		return false;
	for (int k = 0; k < n; k++)
		if (k != 1 || !behind)
			add(l, k,
			    k == 1 && block > 1 ? md->padded_dims[1] / block
						: md->dims[k]);
	if (behind || block > 1)
		add(l, 1, behind ? md->dims[1] : block);
	return true;
}

int
od_layout_want(struct od_plan *p, int t, uint32_t touched, bool clean,
    struct od_view *v, struct od_layout *l)
{
	const int n = od_shape(p, t)->n;
	struct od_md md;

	TRY(od_home(p, t, v));
	if (layout_of(&v->md, n, l) &&
	    !(od_block(&v->md) > 1 &&
		((touched & 2) != 0 || (clean && od_padded(&v->md)))))
		return 0;
	md = od_plain(
	    od_shape(p, t), v->md.dt == dnnl_bf16 ? dnnl_bf16 : dnnl_f32);
	TRY(od_want(p, t, &md, v));
	layout_of(&v->md, n, l);
	return 0;
}

int
od_layout_out(
    struct od_plan *p, int t, const struct od_view *v, struct od_view *out)
{
	const struct shape *s = od_shape(p, t);
	struct od_md md = od_like(&v->md, s);

	if (od_block(&v->md) == 0 && channels_last(&v->md)) {
		const struct od_md plain = md;

		od_md_tag(&md, s->n, plain.dims, md.dt, last[s->n - 3]);
	}
	return od_out(p, t, &md, out);
}

size_t
od_layout_count(const struct od_layout *l, int from, int to)
{
	size_t n = 1;

	for (int k = from; k < to; k++)
		n *= l->d[k];
	return n;
}
