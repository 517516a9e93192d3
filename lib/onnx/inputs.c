/*
 * The inputs of a graph.  A size that the file leaves open (a name, no size at all,
 * -1 or 0) is that of what is given, or of --size, or, along the first axis, the
 * batch's.  A first axis of one size in all inputs is taken for the batch's, too, as
 * nearly all exported nets mean it; whether the net takes others shows at its outputs.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/inputs.h"

static const struct onnx_array *
given(const struct onnx_import *imp, const char *name)
{
	for (size_t i = 0; i < imp->o->ngiven; i++)
		if (strcmp(imp->o->given[i].name, name) == 0)
			return imp->o->given[i].value;
	return NULL;
}

static const Onnx__TypeProto__Tensor *
tensor_type(const Onnx__ValueInfoProto *v)
{
	return v->type != NULL ? v->type->tensor_type : NULL;
}

static bool
is_open(const Onnx__TensorShapeProto__Dimension *d)
{
	return !d->has_dim_value || d->dim_value <= 0;
}

/* Is it an input that comes from outside, and not a constant that files of IR 3 list
 * as an input, too? */
static bool
comes_from_outside(const struct onnx_scope *s, const Onnx__ValueInfoProto *v)
{
	return onnx_scope_find(s, v->name) == NULL;
}

/* Do all that are there begin with one size, or leave it open?  *size: which; 0: all
 * leave it open. */
static bool
may_be_batch(
    const struct onnx_import *imp, const struct onnx_scope *s, int64_t *size)
{
	const Onnx__GraphProto *g = imp->file->model->graph;

	*size = 0;
	for (size_t i = 0; i < g->n_input; i++) {
		const Onnx__TypeProto__Tensor *t = tensor_type(g->input[i]);

		if (!comes_from_outside(s, g->input[i]) || t == NULL ||
		    t->shape == NULL || t->shape->n_dim == 0 ||
		    is_open(t->shape->dim[0]))
			continue;
		if (*size != 0 && *size != t->shape->dim[0]->dim_value)
			return false;
		*size = t->shape->dim[0]->dim_value;
	}
	return true;
}

/* Height and width are the axes behind the channels, or before them where the last
 * axis is one of 1, 3 or 4. */
static int64_t
picture_size(
    const struct onnx_import *imp, const Onnx__TensorShapeProto *s, size_t axis)
{
	const Onnx__TensorShapeProto__Dimension *last;
	size_t first = 2;

	if (s->n_dim != 4)
		return 0;
	last = s->dim[3];
	if (!is_open(last) &&
	    (last->dim_value == 1 || last->dim_value == 3 ||
		last->dim_value == 4) &&
	    is_open(s->dim[1]))
		first = 1;
	return axis == first || axis == first + 1 ? imp->o->size[axis - first]
						  : 0;
}

static int
find_size(struct onnx_import *imp, const Onnx__ValueInfoProto *v,
    const Onnx__TensorShapeProto *s, size_t axis, bool batch,
    struct onnx_int *out)
{
	const struct onnx_array *a = given(imp, v->name);
	const Onnx__TensorShapeProto__Dimension *d = s->dim[axis];
	int64_t size;

	if (axis == 0 && batch) {
		*out = (struct onnx_int){ 0, 1 };
		return 0;
	}
	size = is_open(d) ? 0 : d->dim_value;
	if (size == 0 && a != NULL && axis < (size_t)a->n)
		size = a->d[axis];
	else if (size == 0 && a == NULL)
		size = picture_size(imp, s, axis);
	if (size == 0 && axis == 0 && a == NULL)
		size = 1;
	if (size == 0 && a == NULL)
		return err_set(ERR_UNSUPPORTED,
		    "input \"%s\": its size along axis %zu (%s) is left open; --size says that of pictures",
		    v->name, axis,
		    d->dim_param != NULL ? d->dim_param : "without a name");
	*out = onnx_int(size);
	return 0;
}

static int
find_dims(struct onnx_import *imp, const Onnx__ValueInfoProto *v, bool batch,
    struct onnx_value *to)
{
	const Onnx__TypeProto__Tensor *t = tensor_type(v);
	const struct onnx_array *a = given(imp, v->name);

	if (t == NULL)
		return err_set(ERR_UNSUPPORTED,
		    "input \"%s\" is not a tensor: sequences, maps and optional values are not offered",
		    v->name);
	to->type = t->elem_type;
	if (!onnx_type_known(to->type))
		return err_set(ERR_UNSUPPORTED, "input \"%s\" is of type %s",
		    v->name, onnx_type_name(to->type));
	if (t->shape == NULL && a == NULL)
		return err_set(ERR_UNSUPPORTED,
		    "input \"%s\" has no shape in the file", v->name);
	if (t->shape == NULL) {
		to->dims.n = a->n;
		for (int i = 0; i < a->n; i++)
			to->dims.d[i] = onnx_int(a->d[i]);
		return 0;
	}
	if (t->shape->n_dim > SHAPE_MAX)
		return err_set(ERR_UNSUPPORTED,
		    "input \"%s\" has %zu axes; %d are offered", v->name,
		    t->shape->n_dim, SHAPE_MAX);
	to->dims.n = (int)t->shape->n_dim;
	for (size_t i = 0; i < t->shape->n_dim; i++)
		TRY(find_size(imp, v, t->shape, i, batch, &to->dims.d[i]));
	return 0;
}

/* Its Input layer at a batch size. */
static Caffe__LayerParameter *
input_layer(const struct onnx_port *v, int64_t batch)
{
	Caffe__LayerParameter *l =
	    caffe_new(Caffe__LayerParameter, layer_parameter);
	Caffe__BlobShape *s = caffe_new(Caffe__BlobShape, blob_shape);

	caffe_set_str(l, "name", v->name);
	caffe_set_str(l, "type", "Input");
	caffe_add_str(&l->top, &l->n_top, v->name);
	l->input_param = caffe_new(Caffe__InputParameter, input_parameter);
	for (int i = 0; i < v->dims.n; i++)
		caffe_add_i64(&s->dim, &s->n_dim,
		    v->dims.d[i].a + v->dims.d[i].b * batch);
	caffe_add(&l->input_param->shape, &l->input_param->n_shape, s);
	return l;
}

int
onnx_input(struct onnx_import *imp, struct onnx_value *v)
{
	struct onnx_port *p = v->input;
	Caffe__LayerParameter *l;

	v->blob = p->blob;
	if (p->used) /* under another name */
		return 0;
	p->used = true;
	l = input_layer(p, 1);
	caffe_add(&imp->net->layer, &imp->net->n_layer, l);
	for (int k = 0; k < imp->nprobe; k++) {
		l = input_layer(p, imp->batch[k]);
		caffe_add(&imp->inputs->layer, &imp->inputs->n_layer, l);
		TRY(net_add(imp->probe[k], l));
	}
	return 0;
}

int
onnx_inputs(struct onnx_import *imp, struct onnx_scope *s, struct onnx_net *n)
{
	const Onnx__GraphProto *g = imp->file->model->graph;
	const bool batch = imp->batch_free;

	if (batch && !may_be_batch(imp, s, &imp->stated))
		return err_set(
		    ERR_UNSUPPORTED, "its inputs have different batch sizes");
	n->inputs = mem_array(struct onnx_port, g->n_input + 1);
	for (size_t i = 0; i < g->n_input; i++) {
		struct onnx_value *v;

		if (!comes_from_outside(s, g->input[i]))
			continue;
		v = onnx_value_new(imp, g->input[i]->name);
		v->given = given(imp, v->name);
		TRY(find_dims(imp, g->input[i], batch, v));
		TRY(onnx_scope_put(s, v->name, v));
		v->input = &n->inputs[n->ninputs++];
		v->input->name = mem_strdup(v->name);
		v->input->blob = mem_strdup(v->name);
		v->input->type = v->type;
		v->input->dims = v->dims;
	}
	return 0;
}
