/* struct augment into augment_param and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "caffe/msg.h"
#include "input/augment/param.h"

static void
there_and_back(void **state)
{
	/* numbers that a float holds */
	const struct augment a = { .flip = true,
		.quad_rotate = QUAD_HALF,
		.rotate = 15,
		.scale = 0.125,
		.noise = 0.25,
		.hsv = { 0.125, 0.25, 0.5 },
		.contrast = 0.5,
		.whiten = true,
		.std = { 50, 25, 10 },
		.zoom = { 0.5, 1.5 },
		.translate = 0.25,
		.area = { 0.25, 1 },
		.aspect = { 0.75, 1.5 },
		.fill = 0,
		.has_fill = true,
		.fill_label = 255,
		.has_fill_label = true,
		.min_box = 0.125,
		.mosaic = 0.5,
		.mixup = 8,
		.cutmix = 1,
		.mix_share = 0.5,
		.mix_epochs = 2.5,
		.classes = 10,
		.erase = 0.25,
		.rand_n = 2,
		.rand_m = 9 };
	Caffe__AugmentParameter *p =
	    caffe_new(Caffe__AugmentParameter, augment_parameter);
	struct augment b;

	(void)state;
	augment_write(p, &a);
	assert_int_equal(p->n_std, 3);
	assert_int_equal(augment_read(&b, p), 0);
	assert_memory_equal(b.hsv, a.hsv, sizeof(a.hsv));
	assert_memory_equal(b.std, a.std, sizeof(a.std));
	assert_memory_equal(b.zoom, a.zoom, sizeof(a.zoom));
	assert_memory_equal(b.area, a.area, sizeof(a.area));
	assert_memory_equal(b.aspect, a.aspect, sizeof(a.aspect));
	assert_true(b.flip && b.whiten && b.has_fill && b.has_fill_label);
	assert_int_equal(b.quad_rotate, QUAD_HALF);
	assert_int_equal(b.fill_label, 255);
	assert_int_equal(b.classes, 10);
	assert_int_equal(b.rand_n, 2);
	assert_true(b.rotate == 15 && b.scale == 0.125 && b.noise == 0.25 &&
	    b.contrast == 0.5 && b.translate == 0.25 && b.fill == 0 &&
	    b.min_box == 0.125 && b.mosaic == 0.5 && b.mixup == 8 &&
	    b.cutmix == 1 && b.mix_share == 0.5 && b.mix_epochs == 2.5 &&
	    b.erase == 0.25 && b.rand_m == 9);
	caffe_msg_free(p);
}

/* Nothing is written of what is not done, and what a text says stays. */
static void
only_what_is_set(void **state)
{
	const struct augment none = { 0 }, more = { .erase = 0.5 };
	Caffe__AugmentParameter *p =
	    caffe_new(Caffe__AugmentParameter, augment_parameter);
	struct augment b;

	(void)state;
	augment_write(p, &none);
	assert_false(p->has_zoom_min || p->has_mix_share || p->has_fill);
	assert_int_equal(augment_read(&b, p), 0);
	assert_false(augment_random(&b) || augment_zooms(&b) ||
	    augment_crops(&b) || augment_is_scene(&b));
	p->has_mosaic = 1;
	p->mosaic = 1;
	augment_write(p, &more);
	assert_int_equal(augment_read(&b, p), 0);
	assert_true(b.mosaic == 1 && b.erase == 0.5);
	caffe_msg_free(p);
	assert_int_equal(augment_read(&b, NULL), 0);
	assert_false(augment_random(&b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(only_what_is_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
