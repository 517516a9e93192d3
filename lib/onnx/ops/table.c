/* All operators by name. */
#include <string.h>

#include "onnx/ops/ops.h"

static const struct onnx_op *const lists[] = {
	onnx_ops_conv,
	onnx_ops_arith,
	onnx_ops_unary,
	onnx_ops_shape,
	onnx_ops_make,
	onnx_ops_loss,
	onnx_ops_norm,
	onnx_ops_pool,
	onnx_ops_linear,
	onnx_ops_attention,
	onnx_ops_bits,
	onnx_ops_compare,
	onnx_ops_deconv,
	onnx_ops_math,
	onnx_ops_normalize,
	onnx_ops_quantize,
	onnx_ops_recurrent,
	onnx_ops_reduce,
	onnx_ops_rows,
	onnx_ops_move,
	onnx_ops_pick,
	onnx_ops_resize,
	onnx_ops_region,
	NULL,
};

static const struct onnx_op *
find(const struct onnx_op *list, const char *name)
{
	for (; list->name != NULL; list++)
		if (strcmp(list->name, name) == 0)
			return list;
	return NULL;
}

const struct onnx_op *
onnx_op_find(const char *name)
{
	const struct onnx_op *o = NULL;

	for (size_t i = 0; lists[i] != NULL && o == NULL; i++)
		o = find(lists[i], name);
	return o;
}

const struct onnx_op *
onnx_op_of(const char *domain, const char *name)
{
	if (onnx_own_domain(domain))
		return onnx_op_find(name);
	return strcmp(domain, "com.microsoft") == 0
	    ? find(onnx_ops_microsoft, name)
	    : NULL;
}

static void
each(const struct onnx_op *list, void (*f)(void *ctx, const char *name),
    void *ctx)
{
	for (; list->name != NULL; list++)
		f(ctx, list->name);
}

void
onnx_op_each(bool microsoft, void (*f)(void *ctx, const char *name), void *ctx)
{
	for (size_t i = 0; lists[i] != NULL && !microsoft; i++)
		each(lists[i], f, ctx);
	if (microsoft)
		each(onnx_ops_microsoft, f, ctx);
}
