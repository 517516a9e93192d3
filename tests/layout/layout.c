/* Layouts: ranks, crossings of graphs whose number is known, and that nothing stands
 * on anything else, of many graphs drawn at random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "layout/layout.h"

enum { BOXES = 64, LINES = 256 };

static struct layout_box box[BOXES];
static struct layout_line line[LINES];
static struct layout l;

/* n boxes of 40 x 20. */
static void
begin(size_t n)
{
	memset(box, 0, sizeof(box));
	for (size_t i = 0; i < n; i++)
		box[i] = (struct layout_box){ .w = 40, .h = 20 };
	l = (struct layout){ .box = box, .nboxes = n, .line = line };
}

static void
join(int from, int to, int what)
{
	line[l.nlines++] = (struct layout_line){ .from = from,
		.to = to,
		.what = what,
		.from_port = LAYOUT_ANYWHERE,
		.to_port = LAYOUT_ANYWHERE };
}

static void
run(void)
{
	if (layout_run(&l) < 0)
		fail_msg("%s", err_text());
}

/* ---- what must hold of every layout ----------------------------------------- */

static void
check_boxes(void)
{
	for (size_t i = 0; i < l.nboxes; i++) {
		const struct layout_box *a = &box[i];

		assert_true(a->x >= -1e-6 && a->x + a->w <= l.w + 1e-6);
		assert_true(a->y >= -1e-6 && a->y + a->h <= l.h + 1e-6);
		for (size_t k = 0; k < i; k++) {
			const struct layout_box *b = &box[k];

			if (a->x < b->x + b->w + l.gap_x - 1e-6 &&
			    b->x < a->x + a->w + l.gap_x - 1e-6 &&
			    a->rank == b->rank)
				fail_msg(
				    "boxes %zu and %zu are too near", k, i);
			if (a->rank < b->rank &&
			    a->y + a->h + l.gap_y > b->y + 1e-6)
				fail_msg("box %zu is not above %zu", i, k);
		}
	}
}

/* Points of a line inside a box, of all but its ends. */
static void
check_point(size_t k, double x, double y)
{
	for (size_t i = 0; i < l.nboxes; i++) {
		const struct layout_box *b = &box[i];

		if (x > b->x + 0.1 && x < b->x + b->w - 0.1 && y > b->y + 0.1 &&
		    y < b->y + b->h - 0.1)
			fail_msg("line %zu goes through box %zu", k, i);
	}
}

static void
check_line(size_t k)
{
	const struct layout_line *x = &line[k];
	const struct layout_box *to = &box[x->to];
	const double *end = &x->xy[2 * (x->n - 1)];

	assert_int_equal(x->n % 3, 1);
	assert_true(end[0] >= to->x && end[0] <= to->x + to->w);
	assert_float_equal(end[1], to->y, 1e-6);
	for (size_t i = 0; i + 3 < x->n; i += 3) {
		const double *p = &x->xy[2 * i];

		for (int s = 0; s <= 16; s++) {
			const double t = s / 16.0, u = 1 - t;
			double q[2];

			for (int c = 0; c < 2; c++)
				q[c] = u * u * u * p[c] +
				    3 * u * u * t * p[c + 2] +
				    3 * u * t * t * p[c + 4] +
				    t * t * t * p[c + 6];
			check_point(k, q[0], q[1]);
		}
	}
}

static void
check_all(void)
{
	check_boxes();
	for (size_t k = 0; k < l.nlines; k++) {
		assert_true(box[line[k].from].rank < box[line[k].to].rank);
		if (line[k].n > 0)
			check_line(k);
	}
}

/* Of lines between boxes of neighbouring ranks. */
static size_t
count_crossings(void)
{
	size_t n = 0;

	for (size_t i = 0; i < l.nlines; i++)
		for (size_t k = 0; k < i; k++) {
			const double a =
			    box[line[i].from].x - box[line[k].from].x;
			const double b = box[line[i].to].x - box[line[k].to].x;

			n += a * b < 0 &&
			    box[line[i].from].rank == box[line[k].from].rank;
		}
	return n;
}

/* ---- tests ------------------------------------------------------------------ */

static void
ranks(void **state)
{
	static const int want[] = { 0, 1, 2, 3, 2, 4 };

	(void)state;
	begin(6);
	join(0, 1, 0);
	join(1, 2, 0);
	join(2, 3, 0);
	join(0, 3, 0); /* passes two ranks */
	join(4, 3, 0); /* read from late: it stands right above */
	join(3, 5, 0);
	run();
	for (int i = 0; i < 6; i++)
		assert_int_equal(box[i].rank, want[i]);
	check_all();
	layout_clear(&l);
	assert_null(line[0].xy);
}

static void
edges(void **state)
{
	(void)state;
	begin(5);
	box[0].pin = LAYOUT_TOP;
	box[3].pin = box[4].pin = LAYOUT_BOTTOM;
	box[0].h = box[3].h = box[4].h = 0;
	join(1, 2, 0);
	join(0, 2, 0);
	join(2, 3, 0);
	join(1, 4, 0);
	run();
	assert_int_equal(box[0].rank, 0);
	assert_float_equal(box[0].y, 0, 1e-9);
	assert_int_equal(box[3].rank, box[4].rank);
	assert_float_equal(box[3].y, l.h, 1e-9);
	check_all();
	layout_clear(&l);
	begin(0);
	run();
	assert_float_equal(l.w + l.h, 0, 0);
}

/* A chain is straight, whatever the widths; so is what passes beside it. */
static void
straight(void **state)
{
	(void)state;
	begin(6);
	for (int i = 0; i < 6; i++)
		box[i].w = 20 + 13 * (i % 3);
	for (int i = 1; i < 6; i++)
		join(i - 1, i, 0);
	join(0, 5, 1);
	run();
	for (int i = 2; i < 5; i++)
		assert_float_equal(
		    box[i].x + box[i].w / 2, box[1].x + box[1].w / 2, 1e-6);
	assert_int_equal(line[1].n, 4);
	assert_int_equal(l.crossings, 0);
	check_all();
	layout_clear(&l);
}

/* One thing is one line as long as it can be. */
static void
shared(void **state)
{
	(void)state;
	begin(5);
	for (int i = 1; i < 5; i++)
		join(i - 1, i, 0);
	join(0, 3, 0);
	join(0, 4, 0);
	join(0, 4, 0); /* read twice */
	run();
	assert_int_equal(line[6].n, 0);
	assert_true(line[4].n > 0 && line[5].n > 0);
	/* The way to box 4 begins where that to box 3 has left it. */
	assert_true(line[5].xy[1] > box[1].y);
	check_all();
	layout_clear(&l);
}

static size_t
crossings_of(void)
{
	size_t n;

	run();
	check_all();
	n = l.crossings;
	assert_int_equal(n, count_crossings());
	layout_clear(&l);
	return n;
}

static void
crossings(void **state)
{
	(void)state;
	begin(4); /* two lines, crossed as they are given */
	join(0, 3, 0);
	join(1, 2, 0);
	assert_int_equal(crossings_of(), 0);
	begin(4); /* K(2, 2) */
	for (int i = 0; i < 4; i++)
		join(i / 2, 2 + i % 2, i);
	assert_int_equal(crossings_of(), 1);
	begin(6); /* K(3, 3) in two ranks */
	for (int i = 0; i < 9; i++)
		join(i / 3, 3 + i % 3, i);
	assert_int_equal(crossings_of(), 9);
	begin(15); /* a tree, its leaves in disorder */
	for (int i = 1; i < 7; i++)
		join((i - 1) / 2, i, 0);
	for (int i = 0; i < 8; i++)
		join(3 + i % 4, 7 + i, 0);
	assert_int_equal(crossings_of(), 0);
	begin(12); /* a ring of 6 above and 6 below: each with the next */
	for (int i = 0; i < 6; i++) {
		join(i, 6 + i, 0);
		if (i > 0)
			join(i, 5 + i, 0);
	}
	assert_int_equal(crossings_of(), 0);
}

/* As counted one by one, of graphs in two ranks. */
static void
counted(void **state)
{
	struct rng r;

	(void)state;
	rng_init(&r, 7, 0);
	for (int k = 0; k < 50; k++) {
		begin(20);
		for (int i = 0; i < 20; i++)
			box[i].w = 10 + (double)rng_below(&r, 50);
		for (int i = 0; i < 10; i++)
			for (int j = 10; j < 20; j++)
				if (rng_below(&r, 4) == 0)
					join(i, j, 0);
		/* ranks that are two for all */
		for (int i = 0; i < 20; i++)
			box[i].pin = i < 10 ? LAYOUT_TOP : LAYOUT_BOTTOM;
		crossings_of();
	}
}

static void
any(void **state)
{
	struct layout_box first[BOXES];
	struct rng r;

	(void)state;
	rng_init(&r, 1, 0);
	for (int k = 0; k < 300; k++) {
		const size_t n = 2 + rng_below(&r, BOXES - 2);

		begin(n);
		for (size_t i = 0; i < n; i++) {
			box[i].w = 1 + (double)rng_below(&r, 90);
			box[i].h = (double)rng_below(&r, 60);
			if (rng_below(&r, 5) == 0)
				box[i].anchor = box[i].w * 0.8;
		}
		for (size_t i = 1; i < n && l.nlines < LINES - 4; i++)
			for (uint64_t j = rng_below(&r, 4); j > 0; j--)
				join((int)rng_below(&r, i), (int)i,
				    (int)rng_below(&r, 2));
		run();
		check_all();
		memcpy(first, box, sizeof(box));
		run();
		assert_memory_equal(first, box, sizeof(box));
		layout_clear(&l);
	}
}

/* As many layers as a net may have, and a label that passes all of them. */
static void
long_chain(void **state)
{
	enum { MANY = 10000 };
	struct layout_box *b = mem_array(struct layout_box, MANY);
	struct layout_line *v = mem_array(struct layout_line, 3 * MANY);
	struct layout big = { .box = b, .nboxes = MANY, .line = v };

	(void)state;
	for (int i = 0; i < MANY; i++)
		b[i] = (struct layout_box){ .w = 30, .h = 10 };
	for (int i = 1; i < MANY; i++) {
		v[big.nlines++] = (struct layout_line){ i - 1, i, 0,
			LAYOUT_ANYWHERE, LAYOUT_ANYWHERE, NULL, 0 };
		v[big.nlines++] = (struct layout_line){ 0, i, 1,
			LAYOUT_ANYWHERE, LAYOUT_ANYWHERE, NULL, 0 };
	}
	assert_int_equal(layout_run(&big), 0);
	assert_int_equal(b[MANY - 1].rank, MANY - 1);
	layout_clear(&big);
	/* All to the last: more places than are allowed. */
	for (int i = 1; i < MANY - 1; i++)
		v[2 * i - 1] = (struct layout_line){ i, MANY - 1, 1,
			LAYOUT_ANYWHERE, LAYOUT_ANYWHERE, NULL, 0 };
	assert_int_equal(layout_run(&big), ERR_RANGE);
	assert_non_null(strstr(err_text(), "the most is"));
	layout_clear(&big);
	mem_free(b);
	mem_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranks),
		cmocka_unit_test(edges),
		cmocka_unit_test(straight),
		cmocka_unit_test(shared),
		cmocka_unit_test(crossings),
		cmocka_unit_test(counted),
		cmocka_unit_test(any),
		cmocka_unit_test(long_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
