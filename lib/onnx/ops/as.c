/* A node as another operator, and as another value: see ops.h. */
#include "base/err.h"
#include "onnx/ops/ops.h"

int
onnx_need_inputs(const struct onnx_node *n, int least)
{
	for (int i = 0; i < least; i++)
		if (!onnx_has(n, i))
			return err_set(ERR_FORMAT, "input %d is missing", i);
	return 0;
}

void
onnx_alias(struct onnx_node *n, int out, struct onnx_value *x, int type)
{
	struct onnx_value *v = out < n->nout ? n->out[out] : NULL;

	if (v == NULL)
		return;
	v->blob = x->blob;
	v->input = x->input;
	v->dims = x->dims;
	v->type = type;
}

int
onnx_as(struct onnx_node *n, const char *op, struct onnx_value *const *in,
    int nin, struct onnx_value **y)
{
	struct onnx_value *from[16] = { NULL }, *out[1];
	struct onnx_node m = *n;

	for (int i = 0; i < nin; i++)
		from[i] = in[i];
	out[0] = y != NULL ? onnx_value_new(n->imp, "") : n->out[0];
	m.op = op;
	m.in = from;
	m.nin = nin;
	m.out = out;
	m.nout = 1;
	TRY(onnx_op_find(op)->emit(&m));
	n->layers = m.layers;
	if (y != NULL)
		*y = out[0];
	else
		n->out[0] = out[0];
	return 0;
}
