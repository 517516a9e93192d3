/* Tiles: every pixel is in one, neighbours overlap, none reaches beyond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "infer/tile.h"

static struct stream_piece *
cut(size_t *n, int w, int h, int tile_w, int tile_h, double overlap)
{
	struct stream_piece *v = NULL;

	assert_int_equal(tile_cut(&v, n, w, h, tile_w, tile_h, overlap), 0);
	return v;
}

static void
test_small(void **state)
{
	size_t n = 0;
	struct stream_piece *v = cut(&n, 30, 20, 64, 64, 0.2);

	(void)state;
	assert_int_equal(n, 1);
	assert_int_equal(v[0].w, 30);
	assert_int_equal(v[0].h, 20);
	mem_free(v);
}

static void
test_even(void **state)
{
	size_t n = 0;
	struct stream_piece *v = cut(&n, 100, 40, 40, 40, 0.25);

	(void)state;
	/* 100 = 0..40, 30..70, 60..100 */
	assert_int_equal(n, 3);
	assert_int_equal(v[1].x, 30);
	assert_int_equal(v[2].x, 60);
	mem_free(v);
}

static void
test_all_covered(void **state)
{
	static const double overlaps[] = { 0, 0.1, 0.5, 0.9 };

	(void)state;
	for (int w = 1; w < 200; w += 13)
		for (size_t k = 0; k < LENGTH(overlaps); k++) {
			size_t n = 0;
			struct stream_piece *v =
			    cut(&n, w, 50, 32, 50, overlaps[k]);

			assert_int_equal(v[0].x, 0);
			assert_int_equal(v[n - 1].x + v[n - 1].w, w);
			for (size_t i = 1; i < n; i++) {
				assert_true(v[i].x > v[i - 1].x);
				assert_true(v[i - 1].x + 32 - v[i].x >=
				    (int)(32 * overlaps[k]));
			}
			mem_free(v);
		}
}

static void
test_too_many(void **state)
{
	struct stream_piece *v = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(tile_cut(&v, &n, 60000, 60000, 2, 2, 0), ERR_RANGE);
	assert_null(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_even),
		cmocka_unit_test(test_all_covered),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
