/*
 * The reader: a ring of slots.  Items [out, in) of the stream are in the ring:
 * the first `lent` of them are with the caller, the rest is done or being done.
 * Threads take a few items at a time, in order, and fill their slots; the
 * caller waits for the ones it wants.  Without threads the caller fills them.
 */
#include <pthread.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/queue.h"
#include "dset/order.h"
#include "dset/reader.h"

enum {
	TAKE = 8, /* items a thread takes at once */
	THREADS_MAX = 256,
	AHEAD_BYTES = 65536 /* raw records this big are asked for ahead */
};

struct slot {
	struct dset_scratch scratch;
	struct dset_item item;
	struct err_saved *err; /* NULL: fine */
	bool done;
};

struct dset_reader {
	struct dset_db *db;
	struct dset_reader_options o;
	struct dset_order order;
	struct slot *slots;
	size_t nslots;
	/* Item numbers of this reader; slot of item i: i % nslots. */
	uint64_t out;    /* first item the caller may still hold */
	uint64_t next;   /* first item not yet given out */
	uint64_t taken;  /* first item no thread has taken */
	int busy;        /* threads at work */
	bool big;        /* raw records worth asking for ahead */
	bool quit, held; /* held: threads take nothing (seek) */
	pthread_mutex_t lock;
	pthread_cond_t wake, done;
	pthread_t *threads;
	int nthreads;
};

/* Position in the stream of this reader's item i. */
static uint64_t
position(const struct dset_reader *r, uint64_t i)
{
	return i * r->o.shards + r->o.shard;
}

/* Fill the slot with record number record. */
static void
fill(struct dset_reader *r, struct slot *s, size_t record)
{
	int rc = dset_db_get(&s->item, r->db, record, &s->scratch, r->o.flags);

	mem_free(s->err);
	s->err = NULL;
	if (rc < 0) {
		s->err = mem_new(struct err_saved);
		err_save(s->err, rc);
	}
}

static void *
thread_main(void *arg)
{
	struct dset_reader *r = arg;
	size_t record[TAKE];
	uint64_t first;
	int i, n;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		while (!r->quit && (r->held || r->taken == r->out + r->nslots))
			pthread_cond_wait(&r->wake, &r->lock);
		if (r->quit)
			break;
		first = r->taken;
		for (n = 0; n < TAKE && r->taken < r->out + r->nslots; n++)
			record[n] =
			    dset_order_at(&r->order, position(r, r->taken++));
		r->busy++;
		pthread_mutex_unlock(&r->lock);
		for (i = 0; i < n; i++)
			fill(r, &r->slots[(first + (uint64_t)i) % r->nslots],
			    record[i]);
		pthread_mutex_lock(&r->lock);
		for (i = 0; i < n; i++)
			r->slots[(first + (uint64_t)i) % r->nslots].done = true;
		r->busy--;
		pthread_cond_signal(&r->done);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* How many threads: what is asked for, or what the records ask for. */
static int
choose_threads(struct dset_reader *r)
{
	struct dset_scratch s;
	struct dset_item it;
	int n = r->o.threads, rc;

	dset_scratch_init(&s);
	rc = dset_db_get(&it, r->db, 0, &s, r->o.flags | DB_KEEP);
	if (rc == 0) {
		r->big = !it.encoded && !it.floats &&
		    (size_t)it.channels * (size_t)it.height *
			    (size_t)it.width >=
			AHEAD_BYTES;
		if (n <= 0 && it.floats)
			n = 1;
		else if (n <= 0 && (it.encoded || it.data == s.planes))
			n = queue_cpus();
	}
	dset_scratch_clear(&s);
	return rc < 0 ? rc : n > THREADS_MAX ? THREADS_MAX : n;
}

static int
start_threads(struct dset_reader *r, int n)
{
	r->threads = mem_array(pthread_t, (size_t)n + 1);
	for (r->nthreads = 0; r->nthreads < n; r->nthreads++)
		if (pthread_create(
			&r->threads[r->nthreads], NULL, thread_main, r) != 0)
			break;
	/* Fewer threads do the same more slowly. */
	return 0;
}

int
dset_reader_open(struct dset_reader **out, struct dset_db *db,
    const struct dset_reader_options *opts)
{
	struct dset_reader *r;
	size_t i;
	int n;

	*out = NULL;
	if (dset_db_count(db) == 0)
		return err_set(ERR_FORMAT, "%s: no records", dset_db_path(db));
	if (dset_db_count(db) > UINT32_MAX)
		return err_set(
		    ERR_RANGE, "%s: more than 2^32 records", dset_db_path(db));
	r = mem_new(struct dset_reader);
	r->db = db;
	r->o = *opts;
	if (r->o.batch < 1)
		r->o.batch = 1;
	if (r->o.shards < 1)
		r->o.shards = 1;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->wake, NULL);
	pthread_cond_init(&r->done, NULL);
	dset_order_init(&r->order, dset_db_count(db), r->o.shuffle, r->o.seed);
	n = choose_threads(r);
	r->nslots = r->o.batch;
	if (n > 0)
		r->nslots += r->o.ahead ? r->o.ahead : 2 * r->o.batch;
	r->slots = mem_array(struct slot, r->nslots);
	for (i = 0; i < r->nslots; i++)
		dset_scratch_init(&r->slots[i].scratch);
	if (n < 0) {
		dset_reader_close(r);
		return n;
	}
	*out = r;
	return start_threads(r, n);
}

void
dset_reader_close(struct dset_reader *r)
{
	size_t i;
	int k;

	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->quit = true;
	pthread_cond_broadcast(&r->wake);
	pthread_mutex_unlock(&r->lock);
	for (k = 0; k < r->nthreads; k++)
		pthread_join(r->threads[k], NULL);
	for (i = 0; i < r->nslots; i++) {
		dset_scratch_clear(&r->slots[i].scratch);
		mem_free(r->slots[i].err);
	}
	pthread_cond_destroy(&r->wake);
	pthread_cond_destroy(&r->done);
	pthread_mutex_destroy(&r->lock);
	dset_order_clear(&r->order);
	mem_free(r->slots);
	mem_free(r->threads);
	mem_free(r);
}

/* Give back what the caller held: its slots may be filled again. */
static void
give_back(struct dset_reader *r)
{
	struct slot *s;

	for (; r->out < r->next; r->out++) {
		s = &r->slots[r->out % r->nslots];
		s->done = false;
		mem_free(s->err);
		s->err = NULL;
	}
	pthread_cond_broadcast(&r->wake);
}

/* Without threads: fill the next n slots here, and ask for what follows. */
static void
fill_here(struct dset_reader *r, size_t n)
{
	uint64_t g;
	size_t i;

	for (i = 0; i < n; i++) {
		struct slot *s = &r->slots[(r->next + i) % r->nslots];

		fill(r, s, dset_order_at(&r->order, position(r, r->next + i)));
		s->done = true;
	}
	for (i = 0; r->big && i < n; i++) {
		g = position(r, r->next + n + i);
		if (g / r->order.n != r->order.epoch && r->o.shuffle)
			break; /* that order is not made yet */
		dset_db_ahead(r->db, dset_order_at(&r->order, g));
	}
	r->taken = r->next + n;
}

int
dset_reader_next(struct dset_reader *r, struct dset_item *items, size_t n)
{
	struct slot *s;
	size_t i;
	int rc = 0;

	if (n > r->o.batch)
		return err_set(ERR_RANGE, "%zu items asked for, at most %zu", n,
		    r->o.batch);
	pthread_mutex_lock(&r->lock);
	give_back(r);
	if (r->nthreads == 0)
		fill_here(r, n);
	for (i = 0; i < n && rc == 0; i++) {
		s = &r->slots[(r->next + i) % r->nslots];
		while (!s->done)
			pthread_cond_wait(&r->done, &r->lock);
		if (s->err)
			rc = err_restore(s->err);
		else
			items[i] = s->item;
	}
	if (rc == 0)
		r->next += n;
	pthread_mutex_unlock(&r->lock);
	return rc;
}

uint64_t
dset_reader_tell(const struct dset_reader *r)
{
	return r->next;
}

void
dset_reader_seek(struct dset_reader *r, uint64_t items)
{
	size_t i;

	pthread_mutex_lock(&r->lock);
	r->held = true;
	while (r->busy > 0)
		pthread_cond_wait(&r->done, &r->lock);
	for (i = 0; i < r->nslots; i++) {
		r->slots[i].done = false;
		mem_free(r->slots[i].err);
		r->slots[i].err = NULL;
	}
	r->out = r->next = r->taken = items;
	r->held = false;
	pthread_cond_broadcast(&r->wake);
	pthread_mutex_unlock(&r->lock);
}

void
dset_reader_where(const struct dset_reader *r, uint64_t *epoch, uint64_t *place)
{
	uint64_t g = position(r, r->next);

	*epoch = g / r->order.n;
	*place = g % r->order.n;
}
