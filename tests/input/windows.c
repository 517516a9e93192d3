/* Windows and their context: what is cut stays in the picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "input/windows.h"

static void
inside(const struct cut *c, int width, int height, int crop)
{
	assert_true(c->x >= 0 && c->y >= 0 && c->w >= 1 && c->h >= 1);
	assert_true(c->x + c->w <= width && c->y + c->h <= height);
	assert_true(c->pad_x >= 0 && c->pad_x + c->to_w <= crop);
	assert_true(c->pad_y >= 0 && c->pad_y + c->to_h <= crop);
}

static void
context_is_cut_at_the_edges(void **state)
{
	const struct window w = { .x1 = 0, .y1 = 10, .x2 = 19, .y2 = 29 };
	struct cut c;

	(void)state;
	assert_int_equal(window_cut(&c, &w, 100, 50, 40, 10, 0, 0), 0);
	inside(&c, 100, 50, 40);
	assert_int_equal(c.x, 0);
	assert_true(c.pad_x > 0);
}

/* Scales and places that would not fit an int. */
static void
context_wider_than_numbers(void **state)
{
	const struct window big = {
		.x1 = -(1 << 20), .y1 = 0, .x2 = 1 << 20, .y2 = 9
	};
	const struct window dot = { .x1 = 5, .y1 = 5, .x2 = 5, .y2 = 5 };
	struct cut c;

	(void)state;
	for (int mirror = 0; mirror < 2; mirror++)
		for (int square = 0; square < 2; square++) {
			if (window_cut(&c, &big, 10, 10, 16384, 8191, square,
				mirror) == 0)
				inside(&c, 10, 10, 16384);
			assert_int_equal(window_cut(&c, &dot, 10, 10, 16384,
					     8191, square, mirror),
			    0);
			inside(&c, 10, 10, 16384);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(context_is_cut_at_the_edges),
		cmocka_unit_test(context_wider_than_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
