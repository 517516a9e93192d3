/*
 * Convolutions by cuDNN's graph API: a small graph of operations (a convolution,
 * and after a forward one an addition of the bias, of another tensor, a ReLU),
 * an engine for it from the heuristics (mode A, then FALLBACK), a plan.
 *
 * Descriptors are kept in a list and destroyed together.  A status other than
 * success while a graph or plan is made means that the library has no engine for
 * it: the caller then asks for less.
 */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "cuda/rt_int.h"

enum { UID_X = 1, UID_W, UID_Y, UID_B, UID_SUM, UID_PASSING };
enum { DESCS_MAX = 48, CONFIGS_MAX = 16, NOTES_MAX = 16 };

typedef cudnnBackendDescriptor_t desc;

struct dnn_plan {
	desc all[DESCS_MAX]; /* what is to be destroyed */
	int n;
	desc config, plan, pack;
	size_t workspace;
	struct dnn_conv c;
	bool failed; /* some call was refused */
};

/* A step of the making; after the first refusal nothing is done any more. */
static void
ok(struct dnn_plan *p, cudnnStatus_t s)
{
	if (s != CUDNN_STATUS_SUCCESS)
		p->failed = true;
}

static desc
make(struct dnn_plan *p, cudnnBackendDescriptorType_t type)
{
	desc d = NULL;

	if (p->failed || p->n == DESCS_MAX) {
		p->failed = true;
		return NULL;
	}
	ok(p, cudnnBackendCreateDescriptor(type, &d));
	if (d != NULL)
		p->all[p->n++] = d;
	return d;
}

static void
put(struct dnn_plan *p, desc d, cudnnBackendAttributeName_t name,
    cudnnBackendAttributeType_t type, int64_t n, const void *v)
{
	if (!p->failed)
		ok(p, cudnnBackendSetAttribute(d, name, type, n, v));
}

static void
put_desc(struct dnn_plan *p, desc d, cudnnBackendAttributeName_t name, desc v)
{
	put(p, d, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &v);
}

static void
finalize(struct dnn_plan *p, desc d)
{
	if (!p->failed)
		ok(p, cudnnBackendFinalize(d));
}

static cudnnDataType_t
type_of(enum cu_type t)
{
	return t == CU_F32 ? CUDNN_DATA_FLOAT
	    : t == CU_BF16 ? CUDNN_DATA_BFLOAT16
			   : CUDNN_DATA_HALF;
}

static desc
tensor(struct dnn_plan *p, int64_t uid, const int64_t *dims,
    cudnnDataType_t type, bool passing)
{
	desc d = make(p, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
	const int n = p->c.nd + 2;
	const int64_t align = 16;
	int64_t strides[5], step = 1;

	if (p->c.nhwc) {
		strides[1] = 1;
		step = dims[1];
		for (int i = n - 1; i >= 2; i--) {
			strides[i] = step;
			step *= dims[i];
		}
		strides[0] = step;
	} else {
		for (int i = n - 1; i >= 0; i--) {
			strides[i] = step;
			step *= dims[i];
		}
	}
	put(p, d, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, &uid);
	put(p, d, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type);
	put(p, d, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1,
	    &align);
	put(p, d, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, n, dims);
	put(p, d, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, n, strides);
	put(p, d, CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1,
	    &passing);
	finalize(p, d);
	return d;
}

static desc
convolution(struct dnn_plan *p)
{
	const struct dnn_conv *c = &p->c;
	const cudnnDataType_t compute = CUDNN_DATA_FLOAT;
	const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
	const int64_t nd = c->nd;
	desc d = make(p, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);

	put(p, d, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1,
	    &compute);
	put(p, d, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE,
	    1, &mode);
	put(p, d, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1,
	    &nd);
	put(p, d, CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, nd,
	    c->dilation);
	put(p, d, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, nd,
	    c->stride);
	put(p, d, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, nd,
	    c->pad);
	put(p, d, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, nd,
	    c->pad);
	finalize(p, d);
	return d;
}

/* What each kind of convolution calls its parts. */
static const struct naming {
	cudnnBackendDescriptorType_t op;
	cudnnBackendAttributeName_t conv, x, w, y, alpha, beta;
} names[] = {
	[DNN_FORWARD] = { CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA },
	[DNN_DATA] = { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA },
	[DNN_WEIGHT] = { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
	    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA },
};

/* One elementwise operation from x (and b) to y. */
static desc
pointwise(struct dnn_plan *p, cudnnPointwiseMode_t mode, desc x, desc b, desc y)
{
	const cudnnDataType_t compute = CUDNN_DATA_FLOAT;
	const double slope = (double)p->c.slope;
	desc pw = make(p, CUDNN_BACKEND_POINTWISE_DESCRIPTOR), op;

	put(p, pw, CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1,
	    &mode);
	put(p, pw, CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1,
	    &compute);
	if (mode == CUDNN_POINTWISE_RELU_FWD && slope != 0)
		put(p, pw, CUDNN_ATTR_POINTWISE_RELU_LOWER_CLIP_SLOPE,
		    CUDNN_TYPE_DOUBLE, 1, &slope);
	finalize(p, pw);
	op = make(p, CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
	put_desc(p, op, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, pw);
	put_desc(p, op, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x);
	if (b != NULL)
		put_desc(p, op, CUDNN_ATTR_OPERATION_POINTWISE_BDESC, b);
	put_desc(p, op, CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
	finalize(p, op);
	return op;
}

/* The output of step `left` before the last: y itself at the end, else a tensor
 * that passes from one operation to the next in float. */
static desc
passing(struct dnn_plan *p, int left, int64_t *uid)
{
	if (left == 0)
		return tensor(p, UID_Y, p->c.y, type_of(p->c.type), false);
	return tensor(p, (*uid)++, p->c.y, CUDNN_DATA_FLOAT, true);
}

static desc
operations(struct dnn_plan *p)
{
	const struct dnn_conv *c = &p->c;
	const struct naming *k = &names[c->kind];
	const cudnnDataType_t type = type_of(c->type);
	const int64_t bias[5] = { 1, c->y[1], 1, 1, 1 };
	const float one = 1, zero = 0;
	int left = (int)c->bias + (int)c->sum + (int)c->relu, n = 0;
	int64_t uid = UID_PASSING;
	desc ops[4], graph, y, next, x, w;

	x = tensor(p, UID_X, c->x, type, false);
	w = tensor(p, UID_W, c->w, type, false);
	y = passing(p, left, &uid);
	ops[n] = make(p, k->op);
	put_desc(p, ops[n], k->conv, convolution(p));
	put_desc(p, ops[n], k->x, x);
	put_desc(p, ops[n], k->w, w);
	put_desc(p, ops[n], k->y, y);
	put(p, ops[n], k->alpha, CUDNN_TYPE_FLOAT, 1, &one);
	put(p, ops[n], k->beta, CUDNN_TYPE_FLOAT, 1, &zero);
	finalize(p, ops[n++]);
	if (c->bias) {
		next = passing(p, --left, &uid);
		ops[n++] = pointwise(p, CUDNN_POINTWISE_ADD, y,
		    tensor(p, UID_B, bias, CUDNN_DATA_FLOAT, false), next);
		y = next;
	}
	if (c->sum) {
		next = passing(p, --left, &uid);
		ops[n++] = pointwise(p, CUDNN_POINTWISE_ADD, y,
		    tensor(p, UID_SUM, c->y, type, false), next);
		y = next;
	}
	if (c->relu) {
		next = passing(p, --left, &uid);
		ops[n++] =
		    pointwise(p, CUDNN_POINTWISE_RELU_FWD, y, NULL, next);
	}
	graph = make(p, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
	put(p, graph, CUDNN_ATTR_OPERATIONGRAPH_OPS,
	    CUDNN_TYPE_BACKEND_DESCRIPTOR, n, ops);
	return graph;
}

/* May this engine be used: no tensor cores in plain float, nothing that adds in
 * any order when the same bits are wanted. */
static bool
fits(const struct dnn_plan *p, desc config)
{
	cudnnBackendNumericalNote_t notes[NOTES_MAX];
	desc engine = NULL;
	int64_t n = 0;
	bool good = true;

	if (cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINE_DESCRIPTOR,
		&engine) != CUDNN_STATUS_SUCCESS)
		return false;
	if (cudnnBackendGetAttribute(config, CUDNN_ATTR_ENGINECFG_ENGINE,
		CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &n,
		&engine) != CUDNN_STATUS_SUCCESS ||
	    cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
		CUDNN_TYPE_NUMERICAL_NOTE, NOTES_MAX, &n,
		notes) != CUDNN_STATUS_SUCCESS)
		n = 0;
	for (int64_t i = 0; i < n && i < NOTES_MAX; i++) {
		if (notes[i] == CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC &&
		    p->c.deterministic)
			good = false;
		if ((notes[i] == CUDNN_NUMERICAL_NOTE_TENSOR_CORE ||
			notes[i] == CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS) &&
		    p->c.type == CU_F32 && !p->c.tf32)
			good = false;
	}
	cudnnBackendDestroyDescriptor(engine);
	return good;
}

/* A plan of one engine's configuration; false: it refuses. */
static bool
plan_of(struct dnn_plan *p, cudnnHandle_t h, desc config)
{
	desc d = NULL;
	int64_t n, workspace = 0;

	if (cudnnBackendCreateDescriptor(
		CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, &d) !=
	    CUDNN_STATUS_SUCCESS)
		return false;
	if (cudnnBackendSetAttribute(d, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG,
		CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
		&config) == CUDNN_STATUS_SUCCESS &&
	    cudnnBackendSetAttribute(d, CUDNN_ATTR_EXECUTION_PLAN_HANDLE,
		CUDNN_TYPE_HANDLE, 1, &h) == CUDNN_STATUS_SUCCESS &&
	    cudnnBackendFinalize(d) == CUDNN_STATUS_SUCCESS &&
	    cudnnBackendGetAttribute(d,
		CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, 1,
		&n, &workspace) == CUDNN_STATUS_SUCCESS) {
		p->plan = d;
		p->workspace = (size_t)workspace;
		return true;
	}
	cudnnBackendDestroyDescriptor(d);
	return false;
}

/* The first engine of one mode of the heuristics that fits and plans. */
static bool
search(struct dnn_plan *p, cudnnHandle_t h, desc graph,
    cudnnBackendHeurMode_t mode)
{
	desc heur = NULL, configs[CONFIGS_MAX] = { NULL };
	int64_t n = 0;
	bool found = false;

	for (int i = 0; i < CONFIGS_MAX; i++)
		if (cudnnBackendCreateDescriptor(
			CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, &configs[i]) !=
		    CUDNN_STATUS_SUCCESS)
			goto done;
	if (cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR,
		&heur) != CUDNN_STATUS_SUCCESS ||
	    cudnnBackendSetAttribute(heur,
		CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH,
		CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
		&graph) != CUDNN_STATUS_SUCCESS ||
	    cudnnBackendSetAttribute(heur, CUDNN_ATTR_ENGINEHEUR_MODE,
		CUDNN_TYPE_HEUR_MODE, 1, &mode) != CUDNN_STATUS_SUCCESS ||
	    cudnnBackendFinalize(heur) != CUDNN_STATUS_SUCCESS ||
	    cudnnBackendGetAttribute(heur, CUDNN_ATTR_ENGINEHEUR_RESULTS,
		CUDNN_TYPE_BACKEND_DESCRIPTOR, CONFIGS_MAX, &n,
		configs) != CUDNN_STATUS_SUCCESS)
		goto done;
	for (int64_t i = 0; i < n && i < CONFIGS_MAX && !found; i++) {
		if (fits(p, configs[i]) && plan_of(p, h, configs[i])) {
			p->config = configs[i];
			configs[i] = NULL;
			found = true;
		}
	}
done:
	for (int i = 0; i < CONFIGS_MAX; i++)
		if (configs[i] != NULL)
			cudnnBackendDestroyDescriptor(configs[i]);
	if (heur != NULL)
		cudnnBackendDestroyDescriptor(heur);
	return found;
}

void
dnn_free(struct dnn_plan *p)
{
	if (p == NULL)
		return;
	if (p->pack != NULL)
		cudnnBackendDestroyDescriptor(p->pack);
	if (p->plan != NULL)
		cudnnBackendDestroyDescriptor(p->plan);
	if (p->config != NULL)
		cudnnBackendDestroyDescriptor(p->config);
	for (int i = p->n - 1; i >= 0; i--)
		cudnnBackendDestroyDescriptor(p->all[i]);
	mem_free(p);
}

int
dnn_make(struct cu_rt *rt, const struct dnn_conv *c, struct dnn_plan **out,
    size_t *scratch)
{
	struct dnn_plan *p;
	cudnnHandle_t h;
	desc graph;

	*out = NULL;
	TRY(rt_dnn(rt, &h));
	p = mem_new(struct dnn_plan);
	p->c = *c;
	graph = operations(p);
	put(p, graph, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1,
	    &h);
	finalize(p, graph);
	if (p->failed ||
	    (!search(p, h, graph, CUDNN_HEUR_MODE_A) &&
		!search(p, h, graph, CUDNN_HEUR_MODE_FALLBACK))) {
		dnn_free(p);
		return 0;
	}
	*scratch = p->workspace;
	*out = p;
	return 0;
}

/* The pointers of one call; the same at every call of a plan, so once. */
static int
pack(struct dnn_plan *p, void *x, void *w, void *y, const void *b,
    const void *sum, void *scratch)
{
	const int64_t uids[5] = { UID_X, UID_W, UID_Y,
		p->c.bias ? UID_B : UID_SUM, UID_SUM };
	const void *ptrs[5] = { x, w, y, p->c.bias ? b : sum, sum };
	const int64_t n = 3 + (int)p->c.bias + (int)p->c.sum;

	if (p->pack != NULL)
		return 0;
	ok(p,
	    cudnnBackendCreateDescriptor(
		CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, &p->pack));
	put(p, p->pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, n,
	    uids);
	put(p, p->pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS,
	    CUDNN_TYPE_VOID_PTR, n, ptrs);
	put(p, p->pack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR,
	    1, &scratch);
	finalize(p, p->pack);
	if (p->failed)
		return err_set(ERR_DEVICE, "cuDNN refuses its pointers");
	return 0;
}

int
dnn_run(struct cu_rt *rt, struct dnn_plan *p, void *x, void *w, void *y,
    const void *b, const void *sum, void *scratch)
{
	cudnnHandle_t h;
	cudnnStatus_t s;

	TRY(rt_dnn(rt, &h));
	TRY(pack(p, x, w, y, b, sum, scratch));
	s = cudnnBackendExecute(h, p->plan, p->pack);
	if (s == CUDNN_STATUS_SUCCESS)
		return 0;
	return err_set(
	    ERR_DEVICE, "cuDNN convolution: %s", cudnnGetErrorString(s));
}
