/*
 * Numbers from text and back.  The C library's conversions follow the locale
 * of the process; nothing of ours calls setlocale, but a library might, so
 * reading goes through the C locale and writing mends the separator.
 */
#include "base/num.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void
make_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* strtod, but in the C locale and never past leading white space. */
static double
to_double(const char *s, char **end)
{
	pthread_once(&once, make_locale);
	if (strchr(" \t\n\v\f\r", s[0]) != NULL) {
		*end = (char *)s;
		return 0;
	}
	return c_locale != (locale_t)0 ? strtod_l(s, end, c_locale)
				       : strtod(s, end);
}

int
num_int(int64_t *out, const char *s, int64_t lo, int64_t hi)
{
	const char *digits = s + (s[0] == '-' || s[0] == '+');
	int hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	long long v;
	char *end;

	if (digits[0] < '0' || digits[0] > '9')
		return err_set(ERR_FORMAT, "'%s' is not a whole number", s);
	errno = 0;
	v = strtoll(s, &end, hex ? 16 : 10);
	if (*end != '\0' || end == s)
		return err_set(ERR_FORMAT, "'%s' is not a whole number", s);
	if (errno == ERANGE || v < lo || v > hi)
		return err_set(ERR_RANGE,
		    "%s is not within %" PRId64 "..%" PRId64, s, lo, hi);
	*out = v;
	return 0;
}

int
num_double(double *out, const char *s, double lo, double hi)
{
	char a[NUM_TEXT_MAX], b[NUM_TEXT_MAX];
	char *end;
	double v = to_double(s, &end);

	if (end == s || *end != '\0')
		return err_set(ERR_FORMAT, "'%s' is not a number", s);
	if (!(v >= lo && v <= hi))
		return err_set(ERR_RANGE, "%s is not within %s..%s", s,
		    num_double_text(a, lo), num_double_text(b, hi));
	*out = v;
	return 0;
}

int
num_size(uint64_t *out, const char *s)
{
	static const char suffixes[] = "KMGT";
	const char *at;
	char *end;
	double v = to_double(s, &end);
	int shift = 0;

	if (end == s || !(v >= 0))
		return err_set(ERR_FORMAT, "'%s' is not a size", s);
	if (*end != '\0' && (at = strchr(suffixes, *end & ~0x20)) != NULL) {
		shift = 10 * (int)(at - suffixes + 1);
		end++;
		if (end[0] == 'i')
			end++;
		if (end[0] == 'B')
			end++;
	}
	if (*end != '\0')
		return err_set(ERR_FORMAT,
		    "'%s' is not a size (a number and K, M, G or T)", s);
	v = ldexp(v, shift);
	if (v >= 18446744073709551616.0)
		return err_set(ERR_RANGE, "%s bytes are too many", s);
	*out = (uint64_t)v;
	return 0;
}

int
num_duration(double *out, const char *s)
{
	static const struct {
		char unit;
		double seconds;
	} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
	double total = 0, v;
	size_t next = 0, i;
	const char *p = s;
	char *end;

	/* Units in falling order, each at most once; bare seconds last. */
	while (*p >= '0' && *p <= '9') {
		v = to_double(p, &end);
		for (i = next; i < 4 && units[i].unit != *end; i++)
			;
		if (i < 4) {
			total += v * units[i].seconds;
			p = end + 1;
			next = i + 1;
		} else if (*end == '\0') {
			total += v;
			p = end;
		} else {
			break;
		}
		if (*p == '\0' && isfinite(total)) {
			*out = total;
			return 0;
		}
	}
	return err_set(
	    ERR_FORMAT, "'%s' is not a duration (like 90, 15m, 1h30m, 2d)", s);
}

/* Digits only; -1 when there are none or the value passes max. */
static int
read_side(const char **s, int max)
{
	const char *p = *s;
	int64_t v = 0;

	if (*p < '0' || *p > '9')
		return -1;
	while (*p >= '0' && *p <= '9') {
		v = v * 10 + (*p++ - '0');
		if (v > max)
			return -1;
	}
	*s = p;
	return v >= 1 ? (int)v : -1;
}

int
num_pair(int *w, int *h, const char *s, int max)
{
	const char *p = s;
	int a = read_side(&p, max), b = a;

	if (a > 0 && (*p == 'x' || *p == 'X')) {
		p++;
		b = read_side(&p, max);
	}
	if (a < 0 || b < 0 || *p != '\0')
		return err_set(ERR_FORMAT,
		    "'%s' is not a size in pixels (WxH or N, each 1..%d)", s,
		    max);
	*w = a;
	*h = b;
	return 0;
}

int
num_ints(int *out, int max, const char *s, int lo, int hi)
{
	int n = 0;

	for (;;) {
		const size_t len = strcspn(s, ",");
		char one[NUM_TEXT_MAX];
		int64_t v;

		if (n == max)
			return err_set(ERR_RANGE, "more than %d numbers", max);
		if (len >= sizeof(one))
			return err_set(ERR_FORMAT, "'%s' is not a number", s);
		memcpy(one, s, len);
		one[len] = '\0';
		TRY(num_int(&v, one, lo, hi));
		out[n++] = (int)v;
		if (s[len] == '\0')
			return n;
		s += len + 1;
	}
}

static char *
point(char *s)
{
	char *comma = strchr(s, ',');

	if (comma != NULL)
		*comma = '.';
	return s;
}

/* "1e+06" -> "1e6", "1e-05" -> "1e-5": shorter, and every reader takes it. */
static char *
tidy(char *s)
{
	char *e, *from;

	point(s);
	e = strchr(s, 'e');
	if (e == NULL)
		return s;
	from = e + 1;
	e++;
	if (*from == '-')
		*e++ = *from++;
	else if (*from == '+')
		from++;
	while (from[0] == '0' && from[1] != '\0')
		from++;
	memmove(e, from, strlen(from) + 1);
	return s;
}

char *
num_float_text(char out[NUM_TEXT_MAX], float v)
{
	char *end;
	int p;

	for (p = 6; p <= 9; p++) {
		snprintf(out, NUM_TEXT_MAX, "%.*g", p, (double)v);
		point(out);
		pthread_once(&once, make_locale);
		if (p == 9 || strtof_l(out, &end, c_locale) == v)
			break;
	}
	return tidy(out);
}

char *
num_double_text(char out[NUM_TEXT_MAX], double v)
{
	char *end;
	int p;

	for (p = 15; p <= 17; p++) {
		snprintf(out, NUM_TEXT_MAX, "%.*g", p, v);
		point(out);
		if (p == 17 || to_double(out, &end) == v)
			break;
	}
	return tidy(out);
}

char *
num_bytes_text(char out[NUM_TEXT_MAX], uint64_t bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB",
		"EB" };
	double v = (double)bytes;
	size_t i = 0;

	while (v >= 999.95 && i + 1 < sizeof(units) / sizeof(units[0])) {
		v /= 1000;
		i++;
	}
	snprintf(out, NUM_TEXT_MAX, "%.*f %s", i > 0, v, units[i]);
	return point(out);
}

/* Three digits that count and a unit; whole below 10000. */
char *
num_count_text(char out[NUM_TEXT_MAX], uint64_t n)
{
	static const char unit[] = " kMGTPE";
	double x = (double)n;
	int i = 0, decimals;

	if (n < 10000) {
		snprintf(out, NUM_TEXT_MAX, "%" PRIu64, n);
		return out;
	}
	for (; x >= 999.5; i++)
		x /= 1000;
	decimals = x < 9.995 ? 2 : x < 99.95;
	snprintf(out, NUM_TEXT_MAX, "%.*f %c", decimals, x, unit[i]);
	return point(out);
}

char *
num_time_text(char out[NUM_TEXT_MAX], double seconds)
{
	long long s;

	if (!(seconds >= 0) || seconds > 1e12) {
		snprintf(out, NUM_TEXT_MAX, "?");
	} else if (seconds < 59.95) {
		snprintf(out, NUM_TEXT_MAX, "%.1f s", seconds);
		point(out);
	} else {
		s = (long long)(seconds + 0.5);
		if (s < 3600)
			snprintf(
			    out, NUM_TEXT_MAX, "%lld:%02lld", s / 60, s % 60);
		else
			snprintf(out, NUM_TEXT_MAX, "%lld:%02lld:%02lld",
			    s / 3600, s / 60 % 60, s % 60);
	}
	return out;
}

const char *
num_plural(uint64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

float
num_half(uint16_t h)
{
	int exponent = h >> 10 & 31;
	float fraction = (float)(h & 1023), v;

	if (exponent == 31)
		v = fraction != 0 ? NAN : INFINITY;
	else if (exponent == 0)
		v = ldexpf(fraction, -24);
	else
		v = ldexpf(fraction + 1024, exponent - 25);
	return h & 0x8000 ? -v : v;
}

uint16_t
num_to_half(double v)
{
	const uint16_t sign = signbit(v) ? 0x8000 : 0;
	int exponent;
	double m = fabs(v);

	if (isnan(v))
		return 0x7e00;
	if (m >= 65520)
		return sign | 0x7c00;
	/* in units of the last place, which rint rounds to even */
	frexp(m, &exponent);
	if (exponent < -13)
		exponent = -13;
	m = rint(ldexp(m, 11 - exponent));
	if (m >= 2048) {
		m /= 2;
		exponent++;
	}
	/* below 1024 it is a number without the hidden bit */
	return (uint16_t)(sign +
	    (m < 1024 ? (int)m : ((exponent + 13) << 10) + (int)m));
}

char *
num_counted(char out[NUM_COUNTED_MAX], uint64_t n, const char *one)
{
	const size_t len = strlen(one);
	const bool hisses = len > 0 && one[len - 1] == 's';

	snprintf(out, NUM_COUNTED_MAX, "%" PRIu64 " %s%s", n, one,
	    n == 1       ? ""
		: hisses ? "es"
			 : "s");
	return out;
}
