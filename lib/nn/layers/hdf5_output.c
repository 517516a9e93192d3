/*
 * HDF5Output: writes its bottoms into a file as datasets "data" and "label", a
 * row per item; each run appends its batch.
 */
#include "base/mem.h"
#include "base/module.h"
#include "nn/hdf5_ops.h"
#include "nn/layers/types.h"

struct output {
	const struct nn_hdf5_ops
	    *ops; /* the module, NULL before the first run */
	struct hdf5_sink *sink;
	char *path;
	struct shape shape[2];
};

/* The file is made by the first run, not by building the net. */
static int
open_file(struct output *o)
{
	void *p;

	if (module_find(&p, "hdf5", "nn_hdf5_ops", NN_HDF5_ABI) < 0)
		return err_in(ERR_MISSING, "%s: HDF5", o->path);
	o->ops = p;
	return o->ops->open(&o->sink, o->path, o->shape);
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	struct output *o = state;

	(void)env;
	(void)out;
	if (o->sink == NULL)
		TRY(open_file(o));
	return o->ops->append(o->sink, in);
}

static int
emit(struct layer *l)
{
	const Caffe__HDF5OutputParameter *p = l->p->hdf5_output_param;
	union op_attr a = { .custom = { .nin = 2, .forward = forward } };
	struct output *o;
	int i;

	if (p == NULL || p->file_name == NULL || !p->file_name[0])
		return err_set(
		    ERR_FORMAT, "hdf5_output_param.file_name is not given");
	for (i = 0; i < 2; i++)
		if (layer_shape(l, i)->n < 1 ||
		    shape_count(layer_shape(l, i)) == 0 ||
		    layer_shape(l, i)->d[0] != layer_shape(l, 0)->d[0])
			return err_set(ERR_FORMAT,
			    "its bottoms must be batches of the same size");
	o = mem_new(struct output);
	l->state = o;
	o->path = mem_strdup(p->file_name);
	o->shape[0] = *layer_shape(l, 0);
	o->shape[1] = *layer_shape(l, 1);
	a.custom.state = o;
	TRY(graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
	return 0;
}

static void
release(struct layer *l)
{
	struct output *o = l->state;

	if (o == NULL)
		return;
	if (o->ops != NULL)
		o->ops->close(o->sink);
	mem_free(o->path);
	mem_free(o);
}

const struct layer_type layer_hdf5_output = { "HDF5Output", 2, 2, 0, 0,
	.emit = emit, .no_grad = 3, .free = release };
