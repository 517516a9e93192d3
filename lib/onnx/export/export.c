/* From a net to a file: see export.h. */
#include "onnx/export/export.h"

#include <string.h>

#include "base/err.h"
#include "nn/match.h"
#include "onnx/export/finish.h"
#include "onnx/forms/form.h"
#include "onnx/export/prepare.h"
#include "onnx/export/write.h"

/* Numbers of items for which the net is built, to see what hangs on them. */
enum { ITEMS = 2, OTHER_ITEMS = 3, INPUTS_MAX = 64 };

/* The net for a number of items, with its weights, and what became of it. */
struct attempt {
	struct net *net;
	struct net_copy_report weights;
	struct export e;
	struct export_graph graph;
};

static void
attempt_clear(struct attempt *a)
{
	export_clear(&a->e);
	net_copy_report_clear(&a->weights);
	net_free(a->net);
	*a = (struct attempt){ 0 };
}

/* ---- building ---- */

static bool
is_input(const Caffe__LayerParameter *l)
{
	return layer_role(l->type) == LAYER_INPUT && l->input_param != NULL;
}

static const Caffe__BlobShape *
input_shape(const Caffe__LayerParameter *l, size_t top)
{
	const Caffe__InputParameter *p = l->input_param;

	if (p->n_shape == 0 || (p->n_shape > 1 && top >= p->n_shape))
		return NULL;
	return p->shape[p->n_shape > 1 ? top : 0];
}

/* All inputs that have as many items as the first, with that number instead; the
 * first's number, 0: there is none. */
static int64_t
set_items(const Caffe__NetParameter *net, int64_t items,
    struct net_input inputs[INPUTS_MAX + 1])
{
	int64_t first = 0;
	size_t k = 0;

	for (size_t i = 0; i < net->n_layer; i++) {
		const Caffe__LayerParameter *l = net->layer[i];

		for (size_t t = 0; is_input(l) && t < l->n_top; t++) {
			const Caffe__BlobShape *s = input_shape(l, t);
			struct net_input *in = &inputs[k];

			if (s == NULL || s->n_dim < 1 || k == INPUTS_MAX ||
			    layer_blob_shape(&in->shape, s) < 0)
				continue;
			if (first == 0)
				first = in->shape.d[0];
			if (in->shape.d[0] != first)
				continue;
			in->shape.d[0] = items;
			in->name = l->top[t];
			k++;
		}
	}
	inputs[k].name = NULL;
	return first;
}

static int
build(struct attempt *a, const struct onnx_export *o,
    const struct net_input *inputs)
{
	const struct net_opts no = { .phase = CAFFE__PHASE__TEST,
		.inputs = inputs,
		.classes = o->classes };

	TRY(net_new(&a->net, o->net, &no));
	TRY(net_match_weights(a->net, o->weights, &a->weights));
	return net_copy_whole(&a->weights);
}

/* Are the ops the same, one for one? */
static bool
alike(const struct net *a, const struct net *b)
{
	const int n = graph_ops(a->graph);

	if (n != graph_ops(b->graph) ||
	    graph_tensors(a->graph) != graph_tensors(b->graph))
		return false;
	for (int i = 0; i < n; i++)
		if (graph_op(a->graph, i)->kind != graph_op(b->graph, i)->kind)
			return false;
	for (int i = 0; i < graph_tensors(a->graph); i++)
		if (graph_shape(a->graph, i)->n != graph_shape(b->graph, i)->n)
			return false;
	return true;
}

/* ---- one attempt ---- */

static void
take_weights(struct attempt *a)
{
	struct export *e = &a->e;

	for (int i = 0; i < a->net->nparams; i++) {
		const struct net_param *q = &a->net->params[i];

		if (q->owner == i)
			e->of[q->tensor] = export_weights(e, &q->shape, q->key);
	}
	for (size_t i = 0; i < a->weights.n; i++) {
		const struct net_copy_row *r = &a->weights.rows[i];
		struct export_array *to;

		if (r->param < 0 || r->blob == NULL)
			continue;
		to = e->of[a->net->params[r->param].tensor]->array;
		to->blob = r->blob;
		to->own = r->own;
	}
}

static struct export_value *
less_image(struct export *e, struct export_value *x, const struct shape *s,
    const float *mean)
{
	const struct shape one = { 4, { 1, s->d[1], s->d[2], s->d[3] } };
	struct export_value *v = export_floats(e, &one, mean);

	v->hint = "mean";
	return export_binary(e, "Sub", x, v);
}

static int
take_inputs(struct attempt *a, const struct onnx_export *o)
{
	struct export *e = &a->e;
	const struct onnx_preparation *prepare = o->prepare;
	const float *mean = o->mean_image;

	for (int t = 0; t < graph_tensors(a->net->graph); t++) {
		const struct tensor *x = graph_tensor(a->net->graph, t);
		struct export_io *io;

		if (x->kind != TENSOR_INPUT)
			continue;
		mem_grow(&e->in, &e->in_cap, e->nin + 1);
		io = &e->in[e->nin++];
		*io = (struct export_io){ .rank = x->shape.n };
		for (int i = 0; i < x->shape.n; i++) {
			io->dim[i] = x->shape.d[i];
			io->times[i] = export_per_item(e, t, i);
		}
		if (prepare != NULL) {
			TRY(export_prepare(e, prepare, t, io));
			prepare = NULL;
			continue;
		}
		io->value = export_input(e, x->name, EXPORT_FLOAT);
		e->of[t] = mean != NULL && x->shape.n == 4
		    ? less_image(e, io->value, &x->shape, mean)
		    : io->value;
		mean = NULL;
	}
	return 0;
}

void
export_settle(struct export *e, int tensor)
{
	const struct graph *g = e->net->graph;
	const int i = graph_tensor(g, tensor)->producer;
	const struct op *op = i >= 0 ? graph_op(g, i) : NULL;

	if (e->of[tensor] != NULL || op == NULL || op->kind != OP_RESHAPE)
		return;
	export_settle(e, op->in[0]);
	if (e->of[op->in[0]] == NULL || e->of[op->in[0]]->array == NULL)
		return;
	export_reshape(e, op);
	e->skip[i] = true;
}

int
export_layer_ops(struct export *e, const struct layer *l)
{
	for (int i = l->op; i < l->op + l->nops; i++) {
		const struct op *op = graph_op(e->net->graph, i);

		if (e->skip[i])
			continue;
		if (export_ops[op->kind] == NULL)
			return err_set(ERR_UNSUPPORTED,
			    "this type of layer has no form in ONNX");
		TRY(export_ops[op->kind](e, op));
	}
	return 0;
}

/* What a layer that is left out makes must not be read by others. */
static int
check_last(const struct export *e, const struct layer *l)
{
	for (int i = 0; i < l->ntop; i++) {
		const struct net_blob *b =
		    net_blob_find(e->net, net_top_name(e->net, l, i));

		if (b != NULL && !b->output)
			return err_set(ERR_UNSUPPORTED,
			    "this type of layer has no form in ONNX, and other layers read what it makes");
	}
	return 0;
}

/* Bottoms that carry no gradient are tensors of the layer's own. */
static void
bind_bottoms(struct export *e, const struct layer *l)
{
	for (int i = l->op; i < l->op + l->nops && i < l->op + l->nbottom;
	     i++) {
		const struct op *op = graph_op(e->net->graph, i);

		for (int k = 0; k < l->nbottom && op->kind == OP_RESHAPE; k++) {
			if (op->out[0] != l->bottom[k])
				continue;
			e->of[op->out[0]] = e->of[op->in[0]];
			e->skip[i] = true;
		}
	}
}

static int
take_layer(struct export *e, const struct layer *l)
{
	const struct export_form *f = export_form_find(l);

	e->layer = l;
	e->real =
	    e->half && (f == NULL || !f->wide) ? EXPORT_HALF : EXPORT_FLOAT;
	if (f != NULL && f->last)
		return check_last(e, l);
	if (layer_role(l->type->name) == LAYER_INPUT)
		return 0;
	if (l->type->feed && l->nops == 0 &&
	    graph_tensor(e->net->graph, l->top[0])->kind == TENSOR_INPUT)
		return err_set(ERR_UNSUPPORTED,
		    "data that is not given from outside has no form in ONNX");
	bind_bottoms(e, l);
	return f != NULL ? f->emit(e, l) : export_layer_ops(e, l);
}

static int
run(struct attempt *a, const struct attempt *other, int64_t items,
    int64_t other_items, const struct onnx_export *o)
{
	struct export *e = &a->e;

	export_init(e, a->net);
	e->opset = o->opset > 0 ? o->opset : ONNX_EXPORT_OPSET;
	e->half = o->half;
	e->fold_batchnorm = o->fold_batchnorm;
	e->other = other != NULL ? other->net : NULL;
	e->items = items;
	e->other_items = other_items;
	take_weights(a);
	TRY(take_inputs(a, o));
	for (int i = 0; i < a->net->nlayers; i++) {
		const struct layer *l = &a->net->layers[i];
		const int rc = take_layer(e, l);

		if (rc < 0)
			return err_in(
			    rc, "layer \"%s\" (%s)", l->name, l->type->name);
	}
	export_outputs(e);
	if (e->nout == 0)
		return err_set(ERR_FORMAT, "the net has no output");
	export_finish(e, &a->graph);
	return 0;
}

/* 1: *a is the graph for any number of items, and lives off *b no more; 0: there is
 * none. */
static int
run_free(struct attempt *a, struct attempt *b, const struct onnx_export *o)
{
	struct net_input inputs[INPUTS_MAX + 1], others[INPUTS_MAX + 1];

	if (set_items(o->net, ITEMS, inputs) == 0)
		return 0;
	set_items(o->net, OTHER_ITEMS, others);
	if (build(a, o, inputs) < 0 || build(b, o, others) < 0 ||
	    !alike(a->net, b->net))
		return 0;
	TRY(run(a, b, ITEMS, OTHER_ITEMS, o));
	TRY(run(b, a, OTHER_ITEMS, ITEMS, o));
	return !a->e.tied && !b->e.tied &&
	    export_graph_same(&a->graph, &b->graph);
}

static int
run_fixed(struct attempt *a, const struct onnx_export *o)
{
	struct net_input inputs[INPUTS_MAX + 1];
	const int64_t items = set_items(o->net, 1, inputs);

	attempt_clear(a);
	TRY(build(a, o, NULL));
	TRY(run(a, NULL, items, 0, o));
	if (o->fixed != NULL && items > 0)
		o->fixed(o->ctx, items);
	return 0;
}

/* ---- the file ---- */

/* The version of the format that came with the opset, which older readers know. */
static int64_t
ir_version(int opset)
{
	return opset < 14 ? 7 : opset < 19 ? 8 : opset < 21 ? 9 : 10;
}

static int
write_model(const struct attempt *a, const struct onnx_export *o,
    const char *path, int force)
{
	Onnx__ModelProto m = ONNX__MODEL_PROTO__INIT;
	Onnx__OperatorSetIdProto set = ONNX__OPERATOR_SET_ID_PROTO__INIT;
	Onnx__OperatorSetIdProto *sets[1] = { &set };
	Onnx__StringStringEntryProto *notes =
	    mem_array(Onnx__StringStringEntryProto, o->nnotes + 1);
	Onnx__StringStringEntryProto **list =
	    mem_array(Onnx__StringStringEntryProto *, o->nnotes + 1);
	char none[] = "", name[] = "nnutils";
	int rc;

	for (size_t i = 0; i < o->nnotes; i++) {
		onnx__string_string_entry_proto__init(&notes[i]);
		notes[i].key = (char *)(uintptr_t)o->notes[i].key;
		notes[i].value = (char *)(uintptr_t)o->notes[i].value;
		list[i] = &notes[i];
	}
	set.domain = none;
	set.has_version = 1;
	set.version = a->e.opset;
	m.has_ir_version = 1;
	m.ir_version = ir_version(a->e.opset);
	m.producer_name = name;
	m.producer_version = (char *)(uintptr_t)o->version;
	m.opset_import = sets;
	m.n_opset_import = 1;
	m.metadata_props = list;
	m.n_metadata_props = o->nnotes;
	rc = export_write(&m, &a->graph, path, force);
	mem_free(list);
	mem_free(notes);
	return rc;
}

int
onnx_export(const struct onnx_export *o, const char *path, int force)
{
	struct attempt a = { 0 }, b = { 0 };
	int rc;

	rc = run_free(&a, &b, o);
	if (rc == 0)
		rc = run_fixed(&a, o);
	if (rc >= 0)
		rc = write_model(&a, o, path, force);
	attempt_clear(&a);
	attempt_clear(&b);
	return rc < 0 ? rc : 0;
}
