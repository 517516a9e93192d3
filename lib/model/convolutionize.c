/* Fully connected layers become convolutions: see convolutionize.h. */
#include "model/convolutionize.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "caffe/wire.h"
#include "model/folder.h"
#include "nn/net.h"
#include "nn/read.h"

/* A layer that becomes a convolution. */
struct window {
	char *name;
	int64_t channels, height, width;
};

struct windows {
	struct window *v;
	size_t n, cap;
};

static const Caffe__InnerProductParameter none =
    CAFFE__INNER_PRODUCT_PARAMETER__INIT;

static bool
is_full(const Caffe__LayerParameter *l)
{
	return strcmp(l->type, "InnerProduct") == 0;
}

static const struct window *
find_window(const struct windows *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->v[i].name, name) == 0)
			return &w->v[i];
	return NULL;
}

static bool
is_flatten(const Caffe__LayerParameter *l)
{
	return strcmp(l->type, "Flatten") == 0 && l->n_bottom == 1 &&
	    l->n_top == 1;
}

/* The shape of a layer's bottom, before any Flatten. */
static struct shape
shape_below(const struct net *n, const struct layer *l)
{
	int t = l->bottom[0];

	for (int i = l->index; i-- > 0;) {
		const struct layer *below = &n->layers[i];

		if (below->ntop > 0 && below->top[0] == t &&
		    is_flatten(below->p))
			t = below->bottom[0];
	}
	return *graph_shape(n->graph, t);
}

static int
take_layer(struct windows *w, const struct net *n, const struct layer *l)
{
	const Caffe__InnerProductParameter *p =
	    LAYER_PARAM(l, inner_product_param, &none);
	const struct shape s = shape_below(n, l);
	char text[SHAPE_TEXT_MAX];

	if (p->axis != 1 || p->transpose || (s.n != 2 && s.n != 4))
		return err_set(ERR_FORMAT,
		    "layer \"%s\" cannot be a convolution: %s", l->name,
		    p->transpose       ? "its weights are transposed"
			: p->axis != 1 ? "it joins other axes"
				       : shape_text(text, &s));
	mem_grow(&w->v, &w->cap, w->n + 1);
	w->v[w->n++] = (struct window){ .name = mem_strdup(l->name),
		.channels = s.d[1],
		.height = s.n == 4 ? s.d[2] : 1,
		.width = s.n == 4 ? s.d[3] : 1 };
	return 0;
}

/* From the net for use, which says the size of its pictures. */
static int
find_windows(struct windows *w, const Caffe__NetParameter *np, const char *path)
{
	const struct net_opts o = { .phase = CAFFE__PHASE__TEST };
	struct net *n = NULL;
	int rc = net_new(&n, np, &o);

	for (int i = 0; rc >= 0 && i < n->nlayers; i++)
		if (is_full(n->layers[i].p))
			rc = take_layer(w, n, &n->layers[i]);
	net_free(n);
	if (rc >= 0 && w->n == 0)
		rc = err_set(ERR_FORMAT,
		    "there is no InnerProduct layer to make a convolution of");
	return rc < 0 ? err_in(rc, "%s", path) : 0;
}

static void
change_layer(Caffe__LayerParameter *l, const struct window *w)
{
	Caffe__InnerProductParameter *p = l->inner_product_param;
	Caffe__ConvolutionParameter *c =
	    caffe_new(Caffe__ConvolutionParameter, convolution_parameter);

	caffe_set_str(l, "type", "Convolution");
	c->has_kernel_h = c->has_kernel_w = 1;
	c->kernel_h = (uint32_t)w->height;
	c->kernel_w = (uint32_t)w->width;
	if (p != NULL) {
		c->has_num_output = p->has_num_output;
		c->num_output = p->num_output;
		c->has_bias_term = p->has_bias_term;
		c->bias_term = p->bias_term;
		c->weight_filler = p->weight_filler;
		c->bias_filler = p->bias_filler;
		p->weight_filler = p->bias_filler = NULL;
	}
	caffe_msg_free(p);
	l->inner_product_param = NULL;
	l->convolution_param = c;
}

/* Does a layer that becomes a convolution read the blob, maybe through layers that
 * work in place? */
static bool
is_read(const Caffe__NetParameter *np, size_t from, const char *blob,
    const struct windows *w)
{
	for (size_t i = from; i < np->n_layer; i++) {
		const Caffe__LayerParameter *l = np->layer[i];

		for (size_t b = 0; b < l->n_bottom; b++)
			if (strcmp(l->bottom[b], blob) == 0 &&
			    find_window(w, l->name) != NULL)
				return true;
	}
	return false;
}

/* Layer i, a Flatten, is taken out: who reads its top reads its bottom. */
static void
drop_flatten(Caffe__NetParameter *np, size_t i)
{
	Caffe__LayerParameter *l = np->layer[i];

	for (size_t k = i + 1; k < np->n_layer; k++) {
		Caffe__LayerParameter *o = np->layer[k];

		for (size_t b = 0; b < o->n_bottom; b++)
			if (strcmp(o->bottom[b], l->top[0]) == 0) {
				free(o->bottom[b]);
				o->bottom[b] = strdup(l->bottom[0]);
			}
		for (size_t t = 0; t < o->n_top; t++)
			if (strcmp(o->top[t], l->top[0]) == 0) {
				free(o->top[t]);
				o->top[t] = strdup(l->bottom[0]);
			}
	}
	memmove(&np->layer[i], &np->layer[i + 1],
	    (np->n_layer - i - 1) * sizeof(*np->layer));
	np->n_layer--;
	caffe_msg_free(l);
}

static void
change_net(Caffe__NetParameter *np, const struct windows *w)
{
	for (size_t i = 0; i < np->n_layer;) {
		Caffe__LayerParameter *l = np->layer[i];
		const struct window *at = find_window(w, l->name);

		if (is_flatten(l) && is_read(np, i + 1, l->top[0], w)) {
			drop_flatten(np, i);
			continue;
		}
		if (at != NULL && is_full(l))
			change_layer(l, at);
		i++;
	}
}

/* One of the folder's nets, where it is there. */
static int
change_file(const char *dir, const char *name, const struct windows *w)
{
	Caffe__NetParameter *np = NULL;
	char *path = NULL;
	int rc;

	TRY(model_file_in(&path, dir, name));
	rc = path != NULL ? net_read(&np, path) : 0;
	if (np != NULL) {
		change_net(np, w);
		rc = caffe_text_write(path, np, 1);
	}
	caffe_msg_free(np);
	mem_free(path);
	return rc;
}

static void
set_shape(Caffe__BlobProto *b, const int64_t d[4])
{
	if (b->shape == NULL)
		b->shape = caffe_new(Caffe__BlobShape, blob_shape);
	free(b->shape->dim);
	b->shape->dim = NULL;
	b->shape->n_dim = 0;
	for (int i = 0; i < 4; i++)
		caffe_add_i64(&b->shape->dim, &b->shape->n_dim, d[i]);
	b->has_num = b->has_channels = b->has_height = b->has_width = 0;
}

/* (O, C H W), in old files (1, 1, O, C H W), to (O, C, H, W). */
static int
change_weights(Caffe__LayerParameter *l, const struct window *w)
{
	const int64_t inputs = w->channels * w->height * w->width;
	struct caffe_shape s;
	int64_t all = 1, d[4];

	if (l->n_blobs == 0)
		return 0;
	TRY(caffe_blob_shape(&s, l->blobs[0]));
	for (int i = 0; i < s.ndim; i++)
		all *= s.dim[i];
	if (all % inputs != 0 || s.dim[s.ndim - 1] != inputs)
		return err_set(ERR_FORMAT,
		    "layer \"%s\": its weights are not for %lldx%lldx%lld inputs",
		    l->name, (long long)w->channels, (long long)w->height,
		    (long long)w->width);
	d[0] = all / inputs;
	d[1] = w->channels;
	d[2] = w->height;
	d[3] = w->width;
	set_shape(l->blobs[0], d);
	caffe_set_str(l, "type", "Convolution");
	caffe_msg_free(l->inner_product_param);
	l->inner_product_param = NULL;
	if (l->n_blobs > 1) {
		const int64_t bias[4] = { 1, 1, 1, d[0] };

		/* of old files (1, 1, 1, O) */
		set_shape(l->blobs[1], bias);
		l->blobs[1]->shape->n_dim = 1;
		l->blobs[1]->shape->dim[0] = d[0];
	}
	return 0;
}

static int
change_model(struct model_info *info, const char *dir, const struct windows *w)
{
	Caffe__NetParameter *np = NULL;
	char *path = NULL, *to = NULL;
	int rc;

	TRY(model_file_in(&path, dir, info->snapshot_file));
	if (path == NULL)
		return err_set(ERR_MISSING, "there are no weights to change");
	rc = caffe_weights_read(&np, path);
	for (size_t i = 0; rc >= 0 && i < np->n_layer; i++) {
		const struct window *at = find_window(w, np->layer[i]->name);

		if (at != NULL)
			rc = change_weights(np->layer[i], at);
	}
	if (rc < 0)
		rc = err_in(rc, "%s", path);
	if (rc >= 0 && path_has_ext(path, ".h5")) {
		to = path_join(dir, "model.caffemodel");
		rc = unlink(path) == 0 ? 0 : err_sys("remove %s", path);
		model_set(&info->snapshot_file, "model.caffemodel");
	}
	if (rc >= 0)
		rc = caffe_wire_write(to != NULL ? to : path, np, 1);
	caffe_msg_free(np);
	mem_free(path);
	mem_free(to);
	return rc;
}

static int
change_all(struct model_info *info, const char *dir, const struct windows *w)
{
	const char *const files[] = { info->deploy_file, info->model_file,
		info->network_file, info->train_val_file };

	for (size_t i = 0; i < LENGTH(files); i++) {
		bool again = false;

		for (size_t k = 0; files[i] != NULL && k < i; k++)
			again |=
			    files[k] != NULL && strcmp(files[i], files[k]) == 0;
		if (files[i] != NULL && files[i][0] != '\0' && !again)
			TRY(change_file(dir, files[i], w));
	}
	return change_model(info, dir, w);
}

int
model_convolutionize(struct model_info *info, const char *dir)
{
	struct windows w = { 0 };
	Caffe__NetParameter *np = NULL;
	char *path = NULL;
	int rc;

	TRY(model_file_in(&path, dir, info->deploy_file));
	rc = path != NULL
	    ? net_read(&np, path)
	    : err_set(ERR_FORMAT,
		  "the model has no deploy.prototxt, which says the size of its pictures");
	if (rc >= 0)
		rc = find_windows(&w, np, path);
	if (rc >= 0)
		rc = change_all(info, dir, &w);
	for (size_t i = 0; i < w.n; i++)
		mem_free(w.v[i].name);
	mem_free(w.v);
	caffe_msg_free(np);
	mem_free(path);
	return rc < 0 ? rc : (int)w.n;
}
