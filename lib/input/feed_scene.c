/* Items of Data layers where scenes are drawn: see feed_data.h. */
#include <string.h>

#include "base/mem.h"
#include "input/augment/scene.h"
#include "input/feed_data.h"
#include "input/geometry.h"

/* One item on its way: numbers of its samples, in the order of layers and tiles.
 * They are labels, or what a database of labels has as records. */
struct making {
	struct feed_data *feed;
	struct data_worker *worker;
	bool records; /* numbers are the records themselves */
	size_t per;   /* numbers of a sample */
	size_t n;     /* samples so far */
};

static int
get_record(void *ctx, size_t record, struct record_item *out)
{
	struct making *k = ctx;
	struct feed_data *f = k->feed;
	struct data_worker *w = k->worker;
	float *to;

	TRY(record_db_get(
	    out, f->from->db, record, &w->record, f->from->flags));
	mem_grow(&w->numbers, &w->numbers_cap, (k->n + 1) * k->per);
	to = w->numbers + k->n++ * k->per;
	if (k->records) {
		TRY(transform_check(&f->transform, out));
		for (size_t i = 0; i < k->per; i++)
			to[i] = out->data != NULL ? (float)out->data[i]
						  : out->floats[i];
		return 0;
	}
	if (f->from->nlabels == 0) {
		*to = (float)out->label;
		return 0;
	}
	if (out->nlabels != f->from->nlabels)
		return err_set(ERR_FORMAT,
		    "record %zu has %zu labels, the first had %zu", out->index,
		    out->nlabels, f->from->nlabels);
	memcpy(to, out->labels, k->per * sizeof(*to));
	return 0;
}

/* Sample 0 of each layer counts with the layer's share. */
static void
mix_numbers(const struct making *k, const struct scene *s, float *out)
{
	const float *own = k->worker->numbers;
	const float *other = own + (size_t)s->layer[0].n * k->per;
	const float share = (float)s->share;

	for (size_t i = 0; i < k->per; i++)
		out[i] = s->nlayers == 1
		    ? own[i]
		    : share * own[i] + (1 - share) * other[i];
}

static int
put_boxes(
    const struct making *k, const struct scene *s, float *out, size_t numbers)
{
	const float *v[SCENE_LAYERS][SCENE_TILES] = { { 0 } };
	const float *at = k->worker->numbers;

	for (int i = 0; i < s->nlayers; i++)
		for (int j = 0; j < s->layer[i].n; j++, at += k->per)
			if (geometry_is_boxes(at, k->per))
				v[i][j] = at;
	return scene_boxes(s, &k->feed->boxes, v, out, numbers / GEOMETRY_BOX);
}

static int
put_class(const struct making *k, const struct scene *s, float *out, size_t n)
{
	const float *v = k->worker->numbers;
	const int label[SCENE_LAYERS] = { (int)v[0],
		s->nlayers > 1 ? (int)v[s->layer[0].n] : 0 };

	return scene_shares(s, label, out, n);
}

/* The labels of what the records' pictures have become. */
static int
put_labels(const struct making *k, const struct scene *s, size_t i)
{
	const struct feed_data *f = k->feed;
	const size_t n =
	    shape_count_axes(&f->feed.shape[1], 1, f->feed.shape[1].n);
	float *out = f->top[1] + i * n;

	if (f->from->nlabels > 0 && f->from->moves == DATA_BOXES)
		return put_boxes(k, s, out, n);
	if (f->from->nlabels > 0)
		mix_numbers(k, s, out);
	else if (f->feed.shape[1].n > 1)
		return put_class(k, s, out, n);
	else
		*out = k->worker->numbers[0];
	return 0;
}

/* A record of labels that are no pictures. */
static int
put_record(struct making *k, const struct scene *s, size_t i)
{
	struct feed_data *f = k->feed;
	const size_t n = shape_count_axes(&f->feed.shape[0], 1, 4);
	float *out = f->top[0] + i * n;
	struct record_item item;

	k->records = true;
	k->per = (size_t)f->transform.channels * (size_t)f->transform.height *
	    (size_t)f->transform.width;
	for (int a = 0; a < s->nlayers; a++)
		for (int b = 0; b < s->layer[a].n; b++)
			TRY(get_record(k, s->layer[a].tile[b].record, &item));
	f->top[1][i] = 0;
	if (f->from->moves == DATA_BOXES)
		return put_boxes(k, s, out, n);
	mix_numbers(k, s, out);
	return 0;
}

int
feed_data_scene(struct feed_data *f, size_t i, struct data_worker *w)
{
	struct making k = { .feed = f,
		.worker = w,
		.per = f->from->nlabels > 0 ? f->from->nlabels : 1 };
	const struct scene_records from = { &k, get_record };
	const size_t n = shape_count_axes(&f->feed.shape[0], 1, 4);
	struct scene s;

	w->record.into = NULL;
	if (scene_is(&f->boxes))
		scene_draw(&s, &f->boxes, feed_data_place(f, i), f->at[i],
		    f->feed.items);
	else
		scene_plain(&s, &f->boxes, feed_data_place(f, i), f->at[i]);
	if (f->from->times > 1)
		scene_enlarge(&s, f->from->times);
	if (f->from->input.pictures != NULL && f->from->moves != DATA_MASK)
		return put_record(&k, &s, i);
	TRY(scene_item(
	    &s, &f->transform, &w->transform, &from, f->top[0] + i * n));
	return put_labels(&k, &s, i);
}
