/*
 * From V0 to V1.  In 2013 one message held the parameters of all layer types;
 * the table below says where each of its fields went.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/msg_build.h"
#include "caffe/upgrade.h"
#include "caffe/upgrade_v0.h"

#define V1(name) CAFFE__V1_LAYER_PARAMETER__LAYER_TYPE__##name

static const struct {
	const char *v0;
	Caffe__V1LayerParameter__LayerType v1;
} types[] = {
	{ "accuracy", V1(ACCURACY) },
	{ "bnll", V1(BNLL) },
	{ "concat", V1(CONCAT) },
	{ "conv", V1(CONVOLUTION) },
	{ "data", V1(DATA) },
	{ "dropout", V1(DROPOUT) },
	{ "euclidean_loss", V1(EUCLIDEAN_LOSS) },
	{ "flatten", V1(FLATTEN) },
	{ "hdf5_data", V1(HDF5_DATA) },
	{ "hdf5_output", V1(HDF5_OUTPUT) },
	{ "im2col", V1(IM2COL) },
	{ "images", V1(IMAGE_DATA) },
	{ "infogain_loss", V1(INFOGAIN_LOSS) },
	{ "innerproduct", V1(INNER_PRODUCT) },
	{ "lrn", V1(LRN) },
	{ "multinomial_logistic_loss", V1(MULTINOMIAL_LOGISTIC_LOSS) },
	{ "pool", V1(POOLING) },
	{ "relu", V1(RELU) },
	{ "sigmoid", V1(SIGMOID) },
	{ "softmax", V1(SOFTMAX) },
	{ "softmax_loss", V1(SOFTMAX_LOSS) },
	{ "split", V1(SPLIT) },
	{ "tanh", V1(TANH) },
	{ "window_data", V1(WINDOW_DATA) },
};

/* Field `from` of a layer of type `type` (NULL: of any) is field `to` of the
 * message `sub` of V1. */
static const struct move {
	const char *from, *type, *sub, *to;
} moves[] = {
	{ "num_output", "conv", "convolution_param", "num_output" },
	{ "num_output", "innerproduct", "inner_product_param", "num_output" },
	{ "biasterm", "conv", "convolution_param", "bias_term" },
	{ "biasterm", "innerproduct", "inner_product_param", "bias_term" },
	{ "weight_filler", "conv", "convolution_param", "weight_filler" },
	{ "weight_filler", "innerproduct", "inner_product_param",
	    "weight_filler" },
	{ "bias_filler", "conv", "convolution_param", "bias_filler" },
	{ "bias_filler", "innerproduct", "inner_product_param", "bias_filler" },
	{ "pad", "conv", "convolution_param", "pad" },
	{ "pad", "pool", "pooling_param", "pad" },
	{ "kernelsize", "conv", "convolution_param", "kernel_size" },
	{ "kernelsize", "pool", "pooling_param", "kernel_size" },
	{ "group", "conv", "convolution_param", "group" },
	{ "stride", "conv", "convolution_param", "stride" },
	{ "stride", "pool", "pooling_param", "stride" },
	{ "pool", "pool", "pooling_param", "pool" },
	{ "dropout_ratio", "dropout", "dropout_param", "dropout_ratio" },
	{ "local_size", "lrn", "lrn_param", "local_size" },
	{ "alpha", "lrn", "lrn_param", "alpha" },
	{ "beta", "lrn", "lrn_param", "beta" },
	{ "k", "lrn", "lrn_param", "k" },
	{ "source", "data", "data_param", "source" },
	{ "source", "hdf5_data", "hdf5_data_param", "source" },
	{ "source", "images", "image_data_param", "source" },
	{ "source", "window_data", "window_data_param", "source" },
	{ "source", "infogain_loss", "infogain_loss_param", "source" },
	{ "batchsize", "data", "data_param", "batch_size" },
	{ "batchsize", "hdf5_data", "hdf5_data_param", "batch_size" },
	{ "batchsize", "images", "image_data_param", "batch_size" },
	{ "batchsize", "window_data", "window_data_param", "batch_size" },
	{ "scale", NULL, "transform_param", "scale" },
	{ "meanfile", NULL, "transform_param", "mean_file" },
	{ "cropsize", NULL, "transform_param", "crop_size" },
	{ "mirror", NULL, "transform_param", "mirror" },
	{ "rand_skip", "data", "data_param", "rand_skip" },
	{ "rand_skip", "images", "image_data_param", "rand_skip" },
	{ "shuffle_images", "images", "image_data_param", "shuffle" },
	{ "new_height", "images", "image_data_param", "new_height" },
	{ "new_width", "images", "image_data_param", "new_width" },
	{ "concat_dim", "concat", "concat_param", "concat_dim" },
	{ "det_fg_threshold", "window_data", "window_data_param",
	    "fg_threshold" },
	{ "det_bg_threshold", "window_data", "window_data_param",
	    "bg_threshold" },
	{ "det_fg_fraction", "window_data", "window_data_param",
	    "fg_fraction" },
	{ "det_context_pad", "window_data", "window_data_param",
	    "context_pad" },
	{ "det_crop_mode", "window_data", "window_data_param", "crop_mode" },
};

static const char *
text_or(const char *s, const char *otherwise)
{
	return s != NULL ? s : otherwise;
}

void *
caffe_msg_sub(void *m, const char *name)
{
	const ProtobufCFieldDescriptor *f =
	    caffe_msg_field(((ProtobufCMessage *)m)->descriptor, name);
	void **at;

	if (f == NULL)
		abort(); /* a mistake in our own tables */
	at = caffe_field_at(m, f);
	if (*at == NULL)
		*at = caffe_msg_new(f->descriptor);
	return *at;
}

/* The value of field f moves to field name of the message to, which may be
 * repeated where f is not. */
static void
move_value(
    void *from, const ProtobufCFieldDescriptor *f, void *to, const char *name)
{
	const ProtobufCFieldDescriptor *t =
	    caffe_msg_field(((ProtobufCMessage *)to)->descriptor, name);
	size_t size = caffe_elem_size(f->type);
	char *place;

	if (t == NULL || size != caffe_elem_size(t->type))
		abort(); /* a mistake in our own tables */
	place = caffe_field_at(to, t);
	if (t->label == PROTOBUF_C_LABEL_REPEATED) { /* scalars only */
		size_t *n = caffe_field_n(to, t);

		*(void **)place = mem_realloc(*(void **)place, *n + 1, size);
		place = *(char **)place + size * (*n)++;
	}
	/* a file may have given the new form as well: the old one counts */
	if (t->type == PROTOBUF_C_TYPE_MESSAGE)
		caffe_msg_free(*(void **)place);
	else if (t->type == PROTOBUF_C_TYPE_STRING &&
	    *(void **)place != t->default_value)
		mem_free(*(void **)place);
	memcpy(place, caffe_field_at(from, f), size);
	caffe_field_set(to, t);
	if (f->type == PROTOBUF_C_TYPE_STRING ||
	    f->type == PROTOBUF_C_TYPE_MESSAGE)
		*(const void **)caffe_field_at(from, f) = f->default_value;
}

static const struct move *
find_move(const char *field, const char *type)
{
	size_t i;

	for (i = 0; i < LENGTH(moves); i++)
		if (strcmp(moves[i].from, field) == 0 &&
		    (moves[i].type == NULL || strcmp(moves[i].type, type) == 0))
			return &moves[i];
	return NULL;
}

/* The row of types, or -1. */
static int
find_type(const char *type)
{
	for (size_t i = 0; i < LENGTH(types); i++)
		if (strcmp(types[i].v0, type) == 0)
			return (int)i;
	return -1;
}

const char *
caffe_v0_type_name(const char *type)
{
	const int i = find_type(type);

	return i < 0 ? type : caffe_v1_type_name(types[i].v1);
}

/* A type that was not there in 2013 is named when the net is built. */
static void
set_type(Caffe__V1LayerParameter *l, const char *type)
{
	const int i = find_type(type);

	if (i >= 0) {
		l->has_type = 1;
		l->type = types[i].v1;
	} else {
		l->fork_type = mem_strdup(type);
	}
}

/* Names, blobs and multipliers, which have the same form in V1. */
static void
move_common(Caffe__V1LayerParameter *l, Caffe__V0LayerParameter *v0)
{
	caffe_set_str(l, "name", v0->name);
	l->blobs = v0->blobs;
	l->n_blobs = v0->n_blobs;
	l->blobs_lr = v0->blobs_lr;
	l->n_blobs_lr = v0->n_blobs_lr;
	l->weight_decay = v0->weight_decay;
	l->n_weight_decay = v0->n_weight_decay;
	l->hdf5_output_param = v0->hdf5_output_param;
	v0->blobs = NULL;
	v0->blobs_lr = v0->weight_decay = NULL;
	v0->n_blobs = v0->n_blobs_lr = v0->n_weight_decay = 0;
	v0->hdf5_output_param = NULL;
}

static int
upgrade_layer(Caffe__V1LayerParameter *l)
{
	Caffe__V0LayerParameter *v0 = l->layer;
	const char *type = v0 != NULL ? v0->type : NULL;
	const ProtobufCMessageDescriptor *d;
	const struct move *move;
	unsigned i;

	if (v0 == NULL)
		return 0;
	if (l->n_blobs || l->n_blobs_lr || l->n_weight_decay ||
	    l->hdf5_output_param != NULL)
		return err_set(ERR_FORMAT,
		    "layer %s mixes the formats of 2013 and 2014",
		    text_or(v0->name, ""));
	move_common(l, v0);
	if (type != NULL)
		set_type(l, type);
	d = v0->base.descriptor;
	for (i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];

		if (caffe_msg_count(v0, f) == 0 ||
		    strcmp(f->name, "name") == 0 ||
		    strcmp(f->name, "type") == 0)
			continue;
		move = find_move(f->name, text_or(type, ""));
		if (move != NULL)
			move_value(
			    v0, f, caffe_msg_sub(l, move->sub), move->to);
		else
			log_warn(
			    "layer %s: %s has no meaning in a layer of type %s",
			    text_or(l->name, ""), f->name, text_or(type, "?"));
	}
	caffe_msg_free(v0);
	l->layer = NULL;
	return 0;
}

/* ---- padding layers ---- */

/* Which layer makes a blob; sorted by name, then by layer. */
struct maker {
	const char *name;
	size_t layer;
};

static int
by_name(const void *a, const void *b)
{
	const struct maker *p = a, *q = b;
	int d = strcmp(p->name, q->name);

	return d ? d : (p->layer > q->layer) - (p->layer < q->layer);
}

static struct maker *
list_makers(const Caffe__NetParameter *net, size_t *n)
{
	struct maker *v = NULL;
	size_t cap = 0, i, j;

	*n = 0;
	for (i = 0; i < net->n_layers; i++)
		for (j = 0; j < net->layers[i]->n_top; j++) {
			mem_grow(&v, &cap, *n + 1);
			v[*n].name = net->layers[i]->top[j];
			v[(*n)++].layer = i;
		}
	if (*n > 0)
		qsort(v, *n, sizeof(*v), by_name);
	return v;
}

/* The last layer before `before` with that top, or SIZE_MAX. */
static size_t
find_maker(const struct maker *v, size_t n, const char *name, size_t before)
{
	const struct maker key = { name, before };
	size_t lo = 0, hi = n, mid;

	while (lo < hi) { /* the first that is not less than key */
		mid = lo + (hi - lo) / 2;
		if (by_name(&v[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0 || strcmp(v[lo - 1].name, name) != 0)
		return SIZE_MAX;
	return v[lo - 1].layer;
}

static int
is_type(const Caffe__V1LayerParameter *l, const char *type)
{
	return l->layer != NULL && l->layer->type != NULL &&
	    strcmp(l->layer->type, type) == 0;
}

/* Let l, which reads the padding layer p, do the padding itself. */
static int
absorb(Caffe__V1LayerParameter *l, const Caffe__V1LayerParameter *p)
{
	if (!is_type(l, "conv") && !is_type(l, "pool"))
		return err_set(ERR_FORMAT,
		    "layer %s reads a padding layer but is neither conv nor pool",
		    text_or(l->layer != NULL ? l->layer->name : l->name, ""));
	if (l->n_bottom != 1 || p->n_bottom != 1 || p->n_top != 1)
		return err_set(ERR_FORMAT,
		    "layer %s: a padding layer has one bottom and one top, and its reader one bottom",
		    text_or(l->layer->name, ""));
	l->layer->has_pad = 1;
	l->layer->pad = p->layer->pad;
	mem_free(l->bottom[0]);
	l->bottom[0] = mem_strdup(p->bottom[0]);
	return 0;
}

static int
absorb_padding(Caffe__NetParameter *net)
{
	struct maker *makers;
	size_t n, i, j, k;
	int rc = 0;

	makers = list_makers(net, &n);
	for (i = 0; i < net->n_layers && rc == 0; i++) {
		Caffe__V1LayerParameter *l = net->layers[i];

		for (j = 0; j < l->n_bottom && rc == 0; j++) {
			k = find_maker(makers, n, l->bottom[j], i);
			if (k != SIZE_MAX && is_type(net->layers[k], "padding"))
				rc = absorb(l, net->layers[k]);
		}
	}
	mem_free(makers);
	if (rc < 0)
		return rc;
	for (i = j = 0; i < net->n_layers; i++) {
		if (is_type(net->layers[i], "padding"))
			caffe_msg_free(net->layers[i]);
		else
			net->layers[j++] = net->layers[i];
	}
	net->n_layers = j;
	return 0;
}

int
caffe_upgrade_v0(Caffe__NetParameter *net)
{
	bool padding = false;
	size_t i;

	for (i = 0; i < net->n_layers; i++)
		padding |= is_type(net->layers[i], "padding");
	if (padding)
		TRY(absorb_padding(net));
	for (i = 0; i < net->n_layers; i++)
		TRY(upgrade_layer(net->layers[i]));
	return 0;
}
