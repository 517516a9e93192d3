/* Caps, overflow, growth, arenas, and buffers that stop at their maximum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

static void
take(void **state)
{
	void *p = NULL;

	(void)state;
	assert_int_equal(mem_take(&p, 10, 100, 1000, "x"), 0);
	assert_int_equal((uintptr_t)p % 64, 0);
	memset(p, 1, 1000);
	mem_free(p);
	assert_int_equal(mem_take(&p, 10, 101, 1000, "image a"), ERR_RANGE);
	assert_null(p);
	assert_non_null(strstr(err_text(), "image a"));
	assert_int_equal(mem_take(&p, SIZE_MAX, 2, SIZE_MAX, "x"), ERR_RANGE);
	assert_int_equal(mem_take(&p, 0, 8, 0, "nothing"), 0);
	mem_free(p);
}

static void
products(void **state)
{
	size_t n = 1;

	(void)state;
	assert_int_equal(mem_mul(&n, SIZE_MAX / 2, 3), -1);
	assert_int_equal(n, 1);
	assert_int_equal(mem_mul(&n, 6, 7), 0);
	assert_int_equal(n, 42);
	assert_int_equal(mem_add(&n, SIZE_MAX, 1), -1);
	assert_int_equal(mem_add(&n, 40, 3), 0);
	assert_int_equal(n, 43);
}

static void
growth(void **state)
{
	int *v = NULL, i;
	size_t cap = 0;
	char *s;

	(void)state;
	for (i = 0; i < 1000; i++) {
		mem_grow(&v, &cap, (size_t)i + 1);
		v[i] = i;
	}
	assert_true(cap >= 1000 && cap < 4096);
	for (i = 0; i < 1000; i++)
		assert_int_equal(v[i], i);
	mem_free(v);
	s = mem_strndup("abcdef", 3);
	assert_string_equal(s, "abc");
	mem_free(s);
	s = mem_printf("%d-%s", 5, "x");
	assert_string_equal(s, "5-x");
	mem_free(s);
	assert_null(mem_strdup(NULL));
}

static void
arenas(void **state)
{
	struct arena *a = arena_new();
	unsigned char *p[200];
	size_t i, k;

	(void)state;
	for (i = 0; i < 200; i++) {
		p[i] = arena_take(a, i * 37 + 1);
		assert_int_equal((uintptr_t)p[i] % 64, 0);
		for (k = 0; k < i * 37 + 1; k++)
			assert_int_equal(p[i][k], 0);
		memset(p[i], (int)i, i * 37 + 1);
	}
	for (i = 0; i < 200; i++)
		assert_int_equal(p[i][i * 37], i);
	memset(arena_take(a, 1 << 20), 1, 1 << 20);
	assert_string_equal(arena_strdup(a, "text"), "text");
	arena_free(a);
	arena_free(NULL);
}

static void
buffers(void **state)
{
	struct buf b;
	char *s;

	(void)state;
	buf_init(&b, 10);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(buf_adds(&b, "12345"), 0);
	assert_int_equal(buf_adds(&b, "67890"), 0);
	assert_int_equal(buf_addc(&b, 'x'), ERR_RANGE);
	assert_int_equal(buf_printf(&b, "%d", 1), ERR_RANGE);
	assert_string_equal(buf_str(&b), "1234567890");
	assert_int_equal(b.len, 10);
	s = buf_steal(&b);
	assert_string_equal(s, "1234567890");
	mem_free(s);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_printf(&b, "%s=%d", "a", 3), 0);
	assert_string_equal(buf_str(&b), "a=3");
	buf_reset(&b);
	assert_string_equal(buf_str(&b), "");
	buf_clear(&b);
	s = buf_steal(&b);
	assert_string_equal(s, "");
	mem_free(s);
}

static void
long_print(void **state)
{
	struct buf b;
	char word[1000];

	(void)state;
	memset(word, 'y', sizeof(word));
	buf_init(&b, 4000);
	assert_int_equal(buf_printf(&b, "<%.*s>", 1000, word), 0);
	assert_int_equal(b.len, 1002);
	assert_int_equal(buf_printf(&b, "%.*s", 1000, word), 0);
	assert_int_equal(buf_printf(&b, "%.*s", 1000, word), 0);
	assert_int_equal(buf_printf(&b, "%.*s", 1000, word), ERR_RANGE);
	assert_int_equal(b.len, 3002);
	assert_int_equal(buf_str(&b)[3002], 0);
	buf_clear(&b);
}

static void
json_strings(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "\"\"" },
		{ "plain", "\"plain\"" },
		{ "a\"b\\c\n\t\x01\x7f",
		    "\"a\\\"b\\\\c\\n\\t\\u0001\\u007f\"" },
		{ "\xc3\xa9", "\"\xc3\xa9\"" },
		{ "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
		/* lone byte, overlong, surrogate, cut short */
		{ "x\xff"
		  "y",
		    "\"x\xef\xbf\xbdy\"" },
		{ "\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	};
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		buf_init(&b, 1000);
		assert_int_equal(
		    buf_add_json(&b, cases[i].in, strlen(cases[i].in)), 0);
		assert_string_equal(buf_str(&b), cases[i].out);
		buf_clear(&b);
	}
	buf_init(&b, 4);
	buf_addc(&b, 'z');
	assert_int_equal(buf_add_json(&b, "abc", 3), ERR_RANGE);
	assert_string_equal(buf_str(&b), "z");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(take),
		cmocka_unit_test(products),
		cmocka_unit_test(growth),
		cmocka_unit_test(arenas),
		cmocka_unit_test(buffers),
		cmocka_unit_test(long_print),
		cmocka_unit_test(json_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
