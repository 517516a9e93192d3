/* Confusion matrix, top-1 and top-5, mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "infer/tally.h"

static const char *const names[] = { "cat", "dog", "owl" };

/* truth, then the order of the answer and the score of its first. */
static void
add(struct tally *t, const char *name, int truth, int a, int b, int c, float s)
{
	float scores[3] = { 0 };
	int order[] = { a, b, c };

	scores[a] = s;
	tally_add(t, name, truth, order, 3, scores);
}

static void
fill(struct tally *t)
{
	assert_int_equal(tally_init(t, 3, 2, 3), 0);
	add(t, "1", 0, 0, 1, 2, 0.9f);
	add(t, "2", 0, 1, 0, 2, 0.6f);
	add(t, "3", 1, 1, 0, 2, 0.8f);
	add(t, "4", 2, 0, 1, 2, 0.7f);
	add(t, "5", 2, 1, 0, 2, 0.95f);
	add(t, "6", 7, 1, 0, 2, 0.95f);
}

static void
counts(void **state)
{
	struct gate_value v[2];
	struct tally t;

	(void)state;
	fill(&t);
	assert_int_equal(t.n, 5);
	assert_int_equal(t.unknown, 1);
	assert_int_equal(tally_values(&t, v), 2);
	assert_float_equal(v[0].value, 0.4, 1e-9);
	assert_float_equal(v[1].value, 1, 1e-9);
	assert_int_equal(t.matrix[0 * 3 + 1], 1);
	assert_int_equal(t.matrix[2 * 3 + 0], 1);
	assert_int_equal(t.nworst, 2);
	assert_string_equal(t.worst[0].name, "5");
	assert_string_equal(t.worst[1].name, "4");
	tally_clear(&t);
}

/* Without a matrix any number of classes is counted. */
static void
many_classes(void **state)
{
	float scores[3] = { 0.5f, 0.3f, 0.2f };
	int order[] = { 99999, 70000, 0 };
	struct tally t;

	(void)state;
	assert_int_equal(
	    tally_init(&t, 100000, 0, TALLY_MATRIX_MAX), ERR_RANGE);
	assert_int_equal(tally_init(&t, 0, 0, 0), ERR_RANGE);
	assert_int_equal(tally_init(&t, 100000, 0, 0), 0);
	tally_add(&t, "a", 99999, order, 3, scores);
	tally_add(&t, "b", 70000, order, 3, scores);
	assert_null(t.matrix);
	assert_int_equal(t.top1, 1);
	assert_int_equal(t.top5, 2);
	assert_float_equal(tally_precision(&t, 99999), 50, 1e-9);
	assert_float_equal(tally_recall(&t, 99999), 100, 1e-9);
	assert_float_equal(tally_recall(&t, 70000), 0, 1e-9);
	tally_clear(&t);
}

static void
texts(void **state)
{
	struct tally t;
	struct buf b;

	(void)state;
	fill(&t);
	buf_init(&b, 4096);
	assert_int_equal(tally_matrix_text(&b, &t, names, 3, 1), 0);
	assert_string_equal(buf_str(&b),
	    "truth\tcat\tdog\towl\taccuracy\ncat\t1\t1\t0\t50.00\n"
	    "dog\t0\t1\t0\t100.00\nowl\t1\t1\t0\t0.00\n");
	buf_reset(&b);
	assert_int_equal(tally_classes_text(&b, &t, names, 3, 1), 0);
	assert_string_equal(buf_str(&b),
	    "class\timages\tright\tprecision\trecall\ncat\t2\t1\t50.00\t50.00\n"
	    "dog\t1\t1\t33.33\t100.00\nowl\t2\t0\t0.00\t0.00\n");
	buf_clear(&b);
	tally_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(many_classes),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
