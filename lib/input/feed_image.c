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
#include "input/augment/scene.h"
#include "input/feed.h"
#include "input/picture.h"

/* What a thread works with. */
struct image_worker {
	struct picture picture;
	struct transform_scratch scratch;
};

struct image_source {
	struct input input;
	struct dset_list list;
	struct transform transform; /* for pictures of the first one's size */
	bool augments;              /* augment_param says what is done */
	uint64_t skip;
};

struct feed_image {
	struct feed feed;
	const struct image_source *from;
	const Caffe__ImageDataParameter *p;
	struct input_order order;
	struct transform transform; /* of this feed; the mean is the source's */
	struct pool *pool;
	struct image_worker *workers;
	struct err_saved *failed; /* of each item of a batch */
	size_t *at;               /* its line */
	/* while a batch is made */
	uint64_t g;
	float *const *top;
	struct feed_pictures *pictures; /* NULL: floats */
};

static void
image_release(struct input *in)
{
	struct image_source *s = (struct image_source *)in;

	dset_list_clear(&s->list);
	transform_clear(&s->transform);
	mem_free(s);
}

static int
bad_line(void *ctx, const char *path, int64_t record, const char *reason)
{
	(void)ctx;
	return err_set(
	    ERR_FORMAT, "%s:%lld: %s", path, (long long)record, reason);
}

static int
load(const struct dset_list *list, const Caffe__ImageDataParameter *p,
    struct picture *pic, size_t line)
{
	TRY(picture_read(pic, list->v[line].path, p->is_color));
	return p->new_height > 0
	    ? picture_resize(pic, (int)p->new_width, (int)p->new_height)
	    : 0;
}

/* Shape and transformation by the first picture of the stream. */
static int
look_at_first(struct image_source *s, const Caffe__LayerParameter *p,
    const struct feed_opts *o)
{
	const Caffe__ImageDataParameter *d = p->image_data_param;
	struct picture pic = { 0 };
	struct image_low low = { 0 };
	struct input_order order;
	size_t line;
	struct record_item item;
	int rc;

	input_order_init(&order, s->list.n, d->shuffle, o->seed);
	line = input_order_at(&order, s->skip);
	rc = load(&s->list, d, &pic, line);
	input_order_clear(&order);
	image_low_add(&low, pic.low_bits, s->list.v[line].path);
	image_low_warn(&low);
	if (rc >= 0) {
		picture_item(&pic, &item);
		rc = transform_init(&s->transform, p->transform_param, false,
		    item.channels, item.height, item.width);
	}
	if (rc >= 0 && o->rgb)
		transform_want_rgb(&s->transform, true);
	picture_clear(&pic);
	return rc;
}

static int
open_list(struct image_source *s, const Caffe__LayerParameter *l,
    const struct feed_opts *o)
{
	const Caffe__ImageDataParameter *p = l->image_data_param;
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
	lo.root = p->root_folder[0] != '\0' ? p->root_folder : NULL;
	TRY(dset_list_read(&s->list, p->source, &lo, &bad));
	if (s->list.n == 0)
		return err_set(ERR_FORMAT, "%s: no pictures", p->source);
	rng_init(&r, o->seed, 0x736b6970); /* "skip" */
	s->skip = p->rand_skip > 0 ? rng_below(&r, p->rand_skip) : 0;
	return look_at_first(s, l, o);
}

static int
image_source(struct input **out, const Caffe__LayerParameter *p,
    struct input *pictures, struct inputs *in, const struct feed_opts *o)
{
	struct image_source *s = mem_new(struct image_source);
	struct input_spec *spec = &s->input.spec;
	int h, w, rc;

	(void)pictures;
	(void)in;
	dset_list_init(&s->list);
	rc = open_list(s, p, o);
	if (rc < 0) {
		image_release(&s->input);
		return rc;
	}
	transform_size(&s->transform, &h, &w);
	spec->ntop = 2;
	spec->kind[0] = INPUT_PICTURE;
	spec->items = s->list.n;
	spec->shape[0] = shape_of(3, s->transform.channels, h, w);
	s->augments = p->transform_param != NULL &&
	    p->transform_param->augment_param != NULL;
	if (o->train && p->n_top > 1)
		rc = scene_class_shape(&spec->shape[1], &s->transform.augment);
	if (rc < 0) {
		image_release(&s->input);
		return rc;
	}
	*out = &s->input;
	return 0;
}

static void
image_stop(struct feed *feed)
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
	input_order_clear(&f->order);
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
	    ragged(f) ? 0 : f->from->list.n);
	f->feed.rule.packed = t->channels > 1;
}

static int
image_start(struct feed *feed, const struct layer *l)
{
	struct feed_image *f = (struct feed_image *)feed;
	const struct feed_opts *o = &feed->opts;
	int h, w;

	(void)l;
	f->from = (const struct image_source *)feed->input;
	f->p = feed->input->p->image_data_param;
	TRY(pool_new(&f->pool, o->threads > 0 ? o->threads : queue_cpus()));
	input_order_init(&f->order, feed->items, f->p->shuffle, o->seed);
	f->workers =
	    mem_array(struct image_worker, (size_t)pool_threads(f->pool));
	f->failed = mem_array(struct err_saved, (size_t)feed->batch);
	f->at = mem_array(size_t, (size_t)feed->batch);
	f->transform = f->from->transform;
	f->transform.train = o->train;
	f->transform.seed = o->seed;
	f->transform.stream = 0x6175676d656e74; /* "augment" */
	if (o->augment != NULL && !f->from->augments)
		f->transform.augment = *o->augment;
	transform_size(&f->transform, &h, &w);
	offer(f, h, w);
	return 0;
}

/* As a packed picture into the slot: whole, or the part that is taken. */
static void
place_picture(const struct feed_image *f, const struct transform *t, size_t i,
    const struct image *im)
{
	struct ring_picture *p = &f->pictures->list[i];
	uint8_t *to = f->pictures->bytes + p->at;
	const size_t pixel = (size_t)im->channels;
	struct transform_window win;

	transform_choose(t, feed_place(&f->feed.opts, f->g, i), &win);
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
bad_size(const struct feed_image *f, const struct transform *t,
    const struct record_item *item)
{
	return err_set(ERR_FORMAT,
	    "%s: %dx%dx%d pixels, the first was %dx%dx%d (set new_height and new_width)",
	    f->from->list.v[item->index].path, item->channels, item->height,
	    item->width, t->channels, t->height, t->width);
}

/* What a scene is made of, at the work of a thread. */
struct image_making {
	struct feed_image *feed;
	struct image_worker *worker;
	int label[SCENE_LAYERS * SCENE_TILES], n;
};

static int
get_picture(void *ctx, size_t line, struct record_item *out)
{
	struct image_making *k = ctx;
	struct feed_image *f = k->feed;
	struct picture *pic = &k->worker->picture;
	const struct dset_list *list = &f->from->list;

	TRY(load(list, f->p, pic, line));
	picture_item(pic, out);
	out->index = line;
	k->label[k->n++] = list->v[line].label;
	return transform_check(&f->transform, out) < 0
	    ? bad_size(f, &f->transform, out)
	    : 0;
}

/* An item for which a scene is drawn. */
static int
make_scene(struct feed_image *f, size_t i, struct image_worker *w)
{
	const size_t size = shape_count_axes(&f->feed.shape[0], 1, 4);
	const struct shape *s = &f->feed.shape[1];
	struct image_making k = { .feed = f, .worker = w };
	const struct scene_records from = { &k, get_picture };
	struct scene scene;

	scene_draw(&scene, &f->transform, feed_place(&f->feed.opts, f->g, i),
	    f->at[i], f->from->list.n);
	TRY(scene_item(
	    &scene, &f->transform, &w->scratch, &from, f->top[0] + i * size));
	if (s->n < 2) {
		f->top[1][i] = (float)k.label[0];
		return 0;
	}
	return scene_shares(&scene,
	    (int[SCENE_LAYERS]){ k.label[0], k.label[scene.layer[0].n] },
	    f->top[1] + i * (size_t)s->d[1], (size_t)s->d[1]);
}

static int
make_item_at(struct feed_image *f, size_t i, struct image_worker *w)
{
	size_t size = shape_count_axes(&f->feed.shape[0], 1, 4);
	const struct image *im = &w->picture.im;
	struct transform t = f->transform;
	struct record_item item = { 0 };
	size_t line = f->at[i];
	int rc;

	if (scene_is(&t))
		return make_scene(f, i, w);
	f->top[1][i] = (float)f->from->list.v[line].label;
	if (f->pictures != NULL && f->pictures->list[i].held) {
		place_picture(f, &t, i, im);
		return 0;
	}
	TRY(load(&f->from->list, f->p, &w->picture, line));
	if (f->pictures != NULL)
		item = (struct record_item){ .channels = im->channels,
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
		  feed_place(&f->feed.opts, f->g, i), f->top[0] + i * size);
	if (rc < 0)
		return bad_size(f, &t, &item);
	if (f->pictures != NULL)
		place_picture(f, &t, i, im);
	return 0;
}

static void
work(void *ctx, size_t i, int thread)
{
	struct feed_image *f = ctx;

	err_save(&f->failed[i], make_item_at(f, i, &f->workers[thread]));
}

static int
make_batch(struct feed_image *f, uint64_t g, float *const *top,
    struct feed_pictures *b)
{
	size_t n = (size_t)f->feed.batch;

	f->g = g;
	f->top = top;
	f->pictures = b;
	for (size_t i = 0; i < n; i++) {
		f->at[i] = input_order_at(
		    &f->order, f->from->skip + feed_place(&f->feed.opts, g, i));
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
	return make_batch((struct feed_image *)feed, g, top, NULL);
}

static int
image_pictures(
    struct feed *feed, uint64_t g, float *const *top, struct feed_pictures *b)
{
	return make_batch((struct feed_image *)feed, g, top, b);
}

const struct feed_type feed_image = {
	.name = "ImageData",
	.size = sizeof(struct feed_image),
	.source = image_source,
	.release = image_release,
	.start = image_start,
	.fill = image_fill,
	.pictures = image_pictures,
	.stop = image_stop,
};
