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
}

void
feeds_clear(struct feeds *f)
{
	for (int i = 0; i < f->n; i++)
		f->v[i]->type->close(f->v[i]);
	mem_free(f->v);
	f->v = NULL;
	f->n = 0;
}

static const struct feed_type *
type_find(const char *name)
{
	for (int i = 0; feed_types[i] != NULL; i++)
		if (strcmp(feed_types[i]->name, name) == 0)
			return feed_types[i];
	return NULL;
}

static int
add_feed(struct feeds *feeds, struct feed **out, const struct feed_type *t,
    const struct layer *l)
{
	struct feed *f = NULL;

	if (l->p->n_top > FEED_TOPS)
		return err_set(ERR_RANGE, "%zu tops, %d can be fed",
		    l->p->n_top, FEED_TOPS);
	TRY(t->open(&f, l, &feeds->opts));
	f->type = t;
	f->layer = l->name;
	f->index = l->index;
	f->base = feeds->opts.base;
	feeds->v =
	    mem_realloc(feeds->v, (size_t)feeds->n + 1, sizeof(*feeds->v));
	feeds->v[feeds->n++] = f;
	*out = f;
	return 0;
}

int
feeds_shape(void *ctx, const struct layer *l, struct shape *top, int ntop)
{
	struct feeds *feeds = ctx;
	const struct feed_type *t = type_find(l->p->type);
	struct feed *f = NULL;

	if (t == NULL)
		return err_set(ERR_UNSUPPORTED,
		    "layers of type %s cannot be fed", l->p->type);
	TRY(add_feed(feeds, &f, t, l));
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

int
feeds_late(struct feeds *feeds, const struct net *net)
{
	for (int i = 0; i < net->nlayers; i++) {
		const struct layer *l = &net->layers[i];
		const struct feed_type *t = type_find(l->p->type);
		struct feed *f = NULL;
		int rc;

		if (t == NULL || !t->late)
			continue;
		rc = add_feed(feeds, &f, t, l);
		if (rc < 0)
			return err_in(rc, "layer %s", l->name);
	}
	return 0;
}
