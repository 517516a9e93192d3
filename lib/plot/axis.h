/* An axis of a chart: its range, and ticks at round numbers with their texts. */
#ifndef PLOT_AXIS_H
#define PLOT_AXIS_H

#include <stdbool.h>

enum { AXIS_TICKS = 24, AXIS_TEXT = 24 };

enum axis_numbers {
	AXIS_PLAIN,
	AXIS_PERCENT, /* 0.5 is written 50 % */
	AXIS_WHOLE    /* no fractions between: iterations */
};

struct axis {
	double lo, hi; /* lo < hi; both > 0 where it is logarithmic */
	bool log;
	int n;
	double tick[AXIS_TICKS];
	char text[AXIS_TICKS][AXIS_TEXT];
};

/*
 * An axis for values from lo to hi (finite; > 0 of a logarithmic one) with at most
 * `most` ticks (2..AXIS_TICKS), 1, 2 or 5 times a power of ten apart.  wide: its ends
 * are ticks, too; else they are lo and hi.
 */
void axis_make(struct axis *a, double lo, double hi, int most, bool log,
    bool wide, enum axis_numbers numbers);
/* Where v stands between its ends: 0..1, beyond for values outside. */
double axis_at(const struct axis *a, double v);

#endif
