/*
 * AnnotatedData (SSD): pictures and their boxes, from an LMDB of AnnotatedDatum or
 * from a data set of detection made here or by DIGITS (features and labels).  Tops:
 * the pictures (batch, C, H, W), and the boxes of all of them, (1, 1, batch * most, 8):
 *
 *	item, class, instance, left, top, right, bottom (0..1), difficult
 *
 * In Caffe there are as many rows as boxes; here there are as many as a picture
 * may have boxes, and rows behind a picture's last hold -1.
 *
 * Of a data set of detection, whose class 0 is "dontcare", boxes of that class are
 * left out; those set aside from another class are that class's, and difficult.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/queue.h"
#include "base/rng.h"
#include "caffe/annotated.h"
#include "input/feed.h"
#include "input/geometry.h"
#include "input/order.h"
#include "input/ssd/sample.h"
#include "record/datum.h"

enum {
	ROW = 8,
	BOXES_MAX = 256, /* of a picture in an AnnotatedDatum */
	/* of DIGITS's rows: see dset/boxes/rows.h */
	DIGITS_CLASS = 5,
	DIGITS_ASIDE = 6,
	STREAM = 0x616e6e6f /* "anno" */
};

struct source {
	struct input input;
	struct record_db *db; /* of the set */
	bool annotated;       /* records are AnnotatedDatum */
	int flags;            /* for record_db_get */
	size_t most;          /* boxes of a picture */
	struct ssd_rule rule;
	struct transform transform; /* mean and scale, once it has its size */
};

/* What a thread works with. */
struct worker {
	struct record_scratch record;
	struct transform_scratch transform;
	struct ssd_sample sample;
	uint8_t *planes; /* of the result */
};

struct feed_annotated {
	struct feed feed;
	const struct source *from;
	struct input_order order;
	struct transform transform;
	struct pool *pool;
	struct worker *workers;
	struct err_saved *failed;
	size_t *at; /* the record of each item of a batch */
	/* while a batch is made */
	uint64_t g;
	float *const *top;
	atomic_size_t next;
};

/* ---- records ---- */

static int
read_annotated(const struct source *s, size_t i, struct worker *w,
    struct record_item *item)
{
	struct caffe_box box[BOXES_MAX];
	struct caffe_datum d;
	struct value v = { .kind = VALUE_IMAGE };
	const void *p;
	size_t n, nbox;

	TRY(record_db_value(&p, &n, s->db, i));
	TRY(caffe_annotated_read(&d, box, BOXES_MAX, &nbox, p, n));
	if (nbox > BOXES_MAX)
		return err_set(
		    ERR_RANGE, "%zu boxes, more than %d", nbox, BOXES_MAX);
	TRY(record_datum_value(&v, &d, &w->record, s->flags));
	*item = (struct record_item){ .channels = v.channels,
		.height = v.height,
		.width = v.width,
		.data = v.data };
	ssd_sample_room(&w->sample, nbox);
	for (size_t k = 0; k < nbox; k++)
		w->sample.box[k] = (struct ssd_box){
			box[k].label, box[k].instance, box[k].difficult,
			{ box[k].left, box[k].top, box[k].right, box[k].bottom }
		};
	w->sample.n = nbox;
	return 0;
}

/* DIGITS's rows. */
static int
read_rows(const struct source *s, size_t i, struct worker *w,
    struct record_item *item)
{
	size_t n;

	TRY(record_db_get(item, s->db, i, &w->record, s->flags));
	if (!geometry_is_boxes(item->labels, item->nlabels))
		return err_set(ERR_FORMAT, "its label is no list of boxes");
	n = (size_t)item->labels[0];
	ssd_sample_room(&w->sample, n);
	w->sample.n = 0;
	for (size_t k = 1; k <= n; k++) {
		const float *v = item->labels + k * GEOMETRY_BOX;
		const bool aside = v[DIGITS_CLASS] == 0;
		const float label = aside ? v[DIGITS_ASIDE] : v[DIGITS_CLASS];
		const float x = (float)item->width, y = (float)item->height;

		if (!(label >= 1 && label < 1 << 24))
			continue;
		w->sample.box[w->sample.n++] =
		    (struct ssd_box){ (int)label, 0, aside,
			    { v[0] / x, v[1] / y, (v[0] + v[2]) / x,
				(v[1] + v[3]) / y } };
	}
	return 0;
}

/* A picture and its boxes into w->sample. */
static int
read_record(const struct source *s, size_t i, struct worker *w)
{
	struct record_item item;

	TRY(s->annotated ? read_annotated(s, i, w, &item)
			 : read_rows(s, i, w, &item));
	if (item.data == NULL || (item.channels != 1 && item.channels != 3))
		return err_set(ERR_UNSUPPORTED,
		    "its picture is not of 1 or 3 channels of bytes");
	for (size_t k = 0; k < w->sample.n; k++)
		if (!layer_box_finite(&w->sample.box[k].box))
			return err_set(
			    ERR_FORMAT, "an edge of box %zu is no number", k);
	return record_planes_to_image(
	    &w->sample.im, item.data, item.channels, item.height, item.width);
}

/* ---- source ---- */

static void
source_close(struct input *in)
{
	struct source *s = (struct source *)in;

	transform_clear(&s->transform);
	mem_free(s);
}

/* Which kind of records, and how many boxes they may have. */
static int
look_at_kind(struct source *s)
{
	struct record_scratch scratch;
	struct record_item first;
	const void *p;
	size_t n;
	int rc;

	if (record_db_value(&p, &n, s->db, 0) == 0 &&
	    caffe_annotated_is(p, n)) {
		s->annotated = true;
		s->most = BOXES_MAX;
		return 0;
	}
	record_scratch_init(&scratch);
	rc = record_db_get(&first, s->db, 0, &scratch, s->flags);
	if (rc >= 0 && !geometry_is_boxes(first.labels, first.nlabels))
		rc = err_set(ERR_FORMAT,
		    "%s: its records have no boxes: AnnotatedData reads an LMDB of AnnotatedDatum, or a data set of detection",
		    record_db_path(s->db));
	if (rc >= 0)
		s->most = first.nlabels / GEOMETRY_BOX - 1;
	record_scratch_clear(&scratch);
	return rc;
}

/* What comes out: the size that is asked for, or that of the first picture. */
static int
look_at_size(struct source *s, const Caffe__TransformationParameter *t)
{
	const Caffe__ResizeParameter *q =
	    t != NULL && t->n_resize_param > 0 ? t->resize_param[0] : NULL;
	struct worker w = { 0 };
	int channels, rc;

	record_scratch_init(&w.record);
	ssd_sample_init(&w.sample);
	rc = read_record(s, 0, &w);
	channels = w.sample.im.channels;
	s->rule.height = w.sample.im.height;
	s->rule.width = w.sample.im.width;
	ssd_sample_clear(&w.sample);
	record_scratch_clear(&w.record);
	if (rc < 0)
		return err_in(rc, "%s: record 0", record_db_path(s->db));
	if (q != NULL &&
	    (q->height < 1 || q->width < 1 || q->height > IMAGE_MAX_SIDE ||
		q->width > IMAGE_MAX_SIDE))
		return err_set(ERR_FORMAT, "resize_param: a size of %ux%u",
		    q->width, q->height);
	if (q != NULL) {
		s->rule.height = (int)q->height;
		s->rule.width = (int)q->width;
	}
	return transform_init(
	    &s->transform, t, false, channels, s->rule.height, s->rule.width);
}

static int
source_begin(struct source *s, const Caffe__LayerParameter *p,
    struct inputs *in, const struct feed_opts *o)
{
	const Caffe__DataParameter *d = p->data_param;
	const Caffe__TransformationParameter *t = p->transform_param;
	size_t n;

	if (d == NULL || d->source == NULL || d->source[0] == '\0')
		return err_set(ERR_FORMAT, "data_param.source is not set");
	s->rule.annotated = p->annotated_data_param;
	s->rule.transform = t;
	TRY(ssd_rule_check(&s->rule));
	TRY(inputs_db(&s->db, in, d->source));
	if (t != NULL && t->force_gray)
		s->flags = RECORD_GREY;
	else if ((t != NULL && t->force_color) || d->force_encoded_color)
		s->flags = RECORD_COLOUR;
	n = record_db_count(s->db);
	if (n == 0 || n > UINT32_MAX)
		return err_set(ERR_FORMAT, "%s: %s", d->source,
		    n == 0 ? "no records" : "more than 2^32 records");
	TRY(look_at_kind(s));
	TRY(look_at_size(s, t));
	if (o->rgb)
		transform_want_rgb(&s->transform, true);
	s->transform.mirror = false;
	s->input.spec.items = n;
	return 0;
}

static int
source_open(struct input **out, const Caffe__LayerParameter *p,
    struct input *pictures, struct inputs *in, const struct feed_opts *o)
{
	struct source *s = mem_new(struct source);
	struct input_spec *spec = &s->input.spec;
	int rc = source_begin(s, p, in, o);

	(void)pictures;
	if (rc < 0) {
		source_close(&s->input);
		return rc;
	}
	spec->ntop = 2;
	spec->kind[0] = INPUT_PICTURE;
	spec->shape[0] =
	    shape_of(3, s->transform.channels, s->rule.height, s->rule.width);
	spec->shape[1] = shape_of(2, s->most > 0 ? (int)s->most : 1, (int)ROW);
	spec->rows[1] = true;
	*out = &s->input;
	return 0;
}

/* ---- feed ---- */

/* Options that would change pictures and know nothing of boxes here. */
static int
check_augment(const struct augment *a)
{
	if (a != NULL && (a->mirror || augment_random(a)))
		return err_set(ERR_UNSUPPORTED,
		    "pictures of AnnotatedData are changed by its own parameters (mirror, distort_param, expand_param, batch_sampler), not by options");
	return 0;
}

static int
annotated_start(struct feed *feed, const struct layer *l)
{
	struct feed_annotated *f = (struct feed_annotated *)feed;
	const struct feed_opts *o = &feed->opts;
	int threads = o->threads > 0 ? o->threads : queue_cpus();

	(void)l;
	f->from = (const struct source *)feed->input;
	TRY(check_augment(o->augment));
	TRY(record_db_walk(f->from->db));
	if (threads > feed->batch)
		threads = feed->batch;
	TRY(pool_new(&f->pool, threads));
	f->transform = f->from->transform;
	if (o->augment != NULL)
		f->transform.augment = *o->augment;
	input_order_init(
	    &f->order, feed->items, o->shuffle && o->train, o->seed);
	f->workers = mem_array(struct worker, (size_t)pool_threads(f->pool));
	for (int i = 0; i < pool_threads(f->pool); i++) {
		struct worker *w = &f->workers[i];

		record_scratch_init(&w->record);
		ssd_sample_init(&w->sample);
		w->planes =
		    mem_array(uint8_t, shape_count_axes(&feed->shape[0], 1, 4));
	}
	f->failed = mem_array(struct err_saved, (size_t)feed->batch);
	f->at = mem_array(size_t, (size_t)feed->batch);
	return 0;
}

static void
annotated_stop(struct feed *feed)
{
	struct feed_annotated *f = (struct feed_annotated *)feed;

	for (int i = 0; f->workers != NULL && i < pool_threads(f->pool); i++) {
		record_scratch_clear(&f->workers[i].record);
		transform_scratch_clear(&f->workers[i].transform);
		ssd_sample_clear(&f->workers[i].sample);
		mem_free(f->workers[i].planes);
	}
	pool_free(f->pool);
	input_order_clear(&f->order);
	mem_free(f->workers);
	mem_free(f->failed);
	mem_free(f->at);
}

static void
write_rows(const struct ssd_sample *s, float *row, size_t most, size_t item)
{
	for (size_t k = 0; k < most; k++, row += ROW) {
		const struct ssd_box *b = &s->box[k];

		if (k >= s->n) {
			for (int i = 0; i < ROW; i++)
				row[i] = -1;
			continue;
		}
		row[0] = (float)item;
		row[1] = (float)b->label;
		row[2] = (float)b->instance;
		memcpy(&row[3], &b->box, sizeof(b->box));
		row[7] = b->difficult;
	}
}

static int
make_item(struct feed_annotated *f, size_t i, struct worker *w)
{
	const struct source *s = f->from;
	const uint64_t place = feed_place(&f->feed.opts, f->g, i);
	const size_t each = shape_count_axes(&f->feed.shape[0], 1, 4);
	const size_t most =
	    (size_t)f->feed.shape[1].d[2] / (size_t)f->feed.batch;
	struct ssd_sample *m = &w->sample;
	struct record_item out;
	struct rng r;

	rng_at(&r, f->feed.opts.seed, STREAM, place);
	TRY(read_record(s, f->at[i], w));
	if (m->im.channels != s->transform.channels)
		return err_set(ERR_FORMAT,
		    "its picture has %d channels, the first has %d: give force_color",
		    m->im.channels, s->transform.channels);
	TRY(ssd_sample_make(m, &s->rule, f->feed.opts.train, &r));
	record_image_to_planes(w->planes, &m->im);
	out = (struct record_item){ .key = "",
		.channels = m->im.channels,
		.height = m->im.height,
		.width = m->im.width,
		.data = w->planes };
	TRY(transform_item(
	    &f->transform, &w->transform, &out, place, f->top[0] + i * each));
	if (f->top[1] != NULL)
		write_rows(m, f->top[1] + i * most * ROW, most, i);
	return 0;
}

static void
work(void *ctx, size_t unused, int thread)
{
	struct feed_annotated *f = ctx;
	size_t i;

	(void)unused;
	while ((i = atomic_fetch_add(&f->next, 1)) < (size_t)f->feed.batch) {
		int rc = make_item(f, i, &f->workers[thread]);

		if (rc < 0)
			rc = err_in(rc, "%s: record %zu",
			    record_db_path(f->from->db), f->at[i]);
		err_save(&f->failed[i], rc);
	}
}

static int
annotated_fill(struct feed *feed, uint64_t g, float *const *top)
{
	struct feed_annotated *f = (struct feed_annotated *)feed;
	const size_t n = (size_t)feed->batch;

	f->g = g;
	f->top = top;
	for (size_t i = 0; i < n; i++)
		f->at[i] =
		    input_order_at(&f->order, feed_place(&feed->opts, g, i));
	atomic_store(&f->next, 0);
	pool_for(f->pool, (size_t)pool_threads(f->pool), work, f);
	for (size_t i = 0; i < n; i++)
		if (f->failed[i].code < 0)
			return err_restore(&f->failed[i]);
	return 0;
}

const struct feed_type feed_annotated = {
	.name = "AnnotatedData",
	.size = sizeof(struct feed_annotated),
	.source = source_open,
	.release = source_close,
	.start = annotated_start,
	.fill = annotated_fill,
	.stop = annotated_stop,
};
