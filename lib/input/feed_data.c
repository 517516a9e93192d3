/*
 * Data: records of an LMDB (or of dset's HDF5 folders) through transform_param.
 * Tops: the pictures (batch, C, h, w) and the labels (batch), or (batch, n)
 * where the data set has several numbers for each picture.
 *
 * A batch is shared out among threads record by record; each is read, decoded
 * and either transformed or, as a picture, put where the device takes it from.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/queue.h"
#include "base/rng.h"
#include "input/augment/scene.h"
#include "input/feed_data.h"

enum {
	AHEAD_BYTES = 1 << 16, /* raw records this large are asked for ahead */
	SHARED_BYTES = 1 << 18 /* less than this is not worth waking threads */
};

static void
data_stop(struct feed *feed)
{
	struct feed_data *f = (struct feed_data *)feed;

	for (int i = 0; f->workers != NULL && i < pool_threads(f->pool); i++) {
		record_scratch_clear(&f->workers[i].record);
		transform_scratch_clear(&f->workers[i].transform);
		mem_free(f->workers[i].numbers);
	}
	pool_free(f->pool);
	input_order_clear(&f->order);
	mem_free(f->workers);
	mem_free(f->failed);
	mem_free(f->at);
	mem_free(f->labels);
}

static size_t
size_of(const struct transform *t)
{
	return (size_t)t->channels * (size_t)t->height * (size_t)t->width;
}

static int
threads_of(const struct feed_data *f)
{
	if (f->from->floats)
		return 1;
	if (f->feed.opts.threads > 0)
		return f->feed.opts.threads;
	return f->from->decoded ||
		(f->scenes && f->from->input.pictures == NULL)
	    ? queue_cpus()
	    : 1;
}

static void
start_transform(
    struct transform *t, const struct data_source *s, const struct feed_opts *o)
{
	*t = s->transform;
	t->train = o->train;
	t->seed = o->seed;
	t->stream = 0x6175676d656e74; /* "augment" */
	if (o->augment != NULL && !s->augments)
		t->augment = *o->augment;
}

/* Masks go through the transformation, boxes move apart from it; labels that have
 * no place in the picture stay. */
static void
set_transform(struct feed_data *f)
{
	const struct data_source *s = f->from;
	const struct data_source *pictures = s->input.pictures != NULL
	    ? (const struct data_source *)s->input.pictures
	    : s;

	start_transform(&f->boxes, pictures, &f->feed.opts);
	f->boxes.labels_of = pictures->transform.channels;
	f->scenes = scene_is(&f->boxes) || s->times > 1;
	start_transform(&f->transform, s, &f->feed.opts);
	if (pictures != s) {
		f->transform.augment = f->boxes.augment;
		f->transform.labels_of = f->boxes.labels_of;
		if (s->moves != DATA_MASK)
			f->transform.augment = (struct augment){ 0 };
	}
	if (!s->floats && !f->scenes)
		feed_offer(&f->feed, &f->transform, size_of(&f->transform),
		    f->feed.items);
}

static int
data_start(struct feed *feed, const struct layer *l)
{
	const struct input *in =
	    feed->input->pictures != NULL ? feed->input->pictures : feed->input;
	const Caffe__DataParameter *d = in->p->data_param;
	struct feed_data *f = (struct feed_data *)feed;
	const struct feed_opts *o = &feed->opts;
	struct rng r;

	(void)l;
	f->from = (struct data_source *)feed->input;
	TRY(data_source_walk(f->from));
	set_transform(f);
	TRY(pool_new(&f->pool, threads_of(f)));
	input_order_init(
	    &f->order, feed->items, o->shuffle && o->train, o->seed);
	if (d->rand_skip > 0) {
		rng_init(&r, o->seed, 0x736b6970); /* "skip" */
		f->skip = rng_below(&r, d->rand_skip);
	}
	f->workers =
	    mem_array(struct data_worker, (size_t)pool_threads(f->pool));
	for (int i = 0; i < pool_threads(f->pool); i++)
		record_scratch_init(&f->workers[i].record);
	f->failed = mem_array(struct err_saved, (size_t)feed->batch);
	f->at = mem_array(size_t, (size_t)feed->batch);
	return 0;
}

static int
labels_of(const struct feed_data *f, const struct record_item *item, float *out)
{
	if (f->from->nlabels == 0) {
		*out = (float)item->label;
		return 0;
	}
	if (item->nlabels != f->from->nlabels)
		return err_set(ERR_FORMAT,
		    "record %zu has %zu labels, the first had %zu", item->index,
		    item->nlabels, f->from->nlabels);
	memcpy(out, item->labels, f->from->nlabels * sizeof(*out));
	return 0;
}

uint64_t
feed_data_place(const struct feed_data *f, size_t i)
{
	return feed_place(&f->feed.opts, f->g + f->skip, i);
}

/* The bytes into the slot, if decoding has not put them there. */
static int
picture(struct feed_data *f, size_t i, const struct record_item *item)
{
	uint8_t *to = f->pictures->bytes + f->pictures->list[i].at;

	TRY(transform_check(&f->transform, item));
	if (item->data == NULL)
		atomic_store(&f->floats, true);
	else if (item->data != to)
		memcpy(to, item->data, size_of(&f->transform));
	return 0;
}

/* Boxes beside the pictures go with the pixels. */
static void
move_labels(const struct feed_data *f, size_t i, float *v)
{
	if (f->from->moves == DATA_BOXES && f->from->nlabels > 0)
		transform_boxes(
		    &f->boxes, feed_data_place(f, i), v, f->from->nlabels);
}

/* A record's floats into the batch. */
static int
floats_of(struct feed_data *f, size_t i, struct data_worker *w,
    const struct record_item *it)
{
	const size_t n = shape_count_axes(&f->feed.shape[0], 1, 4);
	float *out = f->top[0] + i * n;

	TRY(transform_item(
	    &f->transform, &w->transform, it, feed_data_place(f, i), out));
	if (f->from->moves == DATA_BOXES && f->from->nlabels == 0)
		transform_boxes(&f->boxes, feed_data_place(f, i), out, n);
	return 0;
}

static int
make_item(struct feed_data *f, size_t i, struct data_worker *w)
{
	const size_t per_label = f->from->nlabels > 0 ? f->from->nlabels : 1;
	struct feed_pictures *b = f->pictures;
	float *label = f->top[1] + i * per_label;
	float *kept =
	    f->labels != NULL ? f->labels + f->at[i] * per_label : NULL;
	struct record_item item;

	if (f->scenes)
		return feed_data_scene(f, i, w);
	if (b != NULL && b->list[i].held) {
		memcpy(label, kept, per_label * sizeof(*label));
		move_labels(f, i, label);
		return 0;
	}
	w->record.into = b != NULL ? b->bytes + b->list[i].at : NULL;
	w->record.into_cap = b != NULL ? b->room : 0;
	TRY(record_db_get(
	    &item, f->from->db, f->at[i], &w->record, f->from->flags));
	if (b != NULL)
		TRY(picture(f, i, &item));
	else
		TRY(floats_of(f, i, w, &item));
	TRY(labels_of(f, &item, label));
	if (b != NULL && kept != NULL)
		memcpy(kept, label, per_label * sizeof(*label));
	move_labels(f, i, label);
	return 0;
}

/* A thread takes the next record there is. */
static void
work(void *ctx, size_t unused, int thread)
{
	struct feed_data *f = ctx;
	size_t i;

	(void)unused;
	while ((i = atomic_fetch_add(&f->next, 1)) < (size_t)f->feed.batch)
		err_save(&f->failed[i], make_item(f, i, &f->workers[thread]));
}

/* The records of the batch after this one, while their epoch's order is known. */
static void
look_ahead(struct feed_data *f)
{
	const size_t n = (size_t)f->feed.batch;

	if (f->from->decoded || size_of(&f->transform) < AHEAD_BYTES)
		return;
	for (size_t i = n; i < 2 * n; i++) {
		const uint64_t g = feed_data_place(f, i);

		if (f->order.shuffle && g / f->order.n != f->order.epoch)
			break;
		record_db_ahead(f->from->db, input_order_at(&f->order, g));
	}
}

/* All items, by all threads when there is enough to do. */
static int
make_items(struct feed_data *f, size_t fresh)
{
	const size_t n = (size_t)f->feed.batch;

	atomic_store(&f->next, 0);
	if (fresh == 0 ||
	    (!f->from->decoded && !f->scenes &&
		fresh * size_of(&f->transform) < SHARED_BYTES))
		work(f, 0, 0);
	else
		pool_for(f->pool, (size_t)pool_threads(f->pool), work, f);
	for (size_t i = 0; i < n; i++)
		if (f->failed[i].code < 0)
			return err_in(err_restore(&f->failed[i]), "%s",
			    record_db_path(f->from->db));
	look_ahead(f);
	return 0;
}

static void
begin(
    struct feed_data *f, uint64_t g, float *const *top, struct feed_pictures *b)
{
	f->g = g;
	f->top = top;
	f->pictures = b;
	for (size_t i = 0; i < (size_t)f->feed.batch; i++)
		f->at[i] = input_order_at(&f->order, feed_data_place(f, i));
}

static int
data_fill(struct feed *feed, uint64_t g, float *const *top)
{
	struct feed_data *f = (struct feed_data *)feed;

	begin(f, g, top, NULL);
	return make_items(f, (size_t)feed->batch);
}

static int
data_pictures(
    struct feed *feed, uint64_t g, float *const *top, struct feed_pictures *b)
{
	struct feed_data *f = (struct feed_data *)feed;

	begin(f, g, top, b);
	atomic_store(&f->floats, false);
	if (b->held != NULL && f->labels == NULL)
		f->labels = mem_array(float,
		    feed->records *(
			f->from->nlabels > 0 ? f->from->nlabels : 1));
	for (size_t i = 0; i < (size_t)feed->batch; i++) {
		struct ring_picture *p = &b->list[i];
		struct transform_window win;

		transform_choose(&f->transform, feed_data_place(f, i), &win);
		p->height = f->transform.height;
		p->width = f->transform.width;
		p->y = win.y;
		p->x = win.x;
		p->mirror = win.mirror;
		feed_wants(b, i, f->at[i]);
	}
	TRY(make_items(f, b->n));
	return atomic_load(&f->floats) ? FEED_FLOATS : 0;
}

const struct feed_type feed_data = {
	.name = "Data",
	.size = sizeof(struct feed_data),
	.source = data_source_open,
	.release = data_source_close,
	.start = data_start,
	.fill = data_fill,
	.pictures = data_pictures,
	.stop = data_stop,
};
