/* Records through base/queue.h, a block of them at a time. */
#include "base/err.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/queue.h"
#include "base/stop.h"
#include "dset/walk.h"

enum { BLOCK = 32 };

struct block {
	size_t first, n;
	struct record items[BLOCK];
	char *why[BLOCK];
	char *user; /* BLOCK of user_size */
};

struct walk {
	const struct dset_walk *w;
	struct record_db *db;
	struct record_tools *scratch; /* one per thread */
};

static int
produce(void *ctx, void *slot, size_t i)
{
	struct walk *r = ctx;
	struct block *b = slot;
	size_t count = record_db_count(r->db);

	if (stop_asked())
		return err_set(ERR_STOPPED, "stopped by %s", stop_reason());
	b->first = i * BLOCK;
	if (b->first >= count)
		return 0;
	b->n = count - b->first < BLOCK ? count - b->first : BLOCK;
	if (b->user == NULL)
		b->user = mem_calloc(BLOCK, r->w->user_size + 1);
	return 1;
}

static int
work(void *ctx, void *slot, int thread)
{
	struct walk *r = ctx;
	struct block *b = slot;
	size_t i;
	int rc;

	for (i = 0; i < b->n; i++) {
		rc = record_read(&b->items[i], r->db, b->first + i,
		    &r->scratch[thread], r->w->flags);
		if (rc == 0 && r->w->work != NULL)
			rc = r->w->work(r->w->ctx, &b->items[i],
			    b->user + i * r->w->user_size);
		b->why[i] = rc < 0 ? mem_strdup(err_text()) : NULL;
	}
	return 0;
}

static int
consume(void *ctx, void *slot, size_t i)
{
	struct walk *r = ctx;
	struct block *b = slot;
	size_t k;
	int rc = 0;

	(void)i;
	for (k = 0; k < b->n; k++) {
		if (rc == 0)
			rc = r->w->tell(r->w->ctx, &b->items[k],
			    b->user + k * r->w->user_size, b->why[k]);
		mem_free(b->why[k]);
		b->why[k] = NULL;
	}
	progress_add(b->n);
	return rc;
}

static void
clear(void *ctx, void *slot)
{
	struct block *b = slot;
	size_t k;

	(void)ctx;
	for (k = 0; k < BLOCK; k++)
		mem_free(b->why[k]);
	mem_free(b->user);
}

int
dset_walk_run(
    const struct dset_walk *w, struct record_db *db, const char *label)
{
	int threads = w->threads > 0 ? w->threads : 1, i, rc;
	struct walk r = { .w = w, .db = db };
	struct queue_job job = { .ctx = &r,
		.item_size = sizeof(struct block),
		.threads = threads,
		.produce = produce,
		.work = work,
		.consume = consume,
		.clear = clear };

	r.scratch = mem_array(struct record_tools, (size_t)threads);
	for (i = 0; i < threads; i++)
		record_tools_init(&r.scratch[i]);
	progress_begin(label, record_db_count(db), "records");
	rc = queue_run(&job);
	progress_end();
	for (i = 0; i < threads; i++)
		record_tools_clear(&r.scratch[i]);
	mem_free(r.scratch);
	return rc;
}
