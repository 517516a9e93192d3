/* Products with few rows: which, and how threads share the weights out.  Each
 * thread owns rows of w, y or dw, or columns of dx, so no sum is split. */
#include "onednn/kernels/rows.h"
#include "onednn/kern.h"
#include "onednn/kernels/small.h"

enum { M = OD_ROWS_M, N = OD_ROWS_N, KV = OD_ROWS_K };
enum { KBLOCK = 1024, NBLOCK = 32 }; /* of w, to stay in the second cache */
enum { ROWS_MAX = 128, WEIGHTS_MIN = 1 << 14 };

struct rows {
	size_t m, n, k;
	bool relu;
	float slope;
};

static inline size_t
least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Outputs [from, from + N) of all rows. */
static void
forward(const struct rows *a, const float *x, const float *w, const float *b,
    float *y, size_t from)
{
	const float *row[N];
	float sums[M * N], v;
	size_t i, r, c;

	for (c = 0; c < N; c++)
		row[c] = w + least_of(from + c, a->n - 1) * a->k;
	for (i = 0; i < a->m; i += M) {
		size_t mr = least_of(a->m - i, M);

		od_rows_dot((int)mr, x + i * a->k, a->k, row, sums);
		for (r = 0; r < mr; r++) {
			for (c = 0; c < N && from + c < a->n; c++) {
				v = sums[r * N + c];
				if (b != NULL)
					v += b[from + c];
				if (a->relu && v < 0)
					v *= a->slope;
				y[(i + r) * a->n + from + c] = v;
			}
		}
	}
}

static int
run_forward(struct od_plan *p, const struct od_step *s)
{
	const struct rows *a = s->arg;

	(void)p;
#pragma omp parallel
	{
		size_t lo, hi;

		od_part(a->n, N, &lo, &hi);
		for (; lo < hi; lo += N)
			forward(
			    a, s->ptr[0], s->ptr[1], s->ptr[2], s->ptr[3], lo);
	}
	return 0;
}

/* Columns [lo, hi), at most KBLOCK, of dx. */
static void
data(const struct rows *a, const float *dy, const float *w, float *dx,
    size_t lo, size_t hi)
{
	size_t i, j, c;

	for (i = 0; i < a->m; i++)
		memset(dx + i * a->k + lo, 0, (hi - lo) * sizeof(*dx));
	for (j = 0; j < a->n; j += NBLOCK)
		for (c = lo; c < hi; c += KV)
			for (i = 0; i < a->m; i += M)
				od_rows_data((int)least_of(a->m - i, M),
				    dy + i * a->n + j, a->n,
				    least_of(a->n - j, NBLOCK),
				    w + j * a->k + c, a->k, dx + i * a->k + c,
				    least_of(hi - c, KV));
}

static int
run_data(struct od_plan *p, const struct od_step *s)
{
	const struct rows *a = s->arg;

	(void)p;
#pragma omp parallel
	{
		size_t lo, hi;

		od_part(a->k, KV, &lo, &hi);
		for (; lo < hi; lo += KBLOCK)
			data(a, s->ptr[0], s->ptr[1], s->ptr[2], lo,
			    least_of(hi, lo + KBLOCK));
	}
	return 0;
}

/* Rows [from, from + M) of dw. */
static void
weight(const struct rows *a, const float *dy, const float *x, float *dw,
    size_t from)
{
	float packed[ROWS_MAX * M];
	size_t i, r, c, mr = least_of(a->n - from, M);

	for (i = 0; i < a->m; i++)
		for (r = 0; r < M; r++)
			packed[i * M + r] =
			    r < mr ? dy[i * a->n + from + r] : 0;
	for (c = 0; c < a->k; c += KV)
		od_rows_weight((int)mr, packed, a->m, x + c, a->k,
		    dw + from * a->k + c, least_of(a->k - c, KV));
}

static int
run_weight(struct od_plan *p, const struct od_step *s)
{
	const struct rows *a = s->arg;

	(void)p;
#pragma omp parallel
	{
		size_t lo, hi;

		od_part(a->n, M, &lo, &hi);
		for (; lo < hi; lo += M)
			weight(a, s->ptr[0], s->ptr[1], s->ptr[2], lo);
	}
	return 0;
}

int
od_rows_matmul(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct op_matmul *q = &op->a.matmul;
	const struct shape *as = od_shape(p, op->in[0]);
	const struct shape *bs = od_shape(p, op->in[1]);
	struct rows a = { .relu = q->relu, .slope = q->slope };
	bool to_data = !q->ta && !q->tb, to_weight = q->ta && !q->tb;
	od_run_fn *run = to_data ? run_data
	    : to_weight          ? run_weight
				 : run_forward;
	struct od_view v[4];

	if (as->n != 2 || p->dt != dnnl_f32 || (q->ta && q->tb) ||
	    !od_small_offered())
		return OD_REF;
	/* The gradients are two other products in the same letters. */
	if ((to_data || to_weight) && (q->relu || od_has(op, 2)))
		return OD_REF;
	a.m = (size_t)as->d[0];
	a.k = (size_t)bs->d[1];
	a.n = (size_t)(to_data || to_weight ? as->d[1] : bs->d[0]);
	if (a.m > ROWS_MAX || a.n * a.k < WEIGHTS_MIN)
		return OD_REF;
	TRY(od_want_plain(p, op->in[0], &v[0]));
	TRY(od_want_plain(p, op->in[1], &v[1]));
	v[2].buf = OD_NONE;
	if (od_has(op, 2))
		TRY(od_want_plain(p, op->in[2], &v[2]));
	TRY(od_out_plain(p, op->out[0], &v[run == run_forward ? 3 : 2]));
	return od_step_own(
	    p, run, &a, sizeof(a), 0, v, run == run_forward ? 4 : 3);
}
