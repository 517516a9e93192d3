/*
 * From V1 to V2, and the smaller steps.  The step from V0 is upgrade_v0.c's.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/msg_build.h"
#include "caffe/text.h"
#include "caffe/upgrade.h"
#include "caffe/upgrade_v0.h"
#include "file/file.h"

enum { PARAMS_MAX = 1000000 };

#define V1(name) CAFFE__V1_LAYER_PARAMETER__LAYER_TYPE__##name

/* ---- what moved from the data layers to transform_param ---- */

/* The four fields have the same names and types in all three messages. */
static void
move_transform(Caffe__V1LayerParameter *l, void *param)
{
	static const char *const fields[] = { "scale", "mean_file", "crop_size",
		"mirror" };
	const ProtobufCMessageDescriptor *from, *to;
	const ProtobufCFieldDescriptor *f, *t;
	void *transform;
	size_t i;

	from = ((ProtobufCMessage *)param)->descriptor;
	to = &caffe__transformation_parameter__descriptor;
	for (i = 0; i < LENGTH(fields); i++) {
		f = caffe_msg_field(from, fields[i]);
		t = caffe_msg_field(to, fields[i]);
		if (caffe_msg_count(param, f) == 0)
			continue;
		transform = caffe_msg_sub(l, "transform_param");
		if (f->type == PROTOBUF_C_TYPE_STRING) {
			caffe_set_str(transform, fields[i],
			    *(char **)caffe_field_at(param, f));
			caffe_set_str(param, fields[i], NULL);
			continue;
		}
		memcpy(caffe_field_at(transform, t), caffe_field_at(param, f),
		    caffe_elem_size(f->type));
		caffe_field_set(transform, t);
		*(protobuf_c_boolean *)((char *)param + f->quantifier_offset) =
		    0;
	}
}

static void
upgrade_data(Caffe__V1LayerParameter *l)
{
	void *param = l->type == V1(DATA) ? (void *)l->data_param
	    : l->type == V1(IMAGE_DATA)   ? (void *)l->image_data_param
	    : l->type == V1(WINDOW_DATA)  ? (void *)l->window_data_param
					  : NULL;

	if (param != NULL)
		move_transform(l, param);
}

/* ---- V1 to V2 ---- */

/* Param i of the layer, made with those before it. */
static Caffe__ParamSpec *
spec(Caffe__LayerParameter *l, size_t i)
{
	while (l->n_param <= i)
		caffe_add(&l->param, &l->n_param,
		    caffe_new(Caffe__ParamSpec, param_spec));
	return l->param[i];
}

static void
make_params(Caffe__LayerParameter *l, const Caffe__V1LayerParameter *v1)
{
	size_t i;

	for (i = 0; i < v1->n_param; i++)
		caffe_set_str(spec(l, i), "name", v1->param[i]);
	for (i = 0; i < v1->n_blob_share_mode; i++) {
		spec(l, i)->has_share_mode = 1;
		/* the same two numbers in both enums */
		l->param[i]->share_mode =
		    (Caffe__ParamSpec__DimCheckMode)v1->blob_share_mode[i];
	}
	for (i = 0; i < v1->n_blobs_lr; i++) {
		spec(l, i)->has_lr_mult = 1;
		l->param[i]->lr_mult = v1->blobs_lr[i];
	}
	for (i = 0; i < v1->n_weight_decay; i++) {
		spec(l, i)->has_decay_mult = 1;
		l->param[i]->decay_mult = v1->weight_decay[i];
	}
}

/* Fields of the same name and type go over as they are, pointers and all. */
static void
move_same(Caffe__LayerParameter *l, Caffe__V1LayerParameter *v1)
{
	const ProtobufCMessageDescriptor *d = v1->base.descriptor;
	const ProtobufCFieldDescriptor *f, *t;
	size_t size;
	unsigned i;

	for (i = 0; i < d->n_fields; i++) {
		f = &d->fields[i];
		t = caffe_msg_field(l->base.descriptor, f->name);
		if (t == NULL || t->type != f->type || t->label != f->label ||
		    t->descriptor != f->descriptor)
			continue; /* type, param, layer, … */
		if (caffe_msg_count(v1, f) == 0)
			continue;
		if (f->label == PROTOBUF_C_LABEL_REPEATED) {
			*caffe_field_n(l, t) = *caffe_field_n(v1, f);
			*caffe_field_n(v1, f) = 0;
			size = sizeof(void *);
		} else {
			size = caffe_elem_size(f->type);
		}
		memcpy(caffe_field_at(l, t), caffe_field_at(v1, f), size);
		memset(caffe_field_at(v1, f), 0, size);
	}
}

static int
upgrade_v1_layer(Caffe__LayerParameter **out, Caffe__V1LayerParameter *v1)
{
	const char *type = v1->fork_type != NULL
	    ? caffe_v1_fork_type(v1->fork_type)
	    : caffe_v1_type_name(v1->type);
	Caffe__LayerParameter *l;

	*out = NULL;
	if (type == NULL)
		return err_set(ERR_FORMAT, "layer %s: no layer type %d",
		    v1->name != NULL ? v1->name : "", (int)v1->type);
	l = caffe_new(Caffe__LayerParameter, layer_parameter);
	make_params(l, v1);
	move_same(l, v1);
	if (v1->has_type || v1->fork_type != NULL)
		caffe_set_str(l, "type", type);
	l->has_line = v1->has_line;
	l->line = v1->line;
	*out = l;
	return 0;
}

/* A multiplier is a few bytes in a file and a message in today's form. */
static int
check_params(const Caffe__NetParameter *net)
{
	size_t i, n = 0;

	for (i = 0; i < net->n_layers; i++)
		n += net->layers[i]->n_param + net->layers[i]->n_blobs_lr +
		    net->layers[i]->n_weight_decay +
		    net->layers[i]->n_blob_share_mode;
	if (n > PARAMS_MAX)
		return err_set(ERR_RANGE,
		    "the net has %zu multipliers of blobs, the most is %d", n,
		    PARAMS_MAX);
	return 0;
}

static int
upgrade_v1(Caffe__NetParameter *net)
{
	Caffe__LayerParameter *l;
	size_t i;

	TRY(check_params(net));
	if (net->n_layer > 0)
		return err_set(ERR_FORMAT, "the net has both layer and layers");
	net->layer = mem_array(Caffe__LayerParameter *, net->n_layers);
	for (i = 0; i < net->n_layers; i++) {
		upgrade_data(net->layers[i]);
		TRY(upgrade_v1_layer(&l, net->layers[i]));
		net->layer[net->n_layer++] = l;
		caffe_msg_free(net->layers[i]);
		net->layers[i] = NULL;
	}
	mem_free(net->layers);
	net->layers = NULL;
	net->n_layers = 0;
	return 0;
}

/* ---- input fields ---- */

static void
free_strings(char ***v, size_t *n)
{
	while (*n > 0)
		mem_free((*v)[--*n]);
	mem_free(*v);
	*v = NULL;
}

static Caffe__BlobShape *
input_shape(const Caffe__NetParameter *net, size_t i)
{
	Caffe__BlobShape *s;
	size_t j;

	if (net->n_input_shape > 0)
		return caffe_msg_copy(net->input_shape[i]);
	s = caffe_new(Caffe__BlobShape, blob_shape);
	for (j = 4 * i; j < 4 * i + 4; j++)
		caffe_add_i64(&s->dim, &s->n_dim, net->input_dim[j]);
	return s;
}

/* An Input layer, put first. */
static int
add_input_layer(Caffe__NetParameter *net)
{
	Caffe__LayerParameter *l;
	Caffe__InputParameter *p;
	size_t i;

	if (net->n_input_shape > 0 ? net->n_input_shape < net->n_input
				   : net->n_input_dim / 4 < net->n_input)
		return err_set(ERR_FORMAT,
		    "the net has %zu inputs but shapes for %zu", net->n_input,
		    net->n_input_shape ? net->n_input_shape
				       : net->n_input_dim / 4);
	l = caffe_new(Caffe__LayerParameter, layer_parameter);
	p = caffe_new(Caffe__InputParameter, input_parameter);
	caffe_set_str(l, "name", "input");
	caffe_set_str(l, "type", "Input");
	l->input_param = p;
	p->shape = mem_array(Caffe__BlobShape *, net->n_input);
	for (i = 0; i < net->n_input; i++)
		p->shape[p->n_shape++] = input_shape(net, i);
	l->top = net->input; /* the names change hands */
	l->n_top = net->n_input;
	net->input = NULL;
	net->n_input = 0;
	caffe_add(&net->layer, &net->n_layer, l);
	memmove(&net->layer[1], &net->layer[0],
	    (net->n_layer - 1) * sizeof(net->layer[0]));
	net->layer[0] = l;
	return 0;
}

static int
upgrade_input(Caffe__NetParameter *net)
{
	if (net->n_input_shape > 0 || net->n_input_dim > 0)
		TRY(add_input_layer(net));
	free_strings(&net->input, &net->n_input);
	mem_free(net->input_dim);
	net->input_dim = NULL;
	net->n_input_dim = 0;
	while (net->n_input_shape > 0)
		caffe_msg_free(net->input_shape[--net->n_input_shape]);
	mem_free(net->input_shape);
	net->input_shape = NULL;
	return 0;
}

/* Three params were once declared for BatchNorm to keep the solver away from its
 * sums; the layer sees to that itself now. */
static int
upgrade_batch_norm(Caffe__LayerParameter *l)
{
	size_t i;
	int changed = 0;

	if (strcmp(l->type, "BatchNorm") != 0 || l->n_param != 3)
		return 0;
	for (i = 0; i < 3; i++) {
		Caffe__ParamSpec *s = l->param[i];

		if (!s->has_lr_mult || s->lr_mult != 0 || !s->has_decay_mult ||
		    s->decay_mult != 0)
			changed = 1;
		s->has_lr_mult = s->has_decay_mult = 1;
		s->lr_mult = s->decay_mult = 0;
	}
	return changed;
}

int
caffe_net_upgrade(Caffe__NetParameter *net)
{
	size_t i;
	int changed = 0;

	if (net->n_layers > 0) {
		TRY(caffe_upgrade_v0(net));
		TRY(upgrade_v1(net));
		changed = 1;
	}
	if (net->n_input > 0) {
		TRY(upgrade_input(net));
		changed = 1;
	}
	for (i = 0; i < net->n_layer; i++)
		changed |= upgrade_batch_norm(net->layer[i]);
	return changed;
}

/* ---- solvers ---- */

static int
upgrade_nets(Caffe__SolverParameter *s)
{
	size_t i;
	int changed = 0, rc;

	if (s->net_param != NULL) {
		TRY(rc = caffe_net_upgrade(s->net_param));
		changed |= rc;
	}
	if (s->train_net_param != NULL) {
		TRY(rc = caffe_net_upgrade(s->train_net_param));
		changed |= rc;
	}
	for (i = 0; i < s->n_test_net_param; i++) {
		TRY(rc = caffe_net_upgrade(s->test_net_param[i]));
		changed |= rc;
	}
	return changed;
}

int
caffe_solver_upgrade(Caffe__SolverParameter *s)
{
	static const char *const names[] = { "SGD", "Nesterov", "AdaGrad",
		"RMSProp", "AdaDelta", "Adam" };
	const ProtobufCFieldDescriptor *type =
	    caffe_msg_field(s->base.descriptor, "type");
	int changed = upgrade_nets(s);

	if (changed < 0 || !s->has_solver_type)
		return changed;
	if (caffe_msg_count(s, type) > 0)
		return err_set(
		    ERR_FORMAT, "the solver has both solver_type and type");
	if ((size_t)s->solver_type >= LENGTH(names))
		return err_set(
		    ERR_FORMAT, "no solver_type %d", (int)s->solver_type);
	caffe_set_str(s, "type", names[s->solver_type]);
	s->has_solver_type = 0;
	return 1;
}

/* ---- reading ---- */

/* A solver where a net is wanted is named so, rather than by its first field; told
 * by what only one has, since forks have fields of their own in both. */
static int
solver_for_net(int rc, const char *text, size_t n, const char *name)
{
	static const char *const words[] = { "base_lr", "lr_policy", "max_iter",
		"net", "net_param", "train_net", "train_net_param", "test_net",
		"test_iter", "solver_mode", "snapshot_prefix", NULL };

	if (rc != ERR_FORMAT || !caffe_text_names(text, n, words))
		return rc;
	return err_set(ERR_FORMAT, "%s: is a solver, not a net", name);
}

static int
net_for_solver(int rc, const char *text, size_t n, const char *name)
{
	static const char *const words[] = { "layer", "layers", NULL };

	if (rc != ERR_FORMAT || !caffe_text_names(text, n, words))
		return rc;
	return err_set(ERR_FORMAT, "%s: is a net, not a solver", name);
}

int
caffe_net_parse(
    Caffe__NetParameter **out, const char *text, size_t n, const char *name)
{
	ProtobufCMessage *m;
	int rc;

	*out = NULL;
	rc = caffe_text_parse(
	    &m, &caffe__net_parameter__descriptor, text, n, name);
	if (rc < 0)
		return solver_for_net(rc, text, n, name);
	rc = caffe_net_upgrade((Caffe__NetParameter *)m);
	if (rc < 0) {
		caffe_msg_free(m);
		return err_in(rc, "%s", name);
	}
	*out = (Caffe__NetParameter *)m;
	return 0;
}

int
caffe_solver_parse(
    Caffe__SolverParameter **out, const char *text, size_t n, const char *name)
{
	ProtobufCMessage *m;
	int rc;

	*out = NULL;
	rc = caffe_text_parse(
	    &m, &caffe__solver_parameter__descriptor, text, n, name);
	if (rc < 0)
		return net_for_solver(rc, text, n, name);
	rc = caffe_solver_upgrade((Caffe__SolverParameter *)m);
	if (rc < 0) {
		caffe_msg_free(m);
		return err_in(rc, "%s", name);
	}
	*out = (Caffe__SolverParameter *)m;
	return 0;
}

int
caffe_solver_read(Caffe__SolverParameter **out, const char *path)
{
	struct buf b;
	int rc;

	*out = NULL;
	buf_init(&b, CAFFE_TEXT_MAX);
	rc = file_read(&b, path);
	if (rc >= 0)
		rc = caffe_solver_parse(out, buf_str(&b), b.len, path);
	buf_clear(&b);
	return rc;
}
