/*
 * Pictures that the net resizes as its first ops: against image_resize, which
 * rounds twice; masks against the nearest pixel, boxes by their numbers.
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
#include "base/path.h"
#include "caffe/datum.h"
#include "device/device.h"
#include "image/image.h"
#include "input/geometry.h"
#include "record/lmdb_out.h"
#include "fed.h"

enum { N = 4, BATCH = 2, H = 9, W = 14, C = 3, ROWS = 3 };

static uint8_t planes[N][C][H][W], mask[N][H][W], large[N][2 * H][2 * W];
static float boxes[N][ROWS][GEOMETRY_BOX];

static const char net[] =
    "layer { name: 'p' type: 'Data' top: 'data' data_param { source: "
    "'DIR/features' batch_size: 2 } } "
    "layer { name: 'm' type: 'Data' top: 'm' data_param { source: 'DIR/labels' "
    "batch_size: 2 } } "
    "layer { name: 'l' type: 'Data' top: 'l' data_param { source: 'DIR/large' "
    "batch_size: 2 } } "
    "layer { name: 'b' type: 'Data' top: 'b' data_param { source: 'DIR/boxes' "
    "batch_size: 2 } } "
    "layer { name: 's' type: 'Silence' bottom: 'data' bottom: 'm' bottom: 'l' "
    "bottom: 'b' }";

static void
put(const char *name, const void *v, size_t each, struct caffe_datum d)
{
	struct record_lmdb_out *o;

	must(file_mkdirs(tmp_path(name)));
	must(record_lmdb_create(&o, tmp_path(name)));
	for (int i = 0; i < N; i++) {
		const void *at = (const char *)v + (size_t)i * each;
		char key[24];
		struct buf b;

		if (d.nfloats > 0) {
			d.floats = at;
		} else {
			d.data = at;
			d.ndata = each;
		}
		snprintf(key, sizeof(key), "%09d", i);
		buf_init(&b, 1 << 16);
		must(caffe_datum_add(&b, &d));
		must(record_lmdb_put(o, key, strlen(key), b.data, b.len));
		buf_clear(&b);
	}
	must(record_lmdb_finish(&o));
}

static int
make(void **state)
{
	if (tmp_setup(state) < 0)
		return -1;
	for (int i = 0; i < N; i++) {
		for (int k = 0; k < C * H * W; k++)
			(&planes[i][0][0][0])[k] =
			    (uint8_t)((k * 37 + k / W * 11 + i * 5) % 256);
		for (int k = 0; k < H * W; k++)
			(&mask[i][0][0])[k] = (uint8_t)(k * 7 + i);
		for (int k = 0; k < 4 * H * W; k++)
			(&large[i][0][0])[k] = (uint8_t)(k * 3 + i);
		boxes[i][0][0] = (float)(i % ROWS);
		boxes[i][0][1] = GEOMETRY_BOX;
		for (int k = 1; k <= i % ROWS; k++)
			memcpy(boxes[i][k],
			    ((float[6]){
				(float)(1 + k), (float)i, 4, 5, 0, 2 }),
			    6 * sizeof(float));
	}
	put("features", planes, sizeof(planes[0]),
	    (struct caffe_datum){ .channels = C, .height = H, .width = W });
	put("labels", mask, sizeof(mask[0]),
	    (struct caffe_datum){ .channels = 1, .height = H, .width = W });
	put("large", large, sizeof(large[0]),
	    (struct caffe_datum){
		.channels = 1, .height = 2 * H, .width = 2 * W });
	put("boxes", boxes, sizeof(boxes[0]),
	    (struct caffe_datum){ .channels = 1,
		.height = ROWS,
		.width = GEOMETRY_BOX,
		.nfloats = ROWS * GEOMETRY_BOX });
	return 0;
}

/* A net that resizes to h x w, after the second batch. */
struct resized {
	struct fed fed;
	struct device *dev;
	struct plan *plan;
};

static void
open_resized(struct resized *r, const char *device, int h, int w)
{
	static const char *const kept[] = { "data", "m", "l", "b" };
	const struct feed_opts fo = { .height = h, .width = w };
	const struct device_opts d = { .threads = 2 };
	const struct plan_opts po = { .precision = PRECISION_FP32 };
	const struct plan_run run = { .backward = false };
	struct feeder *feeder;

	must(fed_open(&r->fed, net, &fo));
	for (size_t i = 0; i < LENGTH(kept); i++)
		graph_tensor(r->fed.net->graph,
		    net_blob_find(r->fed.net, kept[i])->tensor)
		    ->keep = true;
	must(device_open(&r->dev, device, &d));
	must(device_plan(r->dev, &r->plan, r->fed.net->graph, &po));
	must(feeder_new(&feeder, r->fed.net, &r->fed.feeds, NULL));
	must(feeder_step(feeder, r->plan, 1));
	must(plan_run(r->plan, &run));
	feeder_free(feeder);
}

static void
close_resized(struct resized *r)
{
	plan_free(r->plan);
	device_close(r->dev);
	fed_close(&r->fed);
}

/* A blob, the caller's, of that shape. */
static float *
values(struct resized *r, const char *name, int c, int h, int w)
{
	const int t = net_blob_find(r->fed.net, name)->tensor;
	const struct shape want = shape_of(4, (int)BATCH, c, h, w);
	float *v = mem_array(float, shape_count(&want));

	assert_true(shape_same(graph_shape(r->fed.net->graph, t), &want));
	must(plan_read(r->plan, t, v));
	return v;
}

static void
compare_pictures(struct resized *r, int h, int w)
{
	float *v = values(r, "data", C, h, w);

	for (int i = 0; i < BATCH; i++)
		for (int c = 0; c < C; c++) {
			struct image in, out;

			image_init(&in);
			image_init(&out);
			must(image_resize_buffer(&in, W, H, 1));
			memcpy(in.data, planes[BATCH + i][c], H * W);
			must(image_resize(&out, &in, w, h, NULL));
			for (int k = 0; k < h * w; k++)
				assert_float_equal(v[((i * C) + c) * h * w + k],
				    out.data[k], 1.01);
			image_clear(&in);
			image_clear(&out);
		}
	mem_free(v);
}

/* One mask of H * times rows. */
static void
compare_masks(struct resized *r, const char *name, const uint8_t *was,
    int times, int h, int w)
{
	float *v = values(r, name, 1, times * h, times * w);

	for (int i = 0; i < BATCH; i++)
		for (int y = 0; y < times * h; y++)
			for (int x = 0; x < times * w; x++) {
				const int fy = (int)((y + 0.5) * H / h);
				const int fx = (int)((x + 0.5) * W / w);

				assert_float_equal(
				    v[(i * times * h + y) * times * w + x],
				    was[((BATCH + i) * times * H + fy) * times *
					    W +
					fx],
				    0);
			}
	mem_free(v);
}

static void
compare_boxes(struct resized *r, int h, int w)
{
	float *v = values(r, "b", 1, ROWS, GEOMETRY_BOX);

	for (int i = 0; i < BATCH; i++)
		for (int k = 0; k < ROWS * GEOMETRY_BOX; k++) {
			const int column = k % GEOMETRY_BOX;
			float want = (&boxes[BATCH + i][0][0])[k];

			if (k >= GEOMETRY_BOX && column < 4)
				want *= column % 2 == 0 ? (float)w / W
							: (float)h / H;
			assert_float_equal(
			    v[i * ROWS * GEOMETRY_BOX + k], want, 1e-5);
		}
	mem_free(v);
}

static void
sizes(void **state)
{
	static const int size[][2] = { { H, W }, { 18, 28 }, { 5, 6 },
		{ 13, 9 }, { 1, 1 }, { 8, 40 } };
	static const char *const devices[] = { "ref", "cpu" };

	(void)state;
	for (size_t d = 0; d < LENGTH(devices); d++)
		for (size_t i = 0; i < LENGTH(size); i++) {
			const int h = size[i][0], w = size[i][1];
			struct resized r;

			open_resized(&r, devices[d], h, w);
			compare_pictures(&r, h, w);
			compare_masks(&r, "m", &mask[0][0][0], 1, h, w);
			compare_masks(&r, "l", &large[0][0][0], 2, h, w);
			compare_boxes(&r, h, w);
			close_resized(&r);
		}
}

/* The size of what is fed, whichever layer is first, and of nothing else. */
static void
fed_size(void **state)
{
	static const char dummy[] =
	    "layer { name: 'd' type: 'DummyData' top: 'd' dummy_data_param { "
	    "shape { dim: 1 dim: 3 dim: 4 dim: 5 } } }";
	const struct feed_opts fo = { .height = 3, .width = 3 };
	struct fed o;
	int size[2];

	(void)state;
	must(fed_open(&o, net, &fo));
	assert_true(feeds_size(&o.feeds, size));
	assert_int_equal(size[0], H);
	assert_int_equal(size[1], W);
	fed_close(&o);
	must(fed_open(&o, dummy, &fo));
	assert_false(feeds_size(&o.feeds, size));
	fed_close(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(fed_size),
	};

	return cmocka_run_group_tests(tests, make, tmp_teardown);
}
