/*
 * A bias of one number a channel, added in place where an op's primitive cannot:
 * own loops over blocked layouts, oneDNN's binary sum over the others.
 */
#include "onednn/kern.h"
#include "onednn/plan.h"
#include "onednn/kernels/small.h"

struct bias {
	size_t n, c, s; /* c: vectors of `block` channels */
	int block;
	bool bf16;
	size_t channels;
};

OD_CLONES static void
add_bias(float *y, size_t s, int block, const float *b)
{
	size_t i;
	int l;

	if (block == 16)
		for (i = 0; i < s; i++)
			for (l = 0; l < 16; l++)
				y[i * 16 + (size_t)l] += b[l];
	else
		for (i = 0; i < s; i++)
			for (l = 0; l < block; l++)
				y[i * (size_t)block + (size_t)l] += b[l];
}

static void
add_bias_bf16(uint16_t *y, size_t s, int block, const float *b)
{
	float wide[OD_CHUNK];
	size_t i, n = s * (size_t)block;

	/* OD_CHUNK is whole blocks. */
	for (i = 0; i < n; i += OD_CHUNK) {
		size_t m = n - i < OD_CHUNK ? n - i : OD_CHUNK;

		od_widen(wide, y + i, m);
		add_bias(wide, m / (size_t)block, block, b);
		od_narrow(y + i, wide, m);
	}
}

static int
run_bias(struct od_plan *p, const struct od_step *s)
{
	const struct bias *a = s->arg;
	const float *bias = s->ptr[1];
	uint16_t *half = s->ptr[0];
	float *y = s->ptr[0];

	(void)p;
#pragma omp parallel
	{
		size_t lo, hi, k;

		od_part(a->n * a->c, 1, &lo, &hi);
		for (k = lo; k < hi; k++) {
			size_t from = k % a->c * (size_t)a->block, l;
			float b[16] = { 0 };

			for (l = 0;
			     l < (size_t)a->block && from + l < a->channels;
			     l++)
				b[l] = bias[from + l];
			l = k * a->s * (size_t)a->block;
			if (a->bf16)
				add_bias_bf16(half + l, a->s, a->block, b);
			else
				add_bias(y + l, a->s, a->block, b);
		}
	}
	return 0;
}

int
od_add_bias(struct od_plan *p, int t, const struct od_view *v)
{
	struct od_arg args[] = { { DNNL_ARG_SRC_0, v },
		{ DNNL_ARG_SRC_1, NULL }, { DNNL_ARG_DST, v }, { 0, NULL } };
	struct od_view two[2] = { *v };
	struct bias a = { .block = od_block(&v->md) };
	dnnl_primitive_desc_t pd = NULL;
	const struct od_ask q = { .alg = dnnl_binary_add };
	dnnl_dims_t dims = { 1, 1, 1, 1, 1 };
	int k, rc;

	TRY(od_want_plain(p, t, &two[1]));
	if (a.block > 0) {
		a.bf16 = v->md.dt == dnnl_bf16;
		a.n = (size_t)v->md.dims[0];
		a.channels = (size_t)v->md.dims[1];
		a.c = (a.channels + (size_t)a.block - 1) / (size_t)a.block;
		for (a.s = 1, k = 2; k < v->md.ndims; k++)
			a.s *= (size_t)v->md.dims[k];
		return od_step_own(p, run_bias, &a, sizeof(a), 0, two, 2);
	}
	dims[1] = v->md.dims[1];
	two[1].md = od_plain_dims(v->md.ndims, dims, dnnl_f32);
	args[1].v = &two[1];
	TRY(od_pd_binary(p, &pd, &q, &v->md, &two[1].md, &v->md));
	rc = pd == NULL ? err_set(ERR_UNSUPPORTED, "no bias in this layout")
			: od_step_prim(p, pd, args);
	dnnl_primitive_desc_destroy(pd);
	return rc;
}
