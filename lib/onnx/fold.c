/*
 * Nodes of constants alone.  What moves whole numbers about or counts with them has
 * a function of its own (fold/), since they must stay exact and may hold the batch
 * size; all else is made into layers like any node, and these are run here by the
 * backend that defines what they mean.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/node.h"
#include "ref/ref.h"

/* The numbers of each tensor of a graph while it is run. */
struct run {
	const struct net *net;
	const struct graph *g;
	float **v;
};

static int
take(struct run *r, int t)
{
	const size_t n = shape_count(graph_shape(r->g, t));
	void *p = NULL;

	if (n > onnx_fold_max)
		return err_set(ERR_RANGE, "a constant of %zu numbers", n);
	TRY(mem_take(&p, n + 1, sizeof(float), SIZE_MAX / 2, "a constant"));
	r->v[t] = p;
	return 0;
}

/* Weights out of the layers, which are in the order of the net's. */
static int
take_params(struct run *r, const Caffe__NetParameter *np)
{
	for (int i = 0; i < r->net->nparams; i++) {
		const struct net_param *q = &r->net->params[i];
		const Caffe__LayerParameter *l = np->layer[q->layer];
		const size_t n = shape_count(&q->shape);

		if (r->v[q->tensor] != NULL)
			continue;
		TRY(take(r, q->tensor));
		if ((size_t)q->index >= l->n_blobs ||
		    l->blobs[q->index]->n_data != n)
			return err_set(
			    ERR_FORMAT, "a constant of a wrong size");
		if (n > 0)
			memcpy(r->v[q->tensor], l->blobs[q->index]->data,
			    n * sizeof(float));
	}
	return 0;
}

static int
run_op(struct run *r, const struct op *op)
{
	const struct op_env env = { 0 };
	const float *in[OP_IN_MAX] = { 0 };
	float *out[OP_OUT_MAX] = { 0 };

	for (int i = 0; i < op->nin; i++) {
		const struct tensor *t;

		if (op->in[i] < 0)
			continue;
		t = graph_tensor((struct graph *)r->g, op->in[i]);
		in[i] = t->kind == TENSOR_CONST ? t->data : r->v[op->in[i]];
		if (in[i] == NULL)
			return err_set(ERR_UNSUPPORTED, "it needs the data");
	}
	for (int i = 0; i < op->nout; i++) {
		TRY(take(r, op->out[i]));
		out[i] = r->v[op->out[i]];
	}
	return backend_ref.op(r->g, op, in, out, &env);
}

static int
run_layers(struct run *r, struct onnx_import *imp)
{
	TRY(take_params(r, imp->net));
	for (int i = 0; i < graph_ops(r->g); i++)
		TRY(run_op(r, graph_op((struct graph *)r->g, i)));
	return 0;
}

/* Of rows, those that the mask says are there. */
static int
take_rows(struct onnx_array **out, const struct run *r,
    const struct onnx_import *imp, const struct onnx_value *v,
    const struct shape *s, const float *from)
{
	const struct onnx_value *mask = imp->rows[v->rows - 1].mask;
	const float *is = r->v[net_blob_find(r->net, mask->blob)->tensor];
	const size_t room = (size_t)s->d[v->rows_axis];
	const size_t outer = shape_count_axes(s, 0, v->rows_axis);
	const size_t inner = shape_count_axes(s, v->rows_axis + 1, s->n);
	struct shape d = *s;
	size_t to = 0;

	d.d[v->rows_axis] = 0;
	for (size_t i = 0; i < room; i++)
		d.d[v->rows_axis] += is[i] != 0;
	TRY(onnx_array_new(out, v->type, d.n, d.d));
	for (size_t i = 0; i < outer * room; i++)
		for (size_t k = 0; is[i % room] != 0 && k < inner; k++)
			onnx_put(*out, to++, from[i * inner + k]);
	return 0;
}

static int
take_result(struct onnx_array **out, struct run *r,
    const struct onnx_import *imp, const struct onnx_value *v)
{
	const struct net_blob *b;
	const struct shape *s;
	const struct tensor *t;
	const float *from;

	if (v->blob == NULL) {
		*out = onnx_array_copy(v->array);
		return 0;
	}
	b = net_blob_find(r->net, v->blob);
	s = graph_shape(r->g, b->tensor);
	t = graph_tensor((struct graph *)r->g, b->tensor);
	from = t->kind == TENSOR_CONST ? t->data : r->v[b->tensor];
	if (v->rows > 0)
		return take_rows(out, r, imp, v, s, from);
	TRY(onnx_array_new(out, v->type, s->n, s->d));
	for (size_t i = 0; i < (*out)->count; i++)
		onnx_put(*out, i, from[i]);
	return 0;
}

/* A constant of the node as one of the import that is made for it alone. */
static int
lend(
    struct onnx_import *to, struct onnx_node *n, int i, struct onnx_value **out)
{
	const struct onnx_array *a;

	TRY(onnx_const(n, i, &a));
	if (onnx_has_batch(a))
		return err_set(
		    ERR_UNSUPPORTED, "input %d depends on the batch size", i);
	*out = onnx_value_const(to, onnx_array_copy(a));
	return 0;
}

static int
by_layers(
    struct onnx_node *n, const struct onnx_op *op, struct onnx_array **out)
{
	struct onnx_import imp = { .file = n->imp->file, .o = n->imp->o };
	struct onnx_node m = *n;
	struct run r = { 0 };
	int rc = onnx_import_begin(&imp);

	m.imp = &imp;
	m.inner = true;
	m.in = mem_array(struct onnx_value *, (size_t)n->nin + 8);
	m.out = mem_array(struct onnx_value *, (size_t)n->nout + 1);
	for (int i = 0; i < n->nin && rc >= 0; i++)
		if (n->in[i] != NULL)
			rc = lend(&imp, n, i, &m.in[i]);
	for (int i = 0; i < n->nout; i++)
		if (n->out[i] != NULL)
			m.out[i] = onnx_value_new(&imp, "");
	if (rc >= 0)
		rc = op->emit(&m);
	if (rc >= 0) {
		r.net = imp.probe[0];
		r.g = r.net->graph;
		r.v = mem_array(float *, (size_t)graph_tensors(r.g) + 1);
		rc = run_layers(&r, &imp);
	}
	for (int i = 0; i < n->nout && rc >= 0; i++)
		if (m.out[i] != NULL &&
		    (m.out[i]->blob != NULL || m.out[i]->array != NULL))
			rc = take_result(&out[i], &r, &imp, m.out[i]);
	for (int i = 0; r.v != NULL && i < graph_tensors(r.g); i++)
		mem_free(r.v[i]);
	mem_free(r.v);
	mem_free(m.in);
	mem_free(m.out);
	onnx_import_end(&imp);
	return rc < 0 ? rc : 0;
}

int
onnx_fold(
    struct onnx_node *n, const struct onnx_op *op, struct onnx_array **out)
{
	int rc = op->fold != NULL ? op->fold(n, out) : 1;

	if (rc == 1 && op->emit == NULL)
		return err_set(ERR_UNSUPPORTED,
		    "operator %s is not offered for these constants", n->op);
	return rc == 1 ? by_layers(n, op, out) : rc;
}
