/* Text that a terminal would obey, and names that hold it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"

static void
characters(void **state)
{
	static const struct {
		const char *s;
		size_t len;
		uint32_t c;
	} v[] = {
		{ "a", 1, 'a' },
		{ "\xc2\x9b", 2, 0x9b },
		{ "\xe2\x80\xae", 3, 0x202e },
		{ "\xf0\x9f\x90\xb1", 4, 0x1f431 },
		{ "\xc0\x80", 0, 0 },         /* overlong */
		{ "\xe0\x80\x80", 0, 0 },     /* overlong */
		{ "\xed\xa0\x80", 0, 0 },     /* a surrogate */
		{ "\xf4\x90\x80\x80", 0, 0 }, /* past the last one */
		{ "\xe2\x80", 0, 0 },         /* cut */
		{ "\x9b", 0, 0 },
		{ "\xff", 0, 0 },
	};
	uint32_t c;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(v); i++) {
		assert_int_equal(
		    text_char(&c, v[i].s, strlen(v[i].s)), v[i].len);
		if (v[i].len > 0)
			assert_int_equal(c, v[i].c);
	}
	assert_int_equal(text_char(&c, "", 0), 0);
}

static void
names(void **state)
{
	static const char *const bad[] = { "a\nb", "a\x1b[2J", "a\x7f",
		"a\xc2\x9b"
		"b",
		"\xc2\x85",
		"a\xe2\x80\xae"
		"b",
		"\xe2\x81\xa6x", "\xd8\x9c", "\xe2\x80\xa8", "caf\xe9",
		"\xc0\xaf",
		"\x9b"
		"31m" };
	static const char *const good[] = { "a", "caf\xc3\xa9",
		"\xe7\x8c\xab.png", "\xf0\x9f\x90\xb1",
		"\xd9\x82\xd8\xb7", /* Arabic is no control */
		"a b", "\xc2\xa0" };
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++) {
		if (text_check(bad[i]) != ERR_REFUSED)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(path_check_inside(bad[i]), ERR_REFUSED);
	}
	for (i = 0; i < LENGTH(good); i++)
		if (path_check_inside(good[i]) != 0)
			fail_msg("refused: %s", good[i]);
}

static void
tamed(void **state)
{
	static const char *const v[][2] = {
		{ "plain \xc3\xa9", "plain \xc3\xa9" },
		{ "a\tb\nc\rd", "a b?c?d" },
		{ "a\x1b[2J\x07", "a?[2J?" },
		{ "a\xc2\x9b"
		  "2J",
		    "a?2J" },
		{ "a\xe2\x80\xae"
		  "b",
		    "a?b" },
		{ "\xe9\x9b", "??" },
		{ "", "" },
	};
	char s[32];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(v); i++) {
		snprintf(s, sizeof(s), "%s", v[i][0]);
		text_tame(s);
		assert_string_equal(s, v[i][1]);
	}
}

static void
columns(void **state)
{
	static const struct {
		const char *s;
		size_t columns, fit; /* bytes of what fits into three */
	} v[] = {
		{ "", 0, 0 },
		{ "abcd", 4, 3 },
		{ "\xc3\xa9t\xc3\xa9s", 4, 5 },
		{ "e\xcc\x81xyz", 4, 5 },
		{ "\xe7\x8c\xab\xe7\x8c\xab", 4, 3 },
		{ "\xff\xff", 2, 2 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(v); i++) {
		assert_int_equal(text_columns(v[i].s), v[i].columns);
		assert_int_equal(text_fit(v[i].s, 3), v[i].fit);
	}
}

static const char *
lenet_or(const void *ctx, size_t i)
{
	return i == 0 ? ctx : "lenet";
}

/* What is no word is near to none. */
static void
near(void **state)
{
	char word[400];

	(void)state;
	assert_string_equal(text_near("lennet", 2, lenet_or, "vgg"), "lenet");
	assert_null(text_near("quux", 2, lenet_or, "vgg"));
	for (size_t n = 60; n < sizeof(word); n++) {
		memset(word, 'x', n);
		word[n] = '\0';
		assert_null(text_near(word, 2, lenet_or, "vgg"));
	}
}

/* Nothing in a text becomes markup. */
static void
markup(void **state)
{
	const char *text = "a<b> & \"c\" 'd'\x01\xff\xc3\xa9";
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(buf_add_xml(&b, text, strlen(text)), 0);
	assert_string_equal(b.data,
	    "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; \xef\xbf\xbd\xc3\xa9");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters),
		cmocka_unit_test(names),
		cmocka_unit_test(tamed),
		cmocka_unit_test(columns),
		cmocka_unit_test(near),
		cmocka_unit_test(markup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
