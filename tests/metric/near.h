/* Equal within a tolerance, as doubles; cmocka's assert_float_equal rounds both to
 * float first. */
#ifndef TESTS_METRIC_NEAR_H
#define TESTS_METRIC_NEAR_H

#include <math.h>

#define assert_near(got, want, by)                                             \
	do {                                                                   \
		double got_ = (got), want_ = (want);                           \
		if (!(fabs(got_ - want_) <= (by)))                             \
			fail_msg("%s is %.12g, not %.12g", #got, got_, want_); \
	} while (0)

#endif
