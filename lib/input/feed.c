/* The feeds of a net: made with it, and what they have in common. */
#include "input/feed.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

void
feeds_init(struct feeds *f, const struct feed_opts *o)
{
	memset(f, 0, sizeof(*f));
	f->opts = *o;
	if (o->inputs == NULL)
		f->opts.inputs = f->own = inputs_new();
}

void
feeds_clear(struct feeds *f)
{
	for (int i = 0; i < f->n; i++) {
		f->v[i]->type->stop(f->v[i]);
		mem_free(f->v[i]);
	}
	mem_free(f->v);
	f->v = NULL;
	f->n = 0;
	inputs_free(f->own);
	f->own = NULL;
}

static const struct feed_type *
type_find(const char *name)
{
	for (int i = 0; feed_types[i] != NULL; i++)
		if (strcmp(feed_types[i]->name, name) == 0)
			return feed_types[i];
	return NULL;
}

static struct feed *
add_feed(struct feeds *feeds, const struct feed_type *t, const struct layer *l)
{
	struct feed *f = mem_calloc(1, t->size);

	f->type = t;
	f->opts = feeds->opts;
	f->layer = l->name;
	f->index = l->index;
	feeds->v =
	    mem_realloc(feeds->v, (size_t)feeds->n + 1, sizeof(*feeds->v));
	feeds->v[feeds->n++] = f;
	return f;
}

static int
check_tops(const struct layer *l)
{
	return l->p->n_top > FEED_TOPS
	    ? err_set(
		  ERR_RANGE, "%zu tops, %d can be fed", l->p->n_top, FEED_TOPS)
	    : 0;
}

/* An item's shape with the axis of the batch in front. */
static int
batched(struct shape *out, const struct shape *item, int batch)
{
	if (item->n >= SHAPE_MAX)
		return err_set(ERR_RANGE, "%d axes and the batch's: %d at most",
		    item->n, SHAPE_MAX);
	out->n = item->n + 1;
	out->d[0] = batch;
	memcpy(out->d + 1, item->d, (size_t)item->n * sizeof(*item->d));
	return 0;
}

/* The batch that a layer asks for; 0: it does not say. */
static uint32_t
batch_of(const Caffe__LayerParameter *p)
{
	if (p->data_param != NULL)
		return p->data_param->batch_size;
	if (p->image_data_param != NULL)
		return p->image_data_param->batch_size;
	if (p->hdf5_data_param != NULL)
		return p->hdf5_data_param->batch_size;
	return p->window_data_param != NULL ? p->window_data_param->batch_size
					    : 0;
}

/* Labels come in batches as their pictures do, whichever layer is first. */
static int
check_batch(const struct feeds *feeds, const struct feed *new)
{
	for (int i = 0; i < feeds->n; i++) {
		const struct feed *f = feeds->v[i];

		if ((f->input == new->input->pictures ||
			new->input == f->input->pictures) &&
		    f->batch != new->batch)
			return err_set(ERR_FORMAT,
			    "batch_size %d, but %d of layer %s: pictures and their labels go together",
			    new->batch, f->batch, f->layer);
	}
	return 0;
}

int
feeds_shape(void *ctx, const struct layer *l, struct shape *top, int ntop)
{
	struct feeds *feeds = ctx;
	const struct feed_type *t = type_find(l->p->type);
	struct input *in;
	struct feed *f;
	int batch;

	if (t == NULL || t->late)
		return err_set(ERR_UNSUPPORTED,
		    "layers of type %s cannot be fed", l->p->type);
	TRY(check_tops(l));
	TRY(inputs_find(&in, feeds->opts.inputs, l, t, &feeds->opts));
	TRY(feed_batch(&batch, &feeds->opts, batch_of(l->p)));
	f = add_feed(feeds, t, l);
	f->input = in;
	f->batch = batch;
	f->items = in->spec.items;
	f->ntop = in->spec.ntop;
	TRY(check_batch(feeds, f));
	for (int i = 0; i < f->ntop; i++) {
		if (in->spec.rows[i])
			f->shape[i] =
			    shape_of(4, 1, 1, in->spec.shape[i].d[0] * batch,
				in->spec.shape[i].d[1]);
		else
			TRY(batched(&f->shape[i], &in->spec.shape[i], batch));
	}
	if (ntop > f->ntop)
		return err_set(
		    ERR_FORMAT, "%d tops, %s gives %d", ntop, t->name, f->ntop);
	for (int i = 0; i < ntop; i++)
		top[i] = f->shape[i];
	return 0;
}

int
feed_batch(int *out, const struct feed_opts *o, uint32_t layers)
{
	uint64_t batch = o->batch > 0 ? (uint64_t)o->batch : layers;
	uint64_t ranks = o->ranks > 1 ? o->ranks : 1;

	if (batch < 1 || batch > 1 << 20)
		return err_set(
		    ERR_FORMAT, "batch_size must be 1 to %d", 1 << 20);
	if (batch % ranks != 0)
		return err_set(ERR_USAGE,
		    "a batch of %llu cannot be shared by %llu ranks",
		    (unsigned long long)batch, (unsigned long long)ranks);
	*out = (int)(batch / ranks);
	return 0;
}

uint64_t
feed_place(const struct feed_opts *o, uint64_t g, size_t i)
{
	return o->ranks > 1 ? (g + i) * o->ranks + o->rank : g + i;
}

void
feed_offer(
    struct feed *f, const struct transform *t, size_t bytes, size_t records)
{
	struct picture_rule *r = &f->rule;

	if (!transform_is_plain(t))
		return;
	f->offers = true;
	f->picture_bytes = bytes;
	f->records = records <= UINT32_MAX ? records : 0;
	*r = (struct picture_rule){ .scale = t->scale,
		.mean = t->mean,
		.mean_height = t->height,
		.mean_width = t->width,
		.nmean_value = t->nmean_value };
	memcpy(r->mean_value, t->mean_value,
	    sizeof(float) * (size_t)t->nmean_value);
}

bool
feed_wants(struct feed_pictures *b, size_t i, size_t record)
{
	struct ring_picture *p = &b->list[i];

	p->record = (uint32_t)record;
	p->held = b->held != NULL && b->held[record];
	if (p->held)
		return false;
	p->at = b->n++ * b->room;
	p->keep = b->held != NULL;
	if (p->keep)
		b->held[record] = 1;
	return true;
}

/* A feed whose shapes are the layer's tops. */
static int
add_late(struct feeds *feeds, const struct feed_type *t, const struct layer *l)
{
	struct feed *f;

	TRY(check_tops(l));
	f = add_feed(feeds, t, l);
	f->ntop = l->ntop;
	for (int i = 0; i < l->ntop; i++)
		f->shape[i] = *graph_shape(l->graph, l->top[i]);
	f->batch = l->ntop > 0 && f->shape[0].n > 0 ? (int)f->shape[0].d[0] : 1;
	return 0;
}

static bool
has_feed(const struct feeds *feeds, int layer)
{
	for (int i = 0; i < feeds->n; i++)
		if (feeds->v[i]->index == layer)
			return true;
	return false;
}

static int
err_in_layer(int rc, const char *name)
{
	return rc < 0 ? err_in(rc, "layer %s", name) : rc;
}

int
feeds_start(struct feeds *feeds, const struct net *net)
{
	for (int i = 0; i < net->nlayers; i++) {
		const struct layer *l = &net->layers[i];
		const struct feed_type *t = type_find(l->p->type);

		if (t == NULL || !t->late || has_feed(feeds, i))
			continue;
		TRY(err_in_layer(add_late(feeds, t, l), l->name));
	}
	for (int i = 0; i < feeds->n; i++) {
		struct feed *f = feeds->v[i];

		if (f->started)
			continue;
		f->started = true;
		TRY(err_in_layer(
		    f->type->start(f, &net->layers[f->index]), f->layer));
	}
	return 0;
}
