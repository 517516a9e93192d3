/* The feeds of a net and the thread that keeps them one step ahead. */
#include "train/feed.h"

#include <pthread.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/stop.h"

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
	f->layer = l->p->name;
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

/* The layers that state their shapes themselves. */
static int
add_late(struct feeds *feeds, const struct net *net)
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

/* One top of one feed: its tensor and the two buffers that take turns. */
struct top {
	int feed, index, tensor; /* tensor -1: nobody reads it */
	float *v[2];
};

struct feeder {
	struct feeds *feeds;
	struct top *tops;
	int ntops;
	double waited;
	/* Guarded by lock. */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	bool running, quit;
	bool have[2]; /* buffer i holds step[i], or its failure */
	uint64_t step[2];
	bool asked; /* there is a step to prepare */
	uint64_t ask;
	int into;
	struct err_saved failure[2];
};

static int
fill(struct feeder *f, uint64_t step, int into)
{
	for (int i = 0; i < f->feeds->n; i++) {
		struct feed *feed = f->feeds->v[i];
		float *top[FEED_TOPS] = { 0 };

		for (int t = 0; t < f->ntops; t++)
			if (f->tops[t].feed == i)
				top[f->tops[t].index] = f->tops[t].v[into];
		TRY(feed->type->fill(
		    feed, feed->base + step * (uint64_t)feed->batch, top));
	}
	return 0;
}

static void *
prepare(void *arg)
{
	struct feeder *f = arg;

	pthread_mutex_lock(&f->lock);
	while (!f->quit) {
		uint64_t step = f->ask;
		int into = f->into, rc;

		if (!f->asked) {
			pthread_cond_wait(&f->wake, &f->lock);
			continue;
		}
		pthread_mutex_unlock(&f->lock);
		rc = fill(f, step, into);
		pthread_mutex_lock(&f->lock);
		err_save(&f->failure[into], rc);
		f->step[into] = step;
		f->have[into] = true;
		f->asked = false;
		pthread_cond_broadcast(&f->wake);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

static int
add_tops(struct feeder *f, const struct net *net, int feed)
{
	const struct layer *l = net_layer_find(net, f->feeds->v[feed]->layer);

	for (int i = 0; i < f->feeds->v[feed]->ntop; i++) {
		struct top *t = &f->tops[f->ntops++];
		size_t n = shape_count(&f->feeds->v[feed]->shape[i]);
		void *v;

		*t = (struct top){ .feed = feed,
			.index = i,
			.tensor = i < l->ntop ? l->top[i] : -1 };
		if (t->tensor >= 0 &&
		    graph_tensor(net->graph, t->tensor)->kind != TENSOR_INPUT)
			t->tensor = -1; /* constant */
		for (int k = 0; k < 2; k++) {
			TRY(mem_take(
			    &v, n + 1, sizeof(float), SIZE_MAX, l->name));
			memset(v, 0, (n + 1) * sizeof(float));
			t->v[k] = v;
		}
	}
	return 0;
}

int
feeder_new(struct feeder **out, const struct net *net, struct feeds *feeds)
{
	struct feeder *f;
	int rc = 0;

	TRY(add_late(feeds, net));
	f = mem_new(struct feeder);
	f->feeds = feeds;
	f->tops = mem_array(struct top, (size_t)feeds->n * FEED_TOPS + 1);
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->wake, NULL);
	for (int i = 0; i < feeds->n && rc >= 0; i++)
		rc = add_tops(f, net, i);
	if (rc >= 0 && pthread_create(&f->thread, NULL, prepare, f) != 0)
		rc = err_set(ERR_IO, "cannot start a thread");
	if (rc < 0) {
		feeder_free(f);
		return rc;
	}
	f->running = true;
	*out = f;
	return 0;
}

void
feeder_free(struct feeder *f)
{
	if (f == NULL)
		return;
	if (f->running) {
		pthread_mutex_lock(&f->lock);
		f->quit = true;
		pthread_cond_broadcast(&f->wake);
		pthread_mutex_unlock(&f->lock);
		pthread_join(f->thread, NULL);
	}
	pthread_cond_destroy(&f->wake);
	pthread_mutex_destroy(&f->lock);
	for (int i = 0; i < f->ntops; i++)
		for (int k = 0; k < 2; k++)
			mem_free(f->tops[i].v[k]);
	mem_free(f->tops);
	mem_free(f);
}

/* The buffer that holds step, waiting for it or asking for it; lock held. */
static int
wait_for(struct feeder *f, uint64_t step)
{
	for (;;) {
		for (int k = 0; k < 2; k++)
			if (f->have[k] && f->step[k] == step)
				return k;
		if (!f->asked) {
			f->asked = true;
			f->ask = step;
			f->into = 0;
			f->have[0] = false;
			pthread_cond_broadcast(&f->wake);
		}
		pthread_cond_wait(&f->wake, &f->lock);
	}
}

int
feeder_step(struct feeder *f, struct plan *plan, uint64_t step, uint64_t next)
{
	double start = stop_clock();
	int k, rc;

	if (f->feeds->n == 0)
		return 0;
	pthread_mutex_lock(&f->lock);
	k = wait_for(f, step);
	rc = err_restore(&f->failure[k]);
	if (rc >= 0 && next != UINT64_MAX && !f->asked) {
		f->asked = true;
		f->ask = next;
		f->into = 1 - k;
		f->have[1 - k] = false;
		pthread_cond_broadcast(&f->wake);
	}
	pthread_mutex_unlock(&f->lock);
	f->waited += stop_clock() - start;
	for (int i = 0; rc >= 0 && i < f->ntops; i++)
		if (f->tops[i].tensor >= 0)
			rc = plan_write(
			    plan, f->tops[i].tensor, f->tops[i].v[k]);
	return rc;
}

double
feeder_waited(const struct feeder *f)
{
	return f->waited;
}
