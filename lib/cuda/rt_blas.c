/*
 * Matrix products by cuBLASLt.
 *
 * Its matrices are column-major.  A row-major C (M,N) is a column-major (N,M),
 * so C = A B is asked for as C' = B' A' with the sides exchanged; the bias, one
 * number for each column of C, then belongs to the rows, which is what the
 * epilogue adds.  It has C's type (CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE).
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "cuda/rt_int.h"

enum { WORKSPACE = 32 << 20 }; /* bytes; what Hopper's products ask for */

struct blas_plan {
	cublasLtMatmulDesc_t desc;
	cublasLtMatrixLayout_t a, b, c; /* as cuBLASLt sees them: a is our b */
	cublasLtMatmulAlgo_t algo;
	bool bias;
	size_t workspace;
};

static int
blas_check(cublasStatus_t s, const char *what)
{
	if (s == CUBLAS_STATUS_SUCCESS)
		return 0;
	return err_set(ERR_DEVICE, "cuBLASLt %s: status %d", what, (int)s);
}

void
blas_free(struct blas_plan *p)
{
	if (p == NULL)
		return;
	if (p->desc != NULL)
		cublasLtMatmulDescDestroy(p->desc);
	if (p->a != NULL)
		cublasLtMatrixLayoutDestroy(p->a);
	if (p->b != NULL)
		cublasLtMatrixLayoutDestroy(p->b);
	if (p->c != NULL)
		cublasLtMatrixLayoutDestroy(p->c);
	mem_free(p);
}

static cudaDataType_t
type_of(enum cu_type t)
{
	return t == CU_F32 ? CUDA_R_32F
	    : t == CU_BF16 ? CUDA_R_16BF
			   : CUDA_R_16F;
}

static int
attribute(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t name,
    const void *value, size_t size)
{
	return blas_check(cublasLtMatmulDescSetAttribute(d, name, value, size),
	    "description");
}

static int
describe_product(struct blas_plan *p, const struct blas_gemm *g)
{
	const cublasComputeType_t compute = g->type == CU_F32 && g->tf32
	    ? CUBLAS_COMPUTE_32F_FAST_TF32
	    : CUBLAS_COMPUTE_32F;
	const cublasOperation_t a = g->tb ? CUBLAS_OP_T : CUBLAS_OP_N;
	const cublasOperation_t b = g->ta ? CUBLAS_OP_T : CUBLAS_OP_N;
	cublasLtEpilogue_t end = CUBLASLT_EPILOGUE_DEFAULT;
	const void *somewhere = (const void *)(uintptr_t)256;

	if (g->bias)
		end = g->relu ? CUBLASLT_EPILOGUE_RELU_BIAS
			      : CUBLASLT_EPILOGUE_BIAS;
	else if (g->relu)
		end = CUBLASLT_EPILOGUE_RELU;
	TRY(blas_check(cublasLtMatmulDescCreate(&p->desc, compute, CUDA_R_32F),
	    "description"));
	TRY(attribute(p->desc, CUBLASLT_MATMUL_DESC_TRANSA, &a, sizeof(a)));
	TRY(attribute(p->desc, CUBLASLT_MATMUL_DESC_TRANSB, &b, sizeof(b)));
	p->bias = g->bias;
	if (g->bias) /* any address: the heuristics look at its alignment */
		TRY(attribute(p->desc, CUBLASLT_MATMUL_DESC_BIAS_POINTER,
		    &somewhere, sizeof(somewhere)));
	return attribute(
	    p->desc, CUBLASLT_MATMUL_DESC_EPILOGUE, &end, sizeof(end));
}

/* A matrix stored row-major as (rows, cols) is column-major (cols, rows). */
static int
layout(cublasLtMatrixLayout_t *out, const struct blas_gemm *g,
    enum cu_type type, int64_t rows, int64_t cols)
{
	const int32_t batch = (int32_t)g->batch;
	const int64_t stride = rows * cols;

	TRY(blas_check(cublasLtMatrixLayoutCreate(out, type_of(type),
			   (uint64_t)cols, (uint64_t)rows, cols),
	    "layout"));
	if (batch == 1)
		return 0;
	TRY(blas_check(
	    cublasLtMatrixLayoutSetAttribute(*out,
		CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &batch, sizeof(batch)),
	    "layout"));
	return blas_check(cublasLtMatrixLayoutSetAttribute(*out,
			      CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
			      &stride, sizeof(stride)),
	    "layout");
}

/* The heuristics' first choice; found false: there is none. */
static int
choose_algorithm(struct cu_rt *rt, struct blas_plan *p, bool *found)
{
	const uint64_t most = WORKSPACE;
	cublasLtMatmulHeuristicResult_t r;
	cublasLtMatmulPreference_t pref = NULL;
	cublasLtHandle_t h;
	cublasStatus_t s;
	int n = 0;

	*found = rt->like != NULL;
	p->workspace = WORKSPACE;
	if (*found)
		return 0; /* is asked of a real device alone */
	TRY(rt_blas(rt, &h));
	TRY(blas_check(cublasLtMatmulPreferenceCreate(&pref), "preference"));
	s = cublasLtMatmulPreferenceSetAttribute(pref,
	    CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &most, sizeof(most));
	if (s == CUBLAS_STATUS_SUCCESS)
		s = cublasLtMatmulAlgoGetHeuristic(
		    h, p->desc, p->a, p->b, p->c, p->c, pref, 1, &r, &n);
	cublasLtMatmulPreferenceDestroy(pref);
	if (s == CUBLAS_STATUS_NOT_SUPPORTED ||
	    s == CUBLAS_STATUS_INVALID_VALUE)
		return 0;
	TRY(blas_check(s, "heuristics"));
	if (n == 0 || r.state != CUBLAS_STATUS_SUCCESS)
		return 0;
	p->algo = r.algo;
	p->workspace = r.workspaceSize;
	*found = true;
	return 0;
}

int
blas_make(struct cu_rt *rt, const struct blas_gemm *g, struct blas_plan **out,
    size_t *scratch)
{
	struct blas_plan *p = mem_new(struct blas_plan);
	bool found = false;
	int rc = describe_product(p, g);

	*out = NULL;
	if (rc == 0)
		rc = g->tb ? layout(&p->a, g, g->type, g->n, g->k)
			   : layout(&p->a, g, g->type, g->k, g->n);
	if (rc == 0)
		rc = g->ta ? layout(&p->b, g, g->type, g->k, g->m)
			   : layout(&p->b, g, g->type, g->m, g->k);
	if (rc == 0)
		rc = layout(&p->c, g, g->out32 ? CU_F32 : g->type, g->m, g->n);
	if (rc == 0)
		rc = choose_algorithm(rt, p, &found);
	if (rc < 0 || !found) {
		blas_free(p);
		return rc;
	}
	*scratch = p->workspace;
	*out = p;
	return 0;
}

int
blas_run(struct cu_rt *rt, struct blas_plan *p, const void *a, const void *b,
    void *c, const void *bias, void *scratch)
{
	const float one = 1, zero = 0;
	cublasLtHandle_t h;

	TRY(rt_blas(rt, &h));
	if (p->bias)
		TRY(attribute(p->desc, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias,
		    sizeof(bias)));
	return blas_check(
	    cublasLtMatmul(h, p->desc, &one, b, p->a, a, p->b, &zero, c, p->c,
		c, p->c, &p->algo, scratch, p->workspace, rt->stream),
	    "product");
}
