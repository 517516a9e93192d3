/* See fuse.h. */
#include "onnx/fuse/fuse.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

struct onnx_fuse {
	struct onnx_import *imp;
	struct onnx_scope *blobs; /* name → struct blob */
	struct blob {
		Caffe__LayerParameter *maker;
		int readers;
	} * v;
	size_t n, cap;
	bool *gone; /* by layer, in the order of the net */
};

static struct blob *
find(const struct onnx_fuse *f, const char *name)
{
	return (struct blob *)onnx_scope_find(f->blobs, name);
}

Caffe__LayerParameter *
onnx_fuse_maker(const struct onnx_fuse *f, const char *blob)
{
	const struct blob *b = find(f, blob);

	return b != NULL && b->maker != NULL && b->maker->n_top == 1 ? b->maker
								     : NULL;
}

int
onnx_fuse_readers(const struct onnx_fuse *f, const char *blob)
{
	return find(f, blob)->readers;
}

bool
onnx_fuse_is(const Caffe__LayerParameter *l, const char *type)
{
	return l != NULL && strcmp(l->type, type) == 0;
}

Caffe__LayerParameter *
onnx_fuse_before(const struct onnx_fuse *f, const Caffe__LayerParameter *l,
    size_t i, const char *type)
{
	Caffe__LayerParameter *m;

	if (i >= l->n_bottom || onnx_fuse_readers(f, l->bottom[i]) != 1)
		return NULL;
	m = onnx_fuse_maker(f, l->bottom[i]);
	return onnx_fuse_is(m, type) ? m : NULL;
}

const struct onnx_dims *
onnx_fuse_dims(const struct onnx_fuse *f, const char *blob, struct onnx_dims *d)
{
	d->n = 0;
	return onnx_probe_dims(f->imp, blob, d) < 0 ? NULL : d;
}

void
onnx_fuse_reads(struct onnx_fuse *f, const char *blob)
{
	find(f, blob)->readers++;
}

void
onnx_fuse_drop(struct onnx_fuse *f, Caffe__LayerParameter *l)
{
	for (size_t i = 0; i < l->n_bottom; i++)
		find(f, l->bottom[i])->readers--;
	for (size_t i = 0; i < f->imp->net->n_layer; i++)
		if (f->imp->net->layer[i] == l)
			f->gone[i] = true;
}

void
onnx_fuse_become(struct onnx_fuse *f, Caffe__LayerParameter *l,
    const char *type, const char *bottom)
{
	const ProtobufCMessageDescriptor *d = l->base.descriptor;
	char *from = mem_strdup(bottom);

	for (size_t i = 0; i < l->n_bottom; i++) {
		find(f, l->bottom[i])->readers--;
		mem_free(l->bottom[i]);
	}
	l->n_bottom = 0;
	caffe_add_str(&l->bottom, &l->n_bottom, from);
	find(f, from)->readers++;
	mem_free(from);
	caffe_set_str(l, "type", type);
	/* parameters of what it was */
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &d->fields[i];
		ProtobufCMessage **m =
		    (ProtobufCMessage **)((char *)l + field->offset);

		if (field->type == PROTOBUF_C_TYPE_MESSAGE &&
		    field->label != PROTOBUF_C_LABEL_REPEATED && *m != NULL) {
			caffe_msg_free(*m);
			*m = NULL;
		}
	}
}

bool
onnx_fuse_near(double a, double b)
{
	return fabs(a - b) <= 1e-5 * fabs(b);
}

bool
onnx_fuse_power(
    const Caffe__LayerParameter *l, float scale, float shift, float power)
{
	const Caffe__PowerParameter *p = l != NULL ? l->power_param : NULL;

	return p != NULL && onnx_fuse_near(p->scale, scale) &&
	    (shift == 0 ? p->shift == 0 : onnx_fuse_near(p->shift, shift)) &&
	    onnx_fuse_near(p->power, power);
}

static struct blob *
blob_of(struct onnx_fuse *f, const char *name)
{
	struct blob *b = find(f, name);

	if (b == NULL) {
		b = arena_take(f->imp->arena, sizeof(*b));
		(void)onnx_scope_put(f->blobs,
		    arena_strdup(f->imp->arena, name), (struct onnx_value *)b);
	}
	return b;
}

static void
look(struct onnx_fuse *f, const struct onnx_net *n)
{
	const Caffe__NetParameter *np = f->imp->net;

	for (size_t i = 0; i < np->n_layer; i++) {
		for (size_t k = 0; k < np->layer[i]->n_top; k++)
			blob_of(f, np->layer[i]->top[k])->maker = np->layer[i];
		for (size_t k = 0; k < np->layer[i]->n_bottom; k++)
			blob_of(f, np->layer[i]->bottom[k])->readers++;
	}
	for (size_t i = 0; i < n->noutputs; i++)
		blob_of(f, n->outputs[i].blob)->readers++;
}

void
onnx_fuse_all(struct onnx_import *imp, const struct onnx_net *n)
{
	static bool (*const patterns[])(
	    struct onnx_fuse *, Caffe__LayerParameter *) = {
		onnx_fuse_bias,
		onnx_fuse_norm,
		onnx_fuse_activation,
		onnx_fuse_attention,
	};
	struct onnx_fuse f = { .imp = imp, .blobs = onnx_scope_new(NULL) };
	Caffe__NetParameter *np = imp->net;
	size_t kept = 0;

	f.gone = mem_array(bool, np->n_layer + 1);
	look(&f, n);
	for (size_t k = 0; k < LENGTH(patterns); k++)
		for (size_t i = 0; i < np->n_layer; i++)
			if (!f.gone[i])
				patterns[k](&f, np->layer[i]);
	for (size_t i = 0; i < np->n_layer; i++)
		if (f.gone[i])
			caffe_msg_free(np->layer[i]);
		else
			np->layer[kept++] = np->layer[i];
	np->n_layer = kept;
	mem_free(f.gone);
	onnx_scope_free(f.blobs);
}
