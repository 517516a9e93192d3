/* The rule of three_way_split_indices in DIGITS. */
#include <math.h>

#include "base/err.h"
#include "dset/plan/split.h"

int
dset_split_check(double val, double test)
{
	if (!(val >= 0 && val <= 100) || !(test >= 0 && test <= 100))
		return err_set(ERR_USAGE, "a percentage is 0 to 100");
	if (val + test > 100)
		return err_set(ERR_USAGE,
		    "--val %g and --test %g: together more than 100 percent",
		    val, test);
	return 0;
}

/* n * percent / 100, halves away from zero. */
static size_t
share(size_t n, double percent)
{
	return (size_t)round((double)n * percent / 100);
}

/* All n to one part when its percentage says so. */
static int
split_whole(size_t out[DSET_PARTS], size_t n, const double percent[DSET_PARTS])
{
	int i;

	for (i = 0; i < DSET_PARTS; i++) {
		if (percent[i] >= 100) {
			out[i] = n;
			return 1;
		}
	}
	return 0;
}

void
dset_split(size_t out[DSET_PARTS], size_t n, double val, double test)
{
	double percent[DSET_PARTS] = { 100 - (val + test), val, test };
	size_t a, b, c;

	out[DSET_TRAIN] = out[DSET_VAL] = out[DSET_TEST] = 0;
	if (n == 0 || split_whole(out, n, percent))
		return;
	a = share(n, percent[DSET_TRAIN]);
	if (percent[DSET_TRAIN] > 0 && a == 0)
		a = 1;
	if (a > n)
		a = n;
	b = share(n, val);
	if (a + b > n)
		b = n - a;
	if (val > 0 && b == 0) {
		if (a > 1) {
			a--;
			b = 1;
		} else if (a != n) {
			b = 1;
		}
	}
	c = n - (a + b);
	if (test > 0 && c == 0) {
		if (b > 1) {
			b--;
			c = 1;
		} else if (a > 1) {
			a--;
			c = 1;
		}
	}
	/* Rounding must not send anything to a part nobody asked for. */
	if (!(test > 0)) {
		*(val > 0 ? &b : &a) += c;
		c = 0;
	}
	out[DSET_TRAIN] = a;
	out[DSET_VAL] = b;
	out[DSET_TEST] = c;
}
