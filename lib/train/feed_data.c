/*
 * Data: records of an LMDB (or of dset's HDF5 folders) through transform_param.
 * Tops: the pictures (batch, C, h, w) and the labels (batch), or (batch, n)
 * where the data set has several numbers for each picture.
 */
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/rng.h"
#include "dset/reader.h"
#include "train/feed.h"

struct feed_data {
	struct feed feed;
	struct dset_db *db;
	struct dset_reader *reader;
	struct transform transform;
	struct transform_scratch scratch;
	struct dset_item *items; /* a batch */
	uint64_t ranks;
	size_t nlabels; /* per item; 0: the Datum's one label */
	uint64_t rank;
	uint64_t skip; /* items left out at the beginning */
};

static void
data_close(struct feed *feed)
{
	struct feed_data *f = (struct feed_data *)feed;

	dset_reader_close(f->reader);
	dset_db_close(f->db);
	transform_clear(&f->transform);
	transform_scratch_clear(&f->scratch);
	mem_free(f->items);
	mem_free(f);
}

static int
flags_of(const Caffe__LayerParameter *p)
{
	const Caffe__TransformationParameter *t = p->transform_param;

	if (t != NULL && t->force_gray)
		return DB_GREY;
	if ((t != NULL && t->force_color) || p->data_param->force_encoded_color)
		return DB_COLOUR;
	return 0;
}

/* What lies there counts, not data_param.backend, whose default is LEVELDB. */
static int
check_backend(const char *source)
{
	char *path = path_join(source, "CURRENT");
	int is = file_exists(path);

	mem_free(path);
	return is ? err_set(ERR_UNSUPPORTED,
			"%s is a LevelDB, which is not read: make an LMDB of "
			"the pictures with dset-create, or convert it where "
			"Caffe is",
			source)
		  : 0;
}

static int
open_source(struct feed_data *f, const Caffe__LayerParameter *p,
    const struct feed_opts *o)
{
	const Caffe__DataParameter *d = p->data_param;
	struct dset_reader_options ro = { .threads = o->threads,
		.seed = o->seed,
		.shuffle = o->shuffle && o->train,
		.flags = flags_of(p),
		.shard = o->rank,
		.shards = o->ranks };
	struct dset_scratch scratch;
	struct dset_item first;
	int rc;

	if (d == NULL || d->source == NULL || d->source[0] == '\0')
		return err_set(ERR_FORMAT, "data_param.source is not set");
	TRY(feed_batch(&f->feed.batch, o, d->batch_size));
	TRY(check_backend(d->source));
	TRY(dset_db_open(&f->db, d->source));
	f->feed.items = dset_db_count(f->db);
	if (f->feed.items == 0)
		return err_set(ERR_FORMAT, "%s: no records", d->source);
	dset_scratch_init(&scratch);
	rc = dset_db_get(&first, f->db, 0, &scratch, ro.flags);
	if (rc >= 0)
		rc = transform_init(&f->transform, p->transform_param, o->train,
		    first.channels, first.height, first.width);
	f->nlabels = rc >= 0 ? first.nlabels : 0;
	dset_scratch_clear(&scratch);
	if (rc < 0)
		return rc;
	if (d->rand_skip > 0) {
		struct rng r;

		rng_init(&r, o->seed, 0x736b6970); /* "skip" */
		f->skip = rng_below(&r, d->rand_skip);
	}
	ro.batch = (size_t)f->feed.batch;
	return dset_reader_open(&f->reader, f->db, &ro);
}

static int
data_open(struct feed **out, const struct layer *l, const struct feed_opts *o)
{
	struct feed_data *f = mem_new(struct feed_data);
	int h, w, rc;

	f->ranks = o->ranks > 1 ? o->ranks : 1;
	f->rank = o->rank;
	rc = open_source(f, l->p, o);
	if (rc < 0) {
		data_close(&f->feed);
		return rc;
	}
	f->items = mem_array(struct dset_item, (size_t)f->feed.batch);
	f->transform.seed = o->seed;
	f->transform.stream = 0x6175676d656e74; /* "augment" */
	if (o->augment != NULL)
		f->transform.augment = *o->augment;
	transform_size(&f->transform, &h, &w);
	f->feed.ntop = 2;
	f->feed.shape[0] =
	    shape_of(4, f->feed.batch, f->transform.channels, h, w);
	f->feed.shape[1] = f->nlabels == 0
	    ? shape_of(1, f->feed.batch)
	    : shape_of(2, f->feed.batch, (int)f->nlabels);
	*out = &f->feed;
	return 0;
}

static int
labels_of(const struct feed_data *f, const struct dset_item *item, float *out)
{
	if (f->nlabels == 0) {
		*out = (float)item->label;
		return 0;
	}
	if (item->nlabels != f->nlabels)
		return err_set(ERR_FORMAT,
		    "%s: record %zu has %zu labels, the first "
		    "had %zu",
		    dset_db_path(f->db), item->index, item->nlabels,
		    f->nlabels);
	memcpy(out, item->labels, f->nlabels * sizeof(*out));
	return 0;
}

static int
data_fill(struct feed *feed, uint64_t g, float *const *top)
{
	struct feed_data *f = (struct feed_data *)feed;
	size_t per_item = shape_count_axes(&feed->shape[0], 1, 4);
	size_t per_label = f->nlabels > 0 ? f->nlabels : 1;
	int rc;

	g += f->skip;
	if (dset_reader_tell(f->reader) != g)
		dset_reader_seek(f->reader, g);
	TRY(dset_reader_next(f->reader, f->items, (size_t)feed->batch));
	for (size_t i = 0; i < (size_t)feed->batch; i++) {
		rc = transform_item(&f->transform, &f->scratch, &f->items[i],
		    (g + i) * f->ranks + f->rank, top[0] + i * per_item);
		if (rc < 0)
			return err_in(rc, "%s", dset_db_path(f->db));
		TRY(labels_of(f, &f->items[i], top[1] + i * per_label));
	}
	return 0;
}

const struct feed_type feed_data = {
	.name = "Data",
	.open = data_open,
	.fill = data_fill,
	.close = data_close,
};
