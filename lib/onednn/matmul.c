/* Matrix products through oneDNN's matmul; transposition is a matter of strides. */
#include "onednn/kernels/rows.h"
#include "onednn/plan.h"

#include <string.h>

/* A plain tensor of 2 or 3 axes, its last two swapped when t. */
static struct od_md
turned(const struct od_md *md, bool t)
{
	struct od_md out;
	int perm[3] = { 0, 1, 2 };
	int n = md->ndims;

	if (!t)
		return *md;
	perm[n - 2] = n - 1;
	perm[n - 1] = n - 2;
	od_md_permute(&out, md, perm);
	return out;
}

static int
pick(struct od_plan *p, const struct op *op, const struct od_md md[4],
    dnnl_primitive_desc_t *pd)
{
	const struct od_post post = { .relu = op->a.matmul.relu,
		.slope = op->a.matmul.slope };
	const struct od_ask q = { .post = &post };

	return od_pd_matmul(
	    p, pd, &q, &md[0], &md[1], od_has(op, 2) ? &md[2] : NULL, &md[3]);
}

int
od_build_matmul(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct op_matmul *a = &op->a.matmul;
	struct od_view v[4] = { { OD_NONE, { 0 } } };
	struct od_arg args[] = { { DNNL_ARG_SRC, &v[0] },
		{ DNNL_ARG_WEIGHTS, &v[1] }, { DNNL_ARG_BIAS, &v[2] },
		{ DNNL_ARG_DST, &v[3] }, { 0, NULL } };
	struct od_md md[4], plain[4];
	dnnl_primitive_desc_t pd = NULL;
	dnnl_dims_t bias = { 1, 1, 1 };
	int rc, n = od_shape(p, op->out[0])->n;

	rc = od_rows_matmul(p, i);
	if (rc != OD_REF)
		return rc;
	v[2].buf = OD_NONE;
	plain[0] = od_plain(od_shape(p, op->in[0]), p->dt);
	plain[1] = od_plain(od_shape(p, op->in[1]), p->dt);
	plain[3] = od_plain(od_shape(p, op->out[0]),
	    p->low.v[op->out[0]].param >= 0 ? dnnl_f32 : p->dt);
	md[0] = turned(&plain[0], a->ta);
	md[1] = turned(&plain[1], a->tb);
	md[3] = plain[3];
	bias[n - 1] = md[3].dims[n - 1];
	md[2] = od_plain_dims(n, bias, dnnl_f32);
	rc = pick(p, op, md, &pd);
	if (rc == 0 && pd == NULL)
		rc = OD_REF;
	if (rc != 0)
		goto done;
	rc = od_want(p, op->in[0], &plain[0], &v[0]);
	if (rc == 0)
		rc = od_want(p, op->in[1], &plain[1], &v[1]);
	if (rc == 0 && od_has(op, 2))
		rc = od_want_plain(p, op->in[2], &v[2]);
	if (rc == 0)
		rc = od_out(p, op->out[0], &plain[3], &v[3]);
	v[0].md = md[0];
	v[1].md = md[1];
	v[2].md = md[2];
	if (rc == 0)
		rc = od_step_prim(p, pd, args);
done:
	dnnl_primitive_desc_destroy(pd);
	return rc;
}
