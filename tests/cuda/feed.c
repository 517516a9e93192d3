/*
 * Pictures made on the device against those made here: the same data layers
 * through a feeder of ref and one of the CUDA backend give the same bits, in any
 * order of steps, held on the device or not.  Emulated on this machine
 * (lib/cuda/host) unless NNUTILS_TEST_GPU is set.
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
#include "base/mem.h"
#include "base/rng.h"
#include "caffe/datum.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "image/image.h"
#include "input/feed.h"
#include "nn/net.h"
#include "record/lmdb_out.h"
#include "ref/ref.h"
#include "../tmp.h"

enum { RECORDS = 11, BATCH = 4, H = 9, W = 14, STEPS = 8 };

static int
good(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
	return rc;
}

static void
noise(uint8_t *p, size_t n, uint64_t seed)
{
	struct rng r;

	rng_init(&r, seed, 1);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)rng_below(&r, 256);
}

enum kind { RAW, PNG, FLOATS, MIXED };

/* Record i: bytes, a picture or floats of noise. */
static void
add_datum(struct buf *b, int i, int channels, enum kind kind)
{
	const size_t n = (size_t)(channels * H * W);
	struct caffe_datum d = { .channels = channels,
		.height = H,
		.width = W,
		.label = i * 7 % 5,
		.has_label = true };
	uint8_t bytes[3 * H * W];
	float floats[3 * H * W];
	struct image im;
	struct buf png;

	noise(bytes, n, (uint64_t)(i + 1));
	buf_init(&png, 1 << 20);
	image_init(&im);
	if (kind == PNG) {
		good(image_resize_buffer(&im, W, H, channels));
		memcpy(im.data, bytes, n);
		good(image_encode_png(&png, &im, 1));
		d.encoded = true;
		d.data = (const uint8_t *)png.data;
		d.ndata = png.len;
	} else if (kind == FLOATS || (kind == MIXED && i == 6)) {
		for (size_t k = 0; k < n; k++)
			floats[k] = (float)bytes[k] / 3;
		d.floats = floats;
		d.nfloats = n;
	} else {
		d.data = bytes;
		d.ndata = n;
	}
	good(caffe_datum_add(b, &d));
	image_clear(&im);
	buf_clear(&png);
}

static void
make_lmdb(const char *name, int channels, enum kind kind)
{
	struct record_lmdb_out *out;
	char key[16];
	struct buf b;

	good(file_mkdirs(tmp_path(name)));
	good(record_lmdb_create(&out, tmp_path(name)));
	for (int i = 0; i < RECORDS; i++) {
		buf_init(&b, 1 << 20);
		add_datum(&b, i, channels, kind);
		snprintf(key, sizeof(key), "%08d", i);
		good(record_lmdb_put(out, key, 8, b.data, b.len));
		buf_clear(&b);
	}
	good(record_lmdb_finish(&out));
}

/* Pictures in files, of one size or of several, and their list. */
static void
make_files(const char *list, bool ragged)
{
	char name[32], text[1024];
	size_t len = 0;
	struct image im;

	image_init(&im);
	for (int i = 0; i < RECORDS; i++) {
		const int h = ragged ? H + i % 3 : H, w = ragged ? W + i : W;

		snprintf(name, sizeof(name), "%s%d.png", list, i);
		good(image_resize_buffer(&im, w, h, 3));
		noise(im.data, (size_t)(3 * h * w), (uint64_t)(i + 50));
		good(image_write(tmp_path(name), &im, 1));
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, "%s %d\n", name, i % 3);
	}
	good(file_write(tmp_path(list), text, len, 1));
	image_clear(&im);
}

static void
make_mean(const char *name, int channels)
{
	Caffe__BlobProto b = CAFFE__BLOB_PROTO__INIT;
	float v[3 * H * W];
	struct rng r;

	rng_init(&r, 3, 3);
	for (int i = 0; i < channels * H * W; i++)
		v[i] = (float)(100 * rng_uniform(&r));
	b.has_num = b.has_channels = b.has_height = b.has_width = 1;
	b.num = 1;
	b.channels = channels;
	b.height = H;
	b.width = W;
	b.n_data = (size_t)(channels * H * W);
	b.data = v;
	good(caffe_mean_write(tmp_path(name), &b, 1));
}

/* A net of one data layer on a device. */
struct side {
	struct feeds feeds;
	struct net *net;
	Caffe__NetParameter *np;
	struct device *dev;
	struct plan *plan;
	struct feeder *feeder;
	int data, label;
	size_t ndata, nlabel;
};

struct setup {
	const char *layer; /* DIR is the test's folder */
	bool test, hold, shuffle;
	uint64_t rank, ranks, steps;
	const struct augment *augment;
	enum precision precision;
};

static void
open_side(struct side *s, const struct setup *u, const char *device)
{
	const struct feed_opts fo = { .train = !u->test,
		.shuffle = u->shuffle,
		.seed = 5,
		.threads = 3,
		.rank = u->rank,
		.ranks = u->ranks,
		.augment = u->augment };
	struct net_opts no = { .phase = u->test ? CAFFE__PHASE__TEST
						: CAFFE__PHASE__TRAIN,
		.feed_shape = feeds_shape,
		.feed_ctx = &s->feeds };
	const struct device_opts dopts = { .threads = 1 };
	const struct plan_opts po = { .precision = u->precision };
	char *net = mem_strdup(u->layer), *at;

	while ((at = strstr(net, "DIR")) != NULL) {
		char *next = mem_printf(
		    "%.*s%s%s", (int)(at - net), net, tmp_dir, at + 3);

		mem_free(net);
		net = next;
	}
	memset(s, 0, sizeof(*s));
	feeds_init(&s->feeds, &fo);
	good(caffe_net_parse(&s->np, net, strlen(net), "test"));
	mem_free(net);
	good(net_new(&s->net, s->np, &no));
	good(device_open(&s->dev, device, &dopts));
	good(device_plan(s->dev, &s->plan, s->net->graph, &po));
	good(feeder_new(&s->feeder, s->net, &s->feeds,
	    &(struct feeder_opts){
		.device = s->dev, .hold = u->hold, .steps = u->steps }));
	s->data = net_blob_find(s->net, "data")->tensor;
	s->label = net_blob_find(s->net, "label")->tensor;
	s->ndata = shape_count(graph_shape(s->net->graph, s->data));
	s->nlabel = shape_count(graph_shape(s->net->graph, s->label));
}

static void
close_side(struct side *s)
{
	feeder_free(s->feeder);
	plan_free(s->plan);
	device_close(s->dev);
	net_free(s->net);
	feeds_clear(&s->feeds);
	caffe_msg_free(s->np);
}

/* One step on both: the same bits. */
static void
same_step(struct side *a, struct side *b, uint64_t step, const char *what)
{
	float *va = mem_array(float, a->ndata),
	      *vb = mem_array(float, a->ndata);
	float *la = mem_array(float, a->nlabel),
	      *lb = mem_array(float, a->nlabel);

	good(feeder_step(a->feeder, a->plan, step));
	good(feeder_step(b->feeder, b->plan, step));
	good(plan_read(a->plan, a->data, va));
	good(plan_read(b->plan, b->data, vb));
	good(plan_read(a->plan, a->label, la));
	good(plan_read(b->plan, b->label, lb));
	assert_int_equal(a->ndata, b->ndata);
	for (size_t i = 0; i < a->ndata; i++)
		if (memcmp(&va[i], &vb[i], sizeof(float)) != 0)
			fail_msg("%s: step %d, element %zu: %.9g, ref %.9g",
			    what, (int)step, i, (double)vb[i], (double)va[i]);
	assert_int_equal(a->nlabel, b->nlabel);
	assert_memory_equal(la, lb, sizeof(float) * a->nlabel);
	mem_free(va);
	mem_free(vb);
	mem_free(la);
	mem_free(lb);
}

/* More than an epoch, a jump back, and on from there. */
static void
same(const struct setup *u, bool offers)
{
	struct side a, b;

	open_side(&a, u, "ref");
	open_side(&b, u, "cuda");
	assert_int_equal(b.feeds.v[0]->offers, offers);
	assert_false(a.feeds.v[0]->offers);
	for (uint64_t step = 0; step < STEPS; step++)
		same_step(&a, &b, step, u->layer);
	same_step(&a, &b, 2, u->layer);
	same_step(&a, &b, 3, u->layer);
	same_step(&a, &b, STEPS, u->layer);
	assert_true(feeder_waited(b.feeder) >= 0);
	close_side(&a);
	close_side(&b);
}

/*
 * In half types the input lies there in the forms in which it is read: what came
 * as pictures is what ref's floats become when they are written, and so is what
 * is computed from it.
 */
static void
same_half(const struct setup *u)
{
	struct side a, b;
	float *v[2], *out[2];
	size_t nout;
	int t;

	open_side(&a, u, "ref");
	open_side(&b, u, "cuda");
	t = net_blob_find(b.net, "out")->tensor;
	nout = shape_count(graph_shape(b.net->graph, t));
	good(net_fill(b.net, b.plan, 7));
	for (int k = 0; k < 2; k++) {
		v[k] = mem_array(float, b.ndata);
		out[k] = mem_array(float, nout);
	}
	for (uint64_t step = 0; step < 4; step++) {
		const struct plan_run run = { .backward = false };

		good(feeder_step(a.feeder, a.plan, step));
		good(feeder_step(b.feeder, b.plan, step));
		good(plan_read(b.plan, b.data, v[1]));
		good(plan_run(b.plan, &run));
		good(plan_read(b.plan, t, out[1]));
		good(plan_read(a.plan, a.data, v[0]));
		good(plan_write(b.plan, b.data, v[0]));
		good(plan_read(b.plan, b.data, v[0]));
		good(plan_run(b.plan, &run));
		good(plan_read(b.plan, t, out[0]));
		assert_memory_equal(v[0], v[1], sizeof(float) * b.ndata);
		assert_memory_equal(out[0], out[1], sizeof(float) * nout);
		assert_true(out[0][0] != out[0][1] || out[0][1] != out[0][2]);
	}
	for (int k = 0; k < 2; k++) {
		mem_free(v[k]);
		mem_free(out[k]);
	}
	close_side(&a);
	close_side(&b);
}

#define DATA                                                                   \
	"layer { name: 'd' type: 'Data' top: 'data' top: 'label' "             \
	"data_param { batch_size: 4 backend: LMDB source: 'DIR/%s' } "         \
	"transform_param { %s } }"

static void
same_data(const char *source, const char *transform, bool offers)
{
	char layer[512];
	struct setup u = { .layer = layer };

	snprintf(layer, sizeof(layer), DATA, source, transform);
	for (int k = 0; k < 8; k++) {
		u.test = k & 1;
		u.hold = k & 2;
		u.shuffle = k & 4;
		same(&u, offers);
	}
}

static void
transforms(void **state)
{
	static const char *const parts[] = { "", "mirror: true", "crop_size: 8",
		"crop_size: 8 mirror: true", "crop_size: 7 mirror: true",
		"crop_size: 5" };
	static const char *const means[] = { "", "scale: 0.0123",
		"mean_file: 'DIR/mean' scale: 0.7", "mean_file: 'DIR/mean'",
		"mean_value: 33.3",
		"mean_value: 104.1 mean_value: 116.7 mean_value: 122.9 "
		"scale: 0.017" };
	char t[256];

	(void)state;
	for (size_t i = 0; i < LENGTH(parts); i++)
		for (size_t k = 0; k < LENGTH(means); k++) {
			snprintf(t, sizeof(t), "%s %s", parts[i], means[k]);
			same_data("raw", t, true);
		}
}

static void
records(void **state)
{
	(void)state;
	same_data("png", "crop_size: 8 mirror: true mean_value: 3", true);
	same_data("gray", "crop_size: 6 mirror: true scale: 0.00390625", true);
	same_data("raw", "crop_size: 8 force_gray: true", true);
	same_data("graypng", "crop_size: 8 force_color: true", true);
	same_data("floats", "crop_size: 8 mirror: true scale: 2", false);
	same_data("mixed", "crop_size: 8 mirror: true scale: 2", true);
}

static void
files(void **state)
{
	static const char *const layers[] = {
		"source: 'DIR/even' } transform_param { mirror: true "
		"mean_file: 'DIR/mean' crop_size: 8 }",
		"source: 'DIR/even' shuffle: true } transform_param { "
		"scale: 0.1 }",
		"source: 'DIR/ragged' shuffle: true } transform_param { "
		"crop_size: 7 mirror: true mean_value: 9 }",
		"source: 'DIR/ragged' new_height: 10 new_width: 12 } "
		"transform_param { crop_size: 8 mirror: true }",
		"source: 'DIR/ragged' is_color: false } transform_param { "
		"crop_size: 8 }",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(layers); i++) {
		char *layer = mem_printf(
		    "layer { name: 'd' type: 'ImageData' top: 'data' top: "
		    "'label' image_data_param { batch_size: 4 root_folder: "
		    "'DIR/' %s }",
		    layers[i]);
		struct setup u = { .layer = layer };

		for (int k = 0; k < 4; k++) {
			u.test = k & 1;
			u.hold = k & 2;
			same(&u, true);
		}
		mem_free(layer);
	}
}

static void
forms(void **state)
{
	static const char conv[] =
	    "layer { name: 'c' type: 'Convolution' bottom: 'data' top: 'out' "
	    "convolution_param { num_output: 5 kernel_size: 3 "
	    "weight_filler { type: 'xavier' } } }";
	static const char product[] =
	    "layer { name: 'p' type: 'InnerProduct' bottom: 'data' top: 'out' "
	    "inner_product_param { num_output: 5 "
	    "weight_filler { type: 'xavier' } } }";
	static const char pool[] =
	    "layer { name: 'm' type: 'Pooling' bottom: 'data' top: 'most' "
	    "pooling_param { kernel_size: 2 } }";
	static const char *const sources[] = { "raw", "gray" };
	static const char *const transforms[] = {
		"crop_size: 8 mirror: true mean_value: 99 scale: 0.01",
		"crop_size: 7 mirror: true mean_value: 99 scale: 0.01"
	};
	const char *const nets[][2] = { { conv, "" }, { product, "" },
		{ conv, pool }, { pool, conv } };

	(void)state;
	for (int k = 0; k < 32; k++) {
		char *format = mem_printf(DATA "%s%s", sources[k & 1],
		    transforms[k >> 1 & 1], nets[k >> 3][0], nets[k >> 3][1]);
		struct setup u = { .layer = format,
			.hold = true,
			.precision = k & 4 ? PRECISION_FP16 : PRECISION_BF16 };

		same_half(&u);
		mem_free(format);
	}
}

/* Pictures and their masks from two databases: both travel as bytes, held or not,
 * and are cut and mirrored alike. */
static void
masks(void **state)
{
	static const struct augment mirror = { .mirror = true };
	static const struct augment turn = { .rotate = 10, .noise = 0.01 };
	struct setup u = { .shuffle = true,
		.layer = "layer { name: 'd' type: 'Data' top: 'data' "
			 "data_param { batch_size: 4 source: "
			 "'DIR/two/features' } transform_param { crop_size: 8 "
			 "} } layer { name: 'l' type: 'Data' top: 'label' "
			 "data_param { batch_size: 4 source: "
			 "'DIR/two/labels' } }" };

	(void)state;
	make_lmdb("two/features", 3, RAW);
	make_lmdb("two/labels", 1, PNG);
	for (int hold = 0; hold < 2; hold++) {
		u.hold = hold;
		u.augment = &mirror;
		same(&u, true);
		u.augment = &turn;
		same(&u, false);
	}
	u.test = true;
	u.augment = NULL;
	same(&u, true);
}

/* Shares of ranks; steps that come again; what is done on floats. */
static void
streams(void **state)
{
	static const struct augment mirror = { .mirror = true };
	static const struct augment turn = { .rotate = 10, .mirror = true };
	static const struct augment white = { .whiten = true };
	char layer[512];
	struct setup u = { .layer = layer, .hold = true, .shuffle = true };

	(void)state;
	snprintf(layer, sizeof(layer), DATA, "raw", "crop_size: 8");
	u.ranks = 2;
	u.rank = 1;
	u.augment = &mirror;
	same(&u, true);
	u.augment = &turn;
	same(&u, false);
	u.augment = &white;
	same(&u, false);
	u = (struct setup){ .layer = layer, .hold = true, .steps = 3 };
	for (uint64_t steps = 1; steps < 6; steps++) {
		struct side a, b;

		u.steps = steps;
		open_side(&a, &u, "ref");
		open_side(&b, &u, "cuda");
		for (uint64_t k = 0; k < 3 * steps; k++)
			same_step(&a, &b, k % steps, "again");
		close_side(&a);
		close_side(&b);
	}
}

/* A damaged record is named when its step comes, not before. */
static void
bad_record(void **state)
{
	struct record_lmdb_out *out;
	struct setup u = { .layer = "layer { name: 'd' type: 'Data' top: "
				    "'data' top: 'label' data_param { "
				    "batch_size: 4 backend: LMDB source: "
				    "'DIR/bad' } }",
		.hold = true };
	struct side s;
	char key[16];

	(void)state;
	good(file_mkdirs(tmp_path("bad")));
	good(record_lmdb_create(&out, tmp_path("bad")));
	for (int i = 0; i < RECORDS; i++) {
		struct buf b;

		buf_init(&b, 1 << 20);
		add_datum(&b, i, 3, i == 9 ? PNG : RAW);
		snprintf(key, sizeof(key), "%08d", i);
		good(record_lmdb_put(
		    out, key, 8, b.data, b.len - (i == 9 ? 60 : 0)));
		buf_clear(&b);
	}
	good(record_lmdb_finish(&out));
	open_side(&s, &u, "cuda");
	good(feeder_step(s.feeder, s.plan, 0));
	good(feeder_step(s.feeder, s.plan, 1));
	assert_int_equal(feeder_step(s.feeder, s.plan, 2), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "00000009"));
	assert_non_null(strstr(err_text(), "bad"));
	close_side(&s);
}

static int
make(void **state)
{
	if (tmp_setup(state) < 0)
		return -1;
	make_lmdb("raw", 3, RAW);
	make_lmdb("png", 3, PNG);
	make_lmdb("gray", 1, RAW);
	make_lmdb("graypng", 1, PNG);
	make_lmdb("floats", 3, FLOATS);
	make_lmdb("mixed", 3, MIXED);
	make_files("even", false);
	make_files("ragged", true);
	make_mean("mean", 3);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transforms),
		cmocka_unit_test(records),
		cmocka_unit_test(files),
		cmocka_unit_test(forms),
		cmocka_unit_test(masks),
		cmocka_unit_test(streams),
		cmocka_unit_test(bad_record),
	};
	char *obj = getenv("OBJ"), modules[4096];

	snprintf(
	    modules, sizeof(modules), "%s/emu", obj != NULL ? obj : "bin/obj");
	if (getenv("NNUTILS_TEST_GPU") == NULL)
		setenv("NNUTILS_MODULES", modules, 1);
	return cmocka_run_group_tests(tests, make, tmp_teardown);
}
