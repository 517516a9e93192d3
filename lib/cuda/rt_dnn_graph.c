/*
 * What a convolution is to cuDNN's graph API: tensors, the convolution, and after
 * a forward one an addition of another tensor, of the bias, a ReLU.
 *
 * In this order, and with a bias of the same type as the tensors, it is the
 * pattern that the library has engines for in store (ConvBiasAct); any other it
 * compiles when the plan is made, which takes a second each.
 */
#include "cuda/rt_dnn.h"

#include <string.h>

void
dnn_ok(struct dnn_plan *p, cudnnStatus_t s)
{
	if (s == CUDNN_STATUS_SUCCESS || p->failed)
		return;
	p->failed = true;
	cudnnGetLastErrorString(p->why, sizeof(p->why));
	p->why[sizeof(p->why) - 1] = 0;
}

desc
dnn_desc(struct dnn_plan *p, cudnnBackendDescriptorType_t type)
{
	desc d = NULL;

	if (p->failed || p->n == DNN_DESCS_MAX) {
		p->failed = true;
		return NULL;
	}
	dnn_ok(p, cudnnBackendCreateDescriptor(type, &d));
	if (d != NULL)
		p->all[p->n++] = d;
	return d;
}

void
dnn_put(struct dnn_plan *p, desc d, cudnnBackendAttributeName_t name,
    cudnnBackendAttributeType_t type, int64_t n, const void *v)
{
	if (!p->failed)
		dnn_ok(p, cudnnBackendSetAttribute(d, name, type, n, v));
}

static void
put_desc(struct dnn_plan *p, desc d, cudnnBackendAttributeName_t name, desc v)
{
	dnn_put(p, d, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &v);
}

void
dnn_finish(struct dnn_plan *p, desc d)
{
	if (!p->failed)
		dnn_ok(p, cudnnBackendFinalize(d));
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
	desc d = dnn_desc(p, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
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
	dnn_put(p, d, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, &uid);
	dnn_put(
	    p, d, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type);
	dnn_put(p, d, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1,
	    &align);
	dnn_put(p, d, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, n, dims);
	dnn_put(p, d, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, n, strides);
	dnn_put(p, d, CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1,
	    &passing);
	dnn_finish(p, d);
	return d;
}

static desc
convolution(struct dnn_plan *p)
{
	const struct dnn_conv *c = &p->c;
	const cudnnDataType_t compute = CUDNN_DATA_FLOAT;
	const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
	const int64_t nd = c->nd;
	desc d = dnn_desc(p, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);

	dnn_put(p, d, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1,
	    &compute);
	dnn_put(p, d, CUDNN_ATTR_CONVOLUTION_CONV_MODE,
	    CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode);
	dnn_put(p, d, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1,
	    &nd);
	dnn_put(p, d, CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, nd,
	    c->dilation);
	dnn_put(p, d, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64,
	    nd, c->stride);
	dnn_put(p, d, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, nd,
	    c->pad);
	dnn_put(p, d, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64,
	    nd, c->pad);
	dnn_finish(p, d);
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
	desc pw = dnn_desc(p, CUDNN_BACKEND_POINTWISE_DESCRIPTOR), op;

	dnn_put(p, pw, CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1,
	    &mode);
	dnn_put(p, pw, CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1,
	    &compute);
	if (mode == CUDNN_POINTWISE_RELU_FWD && slope != 0)
		dnn_put(p, pw, CUDNN_ATTR_POINTWISE_RELU_LOWER_CLIP_SLOPE,
		    CUDNN_TYPE_DOUBLE, 1, &slope);
	dnn_finish(p, pw);
	op = dnn_desc(p, CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
	put_desc(p, op, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, pw);
	put_desc(p, op, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x);
	if (b != NULL)
		put_desc(p, op, CUDNN_ATTR_OPERATION_POINTWISE_BDESC, b);
	put_desc(p, op, CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
	dnn_finish(p, op);
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

desc
dnn_graph(struct dnn_plan *p)
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
	ops[n] = dnn_desc(p, k->op);
	put_desc(p, ops[n], k->conv, convolution(p));
	put_desc(p, ops[n], k->x, x);
	put_desc(p, ops[n], k->w, w);
	put_desc(p, ops[n], k->y, y);
	dnn_put(p, ops[n], k->alpha, CUDNN_TYPE_FLOAT, 1, &one);
	dnn_put(p, ops[n], k->beta, CUDNN_TYPE_FLOAT, 1, &zero);
	dnn_finish(p, ops[n++]);
	if (c->sum) {
		next = passing(p, --left, &uid);
		ops[n++] = pointwise(p, CUDNN_POINTWISE_ADD, y,
		    tensor(p, UID_SUM, c->y, type, false), next);
		y = next;
	}
	if (c->bias) {
		next = passing(p, --left, &uid);
		ops[n++] = pointwise(p, CUDNN_POINTWISE_ADD, y,
		    tensor(p, UID_B, bias, type, false), next);
		y = next;
	}
	if (c->relu) {
		next = passing(p, --left, &uid);
		ops[n++] =
		    pointwise(p, CUDNN_POINTWISE_RELU_FWD, y, NULL, next);
	}
	graph = dnn_desc(p, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
	dnn_put(p, graph, CUDNN_ATTR_OPERATIONGRAPH_OPS,
	    CUDNN_TYPE_BACKEND_DESCRIPTOR, n, ops);
	return graph;
}
