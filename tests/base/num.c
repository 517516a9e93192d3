/* Numbers from text and back, and paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/rng.h"

static void
ints(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "1x", "0x", "x",
		"--1", "1.5", "1e3", "+-2" };
	int64_t v = 5;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++)
		assert_int_equal(num_int(&v, bad[i], -1000, 1000), ERR_FORMAT);
	assert_int_equal(v, 5);
	assert_int_equal(num_int(&v, "-12", -12, 0), 0);
	assert_int_equal(v, -12);
	assert_int_equal(num_int(&v, "0x1F", 0, 100), 0);
	assert_int_equal(v, 31);
	assert_int_equal(num_int(&v, "010", 0, 100), 0);
	assert_int_equal(v, 10);
	assert_int_equal(num_int(&v, "101", 0, 100), ERR_RANGE);
	assert_int_equal(
	    num_int(&v, "99999999999999999999", INT64_MIN, INT64_MAX),
	    ERR_RANGE);
	assert_int_equal(
	    num_int(&v, "9223372036854775807", INT64_MIN, INT64_MAX), 0);
	assert_true(v == INT64_MAX);
}

static void
lists(void **state)
{
	static const char *const bad[] = { "", ",", "1,", ",1", "1,,2", "1;2",
		"1, 2" };
	int v[3] = { 0 };

	(void)state;
	assert_int_equal(num_ints(v, 3, "8", 1, 64), 1);
	assert_int_equal(v[0], 8);
	assert_int_equal(num_ints(v, 3, "1,64,2", 1, 64), 3);
	assert_true(v[0] == 1 && v[1] == 64 && v[2] == 2);
	assert_int_equal(num_ints(v, 3, "1,2,3,4", 1, 64), ERR_RANGE);
	assert_int_equal(num_ints(v, 3, "1,65", 1, 64), ERR_RANGE);
	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_int_equal(num_ints(v, 3, bad[i], 1, 64), ERR_FORMAT);
}

static void
doubles(void **state)
{
	double v = 0;

	(void)state;
	assert_int_equal(num_double(&v, "0.25", 0, 1), 0);
	assert_true(v == 0.25);
	assert_int_equal(num_double(&v, "1e-3", 0, 1), 0);
	assert_int_equal(num_double(&v, "nan", -1, 1), ERR_RANGE);
	assert_int_equal(num_double(&v, "inf", -1, 1), ERR_RANGE);
	assert_int_equal(num_double(&v, "0,5", 0, 1), ERR_FORMAT);
	assert_int_equal(num_double(&v, "", 0, 1), ERR_FORMAT);
	assert_int_equal(num_double(&v, " 1", 0, 1), ERR_FORMAT);
	assert_int_equal(num_double(&v, "2", 0, 1), ERR_RANGE);
}

static void
sizes(void **state)
{
	uint64_t v = 0;
	int w = 0, h = 0;

	(void)state;
	assert_int_equal(num_size(&v, "64M"), 0);
	assert_true(v == 64u << 20);
	assert_int_equal(num_size(&v, "1.5k"), 0);
	assert_true(v == 1536);
	assert_int_equal(num_size(&v, "2GiB"), 0);
	assert_true(v == (uint64_t)2 << 30);
	assert_int_equal(num_size(&v, "10"), 0);
	assert_true(v == 10);
	assert_int_equal(num_size(&v, "10Q"), ERR_FORMAT);
	assert_int_equal(num_size(&v, "-1"), ERR_FORMAT);
	assert_int_equal(num_size(&v, "nan"), ERR_FORMAT);
	assert_int_equal(num_size(&v, "99999999999T"), ERR_RANGE);
	assert_int_equal(num_pair(&w, &h, "256x192", 65535), 0);
	assert_int_equal(w, 256);
	assert_int_equal(h, 192);
	assert_int_equal(num_pair(&w, &h, "28", 65535), 0);
	assert_int_equal(h, 28);
	assert_int_equal(num_pair(&w, &h, "0x5", 100), ERR_FORMAT);
	assert_int_equal(num_pair(&w, &h, "5x", 100), ERR_FORMAT);
	assert_int_equal(num_pair(&w, &h, "5x5x5", 100), ERR_FORMAT);
	assert_int_equal(num_pair(&w, &h, "101x5", 100), ERR_FORMAT);
	assert_int_equal(
	    num_pair(&w, &h, "99999999999999999999", 100), ERR_FORMAT);
}

static void
durations(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} good[] = { { "90", 90 }, { "90s", 90 }, { "15m", 900 },
		{ "1h30m", 5400 }, { "2d", 172800 }, { "1.5h", 5400 },
		{ "1h5", 3605 }, { "0", 0 } };
	static const char *const bad[] = { "", "h", "1m1h", "1h1h", "-5", "5x",
		"1e999", " 5" };
	double v;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(good); i++) {
		assert_int_equal(num_duration(&v, good[i].text), 0);
		assert_true(v == good[i].seconds);
	}
	for (i = 0; i < LENGTH(bad); i++)
		assert_int_equal(num_duration(&v, bad[i]), ERR_FORMAT);
}

static void
texts(void **state)
{
	char t[NUM_TEXT_MAX];

	(void)state;
	assert_string_equal(num_float_text(t, 0.1f), "0.1");
	assert_string_equal(num_float_text(t, 1e-5f), "1e-5");
	assert_string_equal(num_float_text(t, 16777216), "16777216");
	assert_string_equal(num_double_text(t, 0.1), "0.1");
	assert_string_equal(num_double_text(t, 1e300), "1e300");
	assert_string_equal(num_double_text(t, -3), "-3");
	assert_string_equal(num_bytes_text(t, 999), "999 B");
	assert_string_equal(num_bytes_text(t, 1234567), "1.2 MB");
	assert_string_equal(num_bytes_text(t, 999999), "1.0 MB");
	assert_string_equal(num_bytes_text(t, UINT64_MAX), "18.4 EB");
	assert_string_equal(num_count_text(t, 9999), "9999");
	assert_string_equal(num_count_text(t, 10000), "10.0 k");
	assert_string_equal(num_count_text(t, 999500), "1.00 M");
	assert_string_equal(num_count_text(t, 1234567), "1.23 M");
	assert_string_equal(num_count_text(t, UINT64_MAX), "18.4 E");
	assert_string_equal(num_time_text(t, 3723), "1:02:03");
	assert_string_equal(num_time_text(t, 123.4), "2:03");
	assert_string_equal(num_time_text(t, 3.21), "3.2 s");
	assert_string_equal(num_time_text(t, 59.97), "1:00");
	assert_string_equal(num_time_text(t, -1), "?");
}

/* Random bit patterns come back as they were. */
static void
round_trip(void **state)
{
	struct rng r;
	char t[NUM_TEXT_MAX];
	uint64_t u;
	uint32_t k;
	double d;
	float f;
	int i;

	(void)state;
	rng_init(&r, 1, 2);
	for (i = 0; i < 20000; i++) {
		u = rng_u64(&r);
		memcpy(&d, &u, 8);
		k = (uint32_t)u;
		memcpy(&f, &k, 4);
		if (isfinite(d)) {
			assert_true(strtod(num_double_text(t, d), NULL) == d);
			assert_true(strlen(t) < NUM_TEXT_MAX);
		}
		if (isfinite(f))
			assert_true(strtof(num_float_text(t, f), NULL) == f);
	}
}

static void
joined(const char *a, const char *b, const char *want)
{
	char *s = path_join(a, b);

	assert_string_equal(s, want);
	mem_free(s);
}

static void
folder(const char *path, const char *want)
{
	char *s = path_dir(path);

	assert_string_equal(s, want);
	mem_free(s);
}

static void
paths(void **state)
{
	(void)state;
	joined("a", "b", "a/b");
	joined("a/", "b", "a/b");
	joined("a", "/b", "/b");
	joined("", "b", "b");
	folder("a/b/c", "a/b");
	folder("a", ".");
	folder("/a", "/");
	assert_string_equal(path_base("a/b.png"), "b.png");
	assert_string_equal(path_ext("a.b/c"), "");
	assert_string_equal(path_ext("a/.hidden"), "");
	assert_string_equal(path_ext("a/x.tar.gz"), ".gz");
	assert_true(path_has_ext("A.PNG", ".png"));
	assert_false(path_has_ext("A.PN", ".png"));
	assert_true(path_is_url("https://x/y"));
	assert_true(path_is_url("s3://b"));
	assert_false(path_is_url("://x"));
	assert_false(path_is_url("a/b://c"));
	assert_false(path_is_url("9p://x"));
}

static void
inside(void **state)
{
	static const char *const bad[] = { "", "/a", "..", "a/../b", "a/..",
		"./a", "a//b", "a/", "a\\b", "a\nb", "C:x", "c:/x", "." };
	static const char *const good[] = { "a", "a/b", "..a", "a..b/c", "...",
		"a b" };
	char big[5000];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++)
		assert_int_equal(path_check_inside(bad[i]), ERR_REFUSED);
	for (i = 0; i < LENGTH(good); i++)
		assert_int_equal(path_check_inside(good[i]), 0);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(path_check_inside(big), ERR_REFUSED);
}

static void
plurals(void **state)
{
	(void)state;
	assert_string_equal(num_plural(0, "class", "classes"), "classes");
	assert_string_equal(num_plural(1, "class", "classes"), "class");
	assert_string_equal(num_plural(2, "class", "classes"), "classes");
	assert_string_equal(NUM_COUNTED(1, "bottom"), "1 bottom");
	assert_string_equal(NUM_COUNTED(0, "top"), "0 tops");
	assert_string_equal(NUM_COUNTED(12, "class"), "12 classes");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ints),
		cmocka_unit_test(lists),
		cmocka_unit_test(doubles),
		cmocka_unit_test(sizes),
		cmocka_unit_test(durations),
		cmocka_unit_test(texts),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(plurals),
		cmocka_unit_test(paths),
		cmocka_unit_test(inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
