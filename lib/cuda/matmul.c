/* Matrix products: what the library is asked for, and the bias and ReLU that it
 * does not take along. */
#include "cuda/plan.h"

#include <string.h>

struct product {
	struct blas_plan *blas;
	bool fused;
	struct cu_ending end;
};

static void
drop_product(void *extra)
{
	blas_free(((struct product *)extra)->blas);
}

static int
run_product(const struct cu_call *c)
{
	const struct product *q = c->extra;
	const void *bias = c->nin > 2 ? c->in[2].p : NULL;
	struct cu_ending e = q->end;

	TRY(blas_run(c->rt, q->blas, c->in[0].p, c->in[1].p, c->out[0].p,
	    q->fused ? bias : NULL, c->scratch));
	if (q->fused || (bias == NULL && !e.relu))
		return 0;
	e.y = c->out[0].p;
	e.b = bias;
	return cu_finish(&e, c->stream);
}

static struct blas_gemm
describe_gemm(const struct cu_plan *p, const struct op *op, enum cu_type type)
{
	const struct op_matmul *m = &op->a.matmul;
	const struct shape *y = cu_shape(p, op->out[0]);
	const struct shape *a = cu_shape(p, op->in[0]);

	return (struct blas_gemm){ .m = y->d[y->n - 2],
		.n = y->d[y->n - 1],
		.k = a->d[m->ta ? a->n - 2 : a->n - 1],
		.batch = y->n > 2 ? y->d[0] : 1,
		.ta = m->ta,
		.tb = m->tb,
		.type = type,
		.tf32 = p->tf32 };
}

/* With bias and ReLU if the library has it; *q->blas NULL: nothing. */
static int
find_gemm(struct cu_plan *p, const struct op *op, struct blas_gemm g,
    struct product *q, size_t *scratch)
{
	const bool bias = op->nin > 2 && op->in[2] >= 0;
	const bool relu = op->a.matmul.relu;

	q->fused = (bias || relu) && g.batch == 1 && op->a.matmul.slope == 0;
	if (q->fused) {
		g.bias = bias;
		g.relu = relu;
		TRY(blas_make(p->rt, &g, &q->blas, scratch));
		if (q->blas != NULL)
			return 0;
		q->fused = g.bias = g.relu = false;
	}
	return blas_make(p->rt, &g, &q->blas, scratch);
}

int
cu_build_matmul(struct cu_plan *p, const struct op *op)
{
	const struct cu_form plain = { CU_F32, false };
	const struct shape *y = cu_shape(p, op->out[0]);
	struct cu_form f = { p->type, false }, to = f, bias = plain;
	struct blas_gemm g = describe_gemm(p, op, f.type);
	struct product q = { NULL, false, { 0 } };
	struct cu_view in[3], out;
	struct cu_step *s;
	size_t scratch = 0;

	/* A parameter's gradient comes home as it is. */
	if (f.type != CU_F32 &&
	    graph_tensor(p->base.graph, op->out[0])->kind == TENSOR_GRAD) {
		g.out32 = true;
		to = plain;
		TRY(find_gemm(p, op, g, &q, &scratch));
	}
	if (q.blas == NULL) {
		g.out32 = false;
		to = f;
		TRY(find_gemm(p, op, g, &q, &scratch));
	}
	if (q.blas == NULL && f.type != CU_F32) {
		f = to = plain;
		TRY(find_gemm(
		    p, op, describe_gemm(p, op, f.type), &q, &scratch));
	}
	if (q.blas == NULL)
		return CU_HOST_OP;
	q.end = (struct cu_ending){ .n = shape_count(y),
		.channels = (size_t)y->d[y->n - 1],
		.inner = 1,
		.type = to.type,
		.relu = op->a.matmul.relu,
		.slope = op->a.matmul.slope };
	if (q.fused)
		bias.type = to.type;
	for (int k = 0; k < op->nin; k++) {
		in[k] = (struct cu_view){ .buf = CU_NONE };
		if (op->in[k] >= 0)
			TRY(cu_want(p, op->in[k], k == 2 ? bias : f, &in[k]));
	}
	TRY(cu_out(p, op->out[0], to, &out));
	s = cu_step_new(p, run_product, op->nin, in, op->in, 1, &out, op->out);
	s->call.form = f;
	s->scratch = scratch;
	s->call.extra = arena_take(p->mem, sizeof(q));
	memcpy(s->call.extra, &q, sizeof(q));
	s->drop = drop_product;
	return cu_finish_out(p, op->out[0], &out);
}
