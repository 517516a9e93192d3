/* Neighbours of many numbers are neighbours in the plane. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "infer/classes/tsne.h"

enum { GROUPS = 4, EACH = 30, N = GROUPS * EACH, D = 12 };

/* Groups on the axes, 8 away from the middle, of deviation 1. */
static void
make(float *v)
{
	struct rng r;

	rng_init(&r, 1, 0);
	for (size_t i = 0; i < N; i++)
		for (size_t k = 0; k < D; k++)
			v[i * D + k] =
			    (float)(rng_normal(&r) + (k == i / EACH ? 8 : 0));
}

static void
groups(void **state)
{
	static float v[N * D], again[N * D];
	static double xy[2 * N], twice[2 * N];
	double perplexity, loss, other;

	(void)state;
	make(v);
	make(again);
	assert_int_equal(tsne_plane(xy, &perplexity, &loss, v, N, D, 1), 0);
	assert_float_equal(perplexity, 30, 0);
	/* at first, with all in one place, it is 2.5 */
	assert_true(loss > 0 && loss < 0.8);
	for (size_t i = 0; i < N; i++) {
		double best = INFINITY;
		size_t near = i;

		assert_true(isfinite(xy[2 * i]) && isfinite(xy[2 * i + 1]));
		for (size_t k = 0; k < N; k++) {
			const double far = hypot(xy[2 * i] - xy[2 * k],
			    xy[2 * i + 1] - xy[2 * k + 1]);

			if (k != i && far < best) {
				best = far;
				near = k;
			}
		}
		assert_int_equal(near / EACH, i / EACH);
	}
	/* Whatever the threads, bit for bit. */
	assert_int_equal(
	    tsne_plane(twice, &perplexity, &other, again, N, D, 3), 0);
	assert_memory_equal(xy, twice, sizeof(xy));
	assert_true(loss == other);
}

/* Points that are the same, on a line, or only two, have places that are numbers. */
static void
few(void **state)
{
	float same[] = { 1, 2, 1, 2, 1, 2, 5, 5 }, line[] = { 1, 2, 3, 4, 9 };
	float two[] = { 1, 2 };
	double xy[10], perplexity, loss;

	(void)state;
	assert_int_equal(tsne_plane(xy, &perplexity, &loss, same, 4, 2, 1), 0);
	assert_float_equal(perplexity, 1, 0);
	for (int i = 0; i < 8; i++)
		assert_true(isfinite(xy[i]));
	assert_int_equal(tsne_plane(xy, &perplexity, &loss, line, 5, 1, 2), 0);
	for (int i = 0; i < 10; i++)
		assert_true(isfinite(xy[i]));
	assert_int_equal(tsne_plane(xy, &perplexity, &loss, two, 2, 1, 1), 0);
	for (int i = 0; i < 4; i++)
		assert_true(isfinite(xy[i]));
	assert_int_equal(tsne_plane(NULL, &perplexity, &loss, NULL,
			     TSNE_POINTS_MAX + 1, 1, 1),
	    ERR_RANGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups),
		cmocka_unit_test(few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
