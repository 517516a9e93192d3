/*
 * ImageData: picture files named in a list ("path label" a line), decoded and
 * resized as OpenCV does, then through transform_param.
 *
 * Shuffled, the order changes each epoch; rand_skip begins somewhere within the
 * first rand_skip lines.  Without new_height and new_width the pictures must be
 * of one size, unless they are cropped and no mean image is subtracted.
 */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/queue.h"
#include "base/rng.h"
#include "dset/list.h"
#include "input/order.h"
#include "input/feed.h"
#include "input/picture.h"

/* What a thread works with. */
struct worker {
	struct picture picture;
	struct transform_scratch scratch;
};

struct feed_image {
	struct feed feed;
	struct feed_opts opts;
	const Caffe__ImageDataParameter *p;
	struct dset_list list;
	struct dset_order order;
	struct transform transform;
	uint64_t skip;
	struct pool *pool;
	struct worker *workers;
	struct err_saved *failed; /* of each item of a batch */
	size_t *at;               /* its line */
	/* while a batch is made */
	uint64_t g;
	float *const *top;
	struct feed_pictures *pictures; /* NULL: floats */
};

static void
image_close(struct feed *feed)
{
	struct feed_image *f = (struct feed_image *)feed;

	for (int i = 0; f->workers != NULL && i < pool_threads(f->pool); i++) {
		picture_clear(&f->workers[i].picture);
		transform_scratch_clear(&f->workers[i].scratch);
	}
	pool_free(f->pool);
	mem_free(f->workers);
	mem_free(f->failed);
	mem_free(f->at);
	dset_order_clear(&f->order);
	dset_list_clear(&f->list);
	transform_clear(&f->transform);
	mem_free(f);
}

static int
bad_line(void *ctx, const char *path, int64_t record, const char *reason)
{
	(void)ctx;
	return err_set(
	    ERR_FORMAT, "%s:%lld: %s", path, (long long)record, reason);
}

static int
load(const struct feed_image *f, struct picture *pic, size_t line)
{
	TRY(picture_read(pic, f->list.v[line].path, f->p->is_color));
	return f->p->new_height > 0
	    ? picture_resize(pic, (int)f->p->new_width, (int)f->p->new_height)
	    : 0;
}

/* Shape and transformation by the first picture of the stream. */
static int
look(struct feed_image *f, const struct layer *l)
{
	struct picture pic = { 0 };
	struct dset_item item;
	size_t first = dset_order_at(&f->order, f->skip);
	int rc = load(f, &pic, first);

	if (rc >= 0) {
		picture_item(&pic, &item);
		rc = transform_init(&f->transform, l->p->transform_param,
		    f->opts.train, item.channels, item.height, item.width);
	}
	picture_clear(&pic);
	return rc;
}

static int
open_list(struct feed_image *f, const struct layer *l)
{
	const Caffe__ImageDataParameter *p = f->p;
	const struct dset_bad bad = { bad_line, NULL };
	struct dset_list_options lo = { 0 };
	struct rng r;

	if (p == NULL || p->source == NULL || p->source[0] == '\0')
		return err_set(
		    ERR_FORMAT, "image_data_param.source is not set");
	if ((p->new_height > 0) != (p->new_width > 0))
		return err_set(ERR_FORMAT,
		    "image_data_param: new_height and new_width go together");
	if (p->new_height > IMAGE_MAX_SIDE || p->new_width > IMAGE_MAX_SIDE)
		return err_set(ERR_RANGE, "image_data_param: %ux%u pixels",
		    p->new_width, p->new_height);
	TRY(feed_batch(&f->feed.batch, &f->opts, p->batch_size));
	lo.root = p->root_folder[0] != '\0' ? p->root_folder : NULL;
	TRY(dset_list_read(&f->list, p->source, &lo, &bad));
	if (f->list.n == 0)
		return err_set(ERR_FORMAT, "%s: no pictures", p->source);
	f->feed.items = f->list.n;
	dset_order_init(&f->order, f->list.n, p->shuffle, f->opts.seed);
	rng_init(&r, f->opts.seed, 0x736b6970); /* "skip" */
	f->skip = p->rand_skip > 0 ? rng_below(&r, p->rand_skip) : 0;
	return look(f, l);
}

/* May pictures differ in size?  Then only the part that is taken travels. */
static bool
ragged(const struct feed_image *f)
{
	return f->transform.crop > 0 && f->transform.mean == NULL &&
	    f->p->new_height == 0;
}

static void
offer(struct feed_image *f, int h, int w)
{
	const struct transform *t = &f->transform;

	if (!ragged(f)) {
		h = t->height;
		w = t->width;
	}
	feed_offer(&f->feed, t, (size_t)t->channels * (size_t)h * (size_t)w,
	    ragged(f) ? 0 : f->list.n);
	f->feed.rule.packed = t->channels > 1;
}

static int
image_open(struct feed **out, const struct layer *l, const struct feed_opts *o)
{
	struct feed_image *f = mem_new(struct feed_image);
	int h, w, rc;

	f->opts = *o;
	f->p = l->p->image_data_param;
	dset_list_init(&f->list);
	rc = open_list(f, l);
	if (rc >= 0)
		rc = pool_new(
		    &f->pool, o->threads > 0 ? o->threads : queue_cpus());
	if (rc < 0) {
		image_close(&f->feed);
		return rc;
	}
	f->workers = mem_array(struct worker, (size_t)pool_threads(f->pool));
	f->failed = mem_array(struct err_saved, (size_t)f->feed.batch);
	f->at = mem_array(size_t, (size_t)f->feed.batch);
	f->transform.seed = o->seed;
	f->transform.stream = 0x6175676d656e74; /* "augment" */
	if (f->opts.rgb)
		transform_want_rgb(&f->transform, true);
	if (o->augment != NULL)
		f->transform.augment = *o->augment;
	transform_size(&f->transform, &h, &w);
	offer(f, h, w);
	f->feed.ntop = 2;
	f->feed.shape[0] =
	    shape_of(4, f->feed.batch, f->transform.channels, h, w);
	f->feed.shape[1] = shape_of(1, f->feed.batch);
	*out = &f->feed;
	return 0;
}

/* As a packed picture into the slot: whole, or the part that is taken. */
static void
put(const struct feed_image *f, const struct transform *t, size_t i,
    const struct image *im)
{
	struct ring_picture *p = &f->pictures->list[i];
	uint8_t *to = f->pictures->bytes + p->at;
	const size_t pixel = (size_t)im->channels;
	struct transform_window win;

	transform_choose(t, feed_place(&f->opts, f->g, i), &win);
	p->mirror = win.mirror;
	p->height = ragged(f) ? win.h : t->height;
	p->width = ragged(f) ? win.w : t->width;
	p->y = ragged(f) ? 0 : win.y;
	p->x = ragged(f) ? 0 : win.x;
	if (p->held)
		return;
	for (int y = 0; y < p->height; y++) {
		const size_t from =
		    (size_t)(win.y - p->y + y) * (size_t)im->width +
		    (size_t)(win.x - p->x);

		memcpy(to + (size_t)y * (size_t)p->width * pixel,
		    im->data + from * pixel, (size_t)p->width * pixel);
	}
}

static int
one(struct feed_image *f, size_t i, struct worker *w)
{
	size_t size = shape_count_axes(&f->feed.shape[0], 1, 4);
	const struct image *im = &w->picture.im;
	struct transform t = f->transform;
	struct dset_item item = { 0 };
	size_t line = f->at[i];
	int rc;

	f->top[1][i] = (float)f->list.v[line].label;
	if (f->pictures != NULL && f->pictures->list[i].held) {
		put(f, &t, i, im);
		return 0;
	}
	TRY(load(f, &w->picture, line));
	if (f->pictures != NULL)
		item = (struct dset_item){ .channels = im->channels,
			.height = im->height,
			.width = im->width };
	else
		picture_item(&w->picture, &item);
	item.index = line;
	if (t.crop > 0 && t.mean == NULL && item.height >= t.crop &&
	    item.width >= t.crop) {
		t.height = item.height;
		t.width = item.width;
	}
	rc = f->pictures != NULL
	    ? transform_check(&t, &item)
	    : transform_item(&t, &w->scratch, &item,
		  feed_place(&f->opts, f->g, i), f->top[0] + i * size);
	if (rc < 0)
		return err_set(ERR_FORMAT,
		    "%s: %dx%dx%d pixels, the first was %dx%dx%d (set new_height and new_width)",
		    f->list.v[line].path, item.channels, item.height,
		    item.width, t.channels, t.height, t.width);
	if (f->pictures != NULL)
		put(f, &t, i, im);
	return 0;
}

static void
work(void *ctx, size_t i, int thread)
{
	struct feed_image *f = ctx;

	err_save(&f->failed[i], one(f, i, &f->workers[thread]));
}

static int
make(struct feed_image *f, uint64_t g, float *const *top,
    struct feed_pictures *b)
{
	size_t n = (size_t)f->feed.batch;

	f->g = g;
	f->top = top;
	f->pictures = b;
	for (size_t i = 0; i < n; i++) {
		f->at[i] = dset_order_at(
		    &f->order, f->skip + feed_place(&f->opts, g, i));
		if (b != NULL)
			feed_wants(b, i, f->at[i]);
	}
	pool_for(f->pool, n, work, f);
	for (size_t i = 0; i < n; i++)
		if (f->failed[i].code < 0)
			return err_restore(&f->failed[i]);
	return 0;
}

static int
image_fill(struct feed *feed, uint64_t g, float *const *top)
{
	return make((struct feed_image *)feed, g, top, NULL);
}

static int
image_pictures(
    struct feed *feed, uint64_t g, float *const *top, struct feed_pictures *b)
{
	return make((struct feed_image *)feed, g, top, b);
}

const struct feed_type feed_image = {
	.name = "ImageData",
	.open = image_open,
	.fill = image_fill,
	.pictures = image_pictures,
	.close = image_close,
};
