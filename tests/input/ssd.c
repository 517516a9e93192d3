/*
 * SSD's samples: pictures whose boxes are painted, so that what is moved can be seen;
 * records of boxes; parameters that cannot be.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/annotated.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "input/ssd/sample.h"

enum { W = 60, H = 40 };

static void
must(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
}

/* A dark picture with one bright box, 18..42 x 8..32, and its box. */
static void
paint(struct ssd_sample *s)
{
	must(image_resize_buffer(&s->im, W, H, 3));
	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++)
			memset(s->im.data + (y * W + x) * 3,
			    x >= 18 && x < 42 && y >= 8 && y < 32 ? 200 : 50,
			    3);
	ssd_sample_room(s, 1);
	s->box[0] = (struct ssd_box){ 1, 0, false,
		{ 18.f / W, 8.f / H, 42.f / W, 32.f / H } };
	s->n = 1;
}

static Caffe__LayerParameter *
layer_of(const char *more)
{
	Caffe__NetParameter *np;
	Caffe__LayerParameter *l;
	char text[2048];

	snprintf(text, sizeof(text),
	    "layer { name: 'd' type: 'AnnotatedData' top: 'x' top: 'y' %s }",
	    more);
	must(caffe_net_parse(&np, text, strlen(text), "net"));
	l = caffe_msg_copy(np->layer[0]);
	caffe_msg_free(np);
	return l;
}

static struct ssd_rule
rule_of(const Caffe__LayerParameter *l)
{
	return (struct ssd_rule){ l->annotated_data_param, l->transform_param,
		48, 48 };
}

static int
level(const struct image *im, double x, double y)
{
	return im->data[((size_t)(y * im->height) * (size_t)im->width +
			    (size_t)(x * im->width)) *
	    3];
}

/* The bright part lies where the box says, and nowhere else. */
static void
check_paint(const struct ssd_sample *s)
{
	const struct layer_box *b = &s->box[0].box;
	const double in = 3. / 48;

	if (s->n == 0)
		return;
	assert_true(b->x0 >= 0 && b->y0 >= 0 && b->x1 <= 1 && b->y1 <= 1);
	for (int i = 0; i < 9; i++)
		for (int k = 0; k < 9; k++) {
			const double x = (i + 0.5) / 9, y = (k + 0.5) / 9;

			if (x > b->x0 + in && x < b->x1 - in &&
			    y > b->y0 + in && y < b->y1 - in)
				assert_true(level(&s->im, x, y) > 150);
			if (x < b->x0 - in || x > b->x1 + in ||
			    y < b->y0 - in || y > b->y1 + in)
				assert_true(level(&s->im, x, y) < 100);
		}
}

static void
test_in_place(void **state)
{
	Caffe__LayerParameter *l = layer_of(
	    "transform_param { mirror: true expand_param { } } "
	    "annotated_data_param { batch_sampler { sampler { min_scale: 0.3 } "
	    "max_sample: 1 } }");
	const struct ssd_rule q = rule_of(l);
	struct ssd_sample s;
	struct rng r;

	(void)state;
	rng_init(&r, 1, 1);
	ssd_sample_init(&s);
	must(ssd_rule_check(&q));
	/* for validation: brought to size, and no more */
	paint(&s);
	must(ssd_sample_make(&s, &q, false, &r));
	assert_int_equal(s.im.width, 48);
	assert_int_equal(s.n, 1);
	assert_float_equal(s.box[0].box.x0, 18. / W, 1e-6);
	assert_float_equal(s.box[0].box.y1, 32. / H, 1e-6);
	check_paint(&s);
	ssd_sample_clear(&s);
	caffe_msg_free(l);
}

/* Whatever is drawn, boxes go with pixels; the same numbers give the same bytes. */
static void
test_random(void **state)
{
	Caffe__LayerParameter *l = layer_of(
	    "transform_param { mirror: true mean_value: 50 expand_param { prob: "
	    "0.6 max_expand_ratio: 3 } distort_param { brightness_prob: 0.5 "
	    "brightness_delta: 20 contrast_prob: 0.5 contrast_lower: 0.9 "
	    "contrast_upper: 1.1 saturation_prob: 0.5 saturation_lower: 0.5 "
	    "saturation_upper: 1.5 hue_prob: 0.5 hue_delta: 18 } "
	    "emit_constraint { emit_type: CENTER } } "
	    "annotated_data_param { batch_sampler { max_sample: 1 max_trials: 1 "
	    "} batch_sampler { sampler { min_scale: 0.3 max_scale: 1 "
	    "min_aspect_ratio: 0.5 max_aspect_ratio: 2 } sample_constraint { "
	    "min_jaccard_overlap: 0.1 } max_sample: 1 max_trials: 50 } }");
	const struct ssd_rule q = rule_of(l);
	struct ssd_sample s, again;
	int kept = 0, moved = 0, mirrored = 0;

	(void)state;
	ssd_sample_init(&s);
	ssd_sample_init(&again);
	must(ssd_rule_check(&q));
	for (uint64_t i = 0; i < 300; i++) {
		struct rng r;

		rng_init(&r, i, 1);
		paint(&s);
		must(ssd_sample_make(&s, &q, true, &r));
		check_paint(&s);
		kept += s.n > 0;
		moved += s.n > 0 && fabsf(s.box[0].box.x0 - 18.f / W) > 0.02f;
		mirrored +=
		    s.n > 0 && fabsf(s.box[0].box.x0 - 18.f / W) < 1e-6f;
		rng_init(&r, i, 1);
		paint(&again);
		must(ssd_sample_make(&again, &q, true, &r));
		assert_memory_equal(s.im.data, again.im.data, 48 * 48 * 3);
		assert_int_equal(s.n, again.n);
	}
	assert_true(kept > 250);
	assert_true(moved > 100);
	assert_true(mirrored > 10);
	ssd_sample_clear(&s);
	ssd_sample_clear(&again);
	caffe_msg_free(l);
}

/* A part that holds all of the box: it never loses it. */
static void
test_constraint(void **state)
{
	Caffe__LayerParameter *l = layer_of(
	    "annotated_data_param { batch_sampler { sampler { min_scale: 0.5 "
	    "max_scale: 0.9 } sample_constraint { min_object_coverage: 1 } "
	    "max_sample: 1 max_trials: 1000 } }");
	const struct ssd_rule q = rule_of(l);
	struct ssd_sample s;

	(void)state;
	ssd_sample_init(&s);
	for (uint64_t i = 0; i < 100; i++) {
		const double side = 1. / W;
		struct rng r;

		rng_init(&r, i, 2);
		paint(&s);
		must(ssd_sample_make(&s, &q, true, &r));
		assert_int_equal(s.n, 1);
		/* larger than it was, as the part is smaller than the whole */
		assert_true(s.box[0].box.x1 - s.box[0].box.x0 > 24. / W + side);
		check_paint(&s);
	}
	ssd_sample_clear(&s);
	caffe_msg_free(l);
}

/* Half the saturation: channels come half as near to the greatest; grey has none. */
static void
test_colours(void **state)
{
	Caffe__LayerParameter *l = layer_of(
	    "transform_param { distort_param { hue_prob: 1 hue_delta: 0 "
	    "saturation_prob: 1 saturation_lower: 0.5 saturation_upper: 0.5 } "
	    "}");
	struct image im;
	struct rng r;

	(void)state;
	image_init(&im);
	must(image_resize_buffer(&im, 2, 1, 3));
	memcpy(im.data, (const uint8_t[]){ 200, 100, 0, 80, 80, 80 }, 6);
	rng_init(&r, 1, 1);
	ssd_distort(&im, l->transform_param->distort_param, &r);
	/* half as far from the greatest */
	assert_memory_equal(
	    im.data, ((const uint8_t[]){ 200, 150, 100, 80, 80, 80 }), 6);
	image_clear(&im);
	caffe_msg_free(l);
}

static const struct {
	const char *param, *says;
} bad[] = {
	{ "transform_param { resize_param { height: 8 width: 8 resize_mode: "
	  "FIT_SMALL_SIZE } }",
	    "only WARP" },
	{ "transform_param { resize_param { } resize_param { } }",
	    "2 resize_param: one size is needed" },
	{ "transform_param { crop_size: 8 }", "crop_size" },
	{ "transform_param { expand_param { max_expand_ratio: 0.5 } }",
	    "max_expand_ratio 0.5" },
	{ "transform_param { distort_param { contrast_lower: 2 contrast_upper: "
	  "1 } }",
	    "distort_param" },
	{ "annotated_data_param { batch_sampler { sampler { min_scale: 0 } } }",
	    "scales 0 to 1" },
	{ "annotated_data_param { batch_sampler { sampler { min_aspect_ratio: 2 "
	  "} } }",
	    "aspect ratios 2 to 1" },
	{ "annotated_data_param { batch_sampler { max_trials: 1000000 } }",
	    "max_trials" },
};

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		Caffe__LayerParameter *l = layer_of(bad[i].param);
		const struct ssd_rule q = rule_of(l);

		if (ssd_rule_check(&q) >= 0)
			fail_msg("%s is taken", bad[i].param);
		if (strstr(err_text(), bad[i].says) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err_text(),
			    bad[i].says);
		caffe_msg_free(l);
	}
}

/* A record as SSD writes it; every shorter one is refused or has less in it. */
static void
test_record(void **state)
{
	static const uint8_t v[] = { 0x0a, 9, 8, 1, 16, 1, 24, 1, 0x22, 1, 'x',
		16, 0, 0x1a, 30, 8, 3, 18, 26, 8, 7, 18, 22, 0x0d, 0, 0, 0,
		0x3f, 0x15, 0, 0, 0, 0, 0x1d, 0, 0, 0x80, 0x3f, 0x25, 0, 0,
		0x80, 0x3f, 0x30, 1 };
	struct caffe_box box[2];
	struct caffe_datum d;
	size_t n;

	(void)state;
	assert_true(caffe_annotated_is(v, sizeof(v)));
	must(caffe_annotated_read(&d, box, 2, &n, v, sizeof(v)));
	assert_int_equal(n, 1);
	assert_int_equal(d.ndata, 1);
	assert_int_equal(box[0].label, 3);
	assert_int_equal(box[0].instance, 7);
	assert_float_equal(box[0].left, 0.5, 0);
	assert_float_equal(box[0].bottom, 1, 0);
	assert_true(box[0].difficult);
	must(caffe_annotated_read(&d, box, 0, &n, v, sizeof(v)));
	assert_int_equal(n, 1);
	for (size_t i = 0; i < sizeof(v); i++)
		if (i != 11 && i != 13) /* where a field ends */
			assert_true(
			    caffe_annotated_read(&d, box, 2, &n, v, i) < 0);
	assert_false(caffe_annotated_is(v + 2, 9));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_constraint),
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
