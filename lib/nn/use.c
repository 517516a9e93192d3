/* Uses of a net by name, and nets without their data. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "nn/use.h"

const struct net_use_def net_uses[NET_USES] = {
	[NET_TRAIN] = { "train", CAFFE__PHASE__TRAIN, { "train", NULL } },
	[NET_VAL] = { "val", CAFFE__PHASE__TEST, { "val", NULL } },
	[NET_TEST] = { "test", CAFFE__PHASE__TEST, { NULL } },
	[NET_DEPLOY] = { "deploy", CAFFE__PHASE__TEST, { "deploy", NULL } },
};

enum net_use
net_use_guess(const Caffe__NetParameter *np)
{
	const struct net_use_def *u = &net_uses[NET_DEPLOY];
	Caffe__NetState *state = caffe_state_new(u->phase, 0, u->stages);
	enum net_use use = NET_TRAIN;
	size_t i;

	for (i = 0; i < np->n_layer; i++)
		if (layer_role(np->layer[i]->type) == LAYER_INPUT &&
		    caffe_layer_in(np->layer[i], state) == 1)
			use = NET_DEPLOY;
	caffe_msg_free(state);
	return use;
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

static int64_t
crop_of(const Caffe__LayerParameter *p)
{
	if (p->transform_param != NULL && p->transform_param->crop_size)
		return p->transform_param->crop_size;
	if (p->window_data_param != NULL)
		return p->window_data_param->crop_size;
	return 0;
}

/* SSD's pictures and boxes: what brings the pictures to a size; or NULL. */
static bool
is_annotated(const Caffe__LayerParameter *p)
{
	return strcmp(p->type, "AnnotatedData") == 0;
}

static const Caffe__ResizeParameter *
resize_of(const Caffe__LayerParameter *p)
{
	const Caffe__TransformationParameter *t = p->transform_param;

	return is_annotated(p) && t != NULL && t->n_resize_param == 1
	    ? t->resize_param[0]
	    : NULL;
}

static void
picture_shape(const struct layer *l, const struct net_data *d, struct shape *s)
{
	const Caffe__ResizeParameter *q = resize_of(l->p);
	int64_t crop = crop_of(l->p);

	*s = (struct shape){ 4,
		{ batch_of(l->p, d), d->chw[0] ? d->chw[0] : 3,
		    crop ? crop : d->chw[1], crop ? crop : d->chw[2] } };
	if (q != NULL && !crop && !d->chw[0]) {
		s->d[2] = q->height;
		s->d[3] = q->width;
	}
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

/* Pictures, then labels; a lone top called label is labels too. */
static int
feed_shape(void *ctx, const struct layer *l, struct shape *top, int ntop)
{
	const struct net_data *d = ctx;
	bool lone = layer_gives_labels(l->p);
	int i;

	for (i = 0; i < ntop; i++)
		label_shape(l, d, &top[i]);
	if (lone && d->labels != NET_LABEL_MAP)
		return 0;
	if (!crop_of(l->p) && !d->chw[0] && resize_of(l->p) == NULL)
		return err_set(ERR_MISSING,
		    "the size of its pictures is not known (say, for net-show, --input 3x224x224)");
	if (!lone)
		picture_shape(l, d, &top[0]);
	return 0;
}

/* The tops of Input layers with another first dimension; ends with a NULL
 * name. */
static struct net_input *
batched(const Caffe__NetParameter *np, int batch)
{
	struct net_input *in = NULL;
	size_t cap = 0, n = 0, i, t;
	int k;

	mem_grow(&in, &cap, 1);
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

int
net_new_use(struct net **out, const Caffe__NetParameter *np, enum net_use use,
    const struct net_data *d)
{
	static const int guesses[] = { NET_LABEL_MAP, NET_LABEL_BOXES };
	struct net_data data = *d;
	struct net_opts o = { .phase = net_uses[use].phase,
		.stages = net_uses[use].stages,
		.feed_shape = feed_shape,
		.feed_ctx = &data,
		.classes = d->classes };
	struct net_input *inputs = batched(np, d->batch);
	struct err_saved first;
	int rc;

	o.inputs = inputs;
	rc = net_new(out, np, &o);
	if (rc < 0 && d->labels == NET_LABEL_UNKNOWN) {
		err_save(&first, rc);
		/* a layer that is not here is what is wrong, not its labels */
		for (size_t i = 0; i < LENGTH(guesses) && rc < 0 &&
		     (i == 0 || rc != ERR_UNSUPPORTED);
		     i++) {
			data.labels = guesses[i];
			rc = net_new(out, np, &o);
		}
		if (rc < 0 && rc != ERR_UNSUPPORTED)
			rc = err_restore(&first);
	}
	mem_free(inputs);
	return rc;
}
