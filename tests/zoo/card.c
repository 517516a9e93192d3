/* readme.md cards: a gist's id goes in, and nothing else changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "zoo/card.h"

static void
gets_a_gist(void **state)
{
	static const char *const cases[][2] = {
		{ "---\nname: a\n---\nWords.\n",
		    "---\nname: a\ngist_id: 0a\n---\nWords.\n" },
		{ "---\nname: a\ngist_id: ff\n---\n",
		    "---\nname: a\ngist_id: 0a\n---\n" },
		{ "---\nGist_Id: ff\n---\n", "---\ngist_id: 0a\n---\n" },
		{ "---\ngist_id:ff\n---\n", "---\ngist_id: 0a\n---\n" },
		/* without a line's end at the end */
		{ "---\nname: a", "---\nname: a\ngist_id: 0a\n" },
		{ "name: a", "name: a\ngist_id: 0a\n" },
		{ "---", "---\ngist_id: 0a\n" },
		{ "Words.", "---\ngist_id: 0a\n---\nWords." },
		/* a byte order mark stays where it is */
		{ "\xef\xbb\xbf---\nname: a\n---\n",
		    "\xef\xbb\xbf---\nname: a\ngist_id: 0a\n---\n" },
		{ "\xef\xbb\xbfWords.",
		    "\xef\xbb\xbf---\ngist_id: 0a\n---\nWords." },
	};
	struct card c;
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *text = cases[i][0];

		assert_int_equal(card_parse(&c, text, strlen(text), "t"), 0);
		buf_init(&b, 1000);
		assert_int_equal(card_with_gist(&b, &c, "0a"), 0);
		assert_string_equal(buf_str(&b), cases[i][1]);
		buf_clear(&b);
		card_clear(&c);
	}
}

/* As the gists of VGG's and others' nets have it. */
static void
as_they_are_met(void **state)
{
	static const char text[] =
	    "## Information\r\n\r\nname: 16-layer model: \"Very Deep\"\r\n\r\n"
	    "# where it is\r\n  caffemodel: VGG_16\r\n\r\n"
	    "\tcaffemodel_url: [here](http://a/VGG_16.caffemodel?x=1)\r\n"
	    "license: <http://a/>\r\n gist_id: 0a\r\n\r\n"
	    "## Description\r\n\r\nThe model: it is\r\nsha1: no\r\n";
	struct card c;
	struct buf b;

	(void)state;
	assert_int_equal(card_parse(&c, text, strlen(text), "t"), 0);
	assert_string_equal(c.name, "16-layer model: \"Very Deep\"");
	assert_string_equal(c.caffemodel, "VGG_16");
	assert_string_equal(c.caffemodel_url, "http://a/VGG_16.caffemodel?x=1");
	assert_string_equal(c.license, "http://a/");
	assert_string_equal(c.gist_id, "0a");
	assert_null(c.sha1);
	buf_init(&b, 1000);
	assert_int_equal(card_with_gist(&b, &c, "0b"), 0);
	assert_non_null(strstr(buf_str(&b), "\n gist_id: 0b\n"));
	assert_null(strstr(buf_str(&b), "0a"));
	buf_clear(&b);
	card_clear(&c);
}

/* What follows a NUL byte would be lost when the gist's id is written. */
static void
refuses_what_is_no_text(void **state)
{
	struct card c = { 0 };

	(void)state;
	assert_int_equal(
	    card_parse(&c, "---\nname: a\0\n---\n", 17, "t"), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "NUL"));
	card_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gets_a_gist),
		cmocka_unit_test(as_they_are_met),
		cmocka_unit_test(refuses_what_is_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
