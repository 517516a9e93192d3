/* Charts: what is chosen for them, and that lines are where the numbers are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "../tmp.h"
#include "base/err.h"
#include "image/image.h"
#include "plot/chart.h"

static void
add(struct plot_data *d, const char *run, const char *name, double x, double y)
{
	plot_add(d, run, name,
	    &(struct plot_point){
		.x = { [PLOT_ITER] = x, [PLOT_EPOCH] = NAN, [PLOT_TIME] = NAN },
		.y = y });
}

static void
usual_series(void **state)
{
	static struct chart c;
	struct plot_data d;

	(void)state;
	plot_data_init(&d);
	c.runs = 1;
	for (int i = 0; i < 3; i++) {
		add(&d, "m", "loss", i, 3 - i);
		add(&d, "m", "learning rate", i, 0.1);
		add(&d, "m", "images/s", i, 100 + i);
		add(&d, "m", "val accuracy", i, i / 4.0);
	}
	assert_int_equal(chart_choose(&c, &d, NULL, 0), 0);
	assert_int_equal(c.panes, 1); /* a rate that stays is not shown */
	assert_int_equal(c.pane[0].n, 2);
	assert_true(chart_two_axes(&c.pane[0]));
	add(&d, "m", "learning rate", 3, 0.01);
	assert_int_equal(chart_choose(&c, &d, NULL, 0), 0);
	assert_int_equal(c.panes, 2);
	assert_string_equal(c.pane[1].v[0]->name, "learning rate");
	assert_int_equal(
	    chart_choose(&c, &d, (const char *[]){ "val*,loss", "*/s" }, 2), 0);
	assert_string_equal(c.pane[0].v[0]->name, "val accuracy");
	assert_string_equal(c.pane[1].v[0]->name, "images/s");
	assert_int_equal(
	    chart_choose(&c, &d, (const char *[]){ "speed" }, 1), ERR_MISSING);
	/* figures of validations, but not those of each class */
	for (int i = 0; i < 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "val ap50/c%d", i);
		add(&d, "m", name, 0, 0.5);
	}
	add(&d, "m", "val ap50", 0, 0.5);
	assert_int_equal(chart_choose(&c, &d, NULL, 0), 0);
	assert_int_equal(c.pane[0].n, 3);
	assert_string_equal(c.pane[0].v[2]->name, "val ap50");
	plot_data_clear(&d);
}

/* The rows of pixels of that colour in the column x: the first and the last. */
static int
rows(const struct image *im, int x, uint32_t colour, int *first, int *last)
{
	int n = 0;

	for (int y = 40; y < im->height; y++) {
		const uint8_t *p =
		    im->data + 3 * ((size_t)y * (size_t)im->width + (size_t)x);

		if (((uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]) !=
		    colour)
			continue;
		*first = n++ == 0 ? y : *first;
		*last = y;
	}
	return n;
}

/* From 4 at the upper left by 2 in the middle to 0 at the lower right. */
static void
lines_are_where_numbers_are(void **state)
{
	static struct chart c;
	struct plot_data d;
	struct image im;
	int x0 = -1, x1 = -1, top[3], low[3];

	(void)state;
	plot_data_init(&d);
	image_init(&im);
	for (int i = 0; i < 5; i++)
		add(&d, "m", "loss", i, 4 - i);
	c.runs = 1;
	c.w = 400;
	c.h = 300;
	c.x = PLOT_ITER;
	assert_int_equal(chart_choose(&c, &d, NULL, 0), 0);
	assert_int_equal(chart_write(&c, tmp_path("a.png"), 1), 0);
	assert_int_equal(image_read(&im, tmp_path("a.png"), 0), 0);
	for (int x = 0; x < im.width; x++)
		if (rows(&im, x, chart_colour(&c, &d.v[0]), &top[0], &low[0])) {
			x0 = x0 < 0 ? x : x0;
			x1 = x;
		}
	assert_true(x0 > 20 && x0 < 80 && x1 > 360 && x1 < 400);
	for (int i = 0; i < 3; i++) {
		int x = x0 + 4 + (x1 - x0 - 8) * i / 2;
		int from = 0, to = 0;

		/* a line one pixel wide need not have the whole colour in each
		 * column */
		for (int k = -3; k <= 3; k++)
			if (rows(&im, x + k, chart_colour(&c, &d.v[0]), &from,
				&to))
				break;
		assert_true(to > 0);
		top[i] = from;
		low[i] = to;
	}
	assert_true(top[0] > 20 && top[0] < 60 && low[2] > 200);
	assert_true(abs((top[0] + low[2]) / 2 - (top[1] + low[1]) / 2) < 6);
	image_clear(&im);
	plot_data_clear(&d);
}

static void
characters(void **state)
{
	static struct chart c;
	struct plot_data d;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	plot_data_init(&d);
	for (int i = 0; i <= 10; i++) {
		add(&d, "m", "loss", i, 10 - i);
		add(&d, "m", "val accuracy", i, i / 10.0);
	}
	c.runs = 1;
	c.x = PLOT_ITER;
	assert_int_equal(chart_choose(&c, &d, NULL, 0), 0);
	assert_int_equal(chart_print(&c, f, 60, 20, false), 0);
	fclose(f);
	assert_non_null(strstr(text, "* loss  o val accuracy (right)\n"));
	assert_non_null(strstr(text, "10 |**"));
	assert_non_null(strstr(text, "oo| 100 %\n"));
	assert_non_null(strstr(text, "0 |oo"));
	assert_null(strstr(text, "\033"));
	free(text);
	plot_data_clear(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(usual_series),
		cmocka_unit_test(lines_are_where_numbers_are),
		cmocka_unit_test(characters) };

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
