/* Curves of ranked scores, against what they are by their definition. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/rank.h"

enum { N = 300 };

static void
worked(void **state)
{
	/* sorted: 0.9 yes, 0.8 no, 0.7 yes, 0.7 no, 0.1 no */
	const float score[] = { 0.1f, 0.9f, 0.7f, 0.8f, 0.7f };
	const bool is[] = { false, true, true, false, false };
	struct rank r;

	(void)state;
	rank_make(&r, score, 1, is, 5);
	assert_int_equal(r.positives, 2);
	assert_int_equal(r.negatives, 3);
	/* of six pairs 4 are right, one is equal */
	assert_float_equal(r.auc, 4.5 / 6, 1e-12);
	assert_float_equal(r.ap, 0.5 * 1 + 0.5 * 2 / 4, 1e-12);
	assert_float_equal(r.pr.xy[0], 0.5, 1e-12);
	assert_float_equal(r.pr.xy[1], 1, 1e-12);
	assert_float_equal(r.roc.xy[0], 0, 0);
	assert_float_equal(r.roc.xy[2 * r.roc.n - 2], 1, 1e-12);
	assert_float_equal(r.roc.xy[2 * r.roc.n - 1], 1, 1e-12);
}

/* Counted pair by pair, of scores with many that are equal. */
static void
pairs(void **state)
{
	float score[2 * N];
	bool is[N];

	(void)state;
	srand(3);
	for (int round = 0; round < 20; round++) {
		double sum = 0, all = 0;
		struct rank r;

		for (int i = 0; i < N; i++) {
			is[i] = rand() % 3 == 0;
			score[2 * i] =
			    (float)(rand() % (10 + round) + 3 * is[i]);
			score[2 * i + 1] = NAN;
		}
		rank_make(&r, score, 2, is, N);
		for (int i = 0; i < N; i++)
			for (int k = 0; k < N; k++) {
				if (!is[i] || is[k])
					continue;
				all++;
				sum += score[2 * i] > score[2 * k] ? 1
				    : score[2 * i] == score[2 * k] ? 0.5
								   : 0;
			}
		assert_float_equal(r.auc, sum / all, 1e-9);
		assert_true(r.pr.n > 1 && r.pr.n <= RANK_POINTS + 1);
		for (size_t i = 2; i < 2 * r.roc.n; i++)
			assert_true(r.roc.xy[i] >= r.roc.xy[i - 2]);
	}
}

static void
one_side(void **state)
{
	const float score[] = { 1, NAN, 3 };
	const bool all[] = { true, true, true }, none[3] = { false };
	struct rank r;

	(void)state;
	rank_make(&r, score, 1, all, 3);
	assert_true(isnan(r.auc));
	assert_float_equal(r.ap, 1, 1e-12);
	rank_make(&r, score, 1, none, 3);
	assert_true(isnan(r.auc) && isnan(r.ap));
	rank_make(&r, score, 1, none, 0);
	assert_true(isnan(r.auc) && isnan(r.ap));
	assert_int_equal(r.pr.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked),
		cmocka_unit_test(pairs),
		cmocka_unit_test(one_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
