/*
 * Scenes in feeds: labels of every kind agree with their pictures, whatever the
 * threads, the worker and where a training is resumed; what cannot be is refused.
 *
 * The first plane of picture i repeats its mask, the second is i everywhere; the
 * large mask has two pixels, each way, for one.
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
#include "caffe/datum.h"
#include "input/feed.h"
#include "input/geometry.h"
#include "record/lmdb_out.h"
#include "fed.h"

enum { N = 12, H = 24, W = 32, PLANE = H * W, ROWS = 3, BATCH = 4, MARK = 200 };

#define PICTURES(more)                                                         \
	"layer { name: 'p' type: 'Data' top: 'data' data_param { source: "     \
	"'DIR/features' batch_size: 4 } transform_param { " more " } } "
#define LABELS(column)                                                         \
	"layer { name: 'l' type: 'Data' top: 'label' data_param { source: "    \
	"'DIR/" column "' batch_size: 4 } } "
#define CLASSES(more)                                                          \
	"layer { name: 'p' type: 'Data' top: 'data' top: 'label' data_param "  \
	"{ source: 'DIR/features' batch_size: 4 } transform_param { " more     \
	" } } "

static void
put(struct record_lmdb_out *o, size_t i, const struct caffe_datum *d)
{
	char key[24];
	struct buf b;

	snprintf(key, sizeof(key), "%09zu", i);
	buf_init(&b, 1 << 20);
	must(caffe_datum_add(&b, d));
	must(record_lmdb_put(o, key, strlen(key), b.data, b.len));
	buf_clear(&b);
}

static void
put_bytes(
    struct record_lmdb_out *o, size_t i, const uint8_t *v, int c, int h, int w)
{
	put(o, i,
	    &(struct caffe_datum){ .channels = c,
		.height = h,
		.width = w,
		.data = v,
		.has_label = true,
		.label = (int)i % 5,
		.ndata = (size_t)(c * h * w) });
}

static void
put_floats(struct record_lmdb_out *o, size_t i, const float *v, int h, int w)
{
	put(o, i,
	    &(struct caffe_datum){ .channels = 1,
		.height = h,
		.width = w,
		.floats = v,
		.nfloats = (size_t)(h * w) });
}

static int
make(void **state)
{
	static const char *const names[] = { "features", "labels", "large",
		"boxes", "numbers" };
	static uint8_t data[3 * PLANE], large[4 * PLANE];
	struct record_lmdb_out *out[5];

	if (tmp_setup(state) < 0)
		return -1;
	for (int k = 0; k < 5; k++) {
		must(file_mkdirs(tmp_path(names[k])));
		must(record_lmdb_create(&out[k], tmp_path(names[k])));
	}
	for (size_t i = 0; i < N; i++) {
		const int x = 3 + (int)i, y = 2 + (int)i % 5, w = 11, h = 8;
		float boxes[ROWS * GEOMETRY_BOX] = { 1, GEOMETRY_BOX };
		const float numbers[2] = { (float)i, 1 };

		memset(data, 0, sizeof(data));
		for (int p = 0; p < PLANE; p++) {
			const bool in = p % W >= x && p % W < x + w &&
			    p / W >= y && p / W < y + h;

			data[p] = in ? MARK : 0;
			data[PLANE + p] = (uint8_t)i;
			data[2 * PLANE + p] = (uint8_t)(p * 7);
		}
		for (int p = 0; p < 4 * PLANE; p++)
			large[p] = data[p / (2 * W) / 2 * W + p % (2 * W) / 2];
		memcpy(boxes + GEOMETRY_BOX,
		    ((float[6]){ (float)x, (float)y, w, h, 0, 1 }),
		    6 * sizeof(float));
		put_bytes(out[0], i, data, 3, H, W);
		put_bytes(out[1], i, data, 1, H, W);
		put_bytes(out[2], i, large, 1, 2 * H, 2 * W);
		put_floats(out[3], i, boxes, ROWS, GEOMETRY_BOX);
		put_floats(out[4], i, numbers, 1, 2);
	}
	for (int k = 0; k < 5; k++)
		must(record_lmdb_finish(&out[k]));
	return 0;
}

/* What a feed gives at g: both tops, the caller's. */
struct batch {
	float *v[2];
	size_t n[2], per;
};

static struct feed *
feed_of(struct fed *o, const char *layer)
{
	for (int i = 0; i < o->feeds.n; i++)
		if (strcmp(o->feeds.v[i]->layer, layer) == 0)
			return o->feeds.v[i];
	fail_msg("no feed of layer %s", layer);
	return NULL;
}

static struct batch
batch_of(struct fed *o, const char *layer, uint64_t g)
{
	struct feed *f = feed_of(o, layer);
	float *top[FEED_TOPS] = { 0 };
	struct batch b = { 0 };

	for (int i = 0; i < 2; i++) {
		b.n[i] = shape_count(&f->shape[i]);
		top[i] = b.v[i] = mem_array(float, b.n[i]);
	}
	b.per = b.n[0] / BATCH;
	must(f->type->fill(f, g, top));
	return b;
}

static void
batch_clear(struct batch *b)
{
	mem_free(b->v[0]);
	mem_free(b->v[1]);
}

/* Mask and first plane, over many places: 0, MARK, nothing between in the mask. */
static void
compare_masks(const char *net, int times, int seed)
{
	const struct feed_opts fo = { .train = true,
		.shuffle = true,
		.seed = (uint64_t)seed,
		.threads = 2 };
	size_t wrong = 0, marked = 0;
	struct fed o;

	must(fed_open(&o, net, &fo));
	for (uint64_t g = 0; g < 120; g += BATCH) {
		struct batch p = batch_of(&o, "p", g), l = batch_of(&o, "l", g);
		const struct shape *s = &feed_of(&o, "p")->shape[0];
		const int h = (int)s->d[2], w = (int)s->d[3];

		assert_int_equal(l.per, times * times * h * w);
		for (int i = 0; i < BATCH; i++)
			for (int k = 0; k < times * h * times * w; k++) {
				const float m = l.v[0][i * (int)l.per + k];
				const int y = k / (times * w) / times,
					  x = k % (times * w) / times;
				const float was =
				    p.v[0][i * (int)p.per + y * w + x];

				assert_true(m == 0 || m == MARK);
				marked += m != 0;
				wrong += fabsf(m - was) > MARK / 2;
			}
		batch_clear(&p);
		batch_clear(&l);
	}
	assert_true(marked > 2000);
	if (wrong > marked / 8)
		fail_msg("%s: %zu of %zu differ", net, wrong, marked);
	fed_close(&o);
}

#define ALL                                                                    \
	"augment_param { mosaic: 0.5 zoom_min: 0.7 zoom_max: 1.4 rotate: 20 "  \
	"flip: true translate: 0.1 cutmix: 1 fill: 0 hue: 0.01 erase: 0 } "

static void
masks(void **state)
{
	(void)state;
	compare_masks(PICTURES(ALL) LABELS("labels"), 1, 1);
	compare_masks(
	    LABELS("labels") PICTURES("crop_size: 16 mirror: true " ALL), 1, 2);
	compare_masks(PICTURES("crop_size: 16 mirror: true "
			       "augment_param { area_min: 0.4 aspect_min: 0.8 "
			       "aspect_max: 1.25 quad_rotate: ALL fill: 0 }")
			  LABELS("labels"),
	    1, 3);
}

/* Labels of twice the size go along, too, by Caffe's moves and by all others. */
static void
large_targets(void **state)
{
	(void)state;
	compare_masks(PICTURES("") LABELS("large"), 2, 1);
	compare_masks(
	    PICTURES("crop_size: 17 mirror: true") LABELS("large"), 2, 2);
	compare_masks(
	    PICTURES("crop_size: 16 mirror: true augment_param { flip: true "
		     "rotate: 20 scale: 0.1 contrast: 0.05 }") LABELS("large"),
	    2, 3);
	compare_masks(PICTURES(ALL) LABELS("large"), 2, 4);
}

/* The same bytes by one thread and by four, at once and begun in the middle, and
 * by two workers, who share the places. */
static void
same_bytes(void **state)
{
	static const char *const nets[] = {
		CLASSES("crop_size: 16 mirror: true augment_param { mixup: 0.4 "
			"cutmix: 1 classes: 5 erase: 0.5 rand_n: 2 rand_m: 9 "
			"noise: 0.02 hue: 0.1 area_min: 0.3 }"),
		PICTURES(ALL) LABELS("boxes"),
	};

	(void)state;
	for (size_t k = 0; k < LENGTH(nets); k++) {
		struct feed_opts fo = {
			.train = true, .shuffle = true, .seed = 9, .threads = 1
		};
		struct fed one, four, second;

		must(fed_open(&one, nets[k], &fo));
		fo.threads = 4;
		must(fed_open(&four, nets[k], &fo));
		fo.ranks = 2;
		fo.rank = 1;
		must(fed_open(&second, nets[k], &fo));
		for (int i = 0; i < one.feeds.n; i++) {
			const char *name = one.feeds.v[i]->layer;

			for (uint64_t g = 32; g < 96; g += BATCH) {
				struct batch a = batch_of(&one, name, g),
					     b = batch_of(&four, name, g),
					     c = batch_of(&second, name, g / 2);

				for (int t = 0; t < 2; t++)
					assert_memory_equal(a.v[t], b.v[t],
					    a.n[t] * sizeof(float));
				/* the worker's first is place g + 1 */
				assert_memory_equal(a.v[0] + a.per, c.v[0],
				    a.per * sizeof(float));
				batch_clear(&a);
				batch_clear(&b);
				batch_clear(&c);
			}
		}
		fed_close(&one);
		fed_close(&four);
		fed_close(&second);
	}
}

/* Shares of classes: by the second plane, which says who is mixed. */
static void
classes(void **state)
{
	const struct feed_opts fo = {
		.train = true, .shuffle = true, .threads = 1
	};
	struct feed_opts test = fo;
	struct fed o;
	int mixed = 0;

	(void)state;
	must(fed_open(&o,
	    CLASSES("augment_param { mixup: 1 mix_share: 0.5 classes: 5 }"),
	    &fo));
	assert_int_equal(o.feeds.v[0]->shape[1].n, 2);
	assert_int_equal(o.feeds.v[0]->shape[1].d[1], 5);
	for (uint64_t g = 0; g < 80; g += BATCH) {
		struct batch b = batch_of(&o, "p", g);

		for (int i = 0; i < BATCH; i++) {
			const float *share = b.v[1] + i * 5;
			float sum = 0, most = 0;

			for (int c = 0; c < 5; c++) {
				sum += share[c];
				most = fmaxf(most, share[c]);
			}
			assert_float_equal(sum, 1, 1e-6);
			mixed += most < 1;
		}
		batch_clear(&b);
	}
	assert_in_range(mixed, 15, 50);
	fed_close(&o);
	/* one label where nothing is trained */
	test.train = false;
	must(fed_open(
	    &o, CLASSES("augment_param { mixup: 1 classes: 5 }"), &test));
	assert_int_equal(o.feeds.v[0]->shape[1].n, 1);
	fed_close(&o);
}

/* Numbers are mixed as the pixels are. */
static void
numbers(void **state)
{
	const struct feed_opts fo = {
		.train = true, .shuffle = true, .threads = 1
	};
	struct fed o;

	(void)state;
	must(fed_open(
	    &o, PICTURES("augment_param { mixup: 1 }") LABELS("numbers"), &fo));
	for (uint64_t g = 0; g < 40; g += BATCH) {
		struct batch p = batch_of(&o, "p", g), l = batch_of(&o, "l", g);

		for (int i = 0; i < BATCH; i++) {
			assert_float_equal(l.v[0][2 * i],
			    p.v[0][i * (int)p.per + PLANE], 1e-4);
			assert_float_equal(l.v[0][2 * i + 1], 1, 1e-6);
		}
		batch_clear(&p);
		batch_clear(&l);
	}
	fed_close(&o);
}

/* There is room for the boxes of all samples. */
static void
box_rows(void **state)
{
	const struct feed_opts fo = { .train = true, .threads = 1 };
	struct fed o;
	size_t most = 0;

	(void)state;
	must(fed_open(&o,
	    PICTURES("augment_param { mosaic: 1 mixup: 8 }") LABELS("boxes"),
	    &fo));
	assert_int_equal(feed_of(&o, "l")->shape[0].d[2], 5 * (ROWS - 1) + 1);
	for (uint64_t g = 0; g < 80; g += BATCH) {
		struct batch l = batch_of(&o, "l", g);

		for (int i = 0; i < BATCH; i++) {
			const float *v = l.v[0] + i * (int)l.per;

			assert_true(geometry_is_boxes(v, l.per));
			most = (size_t)v[0] > most ? (size_t)v[0] : most;
		}
		batch_clear(&l);
	}
	assert_int_equal(most, 5);
	fed_close(&o);
}

/* Files of a list: mixed classes, the same by one thread and by four. */
static void
picture_files(void **state)
{
	static const char net[] =
	    "layer { name: 'p' type: 'ImageData' top: 'data' top: 'label' "
	    "image_data_param { source: 'DIR/list' batch_size: 4 is_color: "
	    "false shuffle: true } transform_param { crop_size: 16 "
	    "augment_param { cutmix: 1 erase: 0.5 zoom_min: 0.8 zoom_max: 1.2 "
	    "classes: 3 } } }";
	struct feed_opts fo = { .train = true, .threads = 1 };
	FILE *list = fopen(tmp_path("list"), "w");
	struct fed one, four;

	(void)state;
	assert_non_null(list);
	for (int i = 0; i < 6; i++) {
		char name[24];
		FILE *f;

		snprintf(name, sizeof(name), "%d.pgm", i);
		assert_non_null(f = fopen(tmp_path(name), "w"));
		fprintf(f, "P5 20 18 255\n");
		for (int p = 0; p < 20 * 18; p++)
			fputc(40 * i + p % 30, f);
		fclose(f);
		fprintf(list, "%s %d\n", tmp_path(name), i % 3);
	}
	fclose(list);
	must(fed_open(&one, net, &fo));
	fo.threads = 4;
	must(fed_open(&four, net, &fo));
	assert_int_equal(one.feeds.v[0]->shape[1].d[1], 3);
	for (uint64_t g = 0; g < 40; g += BATCH) {
		struct batch a = batch_of(&one, "p", g),
			     b = batch_of(&four, "p", g);

		for (int t = 0; t < 2; t++)
			assert_memory_equal(
			    a.v[t], b.v[t], a.n[t] * sizeof(float));
		for (int i = 0; i < BATCH; i++)
			assert_float_equal(a.v[1][3 * i] + a.v[1][3 * i + 1] +
				a.v[1][3 * i + 2],
			    1, 1e-6);
		batch_clear(&a);
		batch_clear(&b);
	}
	fed_close(&one);
	fed_close(&four);
}

static void
refused(void **state)
{
	static const struct {
		const char *net, *word;
		int code;
	} bad[] = {
		{ CLASSES("augment_param { mosaic: 1 }"), "one class here",
		    ERR_FORMAT },
		{ CLASSES("augment_param { cutmix: 1 }"), "how many classes",
		    ERR_FORMAT },
		{ PICTURES("augment_param { mixup: 1 }") LABELS("labels"),
		    "mixup cannot mix the labels of pixels", ERR_FORMAT },
		{ PICTURES("augment_param { rand_n: 2 rand_m: 9 }")
			LABELS("boxes"),
		    "these have boxes", ERR_FORMAT },
		{ PICTURES("augment_param { mosaic: 1.5 }"),
		    "mosaic is 1.5; 0 to 1", ERR_RANGE },
		{ PICTURES("augment_param { zoom_min: 2 zoom_max: 1.5 }"),
		    "zoom_min 2 is more than zoom_max 1.5", ERR_RANGE },
		{ PICTURES("augment_param { rand_n: 15 }"), "rand_n is 15",
		    ERR_RANGE },
		{ PICTURES("augment_param { std: 0 }"), "std is 0", ERR_RANGE },
	};
	const struct feed_opts fo = { .train = true, .threads = 1 };
	struct fed o;
	float *top[FEED_TOPS], *v;

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		fed_refused(bad[i].net, &fo, bad[i].code, bad[i].word);
	/* a class that is none of so many is found when it comes */
	must(fed_open(
	    &o, CLASSES("augment_param { mixup: 1 classes: 3 }"), &fo));
	v = mem_array(float, BATCH *(3 * PLANE + 3));
	top[0] = v;
	top[1] = v + BATCH * 3 * PLANE;
	assert_int_equal(
	    o.feeds.v[0]->type->fill(o.feeds.v[0], 4, top), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "is outside 0 to 2"));
	mem_free(v);
	fed_close(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masks),
		cmocka_unit_test(large_targets),
		cmocka_unit_test(same_bytes),
		cmocka_unit_test(classes),
		cmocka_unit_test(numbers),
		cmocka_unit_test(box_rows),
		cmocka_unit_test(picture_files),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, make, tmp_teardown);
}
