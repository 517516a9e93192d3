/* Maps over pictures: where a value lands, also of pictures that were brought to
 * another size or cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "infer/saliency/saliency.h"

/* 2x2: 0 1 / 2 -4 */
static void
fill(struct saliency_map *m)
{
	const float v[] = { 0, 1, 2, -4 };

	memset(m, 0, sizeof(*m));
	assert_int_equal(saliency_map_begin(m, 2, 2), 0);
	memcpy(m->v, v, sizeof(v));
	saliency_map_measure(m);
	assert_float_equal(m->min, -4, 0);
	assert_float_equal(m->max, 2, 0);
}

static void
values(void **state)
{
	const struct infer_place p = infer_place_whole(4, 4);
	struct saliency_map m;

	(void)state;
	fill(&m);
	/* the middles of the four, halfway, and beyond the outer ones */
	assert_float_equal(saliency_map_at(&m, &p, 1, 1), 0, 1e-9);
	assert_float_equal(saliency_map_at(&m, &p, 3, 1), 1, 1e-9);
	assert_float_equal(saliency_map_at(&m, &p, 1, 3), 2, 1e-9);
	assert_float_equal(saliency_map_at(&m, &p, 2, 1), 0.5, 1e-9);
	assert_float_equal(saliency_map_at(&m, &p, 2, 2), -0.25, 1e-9);
	assert_float_equal(saliency_map_at(&m, &p, 0, 3.9), 2, 1e-9);
	assert_true(isnan(saliency_map_at(&m, &p, -0.1, 1)));
	assert_true(isnan(saliency_map_at(&m, &p, 1, 4)));
	saliency_map_clear(&m);
}

/* A picture of 8x4 squashed to 4x4, of which the net sees the 2x2 in the middle. */
static void
places(void **state)
{
	struct infer_place p = infer_place_whole(8, 4);
	struct saliency_map m;
	int x, y;

	(void)state;
	fill(&m);
	infer_place_fit(&p, 4, 4, IMAGE_SQUASH);
	infer_place_window(&p, 1, 1, 2, 2);
	assert_true(isnan(saliency_map_at(&m, &p, 1.5, 2)));
	assert_float_equal(saliency_map_at(&m, &p, 3, 2.5), 2, 1e-9);
	saliency_map_peak(&m, &p, &x, &y);
	assert_int_equal(x, 2);
	assert_int_equal(y, 2);
	saliency_map_clear(&m);
}

static void
drawn(void **state)
{
	struct infer_place p = infer_place_whole(4, 2);
	struct saliency_map m;
	struct image in, out;
	const uint8_t *at;
	uint32_t top;

	(void)state;
	fill(&m);
	infer_place_window(&p, 0, 0, 2, 2); /* the left half */
	image_init(&in);
	image_init(&out);
	assert_int_equal(image_resize_buffer(&in, 4, 2, 1), 0);
	memset(in.data, 100, 8);
	assert_int_equal(
	    saliency_draw(&out, &in, &m, &p, HEAT_HEAT, 0.5, 8), 0);
	assert_int_equal(out.width, 32);
	assert_int_equal(out.height, 16);
	/* the highest value, half of its colour */
	at = out.data + 3 * 15 * (size_t)out.width;
	top = heat_colour(HEAT_HEAT, 1);
	for (int k = 0; k < 3; k++)
		assert_in_range(at[k],
		    (100 + (top >> (16 - 8 * k) & 255)) / 2 - 2,
		    (100 + (top >> (16 - 8 * k) & 255)) / 2 + 2);
	/* what the net has not seen is left as it is */
	at = out.data + 3 * 20;
	assert_int_equal(at[0], 100);
	assert_int_equal(at[2], 100);
	/* a map that is 0 everywhere is the lowest colour */
	assert_int_equal(saliency_map_begin(&m, 2, 2), 0);
	saliency_map_measure(&m);
	assert_int_equal(saliency_draw(&out, &in, &m, &p, HEAT_GRAY, 1, 1), 0);
	assert_int_equal(out.data[0], 0);
	assert_int_equal(saliency_legend(&out, &m, HEAT_HEAT, "seven"), 0);
	assert_true(out.height > 30);
	image_clear(&in);
	image_clear(&out);
	saliency_map_clear(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(places),
		cmocka_unit_test(drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
