/* Caffe's transform_param: crop, mean, scale, mirror; DIGITS's augmentation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "caffe/msg.h"
#include "input/transform.h"

enum { C = 3, H = 6, W = 8, N = C * H * W };

static uint8_t pixels[N];

static struct record_item
item(void)
{
	struct record_item it = {
		.channels = C, .height = H, .width = W, .data = pixels
	};

	for (int i = 0; i < N; i++)
		pixels[i] = (uint8_t)(i * 7);
	return it;
}

static Caffe__TransformationParameter *
param(int crop, float scale, float mean)
{
	Caffe__TransformationParameter *p =
	    caffe_new(Caffe__TransformationParameter, transformation_parameter);

	p->crop_size = (uint32_t)crop;
	p->scale = scale;
	if (mean != 0)
		caffe_add_float(&p->mean_value, &p->n_mean_value, mean);
	return p;
}

static void
centre_crop_mean_scale(void **state)
{
	Caffe__TransformationParameter *p = param(4, 0.5f, 10);
	struct transform_scratch s = { 0 };
	struct record_item it = item();
	struct transform t;
	float out[C * 4 * 4];

	(void)state;
	assert_int_equal(transform_init(&t, p, false, C, H, W), 0);
	assert_int_equal(transform_item(&t, &s, &it, 5, out), 0);
	for (int c = 0; c < C; c++)
		for (int y = 0; y < 4; y++)
			for (int x = 0; x < 4; x++) {
				int from = (c * H + y + 1) * W + x + 2;

				assert_float_equal(out[(c * 4 + y) * 4 + x],
				    (pixels[from] - 10) * 0.5, 1e-6);
			}
	transform_clear(&t);
	transform_scratch_clear(&s);
	caffe_msg_free(p);
}

/* Each channel by its own number, in training too; labels stay as they are. */
static void
deviations(void **state)
{
	Caffe__TransformationParameter *p = param(0, 0.5f, 10);
	struct transform_scratch s = { 0 };
	struct record_item it = item();
	struct transform t;
	float out[N];

	(void)state;
	for (int train = 0; train < 2; train++) {
		assert_int_equal(transform_init(&t, p, train, C, H, W), 0);
		assert_true(transform_is_plain(&t));
		for (int c = 0; c < C; c++)
			t.augment.std[c] = 2 + c;
		assert_false(transform_is_plain(&t));
		assert_int_equal(transform_item(&t, &s, &it, 5, out), 0);
		for (int i = 0; i < N; i++)
			assert_float_equal(out[i],
			    (pixels[i] - 10) * 0.5 / (2 + i / (H * W)), 1e-5);
		t.labels_of = C;
		assert_int_equal(transform_item(&t, &s, &it, 5, out), 0);
		assert_float_equal(
		    out[N - 1], (pixels[N - 1] - 10) * 0.5, 1e-5);
		transform_clear(&t);
	}
	transform_scratch_clear(&s);
	caffe_msg_free(p);
}

/* R G B out of B G R; the means are those of what comes out. */
static void
red_comes_first(void **state)
{
	Caffe__TransformationParameter *p = param(0, 1, 0);
	struct transform_scratch s = { 0 };
	struct record_item it = item();
	struct transform t;
	float out[N];

	(void)state;
	for (int c = 0; c < C; c++)
		caffe_add_float(
		    &p->mean_value, &p->n_mean_value, (float)(10 * c));
	assert_int_equal(transform_init(&t, p, false, C, H, W), 0);
	transform_want_rgb(&t, true);
	assert_false(transform_is_plain(&t));
	assert_int_equal(transform_item(&t, &s, &it, 0, out), 0);
	for (int c = 0; c < C; c++)
		for (int i = 0; i < H * W; i++)
			assert_float_equal(out[c * H * W + i],
			    pixels[(2 - c) * H * W + i] - 10 * c, 1e-6);
	transform_clear(&t);
	t.channels = 1;
	t.rgb = false;
	transform_want_rgb(&t, true);
	assert_false(t.rgb);
	transform_scratch_clear(&s);
	caffe_msg_free(p);
}

/* Random crops and mirrors come from the position alone, and cover both sides. */
static void
random_is_repeatable(void **state)
{
	Caffe__TransformationParameter *p = param(4, 1, 0);
	struct transform_scratch s = { 0 };
	struct record_item it = item();
	float a[C * 16], b[C * 16];
	int mirrored = 0, corners[3][5] = { { 0 } };
	struct transform t;

	(void)state;
	p->mirror = 1;
	assert_int_equal(transform_init(&t, p, true, C, H, W), 0);
	t.seed = 42;
	for (uint64_t g = 0; g < 400; g++) {
		int lo, at;

		assert_int_equal(transform_item(&t, &s, &it, g, a), 0);
		assert_int_equal(transform_item(&t, &s, &it, g, b), 0);
		assert_memory_equal(a, b, sizeof(a));
		mirrored += a[0] > a[1];
		lo = (int)(a[0] > a[1] ? a[3] : a[0]);
		at = lo / 7;
		assert_true(at / W < 3 && at % W < 5);
		corners[at / W][at % W]++;
	}
	assert_in_range(mirrored, 150, 250);
	for (int i = 0; i < 15; i++)
		assert_in_range(corners[i / 5][i % 5], 8, 60);
	transform_clear(&t);
	transform_scratch_clear(&s);
	caffe_msg_free(p);
}

static void
augmentation_changes_training_only(void **state)
{
	struct transform_scratch s = { 0 };
	struct record_item it = item();
	float plain[N], train[N], again[N];
	struct transform t;

	(void)state;
	assert_int_equal(transform_init(&t, NULL, false, C, H, W), 0);
	t.augment = (struct augment){ .flip = true,
		.rotate = 20,
		.scale = 0.1,
		.noise = 0.05,
		.hsv = { 0.02, 0.04, 0.06 },
		.contrast = 0.3 };
	assert_int_equal(transform_item(&t, &s, &it, 1, plain), 0);
	for (int i = 0; i < N; i++)
		assert_float_equal(plain[i], pixels[i], 0);
	t.train = true;
	assert_int_equal(transform_item(&t, &s, &it, 1, train), 0);
	assert_int_equal(transform_item(&t, &s, &it, 1, again), 0);
	assert_memory_equal(train, again, sizeof(train));
	assert_memory_not_equal(train, plain, sizeof(train));
	for (int i = 0; i < N; i++)
		assert_true(isfinite(train[i]));
	assert_int_equal(transform_item(&t, &s, &it, 2, again), 0);
	assert_memory_not_equal(train, again, sizeof(train));
	transform_clear(&t);
	transform_scratch_clear(&s);
}

/* Colour shifts of zero size leave the picture as it was. */
static void
hsv_round_trip(void **state)
{
	struct augment a = { .hsv = { 1e-9, 1e-9, 1e-9 } };
	struct rng r;
	float x[N], y[N];

	(void)state;
	(void)item();
	rng_init(&r, 1, 2);
	for (int i = 0; i < N; i++)
		x[i] = y[i] = pixels[i];
	augment_colour(&a, &r, x, C, H, W);
	for (int i = 0; i < N; i++)
		assert_float_equal(x[i], y[i], 1e-2);
}

static void
whitened(void **state)
{
	float x[] = { 1, 2, 3, 4 }, sum = 0, sq = 0;

	(void)state;
	augment_whiten(x, LENGTH(x));
	for (size_t i = 0; i < LENGTH(x); i++) {
		sum += x[i];
		sq += x[i] * x[i];
	}
	assert_float_equal(sum, 0, 1e-5);
	assert_float_equal(sq / 4, 1, 1e-5);
}

static void
refused(void **state)
{
	Caffe__TransformationParameter *p = param(7, 1, 0);
	struct transform_scratch s = { 0 };
	struct record_item it = item();
	struct transform t;
	float out[N];

	(void)state;
	assert_int_equal(transform_init(&t, p, true, C, H, W), ERR_FORMAT);
	p->crop_size = 0;
	caffe_add_float(&p->mean_value, &p->n_mean_value, 1);
	caffe_add_float(&p->mean_value, &p->n_mean_value, 2);
	assert_int_equal(transform_init(&t, p, true, C, H, W), ERR_FORMAT);
	assert_int_equal(transform_init(&t, NULL, true, C, H, W), 0);
	it.width = W - 1;
	assert_int_equal(transform_item(&t, &s, &it, 0, out), ERR_FORMAT);
	transform_clear(&t);
	caffe_msg_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(centre_crop_mean_scale),
		cmocka_unit_test(deviations),
		cmocka_unit_test(red_comes_first),
		cmocka_unit_test(random_is_repeatable),
		cmocka_unit_test(augmentation_changes_training_only),
		cmocka_unit_test(hsv_round_trip),
		cmocka_unit_test(whitened),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
