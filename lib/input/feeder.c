/*
 * The feeder: a thread that makes the inputs of the steps to come in the slots of
 * a ring, in order, and the door through which the loop takes them.
 *
 * A step that was not expected (the first, one that is diagnosed) empties the
 * ring.  Pictures that were to be held and were in it are then not held.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"
#include "input/feed.h"

/* How many steps are ready or on their way: one at work, one on its way to it,
 * one waiting, one being made; where there is no way, two. */
enum { DEPTH = 4, DEPTH_PLAIN = 2 };

/* One top of one feed: an input of the ring. */
struct top {
	int feed, index;
	uint8_t *held;       /* pictures, by record; or NULL */
	float *spare[DEPTH]; /* of a batch of pictures that came as floats */
	bool floats[DEPTH];
};

/* What a slot holds. */
struct made {
	uint64_t step;
	struct err_saved failure;
};

struct feeder {
	struct feeds *feeds;
	struct ring *ring;
	struct top *tops;
	int *tensors, *now; /* of tops; -1: nobody reads it */
	int ntops, depth;
	uint64_t steps;
	double waited;
	/* Guarded by lock.  Slots [out, in) of the ring (modulo depth) are made;
	 * slot `in` is being made while busy. */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	bool running, quit, asked, busy;
	uint64_t out, in;
	uint64_t next; /* the step to be made */
	struct made made[DEPTH];
};

static uint64_t
after(const struct feeder *f, uint64_t step)
{
	return f->steps > 0 ? (step + 1) % f->steps : step + 1;
}

/* A slot's pictures will not reach the device: they are not held there. */
static void
forget(struct feeder *f, int slot)
{
	for (int i = 0; i < f->ntops; i++) {
		const struct feed *feed = f->feeds->v[f->tops[i].feed];
		struct ring_picture *list;

		if (f->tops[i].held == NULL)
			continue;
		list = ring_list(f->ring, slot, i);
		for (int k = 0; k < feed->batch; k++) {
			if (list[k].keep)
				f->tops[i].held[list[k].record] = 0;
			list[k].keep = false;
		}
	}
}

static float *
spare(struct top *t, int slot, const struct shape *s)
{
	if (t->spare[slot] == NULL)
		t->spare[slot] = mem_array(float, shape_count(s) + 1);
	t->floats[slot] = true;
	return t->spare[slot];
}

/* One feed's batch: tops first … of the ring. */
static int
fill_feed(struct feeder *f, int slot, int first, uint64_t step)
{
	struct feed *feed = f->feeds->v[f->tops[first].feed];
	const uint64_t g = feed->opts.base + step * (uint64_t)feed->batch;
	struct feed_pictures b = { 0 };
	float *top[FEED_TOPS] = { 0 };
	int rc = FEED_FLOATS;

	for (int i = 0; i < feed->ntop; i++)
		if (i > 0 || !feed->offers)
			top[i] = ring_floats(f->ring, slot, first + i);
	if (feed->offers) {
		b.list = ring_list(f->ring, slot, first);
		b.bytes = ring_bytes(f->ring, slot, first);
		b.room = ring_room(f->ring, first);
		b.held = f->tops[first].held;
		f->tops[first].floats[slot] = false;
		memset(b.list, 0, sizeof(*b.list) * (size_t)feed->batch);
		rc = feed->type->pictures(feed, g, top, &b);
		if (rc < 0 || rc == FEED_FLOATS)
			forget(f, slot);
		ring_set_new(f->ring, slot, first, rc == 0 ? b.n : 0);
	}
	if (rc == FEED_FLOATS && feed->offers)
		top[0] = spare(&f->tops[first], slot, &feed->shape[0]);
	return rc == FEED_FLOATS ? feed->type->fill(feed, g, top) : rc;
}

static int
fill(struct feeder *f, int slot, uint64_t step)
{
	TRY(ring_wait(f->ring, slot));
	for (int i = 0; i < f->ntops; i++)
		if (f->tops[i].index == 0)
			TRY(fill_feed(f, slot, i, step));
	return 0;
}

static void *
prepare(void *arg)
{
	struct feeder *f = arg;

	pthread_mutex_lock(&f->lock);
	while (!f->quit) {
		const int slot = (int)(f->in % (uint64_t)f->depth);
		const uint64_t step = f->next;
		int rc;

		if (!f->asked || f->in - f->out == (uint64_t)f->depth) {
			pthread_cond_wait(&f->wake, &f->lock);
			continue;
		}
		f->busy = true;
		pthread_mutex_unlock(&f->lock);
		rc = fill(f, slot, step);
		if (rc < 0)
			forget(f, slot);
		pthread_mutex_lock(&f->lock);
		err_save(&f->made[slot].failure, rc);
		f->made[slot].step = step;
		f->next = after(f, step);
		f->in++;
		f->busy = false;
		pthread_cond_broadcast(&f->wake);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

/* What is said to the ring of each top. */
static void
describe(struct feeder *f, const struct feeder_opts *o, struct ring_input *in)
{
	const char *way = getenv("NNUTILS_FEED");
	const bool floats = way != NULL && strcmp(way, "floats") == 0;
	const bool hold =
	    o->hold && (way == NULL || strcmp(way, "streamed") != 0);

	for (int k = 0; k < f->feeds->n; k++) {
		struct feed *feed = f->feeds->v[k];

		if (floats || !ring_pictures(o->device) ||
		    feed->type->pictures == NULL)
			feed->offers = false;
		for (int i = 0; i < feed->ntop; i++) {
			const bool bytes = i == 0 && feed->offers;

			f->tops[f->ntops] =
			    (struct top){ .feed = k, .index = i };
			in[f->ntops++] =
			    (struct ring_input){ .shape = feed->shape[i],
				    .rule = bytes ? &feed->rule : NULL,
				    .bytes = bytes ? feed->picture_bytes : 0,
				    .records =
					bytes && hold ? feed->records : 0 };
		}
	}
}

void
feeder_aim(struct feeder *f, const struct net *net)
{
	for (int i = 0; i < f->ntops; i++) {
		const struct feed *feed = f->feeds->v[f->tops[i].feed];
		const struct layer *l = &net->layers[feed->index];
		const int top = f->tops[i].index;
		const int t = top < l->ntop ? l->top[top] : -1;
		const bool input =
		    t >= 0 && graph_tensor(net->graph, t)->kind == TENSOR_INPUT;

		f->tensors[i] = input ? t : -1;
	}
}

static void
say_held(struct feeder *f)
{
	for (int i = 0; i < f->ntops; i++) {
		const struct feed *feed = f->feeds->v[f->tops[i].feed];
		size_t bytes;

		if (!ring_holds(f->ring, i, &bytes))
			continue;
		f->tops[i].held = mem_array(uint8_t, feed->records);
		log_info("layer %s: %zu images held on the device (%.1f MiB)",
		    feed->layer, feed->records, (double)bytes / 1048576);
	}
}

static int
start_feed(struct feeder *f, const struct net *net, const struct feeder_opts *o)
{
	const size_t n = (size_t)f->feeds->n * FEED_TOPS + 1;
	struct ring_input *in = mem_array(struct ring_input, n);
	int rc;

	f->tops = mem_array(struct top, n);
	f->tensors = mem_array(int, n);
	f->now = mem_array(int, n);
	describe(f, o, in);
	feeder_aim(f, net);
	rc = ring_new(&f->ring, o->device, in, f->ntops, f->depth);
	mem_free(in);
	if (rc < 0)
		return rc;
	say_held(f);
	if (pthread_create(&f->thread, NULL, prepare, f) != 0)
		return err_set(ERR_IO, "cannot start a thread");
	f->running = true;
	return 0;
}

int
feeder_new(struct feeder **out, const struct net *net, struct feeds *feeds,
    const struct feeder_opts *o)
{
	static const struct feeder_opts plain = { 0 };
	struct feeder *f;
	int rc;

	TRY(feeds_start(feeds, net));
	o = o != NULL ? o : &plain;
	f = mem_new(struct feeder);
	f->feeds = feeds;
	f->steps = o->steps;
	f->depth = ring_pictures(o->device) ? DEPTH : DEPTH_PLAIN;
	if (o->steps > 0 && o->steps < (uint64_t)f->depth)
		f->depth = (int)o->steps;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->wake, NULL);
	rc = start_feed(f, net, o);
	if (rc < 0) {
		feeder_free(f);
		return rc;
	}
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
	ring_free(f->ring);
	for (int i = 0; i < f->ntops; i++) {
		mem_free(f->tops[i].held);
		for (int k = 0; k < DEPTH; k++)
			mem_free(f->tops[i].spare[k]);
	}
	mem_free(f->tops);
	mem_free(f->tensors);
	mem_free(f->now);
	mem_free(f);
}

/* Until slot `out` holds step, which is asked for if it is not on its way; lock
 * held. */
static void
wait_for(struct feeder *f, uint64_t step)
{
	const uint64_t coming = f->out < f->in
	    ? f->made[f->out % (uint64_t)f->depth].step
	    : f->next;

	if (!f->asked || coming != step) {
		while (f->busy)
			pthread_cond_wait(&f->wake, &f->lock);
		for (; f->out < f->in; f->out++)
			forget(f, (int)(f->out % (uint64_t)f->depth));
		f->asked = true;
		f->next = step;
		pthread_cond_broadcast(&f->wake);
	}
	while (f->out == f->in)
		pthread_cond_wait(&f->wake, &f->lock);
}

/* What came as floats after all is written as such. */
static int
give(struct feeder *f, struct plan *plan, int slot)
{
	for (int i = 0; i < f->ntops; i++)
		f->now[i] = f->tops[i].floats[slot] ? -1 : f->tensors[i];
	TRY(plan_feed(plan, f->ring, slot, f->now));
	for (int i = 0; i < f->ntops; i++)
		if (f->tops[i].floats[slot] && f->tensors[i] >= 0)
			TRY(plan_write(
			    plan, f->tensors[i], f->tops[i].spare[slot]));
	return 0;
}

int
feeder_step(struct feeder *f, struct plan *plan, uint64_t step)
{
	double start = stop_clock();
	int slot, rc;

	if (f->feeds->n == 0)
		return 0;
	TRY(ring_mark(f->ring));
	pthread_mutex_lock(&f->lock);
	wait_for(f, step);
	pthread_mutex_unlock(&f->lock);
	f->waited += stop_clock() - start;
	/* Nobody else touches a slot that is made. */
	slot = (int)(f->out % (uint64_t)f->depth);
	rc = err_restore(&f->made[slot].failure);
	if (rc >= 0)
		rc = give(f, plan, slot);
	pthread_mutex_lock(&f->lock);
	f->out++;
	pthread_cond_broadcast(&f->wake);
	pthread_mutex_unlock(&f->lock);
	return rc;
}

double
feeder_waited(const struct feeder *f)
{
	const double idle = ring_idle(f->ring);

	return idle < 0 ? f->waited : idle;
}
