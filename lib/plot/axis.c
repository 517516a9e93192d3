/* Ticks at round numbers: see axis.h. */
#include "plot/axis.h"

#include <math.h>
#include <stdio.h>

double
axis_at(const struct axis *a, double v)
{
	return a->log ? log(v / a->lo) / log(a->hi / a->lo)
		      : (v - a->lo) / (a->hi - a->lo);
}

/* The least of 1, 2, 5, 10, 20, … times a power of ten that is at least step. */
static double
round_up(double step)
{
	double ten = pow(10, floor(log10(step)));
	double of = step / ten;

	return ten *
	    (of <= 1.0000001          ? 1
		    : of <= 2.0000001 ? 2
		    : of <= 5.0000001 ? 5
				      : 10);
}

/* v, a multiple of step, with as many decimals as tell multiples apart. */
static void
write_number(
    char out[AXIS_TEXT], double v, double step, enum axis_numbers numbers)
{
	double shown = numbers == AXIS_PERCENT ? v * 100 : v;
	double apart = numbers == AXIS_PERCENT ? step * 100 : step;
	int decimals = apart >= 1 ? 0 : (int)ceil(-log10(apart) - 1e-9);

	if (fabs(shown) < apart / 1e6)
		shown = 0;
	if (fabs(shown) >= 1e7 || decimals > 5)
		snprintf(out, AXIS_TEXT, "%.3g", shown);
	else
		snprintf(out, AXIS_TEXT, "%.*f%s", decimals, shown,
		    numbers == AXIS_PERCENT ? " %" : "");
}

static void
add_tick(struct axis *a, double v, double step, enum axis_numbers numbers)
{
	if (a->n == AXIS_TICKS)
		return;
	a->tick[a->n] = v;
	write_number(a->text[a->n], v, step, numbers);
	a->n++;
}

static void
make_linear(struct axis *a, int most, bool wide, enum axis_numbers numbers)
{
	double step = round_up((a->hi - a->lo) / (most > 2 ? most - 1 : 1));
	long from, to;

	if (numbers == AXIS_WHOLE && step < 1)
		step = 1;
	/* zero between its ends is a tick at any step */
	while (wide && step < 2 * (a->hi - a->lo) &&
	    ceil(a->hi / step - 1e-9) - floor(a->lo / step + 1e-9) >= most)
		step = round_up(step * 1.5);
	if (wide) {
		from = lround(floor(a->lo / step + 1e-9));
		to = lround(ceil(a->hi / step - 1e-9));
		a->lo = (double)from * step;
		a->hi = (double)to * step;
	} else {
		from = lround(ceil(a->lo / step - 1e-9));
		to = lround(floor(a->hi / step + 1e-9));
	}
	for (long i = from; i <= to; i++)
		add_tick(a, (double)i * step, step, numbers);
}

/* Powers of ten, and where there are few of them 2 and 5 times these. */
static void
make_log(struct axis *a, int most, bool wide)
{
	static const double times[] = { 1, 2, 5 };
	int from = (int)floor(log10(a->lo) + 1e-9);
	int to = (int)ceil(log10(a->hi) - 1e-9);
	int decades, every, fine;

	if (to == from)
		to++;
	decades = to - from;
	fine = 3 * decades + 1 <= most;
	every = fine ? 1 : 1 + decades / most;
	if (wide && !fine) {
		a->lo = pow(10, from);
		a->hi = pow(10, to);
	}
	for (int e = from; e <= to; e += every)
		for (int k = 0; k < (fine ? 3 : 1); k++) {
			double v = times[k] * pow(10, e);

			if (v < a->lo * (1 - 1e-9) || v > a->hi * (1 + 1e-9) ||
			    a->n == AXIS_TICKS)
				continue;
			a->tick[a->n] = v;
			snprintf(a->text[a->n++], AXIS_TEXT, "%.3g", v);
		}
}

void
axis_make(struct axis *a, double lo, double hi, int most, bool log, bool wide,
    enum axis_numbers numbers)
{
	a->lo = lo;
	a->hi = hi;
	a->log = log;
	a->n = 0;
	if (!(hi - lo > fabs(hi) * 1e-9)) { /* one value: room around it */
		double room = log ? 0 : lo != 0 ? fabs(lo) / 2 : 0.5;

		if (numbers == AXIS_WHOLE && room < 1)
			room = 1;
		a->lo = log ? lo / 2 : lo - room;
		a->hi = log ? lo * 2 : lo + room;
	}
	if (log)
		make_log(a, most, wide);
	else
		make_linear(a, most, wide, numbers);
}
