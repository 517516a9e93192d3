/* Principal components of points whose spread is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "infer/classes/pca.h"

/* Around (5, 5, 5), along (0.6, 0.8, 0) by 10 and along (0, 0, 1) by 3. */
static void
known(void **state)
{
	const double want[4][2] = { { 10, 0 }, { -10, 0 }, { 0, 3 },
		{ 0, -3 } };
	float v[12], again[12];
	double xy[8], twice[8], share[2];

	(void)state;
	for (int i = 0; i < 4; i++) {
		v[3 * i] = (float)(5 + 0.6 * want[i][0]);
		v[3 * i + 1] = (float)(5 + 0.8 * want[i][0]);
		v[3 * i + 2] = (float)(5 + want[i][1]);
	}
	memcpy(again, v, sizeof(v));
	pca_plane(xy, share, v, 4, 3);
	for (int i = 0; i < 4; i++) {
		assert_float_equal(xy[2 * i], want[i][0], 1e-4);
		assert_float_equal(xy[2 * i + 1], want[i][1], 1e-4);
	}
	assert_float_equal(share[0], 200.0 / 218, 1e-6);
	assert_float_equal(share[1], 18.0 / 218, 1e-6);
	pca_plane(twice, share, again, 4, 3);
	assert_memory_equal(xy, twice, sizeof(xy));
}

/* On a line, on a point, of one number: no direction, no spread. */
static void
flat(void **state)
{
	float line[] = { 1, 1, 2, 2, 3, 3 }, point[] = { 4, 4, 4, 4 };
	float one[] = { 1, 2, 6 };
	double xy[6], share[2];

	(void)state;
	pca_plane(xy, share, line, 3, 2);
	assert_float_equal(share[0], 1, 1e-6);
	assert_float_equal(share[1], 0, 1e-6);
	assert_float_equal(xy[4] - xy[0], 2 * sqrt(2), 1e-5);
	pca_plane(xy, share, point, 2, 2);
	assert_float_equal(share[0] + share[1], 0, 0);
	assert_float_equal(xy[0], 0, 0);
	pca_plane(xy, share, one, 3, 1);
	assert_float_equal(xy[4], 3, 1e-6);
	assert_float_equal(share[0], 1, 1e-6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known),
		cmocka_unit_test(flat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
