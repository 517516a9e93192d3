/*
 * HDF5Data: arrays of HDF5 files, one for each top and called like it, given out
 * a batch of rows at a time without change.
 *
 * Shuffled, every row of all files is in one permutation, anew each epoch
 * (Caffe shuffles the files, then the rows within each).
 */
#include <pthread.h>

#include "base/err.h"
#include "base/mem.h"
#include "input/feed.h"
#include "input/order.h"
#include "record/rows.h"

struct rows_source {
	struct input input;
	struct record_rows *rows;
	pthread_mutex_t lock; /* rows answer one thread at a time */
};

struct feed_hdf5 {
	struct feed feed;
	struct rows_source *from;
	struct input_order order;
	size_t size[FEED_TOPS]; /* floats of a row */
};

static void
rows_release(struct input *in)
{
	struct rows_source *s = (struct rows_source *)in;

	record_rows_close(s->rows);
	pthread_mutex_destroy(&s->lock);
	mem_free(s);
}

static int
open_rows(struct rows_source *s, const Caffe__LayerParameter *p)
{
	const Caffe__HDF5DataParameter *d = p->hdf5_data_param;
	struct input_spec *spec = &s->input.spec;
	int64_t dim[ROWS_DIMS];

	if (d == NULL || d->source == NULL || d->source[0] == '\0')
		return err_set(ERR_FORMAT, "hdf5_data_param.source is not set");
	if (p->transform_param != NULL)
		return err_set(ERR_FORMAT,
		    "HDF5Data does not transform its data: remove transform_param");
	spec->ntop = (int)p->n_top;
	TRY(record_rows_open(
	    &s->rows, d->source, (const char *const *)p->top, spec->ntop));
	spec->items = record_rows_count(s->rows);
	if (spec->items > UINT32_MAX)
		return err_set(ERR_RANGE, "%s: more than 2^32 rows", d->source);
	for (int i = 0; i < spec->ntop; i++) {
		int n = record_rows_shape(s->rows, i, dim);

		for (int k = 0; k < n; k++)
			spec->shape[i].d[spec->shape[i].n++] = dim[k];
		TRY(shape_check(&spec->shape[i]));
	}
	return 0;
}

static int
rows_source(struct input **out, const Caffe__LayerParameter *p,
    struct input *pictures, struct inputs *in, const struct feed_opts *o)
{
	struct rows_source *s = mem_new(struct rows_source);
	int rc;

	(void)pictures;
	(void)in;
	(void)o;
	pthread_mutex_init(&s->lock, NULL);
	rc = open_rows(s, p);
	if (rc < 0)
		rows_release(&s->input);
	else
		*out = &s->input;
	return rc;
}

static void
hdf5_stop(struct feed *feed)
{
	input_order_clear(&((struct feed_hdf5 *)feed)->order);
}

static int
hdf5_start(struct feed *feed, const struct layer *l)
{
	struct feed_hdf5 *f = (struct feed_hdf5 *)feed;

	f->from = (struct rows_source *)feed->input;
	for (int i = 0; i < feed->ntop; i++)
		f->size[i] =
		    shape_count_axes(&feed->shape[i], 1, feed->shape[i].n);
	input_order_init(&f->order, feed->items, l->p->hdf5_data_param->shuffle,
	    feed->opts.seed);
	return 0;
}

static int
read_rows(struct feed_hdf5 *f, int top, size_t at, size_t n, float *out)
{
	int rc;

	pthread_mutex_lock(&f->from->lock);
	rc = record_rows_read(f->from->rows, top, at, n, out);
	pthread_mutex_unlock(&f->from->lock);
	return rc;
}

/* Rows that lie one behind the other are read at once. */
static int
hdf5_fill(struct feed *feed, uint64_t g, float *const *top)
{
	struct feed_hdf5 *f = (struct feed_hdf5 *)feed;
	size_t batch = (size_t)feed->batch, n;

	for (size_t i = 0; i < batch; i += n) {
		size_t at =
		    input_order_at(&f->order, feed_place(&feed->opts, g, i));

		for (n = 1; i + n < batch; n++)
			if (input_order_at(&f->order,
				feed_place(&feed->opts, g, i + n)) != at + n)
				break;
		for (int t = 0; t < feed->ntop; t++)
			TRY(read_rows(f, t, at, n, top[t] + i * f->size[t]));
	}
	return 0;
}

const struct feed_type feed_hdf5 = {
	.name = "HDF5Data",
	.as_stored = true,
	.size = sizeof(struct feed_hdf5),
	.source = rows_source,
	.release = rows_release,
	.start = hdf5_start,
	.fill = hdf5_fill,
	.stop = hdf5_stop,
};
