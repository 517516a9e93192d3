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
		cmocka_unit_test(refuses_what_is_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
