/*
 * Feeds that have no recorded batches: windows cut as R-CNN says, HDF5 rows,
 * arrays and fillers by position, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "file/file.h"
#include "base/mem.h"
#include "file/npy.h"
#include "base/path.h"
#include "image/image.h"
#include "input/feed.h"
#include "input/windows.h"
#include "nn/net.h"
#include "record/hdf5.h"
#include "ref/ref.h"
#include "../record/make.h"
#include "fed.h"

static void
text(const char *name, const char *s)
{
	char *path = path_join(tmp_dir, name);

	must(file_write(path, s, strlen(s), 1));
	mem_free(path);
}

static void
refused(const char *net, int code, const char *word)
{
	const struct feed_opts fo = { 0 };

	fed_refused(net, &fo, code, word);
}

/* A picture whose red tells x, green y; 20 x 10. */
static void
make_picture(void)
{
	char *path = path_join(tmp_dir, "a.png");
	struct image im;

	image_init(&im);
	must(image_resize_buffer(&im, 20, 10, 3));
	for (int y = 0; y < 10; y++)
		for (int x = 0; x < 20; x++) {
			uint8_t *p = im.data + 3 * (y * 20 + x);

			p[0] = (uint8_t)(10 * x);
			p[1] = (uint8_t)(20 * y);
			p[2] = 255;
		}
	must(image_write(path, &im, 1));
	image_clear(&im);
	mem_free(path);
}

#define WINDOW                                                                 \
	"layer { name: 'd' type: 'WindowData' top: 'data' top: 'label' "       \
	"window_data_param { source: 'DIR/w.txt' root_folder: 'DIR/' "         \
	"batch_size: 4 fg_fraction: 0.25 "

static const char windows[] = "# 0\na.png\n3\n10\n20\n3\n"
			      "7 0.9 4 2 11 9\n"
			      "3 0.1 0 0 7 7\n"
			      "5 0.5 1 1 2 2\n";

static void
window_batches(void **state)
{
	struct feed_opts fo = { .train = true, .threads = 2 };
	float data[4 * 3 * 8 * 8], label[4], *top[FEED_TOPS] = { data, label };
	struct fed o;
	struct feed *f;

	(void)state;
	make_picture();
	text("w.txt", windows);
	must(fed_open(&o,
	    WINDOW "bg_threshold: 0.3 fg_threshold: 0.6 } "
		   "transform_param { crop_size: 8 mean_value: 5 } }",
	    &fo));
	f = o.feeds.v[0];
	must(f->type->fill(f, 0, top));
	/* background first; both windows are 8 x 8, so nothing is scaled */
	assert_true(label[0] == 0 && label[1] == 0 && label[2] == 0);
	assert_true(label[3] == 7);
	for (int y = 0; y < 8; y++)
		for (int x = 0; x < 8; x++) {
			const float *bg = data + 8 * y + x;
			const float *fg = data + 3 * (3 * 64) + 8 * y + x;

			assert_float_equal(bg[0], 250, 0); /* blue first */
			assert_float_equal(bg[64], 20 * y - 5, 0);
			assert_float_equal(bg[128], 10 * x - 5, 0);
			assert_float_equal(fg[64], 20 * (y + 2) - 5, 0);
			assert_float_equal(fg[128], 10 * (x + 4) - 5, 0);
		}
	fed_close(&o);
}

/* Worked out by hand from the paper's description. */
static void
window_context(void **state)
{
	struct window w = { .x1 = 0, .y1 = 2, .x2 = 7, .y2 = 9 };
	struct cut c;

	(void)state;
	/* 8 pixels become 16 - 2 * 4 = 8; the context is 4 each side.  x: 4 - 8
	 * to 4 + 8, so 4 of 17 lie outside on the left. */
	must(window_cut(&c, &w, 40, 40, 16, 4, 0, 0));
	assert_int_equal(c.x, 0);
	assert_int_equal(c.w, 13);
	assert_int_equal(c.y, 0);
	assert_int_equal(c.h, 15);
	assert_int_equal(c.pad_x, 4); /* round(4 * 16 / 17) */
	assert_int_equal(c.to_w, 12); /* round(13 * 16 / 17) */
	assert_int_equal(c.pad_y, 2); /* round(2 * 16 / 17) */
	assert_int_equal(c.to_h, 14);
	must(window_cut(&c, &w, 40, 40, 16, 4, 0, 1));
	assert_int_equal(c.pad_x, 0); /* nothing was clipped on the right */
	/* square: the longer side counts for both */
	w = (struct window){ .x1 = 10, .y1 = 10, .x2 = 29, .y2 = 19 };
	must(window_cut(&c, &w, 40, 40, 16, 0, 1, 0));
	assert_int_equal(c.x, 10);
	assert_int_equal(c.w, 21);
	assert_int_equal(c.y, 5);
	assert_int_equal(c.h, 21);
	w.x2 = 40;
	assert_int_equal(window_cut(&c, &w, 40, 40, 16, 0, 0, 0), ERR_FORMAT);
}

static void
window_files_refused(void **state)
{
	static const struct {
		const char *file, *word;
	} bad[] = {
		{ "a.png\n3\n", "w.txt:1" },
		{ "# 0\na.png\n3\n10\n20\n2\n7 0.9 4 2 11 9\n", "ends within" },
		{ "# 0\na.png\n3\n10\n20\n1\n0 0.9 4 2 11 9\n", "class 0" },
		{ "# 0\na.png\n3\n10\n20\n1\n1 0.9 4 2 x 9\n", "w.txt:7" },
		{ "", "no windows" },
		{ "# 0\na.png\n3\n10\n20\n1\n1 0.9 4 2 11 9\n",
		    "no background" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		text("w.txt", bad[i].file);
		refused(WINDOW "} transform_param { crop_size: 8 } }",
		    ERR_FORMAT, bad[i].word);
	}
}

static void
image_sizes(void **state)
{
	(void)state;
	make_picture();
	text("bad.txt", "a.png 1\nb\n");
	refused("layer { name: 'd' type: 'ImageData' top: 'data' top: 'label' "
		"image_data_param { source: 'DIR/bad.txt' } }",
	    ERR_FORMAT, "bad.txt:2");
	refused("layer { name: 'd' type: 'ImageData' top: 'data' top: 'label' "
		"image_data_param { source: 'DIR/bad.txt' new_width: 3 } }",
	    ERR_FORMAT, "go together");
	text("gone.txt", "gone.png 1\n");
	refused("layer { name: 'd' type: 'ImageData' top: 'data' top: 'label' "
		"image_data_param { source: 'DIR/gone.txt' "
		"root_folder: 'DIR/' } }",
	    ERR_MISSING, "gone.png");
}

#define HDF5                                                                   \
	"layer { name: 'd' type: 'HDF5Data' top: 'data' top: 'label' "         \
	"hdf5_data_param { source: 'DIR/h/list.txt' batch_size: 4 "

/* Ten rows in files of three: every row once an epoch, across the files. */
static void
hdf5_rows(void **state)
{
	struct feed_opts fo = { .seed = 5 };
	float data[4 * 2], label[4], *top[FEED_TOPS] = { data, label };
	char *sub = path_join(tmp_dir, "h");
	const struct record_array arrays[] = { { "data", 3, { 1, 1, 2 } },
		{ "label", 0, { 1 } } };
	struct record_hdf5_out *h = NULL;
	int seen[10] = { 0 }, moved = 0;
	struct fed o;

	(void)state;
	must(file_mkdirs(sub));
	must(record_hdf5_create(&h, sub, arrays, 2, 0, 6));
	for (int i = 0; i < 10; i++) {
		float v[2] = { (float)i, (float)-i }, l = (float)(i * i);

		must(record_hdf5_put(h, (const float *[]){ v, &l }));
	}
	must(record_hdf5_finish(&h));
	mem_free(sub);
	must(fed_open(&o, HDF5 "} }", &fo));
	assert_int_equal(o.feeds.v[0]->items, 10);
	must(o.feeds.v[0]->type->fill(o.feeds.v[0], 8, top));
	for (int i = 0; i < 4; i++) {
		int want = (8 + i) % 10;

		assert_true(data[2 * i] == want && data[2 * i + 1] == -want);
		assert_true(label[i] == want * want);
	}
	fed_close(&o);
	must(fed_open(&o, HDF5 "shuffle: true } }", &fo));
	for (int g = 0; g < 20; g += 4) {
		must(o.feeds.v[0]->type->fill(o.feeds.v[0], (uint64_t)g, top));
		for (int i = 0; i < 4; i++) {
			seen[(int)data[2 * i]]++;
			moved += (int)data[2 * i] != (g + i) % 10;
			assert_true(label[i] == data[2 * i] * data[2 * i]);
		}
	}
	for (int i = 0; i < 10; i++)
		assert_int_equal(seen[i], 2);
	assert_true(moved > 5);
	fed_close(&o);
	refused("layer { name: 'd' type: 'HDF5Data' top: 'nothing' "
		"hdf5_data_param { source: 'DIR/h/list.txt' batch_size: 4 } }",
	    ERR_FORMAT, "nothing");
}

/* Arrays and fillers reach the plan through a feeder. */
static void
late_feeds(void **state)
{
	static const float rows[] = { 1, 2, 3, 4, 5, 6 },
			   labels[] = { 7, 8, 9 };
	const size_t dim[] = { 3, 2 };
	char *x = path_join(tmp_dir, "x.npy"), *y = path_join(tmp_dir, "y.npy");
	const struct feed_array arrays[] = { { "data", x }, { "label", y } };
	struct feed_opts fo = { .arrays = arrays, .narrays = 2, .seed = 3 };
	struct device_opts dopts = { .threads = 1 };
	struct plan_opts po = { 0 };
	struct device *dev = NULL;
	struct plan *plan = NULL;
	struct feeder *feeder = NULL;
	float v[8], again[4];
	struct fed o;

	(void)state;
	must(npy_write(x, NPY_F32, 2, dim, rows, 1));
	must(npy_write(y, NPY_F32, 1, dim, labels, 1));
	must(fed_open(&o,
	    "layer { name: 'd' type: 'MemoryData' top: 'data' top: 'label' "
	    "memory_data_param { batch_size: 2 channels: 2 height: 1 width: 1 "
	    "} } layer { name: 'r' type: 'DummyData' top: 'noise' "
	    "dummy_data_param { shape { dim: 2 dim: 2 } data_filler { type: "
	    "'gaussian' std: 1 } } }",
	    &fo));
	must(backend_ref.open(&dev, 0, &dopts));
	must(device_plan(dev, &plan, o.net->graph, &po));
	must(feeder_new(&feeder, o.net, &o.feeds, NULL));
	must(feeder_step(feeder, plan, 1));
	must(plan_read(plan, net_blob_find(o.net, "data")->tensor, v));
	assert_true(v[0] == 5 && v[1] == 6 && v[2] == 1 && v[3] == 2);
	must(plan_read(plan, net_blob_find(o.net, "label")->tensor, v));
	assert_true(v[0] == 9 && v[1] == 7);
	must(plan_read(plan, net_blob_find(o.net, "noise")->tensor, v));
	must(feeder_step(feeder, plan, 2));
	must(plan_read(plan, net_blob_find(o.net, "noise")->tensor, again));
	assert_memory_not_equal(v, again, sizeof(again));
	must(feeder_step(feeder, plan, 1));
	must(plan_read(plan, net_blob_find(o.net, "noise")->tensor, again));
	assert_memory_equal(v, again, sizeof(again));
	feeder_free(feeder);
	plan_free(plan);
	device_close(dev);
	fed_close(&o);
	mem_free(x);
	mem_free(y);
}

#define RECORDS                                                                \
	"layer { name: 'd' type: 'Data' top: 'data' top: 'label' "             \
	"data_param { source: 'DIR/%s' batch_size: %d } }"

enum { N = 103, LONG = 250, SIDE = 5 };

/* LONG labels of the stream from position g on; pixels are checked.  batch:
 * of all ranks, and a divisor of LONG for each. */
static void
take(int *out, const char *source, int batch, const struct feed_opts *fo,
    uint64_t g)
{
	float *data = mem_array(float, (size_t)(batch * SIDE * SIDE));
	float *label = mem_array(float, (size_t)batch);
	float *top[FEED_TOPS] = { data, label };
	char *net = mem_printf(RECORDS, source, batch);
	struct fed o;

	must(fed_open(&o, net, fo));
	batch = o.feeds.v[0]->batch;
	for (int at = 0; at < LONG; at += batch) {
		must(o.feeds.v[0]->type->fill(
		    o.feeds.v[0], g + (uint64_t)at, top));
		for (int i = 0; i < batch; i++) {
			const int v = (int)label[i];

			for (int k = 0; k < SIDE * SIDE; k++)
				assert_true(data[i * SIDE * SIDE + k] ==
				    (float)(uint8_t)(v + k));
			out[at + i] = v;
		}
	}
	fed_close(&o);
	mem_free(net);
	mem_free(data);
	mem_free(label);
}

/* Records, by any number of threads, in batches of any size, from anywhere, and
 * shared by ranks: one stream, every record once an epoch. */
static void
data_stream(void **state)
{
	struct feed_opts fo = { .train = true, .shuffle = true, .seed = 4 };
	int want[LONG], got[LONG], seen[N] = { 0 };

	(void)state;
	must(make_lmdb(tmp_path("raw"), N, SIDE, 0));
	must(make_lmdb(tmp_path("png"), N, SIDE, 1));
	take(want, "raw", 1, &fo, 0);
	for (int i = 0; i < N; i++)
		assert_int_equal(seen[want[i]]++, 0);
	assert_memory_not_equal(want, want + N, N * sizeof(*want));
	for (fo.threads = 0; fo.threads < 5; fo.threads++)
		for (int batch = 2; batch <= 60; batch *= 5) {
			take(got, "png", batch, &fo, 0);
			assert_memory_equal(want, got, sizeof(want));
			take(got, "raw", batch, &fo, 40);
			assert_memory_equal(
			    want + 40, got, sizeof(want) - 40 * sizeof(*want));
		}
	fo.threads = 2;
	fo.ranks = 3;
	for (fo.rank = 0; fo.rank < 3; fo.rank++) {
		take(got, "png", 30, &fo, 0);
		for (int i = 0; i < LONG / 3; i++)
			assert_int_equal(got[i], want[3 * i + (int)fo.rank]);
	}
}

/* A record that is no Datum is named when its batch is made. */
static void
data_damaged(void **state)
{
	float data[2], label[2], *top[FEED_TOPS] = { data, label };
	struct feed_opts fo = { 0 };
	struct record_lmdb_out *out;
	struct fed o;

	(void)state;
	must(file_mkdirs(tmp_path("bad")));
	must(record_lmdb_create(&out, tmp_path("bad")));
	must(record_lmdb_put(
	    out, "00000000_0", 10, "\x08\x01\x10\x01\x18\x01\"\x01x", 9));
	must(record_lmdb_put(
	    out, "00000001_0", 10, "\x08\x01\x10\x02\x18\x01\"\x01x", 9));
	must(record_lmdb_finish(&out));
	for (fo.threads = 0; fo.threads < 3; fo.threads++) {
		must(fed_open(&o,
		    "layer { name: 'd' type: 'Data' top: 'data' top: 'label' "
		    "data_param { source: 'DIR/bad' batch_size: 1 } }",
		    &fo));
		must(o.feeds.v[0]->type->fill(o.feeds.v[0], 0, top));
		assert_int_equal(
		    o.feeds.v[0]->type->fill(o.feeds.v[0], 1, top), ERR_FORMAT);
		assert_non_null(strstr(err_text(), "record 00000001_0"));
		fed_close(&o);
	}
	must(make_lmdb(tmp_path("none"), 0, 1, 0));
	refused("layer { name: 'd' type: 'Data' top: 'data' top: 'label' "
		"data_param { source: 'DIR/none' batch_size: 4 } }",
	    ERR_FORMAT, "no records");
}

/* A LevelDB folder is told as what it is. */
static void
leveldb(void **state)
{
	char *sub = path_join(tmp_dir, "level");

	(void)state;
	must(file_mkdirs(sub));
	text("level/CURRENT", "MANIFEST-000002\n");
	refused("layer { name: 'd' type: 'Data' top: 'data' top: 'label' "
		"data_param { source: 'DIR/level' batch_size: 4 } }",
	    ERR_UNSUPPORTED, "LevelDB");
	mem_free(sub);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(window_batches),
		cmocka_unit_test(window_context),
		cmocka_unit_test(window_files_refused),
		cmocka_unit_test(image_sizes),
		cmocka_unit_test(hdf5_rows),
		cmocka_unit_test(late_feeds),
		cmocka_unit_test(data_stream),
		cmocka_unit_test(data_damaged),
		cmocka_unit_test(leveldb),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
