/* The weights of a model as safetensors: see export.h. */
#include "model/exports/export.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "nn/nets.h"
#include "nn/read.h"
#include "nn/torch/torch.h"
#include "tensors/tensors.h"

enum { NAME_MAX_BYTES = 2000 };
#define BLOB_MAX ((size_t)16 << 30) /* bytes of one blob as floats */

struct arrays {
	struct tensors_item *v;
	void **own; /* numbers that had to be made, or NULL, for each */
	size_t n, cap, own_cap;
};

static void
arrays_clear(struct arrays *a)
{
	for (size_t i = 0; i < a->n; i++) {
		mem_free(a->v[i].name);
		mem_free(a->own[i]);
	}
	mem_free(a->v);
	mem_free(a->own);
}

/* The blob's numbers as they are, or a copy of its own. */
static int
add_values(struct tensors_item *t, void **own, const Caffe__BlobProto *b)
{
	t->data = caffe_blob_view(b);
	if (t->data != NULL && b->n_data == t->count)
		return 0;
	TRY(mem_take(own, t->count, sizeof(float), BLOB_MAX, "a blob"));
	t->data = *own;
	return caffe_blob_floats(*own, t->count, b);
}

static int
add_blob(struct arrays *a, char *name, const Caffe__BlobProto *b)
{
	struct caffe_shape s;
	struct tensors_item *t;

	mem_grow(&a->v, &a->cap, a->n + 1);
	mem_grow(&a->own, &a->own_cap, a->n + 1);
	t = &a->v[a->n];
	*t = (struct tensors_item){ .name = name };
	a->own[a->n++] = NULL;
	TRY(caffe_blob_shape(&s, b));
	if (s.ndim > TENSORS_DIMS)
		return err_set(ERR_UNSUPPORTED, "%d axes", s.ndim);
	t->ndim = s.ndim;
	memcpy(t->dim, s.dim, (size_t)s.ndim * sizeof(t->dim[0]));
	TRY(tensors_shape_set(t));
	return add_values(t, &a->own[a->n - 1], b);
}

/* Files of before 2015 have a bias as (1, 1, 1, N). */
static void
drop_ones(struct tensors_item *t, int ndim)
{
	int drop = t->ndim - ndim;

	for (int i = 0; i < drop; i++)
		if (t->dim[i] != 1)
			return;
	if (drop <= 0)
		return;
	memmove(t->dim, t->dim + drop, (size_t)ndim * sizeof(t->dim[0]));
	t->ndim = ndim;
}

static int
add_layer_caffe(struct arrays *a, const Caffe__LayerParameter *l)
{
	for (size_t i = 0; i < l->n_blobs; i++)
		TRY(add_blob(a, mem_printf("%s/%zu", l->name, i), l->blobs[i]));
	return 0;
}

/* Caffe keeps sums and how many were summed. */
static int
add_statistics(
    struct arrays *a, const Caffe__LayerParameter *l, const char *module)
{
	static const char *const parts[] = { "running_mean", "running_var" };
	float factor = 0;

	if (l->n_blobs < 3 || caffe_blob_floats(&factor, 1, l->blobs[2]) < 0)
		return err_set(
		    ERR_FORMAT, "mean, variance and factor are its blobs");
	factor = factor == 0 ? 0 : 1 / factor;
	for (size_t i = 0; i < LENGTH(parts); i++) {
		struct tensors_item *t;
		float *v;

		TRY(add_blob(
		    a, mem_printf("%s.%s", module, parts[i]), l->blobs[i]));
		t = &a->v[a->n - 1];
		drop_ones(t, 1);
		v = a->own[a->n - 1];
		if (v == NULL)
			TRY(mem_take((void **)&v, t->count, sizeof(*v),
			    BLOB_MAX, "a blob"));
		a->own[a->n - 1] = v;
		for (size_t k = 0; k < t->count; k++)
			v[k] = ((const float *)t->data)[k] * factor;
		t->data = v;
	}
	return 0;
}

static int
add_parts(struct arrays *a, const Caffe__LayerParameter *l, const char *type,
    const char *module)
{
	static const char *const parts[] = { "weight", "bias" };

	if (strcmp(type, "BatchNorm") == 0)
		return add_statistics(a, l, module);
	if (l->n_blobs > LENGTH(parts))
		return err_set(ERR_UNSUPPORTED,
		    "a layer %s has %zu blobs, for which torch has no names; --names caffe has",
		    type, l->n_blobs);
	for (size_t i = 0; i < l->n_blobs; i++) {
		TRY(add_blob(
		    a, mem_printf("%s.%s", module, parts[i]), l->blobs[i]));
		if (i == 1)
			drop_ones(&a->v[a->n - 1], 1);
		else if (strcmp(type, "InnerProduct") == 0)
			drop_ones(&a->v[a->n - 1], 2);
	}
	return 0;
}

/* The layer as the net has it, which weights in HDF5 do not; NULL: it has none. */
static const Caffe__LayerParameter *
layer_of(const Caffe__NetParameter *net, const Caffe__LayerParameter *l)
{
	for (size_t i = 0; i < net->n_layer; i++)
		if (strcmp(net->layer[i]->name, l->name) == 0)
			return net->layer[i];
	return NULL;
}

/* torchvision's nets have factors of channels that are no modules. */
static bool
is_parameter(const Caffe__NetParameter *net, const Caffe__LayerParameter *own,
    const Caffe__LayerParameter *l)
{
	const struct net_standard *s =
	    net->name != NULL ? net_standard_find(net->name) : NULL;

	return s != NULL && s->torch && l->n_blobs == 1 &&
	    strcmp(own->type, "Scale") == 0;
}

/* (C, 1, 1), to be multiplied with (N, C, H, W). */
static int
add_parameter(struct arrays *a, const Caffe__LayerParameter *l)
{
	struct tensors_item *t;

	TRY(add_blob(a, mem_strdup(l->name), l->blobs[0]));
	t = &a->v[a->n - 1];
	drop_ones(t, 1);
	if (t->ndim == 1) {
		t->dim[1] = t->dim[2] = 1;
		t->ndim = 3;
	}
	return tensors_shape_set(t);
}

static int
add_layer_torch(struct arrays *a, const Caffe__LayerParameter *l,
    const Caffe__NetParameter *net, const struct net_names *names)
{
	const Caffe__LayerParameter *own = layer_of(net, l);
	struct buf module;
	int rc;

	if (own == NULL)
		return add_parts(a, l, l->type, l->name);
	if (is_parameter(net, own, l))
		return add_parameter(a, l);
	buf_init(&module, NAME_MAX_BYTES);
	rc = net_names_module(&module, names, net, own);
	if (rc >= 0)
		rc = add_parts(a, l, own->type, buf_str(&module));
	buf_clear(&module);
	return rc;
}

static int
add_net(struct arrays *a, const Caffe__NetParameter *weights,
    const Caffe__NetParameter *net, enum model_export_names whose)
{
	const struct net_names *names = net_names_of(net);

	for (size_t i = 0; i < weights->n_layer; i++) {
		const Caffe__LayerParameter *l = weights->layer[i];
		int rc;

		if (l->n_blobs == 0)
			continue;
		rc = whose == MODEL_NAMES_TORCH
		    ? add_layer_torch(a, l, net, names)
		    : add_layer_caffe(a, l);
		if (rc < 0)
			return err_in(rc, "layer \"%s\"", l->name);
	}
	return 0;
}

/* The net for use, else the one that was trained; neither: one without layers. */
static int
read_net(Caffe__NetParameter **out, const struct model *m)
{
	const char *path = m->deploy != NULL ? m->deploy : m->train_val;

	if (path != NULL)
		return net_read(out, path);
	*out = caffe_new(Caffe__NetParameter, net_parameter);
	return 0;
}

int
model_export_safetensors(const struct model *m, const char *path,
    enum model_export_names names, int force)
{
	/* what loaders look for, to know whose layout it is */
	static const char *const torch[] = { "format", "pt", NULL };
	static const char *const caffe[] = { "format", "caffe", NULL };
	Caffe__NetParameter *weights = NULL, *net = NULL;
	struct arrays a = { 0 };
	int rc;

	if (m->weights == NULL)
		return err_set(ERR_MISSING, "%s: has no weights", m->dir);
	TRY(caffe_weights_read(&weights, m->weights));
	rc = read_net(&net, m);
	if (rc >= 0) {
		rc = add_net(&a, weights, net, names);
		if (rc < 0)
			rc = err_in(rc, "%s", m->weights);
	}
	if (rc >= 0)
		rc = tensors_write(path, a.v, a.n,
		    names == MODEL_NAMES_TORCH ? torch : caffe, force);
	arrays_clear(&a);
	caffe_msg_free(weights);
	caffe_msg_free(net);
	return rc;
}
