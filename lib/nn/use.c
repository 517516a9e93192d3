/* Uses of a net by name, and nets without their data. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "nn/use.h"

const struct net_use_def net_uses[NET_USES] = {
	[NET_TRAIN] = { "train", CAFFE__PHASE__TRAIN, { "train", NULL } },
	[NET_VAL] = { "val", CAFFE__PHASE__TEST, { "val", NULL } },
	[NET_TEST] = { "test", CAFFE__PHASE__TEST, { NULL } },
	[NET_DEPLOY] = { "deploy", CAFFE__PHASE__TEST, { "deploy", NULL } },
};

/* Has the net, in that use, a layer of that role, or of the other? */
static bool
has_role(const Caffe__NetParameter *np, enum net_use use, enum layer_role role,
    enum layer_role other)
{
	const struct net_use_def *u = &net_uses[use];
	Caffe__NetState *state = caffe_state_new(u->phase, 0, u->stages);
	bool has = false;

	for (size_t i = 0; i < np->n_layer && !has; i++) {
		const enum layer_role r = layer_role(np->layer[i]->type);

		has = (r == role || r == other) &&
		    caffe_layer_in(np->layer[i], state) == 1;
	}
	caffe_msg_free(state);
	return has;
}

enum net_use
net_use_guess(const Caffe__NetParameter *np)
{
	static const enum net_use order[] = { NET_TRAIN, NET_VAL, NET_TEST };

	if (has_role(np, NET_DEPLOY, LAYER_INPUT, LAYER_INPUT))
		return NET_DEPLOY;
	for (size_t i = 0; i < LENGTH(order); i++)
		if (has_role(np, order[i], LAYER_DATA, LAYER_INPUT))
			return order[i];
	return NET_TRAIN;
}

enum { SIDE_MAX = 1 << 20 };

int
net_data_size(struct net_data *d, const char *text)
{
	int64_t v[3];
	char end;
	int i;

	if (text == NULL)
		return 0;
	if (sscanf(text, "%" SCNd64 "x%" SCNd64 "x%" SCNd64 "%c", &v[0], &v[1],
		&v[2], &end) != 3)
		return err_set(ERR_USAGE, "%s: CxHxW is wanted", text);
	for (i = 0; i < 3; i++) {
		if (v[i] < 1 || v[i] > SIDE_MAX)
			return err_set(
			    ERR_USAGE, "%s: sizes are 1 to %d", text, SIDE_MAX);
		d->chw[i] = v[i];
	}
	return 0;
}

int
net_data_blob(struct net_input *out, const char *name, const char *text)
{
	struct shape s = { 0 };
	const char *at = text;

	for (;; at++) {
		const size_t n = strcspn(at, "x");
		char *one = mem_strndup(at, n);
		int64_t v = 0;
		int rc = s.n < SHAPE_MAX
		    ? num_int(&v, one, 1, SIDE_MAX)
		    : err_set(ERR_USAGE, "more than %d axes", SHAPE_MAX);

		mem_free(one);
		if (rc < 0)
			return err_in(ERR_USAGE, "%s=%s", name, text);
		s.d[s.n++] = v;
		at += n;
		if (*at == '\0')
			break;
	}
	*out = (struct net_input){ .name = name, .shape = s };
	return shape_check(&s);
}

int64_t
net_layer_batch(const Caffe__LayerParameter *p)
{
	if (p->data_param != NULL && p->data_param->has_batch_size)
		return p->data_param->batch_size;
	if (p->image_data_param != NULL)
		return p->image_data_param->batch_size;
	if (p->dense_image_data_param != NULL)
		return p->dense_image_data_param->batch_size;
	if (p->hdf5_data_param != NULL && p->hdf5_data_param->has_batch_size)
		return p->hdf5_data_param->batch_size;
	if (p->window_data_param != NULL &&
	    p->window_data_param->has_batch_size)
		return p->window_data_param->batch_size;
	return 1;
}

static int64_t
batch_of(const Caffe__LayerParameter *p, const struct net_data *d)
{
	return d->batch ? d->batch : net_layer_batch(p);
}

/* Height and width that the layer itself gives its pictures; 0: it does not.  Of
 * SSD's several sizes the first, where d has none. */
static void
own_size(const Caffe__LayerParameter *p, const struct net_data *d, int64_t *h,
    int64_t *w)
{
	const Caffe__TransformationParameter *t = p->transform_param;

	*h = *w = 0;
	if (p->image_data_param != NULL) {
		*h = p->image_data_param->new_height;
		*w = p->image_data_param->new_width;
	} else if (p->dense_image_data_param != NULL) {
		*h = p->dense_image_data_param->new_height;
		*w = p->dense_image_data_param->new_width;
	} else if (p->window_data_param != NULL) {
		*h = *w = p->window_data_param->crop_size;
	}
	if (t != NULL && t->n_resize_param > 0 && d->chw[0] == 0) {
		*h = t->resize_param[0]->height;
		*w = t->resize_param[0]->width;
	}
	if (t != NULL && t->crop_size > 0) {
		*h = *w = t->crop_size;
	} else if (t != NULL && t->crop_h > 0 && t->crop_w > 0) {
		*h = t->crop_h;
		*w = t->crop_w;
	}
}

/* SSD's pictures and boxes. */
static bool
is_annotated(const Caffe__LayerParameter *p)
{
	return strcmp(p->type, "AnnotatedData") == 0;
}

/* Where neither the layer nor d says it, the sides are 0. */
static void
picture_shape(const struct layer *l, const struct net_data *d, struct shape *s)
{
	const Caffe__LayerParameter *p = l->p;
	const bool gray =
	    (p->image_data_param != NULL && !p->image_data_param->is_color) ||
	    (p->transform_param != NULL && p->transform_param->force_gray);
	int64_t h, w;

	own_size(p, d, &h, &w);
	*s = (struct shape){ 4,
		{ batch_of(p, d),
		    d->chw[0]  ? d->chw[0]
			: gray ? 1
			       : 3,
		    h > 0 ? h : d->chw[1], w > 0 ? w : d->chw[2] } };
}

static void
label_shape(const struct layer *l, const struct net_data *d, struct shape *s)
{
	int64_t n = batch_of(l->p, d);

	if (is_annotated(l->p)) { /* one row for each picture */
		*s = shape_of(4, 1, 1, n, 8);
		return;
	}
	if (d->labels == NET_LABEL_MAP) {
		picture_shape(l, d, s);
		s->d[1] = 1;
		return;
	}
	if (d->labels == NET_LABEL_BOXES) {
		*s = (struct shape){ 4, { n, 1, NET_LABEL_ROWS, 16 } };
		return;
	}
	*s = (struct shape){ d->labels > 1 ? 2 : 1, { n, d->labels } };
}

/* Shapes of labels that layers have asked for: the nth try of each. */
enum { WANTED_MAX = 32, TRIES = 2 };

struct imagined {
	struct net_data data;
	struct wanted {
		char *name;
		struct shape shape;
		int tries;
	} wanted[WANTED_MAX];
	int nwanted;
	bool learned; /* by the build that failed last */
};

static struct wanted *
find_wanted(struct imagined *m, const char *name)
{
	for (int i = 0; i < m->nwanted; i++)
		if (strcmp(m->wanted[i].name, name) == 0)
			return &m->wanted[i];
	return NULL;
}

static const struct net_input *
find_said(const struct net_data *d, const char *name)
{
	const struct net_input *in = d->blobs;

	for (; in != NULL && in->name != NULL; in++)
		if (strcmp(in->name, name) == 0)
			return in;
	return NULL;
}

/* Pictures, then labels; a lone top called label is labels too. */
static int
feed_shape(void *ctx, const struct layer *l, struct shape *top, int ntop)
{
	struct imagined *m = ctx;
	const struct net_data *d = &m->data;
	const bool lone = layer_gives_labels(l->p);

	for (int i = 0; i < ntop; i++) {
		const char *name = l->p->top[i];
		const struct net_input *said = find_said(d, name);
		const struct wanted *w = find_wanted(m, name);

		if (said != NULL) {
			top[i] = said->shape;
			continue;
		}
		if (w != NULL) {
			top[i] = w->shape;
			continue;
		}
		if (i == 0 && !lone)
			picture_shape(l, d, &top[i]);
		else
			label_shape(l, d, &top[i]);
		if (top[i].n == 4 && (top[i].d[2] < 1 || top[i].d[3] < 1))
			return err_set(ERR_MISSING,
			    "the size of its pictures is not known (say, for net-show, --input 3x224x224)");
	}
	return 0;
}

/* A label: what a data layer makes and is no picture. */
static bool
is_label(const struct layer *l, int i)
{
	const struct net_blob *b = net_blob_find(l->net, l->p->bottom[i]);
	const struct layer *maker =
	    b != NULL ? &l->net->layers[b->layer] : NULL;

	if (maker == NULL || !maker->type->feed)
		return false;
	return strcmp(maker->p->top[0], b->name) != 0 ||
	    layer_gives_labels(maker->p);
}

/* What the layer takes beside a blob of shape x: the same, or a number where x has
 * its channels.  The latter first for SoftmaxWithLoss, which takes both: there the
 * same would be shares of classes. */
static bool
shape_beside(const struct layer *l, int label, int nth, struct shape *out)
{
	const bool classes = strcmp(l->type->name, "SoftmaxWithLoss") == 0;

	for (int i = 0; i < l->nbottom; i++) {
		if (i == label || is_label(l, i) || l->bottom[i] < 0)
			continue;
		*out = *graph_shape(l->graph, l->bottom[i]);
		if ((nth > 0) != classes && out->n > 1)
			out->d[1] = 1;
		return out->n > 0;
	}
	return false;
}

/* Labels that are cut: as long as the parts. */
static bool
shape_cut(const struct layer *l, struct shape *out)
{
	const Caffe__SliceParameter *p = l->p->slice_param;
	const size_t n = p != NULL ? p->n_slice_point : 0;
	int64_t size = l->ntop;

	if (l->nbottom != 1 || l->ntop < 2 ||
	    strcmp(l->type->name, "Slice") != 0)
		return false;
	if (n > 0)
		size = 2 * (int64_t)p->slice_point[n - 1] -
		    (n > 1 ? (int64_t)p->slice_point[n - 2] : 0);
	*out = *graph_shape(l->graph, l->bottom[0]);
	out->n = out->n < 2 ? 2 : out->n;
	out->d[1] = size;
	return true;
}

/* A layer cannot be made: would it, with labels of another shape? */
static void
learn_labels(void *ctx, const struct layer *l)
{
	struct imagined *m = ctx;

	for (int i = 0; i < l->nbottom; i++) {
		const char *name = l->p->bottom[i];
		struct wanted *w = find_wanted(m, name);
		const int nth = w != NULL ? w->tries : 0;
		struct shape s;

		if (nth == TRIES || !is_label(l, i) ||
		    find_said(&m->data, name) != NULL || l->bottom[i] < 0 ||
		    (w == NULL && m->nwanted == WANTED_MAX))
			continue;
		if (!shape_beside(l, i, nth, &s) && !shape_cut(l, &s))
			continue;
		if (w == NULL) {
			w = &m->wanted[m->nwanted++];
			*w = (struct wanted){ .name = mem_strdup(name) };
		}
		w->shape = s;
		w->tries++;
		m->learned = true;
	}
}

static void
forget_labels(struct imagined *m)
{
	while (m->nwanted > 0)
		mem_free(m->wanted[--m->nwanted].name);
}

/* Blobs that are said, and the tops of Input layers with another first dimension;
 * ends with a NULL name. */
static struct net_input *
batched(const Caffe__NetParameter *np, const struct net_data *d)
{
	const int batch = d->batch;
	struct net_input *in = NULL;
	size_t cap = 0, n = 0, i, t;
	int k;

	mem_grow(&in, &cap, 1);
	for (; d->blobs != NULL && d->blobs[n].name != NULL; n++) {
		mem_grow(&in, &cap, n + 2);
		in[n] = d->blobs[n];
	}
	for (i = 0; i < np->n_layer && batch > 0; i++) {
		const Caffe__LayerParameter *l = np->layer[i];

		if (layer_role(l->type) != LAYER_INPUT ||
		    l->input_param == NULL || l->input_param->n_shape == 0)
			continue;
		for (t = 0; t < l->n_top; t++) {
			const Caffe__BlobShape *s =
			    l->input_param
				->shape[t < l->input_param->n_shape ? t : 0];

			if (s->n_dim == 0 || s->n_dim > SHAPE_MAX)
				continue;
			mem_grow(&in, &cap, n + 2);
			in[n] = (struct net_input){ .name = l->top[t] };
			in[n].shape.n = (int)s->n_dim;
			for (k = 0; k < in[n].shape.n; k++)
				in[n].shape.d[k] = k > 0 ? s->dim[k] : batch;
			n++;
		}
	}
	in[n] = (struct net_input){ .name = NULL };
	return in;
}

/* Again and again, as long as a layer that fails tells of the labels it takes. */
static int
build(struct net **out, const Caffe__NetParameter *np, struct net_opts *o,
    struct imagined *m)
{
	struct err_saved first;
	int rc;

	forget_labels(m);
	m->learned = false;
	rc = net_new(out, np, o);
	err_save(&first, rc);
	while (rc < 0 && m->learned) {
		m->learned = false;
		rc = net_new(out, np, o);
	}
	return rc < 0 ? err_restore(&first) : 0;
}

/* The stages of the use, and those that d adds; ends with NULL. */
static const char **
stages_of(enum net_use use, const struct net_data *d)
{
	const char **v = NULL;
	size_t cap = 0, n = 0;

	for (; net_uses[use].stages[n] != NULL; n++) {
		mem_grow(&v, &cap, n + 2);
		v[n] = net_uses[use].stages[n];
	}
	for (size_t i = 0; d->stages != NULL && d->stages[i] != NULL; i++) {
		mem_grow(&v, &cap, n + 2);
		v[n++] = d->stages[i];
	}
	mem_grow(&v, &cap, n + 1);
	v[n] = NULL;
	return v;
}

int
net_new_use(struct net **out, const Caffe__NetParameter *np, enum net_use use,
    const struct net_data *d)
{
	static const int guesses[] = { NET_LABEL_MAP, NET_LABEL_BOXES };
	const char **stages = stages_of(use, d);
	struct net_input *inputs = batched(np, d);
	struct imagined *m = mem_new(struct imagined);
	struct net_opts o = { .phase = net_uses[use].phase,
		.stages = stages,
		.level = d->level,
		.inputs = inputs,
		.feed_shape = feed_shape,
		.feed_ctx = m,
		.failed = d->labels == NET_LABEL_UNKNOWN ? learn_labels : NULL,
		.classes = d->classes };
	struct err_saved first;
	int rc;

	m->data = *d;
	rc = build(out, np, &o, m);
	if (rc < 0 && d->labels == NET_LABEL_UNKNOWN) {
		err_save(&first, rc);
		/* a layer that is not here is what is wrong, not its labels */
		for (size_t i = 0; i < LENGTH(guesses) && rc < 0 &&
		     (i == 0 || rc != ERR_UNSUPPORTED);
		     i++) {
			m->data.labels = guesses[i];
			rc = build(out, np, &o, m);
		}
		if (rc < 0 && rc != ERR_UNSUPPORTED)
			rc = err_restore(&first);
	}
	forget_labels(m);
	mem_free(m);
	mem_free(inputs);
	mem_free(stages);
	return rc;
}
