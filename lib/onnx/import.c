/* A file's graph, walked from its inputs to its outputs: see import.h. */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "onnx/fuse/fuse.h"
#include "onnx/inputs.h"
#include "onnx/node.h"
#include "onnx/rows.h"
#include "onnx/walk.h"

/* Batch sizes of the probes; two in a row, so that any difference is a multiple of
 * theirs, and no sizes that nets have. */
enum { BATCH_A = 7, BATCH_B = 8 };

int
onnx_import_begin(struct onnx_import *imp)
{
	imp->net = caffe_new(Caffe__NetParameter, net_parameter);
	imp->inputs = caffe_new(Caffe__NetParameter, net_parameter);
	imp->names = onnx_scope_new(NULL);
	imp->arena = arena_new();
	imp->net_opts.phase = CAFFE__PHASE__TEST;
	imp->batch[0] = imp->batch_free ? BATCH_A : 1;
	imp->batch[1] = BATCH_B;
	for (int k = 0; k < (imp->batch_free ? 2 : 1); k++) {
		TRY(net_begin(&imp->probe[k], &imp->net_opts));
		imp->nprobe++;
	}
	return 0;
}

void
onnx_import_end(struct onnx_import *imp)
{
	for (int k = 0; k < 2; k++)
		net_free(imp->probe[k]);
	caffe_msg_free(imp->net);
	caffe_msg_free(imp->inputs);
	onnx_scope_free(imp->names);
	for (size_t i = 0; i < imp->nvalues; i++) {
		onnx_array_free(imp->values[i]->array);
		mem_free(imp->values[i]);
	}
	mem_free(imp->values);
	mem_free(imp->tops);
	mem_free(imp->rows);
	arena_free(imp->arena);
}

int
onnx_take_initializers(
    struct onnx_import *imp, struct onnx_scope *s, const Onnx__GraphProto *g)
{
	if (g->n_sparse_initializer > 0)
		return err_set(ERR_UNSUPPORTED,
		    "a sparse constant: its numbers are not read");
	for (size_t i = 0; i < g->n_initializer; i++) {
		const Onnx__TensorProto *t = g->initializer[i];
		struct onnx_value *v =
		    onnx_value_new(imp, t->name != NULL ? t->name : "");

		v->tensor = t;
		v->type = t->data_type;
		v->learned = !onnx_type_whole(v->type) && t->n_dims > 0;
		if (t->n_dims > SHAPE_MAX)
			return err_set(ERR_UNSUPPORTED,
			    "tensor \"%s\": %zu axes; %d are offered", v->name,
			    t->n_dims, SHAPE_MAX);
		v->dims.n = (int)t->n_dims;
		for (size_t k = 0; k < t->n_dims; k++)
			v->dims.d[k] = onnx_int(t->dims[k]);
		TRY(onnx_scope_put(s, v->name, v));
	}
	return 0;
}

/* An output of the file as a blob that no layer reads, which is what an output of a
 * net is. */
static int
make_output(struct onnx_import *imp, struct onnx_scope *s, const char *name,
    struct onnx_port *port)
{
	Onnx__NodeProto p = ONNX__NODE_PROTO__INIT;
	struct onnx_node n = { .imp = imp, .p = &p, .op = "", .scope = s };
	struct onnx_value *v = onnx_scope_find(s, name), *to, *count;
	Caffe__LayerParameter *l;

	if (v == NULL ||
	    (v->blob == NULL && v->input == NULL && !onnx_is_const(v)))
		return err_set(
		    ERR_FORMAT, "output \"%s\" is not made by any node", name);
	port->name = mem_strdup(name);
	port->type = v->type;
	if (v->rows > 0) {
		p.name = (char *)name;
		port->rows_axis = v->rows_axis;
		TRY(onnx_rows_filter(&n, v, &v, &count));
		port->rows = mem_strdup(count->blob);
	}
	if (v->blob == NULL || strcmp(v->blob, name) != 0) {
		p.name = (char *)name;
		l = onnx_layer(&n, "Split");
		caffe_set_str(l, "name", name);
		TRY(onnx_bottoms(&n, l, &v, 1));
		to = onnx_top(&n, l, -1, v->type);
		to->blob = name;
		mem_free(l->top[0]);
		l->top[0] = mem_strdup(name);
		TRY(onnx_emit(&n, l));
		v = to;
	}
	port->blob = mem_strdup(v->blob);
	port->dims = v->dims;
	return 0;
}

static int
make_outputs(struct onnx_import *imp, struct onnx_scope *s, struct onnx_net *n)
{
	const Onnx__GraphProto *g = imp->file->model->graph;

	if (g->n_output == 0)
		return err_set(ERR_FORMAT, "its graph has no output");
	n->outputs = mem_array(struct onnx_port, g->n_output);
	for (size_t i = 0; i < g->n_output; i++) {
		n->noutputs++;
		TRY(make_output(imp, s, g->output[i]->name, &n->outputs[i]));
	}
	return 0;
}

/* Input layers go to the front, in the order of the file. */
static void
sort_inputs(struct onnx_import *imp, const struct onnx_net *n)
{
	Caffe__NetParameter *np = imp->net;
	size_t to = 0;

	for (size_t k = 0; k < n->ninputs; k++)
		for (size_t i = to; i < np->n_layer; i++) {
			Caffe__LayerParameter *l = np->layer[i];

			if (strcmp(l->type, "Input") != 0 ||
			    strcmp(l->name, n->inputs[k].name) != 0)
				continue;
			memmove(&np->layer[to + 1], &np->layer[to],
			    (i - to) * sizeof(*np->layer));
			np->layer[to++] = l;
			break;
		}
}

/* Names that inputs and outputs keep. */
static int
take_names(struct onnx_import *imp)
{
	const Onnx__GraphProto *g = imp->file->model->graph;
	struct {
		size_t n;
		Onnx__ValueInfoProto **v;
	} v[] = {
		{ g->n_input, g->input },
		{ g->n_output, g->output },
	};

	for (size_t k = 0; k < LENGTH(v); k++)
		for (size_t i = 0; i < v[k].n; i++) {
			const char *name = v[k].v[i]->name;

			if (onnx_scope_find(imp->names, name) == NULL)
				TRY(onnx_scope_put(imp->names, name,
				    (struct onnx_value *)imp));
		}
	return 0;
}

static int
import_once(struct onnx_net *n, struct onnx_import *imp)
{
	const Onnx__GraphProto *g = imp->file->model->graph;
	struct onnx_scope *s = onnx_scope_new(NULL);
	struct onnx_walk w = {
		.imp = imp,
		.scope = s,
		.nodes = g->node,
		.nnodes = g->n_node,
		.opset = imp->file->opset,
	};
	int rc = onnx_import_begin(imp);

	if (rc >= 0)
		rc = take_names(imp);
	if (rc >= 0)
		rc = onnx_take_initializers(imp, s, g);
	if (rc >= 0)
		rc = onnx_inputs(imp, s, n);
	if (rc >= 0)
		rc = onnx_walk_outputs(&w, g->output, g->n_output);
	if (rc >= 0)
		rc = onnx_walk(&w);
	if (rc >= 0)
		rc = make_outputs(imp, s, n);
	if (rc >= 0) {
		onnx_fuse_all(imp, n);
		sort_inputs(imp, n);
	}
	onnx_walk_clear(&w);
	onnx_scope_free(s);
	return rc;
}

/* Does every output have the items of the batch along one axis, and nothing else of
 * it? */
static bool
keeps_batch(const struct onnx_net *n)
{
	for (size_t i = 0; i < n->noutputs; i++) {
		const struct onnx_dims *d = &n->outputs[i].dims;
		int axes = 0;

		for (int k = 0; k < d->n; k++) {
			if (d->d[k].b == 0)
				continue;
			if (d->d[k].b != 1 || d->d[k].a != 0)
				return false;
			axes++;
		}
		if (axes != 1)
			return false;
	}
	return true;
}

static void
clear_ports(struct onnx_port **p, size_t *n)
{
	for (size_t i = 0; i < *n; i++) {
		mem_free((*p)[i].name);
		mem_free((*p)[i].blob);
		mem_free((*p)[i].rows);
	}
	mem_free(*p);
	*p = NULL;
	*n = 0;
}

void
onnx_net_free(struct onnx_net *n)
{
	if (n == NULL)
		return;
	clear_ports(&n->inputs, &n->ninputs);
	clear_ports(&n->outputs, &n->noutputs);
	caffe_msg_free(n->net);
	mem_free(n);
}

static int
attempt(struct onnx_net **out, struct onnx_file *f, const struct onnx_opts *o,
    bool batch_free)
{
	struct onnx_net *n = mem_new(struct onnx_net);
	struct onnx_import imp = {
		.file = f,
		.o = o,
		.batch_free = batch_free,
	};
	int rc = import_once(n, &imp);

	if (rc >= 0 && batch_free && imp.stated > 0 && !keeps_batch(n))
		rc = err_set(ERR_UNSUPPORTED,
		    "its outputs are not one for each item of the batch");
	if (rc >= 0) {
		n->net = imp.net;
		imp.net = NULL;
		caffe_set_str(n->net, "name", f->model->graph->name);
		n->batch_free = batch_free;
		*out = n;
		n = NULL;
	}
	onnx_net_free(n);
	onnx_import_end(&imp);
	return rc < 0 ? rc : 0;
}

int
onnx_import(
    struct onnx_net **out, struct onnx_file *f, const struct onnx_opts *o)
{
	int rc;

	*out = NULL;
	rc = attempt(out, f, o, !o->fixed_batch);
	if (rc < 0 && !o->fixed_batch) {
		log_debug("%s: with any batch size: %s", f->path, err_text());
		rc = attempt(out, f, o, false);
		if (rc >= 0)
			log_info(
			    "%s: its batch size is 1 and cannot be changed",
			    f->path);
	}
	return rc < 0 ? err_in(rc, "%s", f->path) : 0;
}
