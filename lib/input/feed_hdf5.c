/*
 * HDF5Data: arrays of HDF5 files, one for each top and called like it, given out
 * a batch of rows at a time without change.
 *
 * Shuffled, every row of all files is in one permutation, anew each epoch
 * (Caffe shuffles the files, then the rows within each).
 */
#include "base/err.h"
#include "base/mem.h"
#include "input/order.h"
#include "dset/rows.h"
#include "input/feed.h"

struct feed_hdf5 {
	struct feed feed;
	struct feed_opts opts;
	struct rows *rows;
	struct dset_order order;
	size_t size[FEED_TOPS]; /* floats of a row */
};

static void
hdf5_close(struct feed *feed)
{
	struct feed_hdf5 *f = (struct feed_hdf5 *)feed;

	dset_order_clear(&f->order);
	dset_rows_close(f->rows);
	mem_free(f);
}

static int
open_rows(struct feed_hdf5 *f, const Caffe__LayerParameter *p)
{
	const Caffe__HDF5DataParameter *d = p->hdf5_data_param;
	int64_t dim[ROWS_DIMS];

	if (d == NULL || d->source == NULL || d->source[0] == '\0')
		return err_set(ERR_FORMAT, "hdf5_data_param.source is not set");
	if (p->transform_param != NULL)
		return err_set(ERR_FORMAT,
		    "HDF5Data does not transform its data: remove transform_param");
	TRY(feed_batch(&f->feed.batch, &f->opts, d->batch_size));
	f->feed.ntop = (int)p->n_top;
	TRY(dset_rows_open(
	    &f->rows, d->source, (const char *const *)p->top, f->feed.ntop));
	for (int i = 0; i < f->feed.ntop; i++) {
		struct shape *s = &f->feed.shape[i];
		int n = dset_rows_shape(f->rows, i, dim);

		*s = shape_of(1, f->feed.batch);
		for (int k = 0; k < n; k++)
			s->d[s->n++] = dim[k];
		TRY(shape_check(s));
		f->size[i] = shape_count_axes(s, 1, s->n);
	}
	return 0;
}

static int
hdf5_open(struct feed **out, const struct layer *l, const struct feed_opts *o)
{
	const Caffe__HDF5DataParameter *d = l->p->hdf5_data_param;
	struct feed_hdf5 *f = mem_new(struct feed_hdf5);
	int rc;

	f->opts = *o;
	rc = open_rows(f, l->p);
	if (rc >= 0 && dset_rows_count(f->rows) > UINT32_MAX)
		rc = err_set(ERR_RANGE, "%s: more than 2^32 rows", d->source);
	if (rc < 0) {
		hdf5_close(&f->feed);
		return rc;
	}
	f->feed.items = dset_rows_count(f->rows);
	dset_order_init(&f->order, f->feed.items, d->shuffle, o->seed);
	*out = &f->feed;
	return 0;
}

/* Rows that lie one behind the other are read at once. */
static int
hdf5_fill(struct feed *feed, uint64_t g, float *const *top)
{
	struct feed_hdf5 *f = (struct feed_hdf5 *)feed;
	size_t batch = (size_t)feed->batch, n;

	for (size_t i = 0; i < batch; i += n) {
		size_t at =
		    dset_order_at(&f->order, feed_place(&f->opts, g, i));

		for (n = 1; i + n < batch; n++)
			if (dset_order_at(&f->order,
				feed_place(&f->opts, g, i + n)) != at + n)
				break;
		for (int t = 0; t < feed->ntop; t++)
			TRY(dset_rows_read(
			    f->rows, t, at, n, top[t] + i * f->size[t]));
	}
	return 0;
}

const struct feed_type feed_hdf5 = {
	.name = "HDF5Data",
	.as_stored = true,
	.open = hdf5_open,
	.fill = hdf5_fill,
	.close = hdf5_close,
};
