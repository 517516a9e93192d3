/*
 * Labels in a database of their own: they belong to the pictures of the same net,
 * and go where the pixels go.
 *
 * A picture's first plane repeats its mask, and a box is drawn around the marked
 * part; so after any moves mask and plane must agree, and box and marked part.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/rng.h"
#include "caffe/caffe.pb-c.h"
#include "caffe/datum.h"
#include "image/image.h"
#include "input/feed.h"
#include "input/geometry.h"
#include "record/lmdb_out.h"
#include "fed.h"

enum { N = 12, H = 20, W = 28, PLANE = H * W, ROWS = 4, MARK = 200 };

struct rect {
	int x, y, w, h;
};

static struct rect
rect_of(size_t i)
{
	return (struct rect){ 3 + (int)i, 2 + (int)i % 5, 9, 6 };
}

/* The mask of record i: 0, MARK inside its rectangle. */
static void
paint(uint8_t *mask, size_t i)
{
	const struct rect r = rect_of(i);

	memset(mask, 0, PLANE);
	for (int y = 0; y < r.h; y++)
		memset(mask + (r.y + y) * W + r.x, MARK, (size_t)r.w);
}

static void
put_datum(
    struct record_lmdb_out *o, const char *key, const struct caffe_datum *d)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	must(caffe_datum_add(&b, d));
	must(record_lmdb_put(o, key, strlen(key), b.data, b.len));
	buf_clear(&b);
}

static void
put_png(struct record_lmdb_out *o, const char *key, const uint8_t *mask)
{
	struct caffe_datum d = {
		.channels = 1, .height = H, .width = W, .encoded = true
	};
	struct image im;
	struct buf png;

	image_init(&im);
	buf_init(&png, 1 << 20);
	must(image_resize_buffer(&im, W, H, 1));
	memcpy(im.data, mask, PLANE);
	must(image_encode_png(&png, &im, -1));
	d.data = (const uint8_t *)png.data;
	d.ndata = png.len;
	put_datum(o, key, &d);
	buf_clear(&png);
	image_clear(&im);
}

/* dir: features, labels (PNG masks), boxes (DIGITS's), numbers (two a picture);
 * keys begin at `first`. */
static void
make(const char *dir, size_t n, size_t first)
{
	static const char *const names[] = { "features", "labels", "boxes",
		"numbers" };
	struct record_lmdb_out *out[4];
	uint8_t data[3 * PLANE];

	for (int k = 0; k < 4; k++) {
		char *path = path_join(tmp_path(dir), names[k]);

		must(file_mkdirs(path));
		must(record_lmdb_create(&out[k], path));
		mem_free(path);
	}
	for (size_t i = 0; i < n; i++) {
		const struct rect r = rect_of(i);
		float boxes[ROWS * GEOMETRY_BOX] = { 1, GEOMETRY_BOX };
		float *box = boxes + GEOMETRY_BOX;
		float numbers[2] = { (float)i, -1 };
		char key[24];

		paint(data, i);
		for (int p = 0; p < PLANE; p++) {
			data[PLANE + p] = (uint8_t)(p * 7);
			data[2 * PLANE + p] = (uint8_t)i;
		}
		box[0] = (float)r.x;
		box[1] = (float)r.y;
		box[2] = (float)r.w;
		box[3] = (float)r.h;
		box[5] = 1;
		snprintf(key, sizeof(key), "%09zu", first + i);
		put_datum(out[0], key,
		    &(struct caffe_datum){ .channels = 3,
			.height = H,
			.width = W,
			.data = data,
			.ndata = sizeof(data) });
		put_png(out[1], key, data);
		put_datum(out[2], key,
		    &(struct caffe_datum){ .channels = 1,
			.height = ROWS,
			.width = GEOMETRY_BOX,
			.floats = boxes,
			.nfloats = LENGTH(boxes) });
		put_datum(out[3], key,
		    &(struct caffe_datum){ .channels = 1,
			.height = 1,
			.width = 2,
			.floats = numbers,
			.nfloats = 2 });
	}
	for (int k = 0; k < 4; k++)
		must(record_lmdb_finish(&out[k]));
}

#define PICTURES(more)                                                         \
	"layer { name: 'p' type: 'Data' top: 'data' data_param { source: "     \
	"'DIR/a/features' batch_size: 4 } " more " } "
#define LABELS(column, more)                                                   \
	"layer { name: 'l' type: 'Data' top: 'label' data_param { source: "    \
	"'DIR/a/" column "' batch_size: 4 } " more " } "

static struct feed *
feed_of(struct fed *o, const char *layer)
{
	for (int i = 0; i < o->feeds.n; i++)
		if (strcmp(o->feeds.v[i]->layer, layer) == 0)
			return o->feeds.v[i];
	fail_msg("no feed of layer %s", layer);
	return NULL;
}

/* The batch at g of a layer; caller's. */
static float *
batch_of(struct fed *o, const char *layer, uint64_t g)
{
	struct feed *f = feed_of(o, layer);
	float *v = mem_array(float, shape_count(&f->shape[0]));
	float rest[8], *top[FEED_TOPS] = { v, rest };

	must(f->type->fill(f, g, top));
	return v;
}

static size_t
item_size(struct fed *o, const char *layer)
{
	return shape_count_axes(&feed_of(o, layer)->shape[0], 1, 4);
}

/* How many values of mask and first plane differ, over many positions. */
static size_t
differences(struct fed *o, size_t *marked)
{
	const size_t size = item_size(o, "l"), whole = item_size(o, "p");
	size_t wrong = 0;

	*marked = 0;
	for (uint64_t g = 0; g < 200; g += 4) {
		float *p = batch_of(o, "p", g), *l = batch_of(o, "l", g);

		for (size_t i = 0; i < 4; i++)
			for (size_t k = 0; k < size; k++) {
				const float m = l[i * size + k];

				/* no value that is not in the mask */
				assert_true(m == 0 || m == MARK);
				*marked += m != 0;
				wrong += fabsf(m - p[i * whole + k]) > MARK / 2;
			}
		mem_free(p);
		mem_free(l);
	}
	return wrong;
}

/* Crop, mirror and flip to the pixel; the label layer says nothing of them. */
static void
masks_move(void **state)
{
	const struct augment a = { .flip = true, .mirror = true };
	struct feed_opts fo = { .train = true,
		.shuffle = true,
		.seed = 3,
		.threads = 2,
		.augment = &a };
	size_t marked;
	struct fed o;

	(void)state;
	must(fed_open(&o,
	    PICTURES("transform_param { crop_size: 14 mirror: true }")
		LABELS("labels", ""),
	    &fo));
	assert_int_equal(feed_of(&o, "l")->shape[0].d[1], 1);
	assert_int_equal(feed_of(&o, "l")->shape[0].d[3], 14);
	assert_int_equal(differences(&o, &marked), 0);
	assert_true(marked > 1000);
	fed_close(&o);
	/* also when the labels come first, and in the middle for validation */
	fo.train = false;
	must(fed_open(&o,
	    LABELS("labels", "") PICTURES("transform_param { crop_size: 14 }"),
	    &fo));
	assert_int_equal(differences(&o, &marked), 0);
	fed_close(&o);
}

/* Mean and scale are the pictures' alone; noise and colours draw random numbers
 * before rotation and zoom, which must be the same for the mask. */
static void
masks_turn(void **state)
{
	const struct augment a = { .rotate = 20,
		.scale = 0.1,
		.noise = 0.01,
		.contrast = 0.1,
		.hsv = { 0.01, 0.01, 0.01 },
		.flip = true };
	const struct feed_opts fo = {
		.train = true, .seed = 5, .threads = 1, .augment = &a
	};
	size_t marked, wrong;
	struct fed o;

	(void)state;
	must(fed_open(&o, PICTURES("") LABELS("labels", ""), &fo));
	wrong = differences(&o, &marked);
	/* at the edges a value between two pixels is on the other side */
	assert_true(marked > 5000);
	if (wrong > marked / 20)
		fail_msg("%zu of %zu values differ", wrong, marked);
	fed_close(&o);
}

/* What encloses the marked values of a plane; w 0: nothing is marked. */
static struct rect
marked_part(const float *v, int h, int w)
{
	struct rect r = { w, h, 0, 0 };
	int right = -1, low = -1;

	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++) {
			if (v[y * w + x] < MARK / 2)
				continue;
			r.x = x < r.x ? x : r.x;
			r.y = y < r.y ? y : r.y;
			right = x > right ? x : right;
			low = y > low ? y : low;
		}
	r.w = right - r.x + 1;
	r.h = low - r.y + 1;
	return right < 0 ? (struct rect){ 0 } : r;
}

static void
compare_boxes(struct fed *o, double near, int *seen, int *gone)
{
	const struct shape *s = &feed_of(o, "p")->shape[0];
	const size_t size = item_size(o, "p");

	*seen = *gone = 0;
	for (uint64_t g = 0; g < 200; g += 4) {
		float *p = batch_of(o, "p", g), *l = batch_of(o, "l", g);

		for (size_t i = 0; i < 4; i++) {
			const struct rect r = marked_part(
			    p + i * size, (int)s->d[2], (int)s->d[3]);
			const float *v = l + i * ROWS * GEOMETRY_BOX;
			const float *box = v + GEOMETRY_BOX;

			assert_true(v[1] == GEOMETRY_BOX);
			if (v[0] == 0) {
				*gone += 1;
				assert_true(r.w <= near && box[2] == 0);
				continue;
			}
			*seen += 1;
			if (r.w == 0) /* less than a pixel is left of it */
				continue;
			assert_true(fabs(box[0] - r.x) <= near);
			assert_true(fabs(box[1] - r.y) <= near);
			assert_true(fabs(box[2] - r.w) <= 2 * near);
			assert_true(fabs(box[3] - r.h) <= 2 * near);
			assert_true(box[5] == 1);
		}
		mem_free(p);
		mem_free(l);
	}
}

static void
boxes_move(void **state)
{
	const struct augment flip = { .flip = true };
	/* a quarter turn keeps what is upright so; here only zoom and shift */
	const struct augment zoom = { .scale = 0.1, .noise = 0.001 };
	struct feed_opts fo = { .train = true,
		.shuffle = true,
		.seed = 3,
		.threads = 1,
		.augment = &flip };
	struct fed o;
	int seen, gone;

	(void)state;
	must(fed_open(&o,
	    PICTURES("transform_param { crop_size: 10 mirror: true }")
		LABELS("boxes", ""),
	    &fo));
	compare_boxes(&o, 0, &seen, &gone);
	assert_true(seen > 50 && gone > 5);
	fed_close(&o);
	fo.augment = &zoom;
	must(fed_open(&o, PICTURES("") LABELS("boxes", ""), &fo));
	compare_boxes(&o, 1, &seen, &gone);
	assert_true(seen > 150);
	fed_close(&o);
	/* a column of another name beside features */
	fo.augment = &flip;
	must(fed_open(&o,
	    PICTURES(
		"transform_param { crop_size: 10 mirror: true }") "layer { name: 'l' type: 'Data' top: 'boxes' data_param { source: "
								  "'DIR/a/boxes' batch_size: 4 } }",
	    &fo));
	compare_boxes(&o, 0, &seen, &gone);
	assert_true(seen > 50 && gone > 5);
	fed_close(&o);
}

/* Numbers of no place stay; boxes that go nowhere keep their bits. */
static void
rest_stays(void **state)
{
	const struct feed_opts fo = { .train = true, .seed = 3, .threads = 1 };
	struct fed o;
	float *v;

	(void)state;
	must(fed_open(&o,
	    PICTURES("transform_param { crop_size: 10 mirror: true }")
		LABELS("numbers", ""),
	    &fo));
	v = batch_of(&o, "l", 4);
	for (int i = 0; i < 4; i++)
		assert_true(v[2 * i] == 4 + i && v[2 * i + 1] == -1);
	mem_free(v);
	fed_close(&o);
	must(fed_open(&o, PICTURES("") LABELS("boxes", ""), &fo));
	v = batch_of(&o, "l", 0);
	for (size_t i = 0; i < 4; i++) {
		const float *box = v + (i * ROWS + 1) * GEOMETRY_BOX;
		const struct rect r = rect_of(i);

		assert_true(box[0] == r.x && box[3] == r.h);
	}
	mem_free(v);
	fed_close(&o);
}

static void
refused(const char *net, const char *word)
{
	const struct feed_opts fo = { .train = true, .threads = 1 };

	fed_refused(net, &fo, ERR_FORMAT, word);
}

static void
must_agree(void **state)
{
	(void)state;
	make("b", N - 1, 0);
	make("c", N, 1);
	refused(PICTURES("") "layer { name: 'l' type: 'Data' top: 'label' "
			     "data_param { source: 'DIR/b/labels' "
			     "batch_size: 4 } }",
	    "11 records, but");
	refused(PICTURES("") "layer { name: 'l' type: 'Data' top: 'label' "
			     "data_param { source: 'DIR/c/labels' "
			     "batch_size: 4 } }",
	    "record 0 has the key \"000000001\"");
	refused(PICTURES("") "layer { name: 'l' type: 'Data' top: 'label' "
			     "data_param { source: 'DIR/a/labels' "
			     "batch_size: 3 } }",
	    "batch_size 3, but 4 of layer p");
	refused(PICTURES("transform_param { crop_size: 10 }")
		    LABELS("labels", "transform_param { crop_size: 12 }"),
	    "crop_size 12");
}

/* As n numbers whose values nobody wants. */
static void
skipped_numbers(void **state)
{
	(void)state;
	for (size_t before = 0; before < 2; before++)
		for (size_t n = 0; n < 6; n++) {
			struct rng a, b;

			rng_init(&a, 1, before);
			for (size_t i = 0; i < before; i++)
				(void)rng_normal(&a);
			b = a;
			rng_normal_skip(&a, n);
			for (size_t i = 0; i < n; i++)
				(void)rng_normal(&b);
			assert_true(rng_normal(&a) == rng_normal(&b));
			assert_true(rng_u64(&a) == rng_u64(&b));
		}
}

static int
set_up(void **state)
{
	if (tmp_setup(state) < 0)
		return -1;
	make("a", N, 0);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masks_move),
		cmocka_unit_test(masks_turn),
		cmocka_unit_test(boxes_move),
		cmocka_unit_test(rest_stays),
		cmocka_unit_test(must_agree),
		cmocka_unit_test(skipped_numbers),
	};

	return cmocka_run_group_tests(tests, set_up, tmp_teardown);
}
