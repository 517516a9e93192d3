/* The layers that nodes become: see node.h. */
#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/blob.h"
#include "onnx/inputs.h"
#include "onnx/node.h"

/* A name that no layer or blob has yet: base, or that with a number. */
static const char *
free_name(struct onnx_import *imp, const char *base)
{
	char *name = mem_strdup(base);
	const char *kept;

	for (int i = 2; onnx_scope_find(imp->names, name) != NULL; i++) {
		mem_free(name);
		name = mem_printf("%s_%d", base, i);
	}
	kept = arena_strdup(imp->arena, name);
	mem_free(name);
	/* what is looked for and not there cannot be there twice */
	(void)onnx_scope_put(imp->names, kept, (struct onnx_value *)imp);
	return kept;
}

/* Does PyTorch's part of a name repeat the one before ("layer1/layer1.0")? */
static bool
repeats(const char *part, size_t n, const char *next)
{
	return strncmp(part, next, n) == 0 && next[n] == '.';
}

/* PyTorch's "/layer1/layer1.0/conv1/Conv" as "layer1.0/conv1"; other names stay.  The
 * operator at the end goes where what is before it says as much. */
static char *
shorter(const struct onnx_node *n, const char *s)
{
	char *out = mem_strdup(s), *to = out, *slash;
	const size_t len = strlen(n->op);

	if (s[0] != '/' || s[1] == '\0')
		return out;
	for (s++; *s != '\0';) {
		const size_t part = strcspn(s, "/");

		if (s[part] != '/' || !repeats(s, part, s + part + 1)) {
			memmove(to, s, part);
			to += part;
			if (s[part] == '/')
				*to++ = '/';
		}
		s += part + (s[part] == '/');
	}
	*to = '\0';
	slash = strrchr(out, '/');
	if (slash != NULL && strcmp(slash + 1, n->op) == 0 && len > 0 &&
	    slash > out && (n->nin > 1 || !isdigit((unsigned char)slash[-1])))
		*slash = '\0';
	return out;
}

/* The name of a node: its own, else that of its first output, else its operator. */
static char *
node_name(const struct onnx_node *n)
{
	const char *s = n->p->name;

	if ((s == NULL || s[0] == '\0') && n->p->n_output > 0)
		s = n->p->output[0];
	if (s == NULL || s[0] == '\0')
		s = n->op;
	return shorter(n, s);
}

static Caffe__LayerParameter *
new_layer(const char *type, const char *name)
{
	Caffe__LayerParameter *l =
	    caffe_new(Caffe__LayerParameter, layer_parameter);

	caffe_set_str(l, "name", name);
	caffe_set_str(l, "type", type);
	return l;
}

Caffe__LayerParameter *
onnx_layer(struct onnx_node *n, const char *type)
{
	char *base = node_name(n), *name;
	const char *kept;

	if (n->layers++ == 0)
		kept = free_name(n->imp, base);
	else {
		name = mem_printf("%s/%s", base, type);
		kept = free_name(n->imp, name);
		mem_free(name);
	}
	mem_free(base);
	return new_layer(type, kept);
}

/* Masks are often infinite where something is hidden, which weights cannot be; the
 * largest float hides as well. */
static void
bound_blob(Caffe__BlobProto *b)
{
	for (size_t i = 0; i < b->n_data; i++)
		if (isinf(b->data[i]))
			b->data[i] = b->data[i] > 0 ? FLT_MAX : -FLT_MAX;
}

void
onnx_blob(Caffe__LayerParameter *l, int ndim, const int64_t *d, const float *v)
{
	Caffe__BlobProto *b = caffe_blob_new(d, ndim, v);

	bound_blob(b);
	caffe_add(&l->blobs, &l->n_blobs, b);
}

static Caffe__ParamSpec *
spec(Caffe__LayerParameter *l, int i)
{
	while (l->n_param <= (size_t)i) {
		Caffe__ParamSpec *s = caffe_new(Caffe__ParamSpec, param_spec);

		caffe_add(&l->param, &l->n_param, s);
	}
	return l->param[i];
}

void
onnx_fix_blob(Caffe__LayerParameter *l, int i)
{
	Caffe__ParamSpec *s = spec(l, i);

	s->has_lr_mult = s->has_decay_mult = 1;
	s->lr_mult = s->decay_mult = 0;
}

void
onnx_share_blob(
    struct onnx_node *n, Caffe__LayerParameter *l, const struct onnx_value *v)
{
	/* the blob that was made last */
	if (l->n_blobs > 0 && v->uses > 1 && v->name[0] != '\0')
		caffe_set_str(spec(l, (int)l->n_blobs - 1), "name", v->name);
	(void)n;
}

/* Which output of the graph has that name of a value? */
static bool
is_port(const struct onnx_import *imp, const char *name)
{
	const Onnx__GraphProto *g = imp->file->model->graph;

	for (size_t i = 0; i < g->n_output; i++)
		if (strcmp(g->output[i]->name, name) == 0)
			return true;
	return false;
}

/* Is it an output of the file as it is made here?  One that nodes read, too, or whose
 * rows the data choose, gets a layer of its own at the end. */
static bool
is_last(const struct onnx_node *n, const struct onnx_value *v)
{
	return v->name[0] != '\0' && v->uses == 1 && n->imp->nrows == 0 &&
	    strcmp(n->op, "NonMaxSuppression") != 0 &&
	    strcmp(n->op, "NonZero") != 0 && strcmp(n->op, "Compress") != 0 &&
	    is_port(n->imp, v->name);
}

struct onnx_value *
onnx_top(struct onnx_node *n, Caffe__LayerParameter *l, int out, int type)
{
	struct onnx_import *imp = n->imp;
	struct onnx_value *v = out >= 0 && out < n->nout ? n->out[out] : NULL;
	const char *name = l->name;

	if (v == NULL)
		v = onnx_value_new(imp, "");
	v->type = type != 0                  ? type
	    : n->nin > 0 && n->in[0] != NULL ? n->in[0]->type
					     : ONNX_T(FLOAT);
	/* an output keeps its name; it was taken before the first node */
	if (!n->inner && is_last(n, v))
		name = v->name;
	else if (l->n_top > 0) {
		char *more = mem_printf("%s_%zu", l->name, l->n_top);

		name = free_name(imp, more);
		mem_free(more);
	}
	v->blob = arena_strdup(imp->arena, name);
	caffe_add_str(&l->top, &l->n_top, v->blob);
	/* found again by onnx_emit */
	mem_grow(&imp->tops, &imp->tops_cap, imp->ntops + 1);
	imp->tops[imp->ntops++] = v;
	return v;
}

int
onnx_probe_dims(struct onnx_import *imp, const char *blob, struct onnx_dims *d)
{
	const struct shape *s[2];

	for (int k = 0; k < imp->nprobe; k++)
		s[k] = graph_shape(imp->probe[k]->graph,
		    net_blob_find(imp->probe[k], blob)->tensor);
	d->n = s[0]->n;
	for (int i = 0; i < d->n; i++) {
		const int64_t x = s[0]->d[i];
		int64_t b = 0;

		if (imp->nprobe == 2) {
			if (s[1]->n != s[0]->n ||
			    (s[1]->d[i] - x) % (imp->batch[1] - imp->batch[0]))
				return err_set(ERR_UNSUPPORTED,
				    "a shape that is no multiple of the batch size");
			b = (s[1]->d[i] - x) / (imp->batch[1] - imp->batch[0]);
		}
		d->d[i] = (struct onnx_int){ x - b * imp->batch[0], b };
	}
	return 0;
}

int
onnx_emit(struct onnx_node *n, Caffe__LayerParameter *l)
{
	struct onnx_import *imp = n->imp;
	int rc = 0;

	caffe_add(&imp->net->layer, &imp->net->n_layer, l);
	for (int k = 0; k < imp->nprobe && rc >= 0; k++)
		rc = net_add(imp->probe[k], l);
	for (size_t i = 0; i < imp->ntops && rc >= 0; i++)
		rc = onnx_probe_dims(
		    imp, imp->tops[i]->blob, &imp->tops[i]->dims);
	imp->ntops = 0;
	return rc < 0 ? rc : 0;
}

/* A constant as a blob of the net. */
static int
materialise(struct onnx_node *n, struct onnx_value *v)
{
	struct onnx_import *imp = n->imp;
	const struct onnx_array *a;
	Caffe__LayerParameter *l;
	struct onnx_value **tops = imp->tops;
	const size_t ntops = imp->ntops, cap = imp->tops_cap;
	float *made;
	int rc;

	TRY(onnx_value_array(imp, v, &a));
	if (onnx_has_batch(a))
		return err_set(ERR_UNSUPPORTED,
		    "numbers that depend on the batch size are part of what is computed");
	l = new_layer("Parameter",
	    free_name(imp, v->name[0] != '\0' ? v->name : "constant"));
	l->parameter_param =
	    caffe_new(Caffe__ParameterParameter, parameter_parameter);
	l->parameter_param->shape = caffe_new(Caffe__BlobShape, blob_shape);
	for (int i = 0; i < a->n; i++)
		caffe_add_i64(&l->parameter_param->shape->dim,
		    &l->parameter_param->shape->n_dim, a->d[i]);
	onnx_blob(l, a->n, a->d, onnx_floats(a, &made));
	mem_free(made);
	if (!v->learned)
		onnx_fix_blob(l, 0);
	caffe_add_str(&l->top, &l->n_top, l->name);
	v->blob = arena_strdup(imp->arena, l->name);
	/* in the midst of another layer's making */
	imp->tops = NULL;
	imp->ntops = imp->tops_cap = 0;
	rc = onnx_emit(n, l);
	mem_free(imp->tops);
	imp->tops = tops;
	imp->ntops = ntops;
	imp->tops_cap = cap;
	return rc;
}

int
onnx_bottom(struct onnx_node *n, Caffe__LayerParameter *l, struct onnx_value *v)
{
	if (v == NULL)
		return err_set(ERR_FORMAT, "an input is missing");
	if (v->blob == NULL)
		TRY(v->input != NULL ? onnx_input(n->imp, v)
				     : materialise(n, v));
	caffe_add_str(&l->bottom, &l->n_bottom, v->blob);
	return 0;
}

void
onnx_drop(struct onnx_node *n, Caffe__LayerParameter *l)
{
	n->imp->ntops = 0;
	caffe_msg_free(l);
}

int
onnx_bottoms(struct onnx_node *n, Caffe__LayerParameter *l,
    struct onnx_value *const *v, int count)
{
	int rc = 0;

	for (int i = 0; i < count && rc >= 0; i++)
		rc = i < n->nin || v != n->in
		    ? onnx_bottom(n, l, v[i])
		    : err_set(ERR_FORMAT, "input %d is missing", i);
	if (rc < 0)
		onnx_drop(n, l);
	return rc;
}

int
onnx_join(struct onnx_node *n, Caffe__LayerParameter *l,
    struct onnx_value *const *in, int nin, int type, struct onnx_value **y)
{
	struct onnx_value *v;

	TRY(onnx_bottoms(n, l, in, nin));
	v = onnx_top(n, l, y != NULL ? -1 : 0, type);
	if (y != NULL)
		*y = v;
	return onnx_emit(n, l);
}

int
onnx_finish(struct onnx_node *n, Caffe__LayerParameter *l, struct onnx_value *x,
    struct onnx_value **y)
{
	return onnx_join(n, l, &x, 1, x != NULL ? x->type : 0, y);
}

int
onnx_one(struct onnx_node *n, Caffe__LayerParameter *l, struct onnx_value *x)
{
	return onnx_finish(n, l, x, NULL);
}

int
onnx_step(struct onnx_node *n, Caffe__LayerParameter *l, struct onnx_value *x,
    struct onnx_value **y)
{
	return onnx_finish(n, l, x, y);
}

void
onnx_same(struct onnx_node *n, int out, struct onnx_value *v)
{
	if (out < n->nout)
		n->out[out] = v;
}

int
onnx_permute(struct onnx_node *n, struct onnx_value *x, const int *order,
    struct onnx_value **y)
{
	Caffe__LayerParameter *l = onnx_layer(n, "Permute");

	l->permute_param =
	    caffe_new(Caffe__PermuteParameter, permute_parameter);
	l->permute_param->order = mem_array(uint32_t, (size_t)x->dims.n + 1);
	l->permute_param->n_order = (size_t)x->dims.n;
	for (int i = 0; i < x->dims.n; i++)
		l->permute_param->order[i] = (uint32_t)order[i];
	return onnx_finish(n, l, x, y);
}

int
onnx_power(struct onnx_node *n, struct onnx_value *x, float scale, float shift,
    float power, struct onnx_value **y)
{
	Caffe__LayerParameter *l = onnx_layer(n, "Power");
	Caffe__PowerParameter *p =
	    caffe_new(Caffe__PowerParameter, power_parameter);

	l->power_param = p;
	p->has_scale = scale != 1;
	p->scale = scale;
	p->has_shift = shift != 0;
	p->shift = shift;
	p->has_power = power != 1;
	p->power = power;
	return onnx_finish(n, l, x, y);
}

int
onnx_binary(struct onnx_node *n, const char *type, struct onnx_value *a,
    struct onnx_value *b, struct onnx_value **y)
{
	return onnx_join(n, onnx_layer(n, type),
	    (struct onnx_value *[]){ a, b }, 2, a->type, y);
}

/* Sizes as a Reshape layer says them: 0 for that of the same axis before, -1 for
 * what is left. */
static int
reshape_dims(
    const struct onnx_value *x, const struct onnx_dims *to, Caffe__BlobShape *s)
{
	int open = 0;

	for (int i = 0; i < to->n; i++) {
		int64_t d = to->d[i].a;

		if (i < x->dims.n && to->d[i].b != 0 &&
		    onnx_int_same(to->d[i], x->dims.d[i]))
			d = 0;
		else if (to->d[i].b != 0) {
			d = -1;
			open++;
		}
		caffe_add_i64(&s->dim, &s->n_dim, d);
	}
	if (open > 1)
		return err_set(ERR_UNSUPPORTED,
		    "two sizes of its result depend on the batch size");
	return 0;
}

int
onnx_reshape(struct onnx_node *n, struct onnx_value *x,
    const struct onnx_dims *to, struct onnx_value **y)
{
	Caffe__LayerParameter *l = onnx_layer(n, "Reshape");
	Caffe__ReshapeParameter *p =
	    caffe_new(Caffe__ReshapeParameter, reshape_parameter);
	int rc;

	l->reshape_param = p;
	p->shape = caffe_new(Caffe__BlobShape, blob_shape);
	rc = reshape_dims(x, to, p->shape);
	if (rc < 0) {
		onnx_drop(n, l);
		return rc;
	}
	return onnx_finish(n, l, x, y);
}
