/* Include and exclude rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"

/* Is a layer with these rules in?  stages: "a b". */
static int
in(const char *rules, Caffe__Phase phase, int level, const char *a,
    const char *b)
{
	const char *const stages[] = { a, b, NULL };
	Caffe__NetState *s = caffe_state_new(phase, level, stages);
	Caffe__NetParameter *n, *out;
	char text[512];
	int rc;

	snprintf(text, sizeof(text),
	    "name: 'n' layer { name: 'x' %s } "
	    "layer { name: 'y' }",
	    rules);
	assert_int_equal(caffe_net_parse(&n, text, strlen(text), "t"), 0);
	rc = caffe_net_filter(&out, n, s);
	if (rc == 0) {
		assert_string_equal(out->name, "n");
		assert_true(caffe_msg_equal(out->state, s));
		assert_string_equal(out->layer[out->n_layer - 1]->name, "y");
		rc = out->n_layer == 2;
		caffe_msg_free(out);
	}
	caffe_msg_free(n);
	caffe_msg_free(s);
	return rc;
}

static void
rules(void **state)
{
	const Caffe__Phase train = CAFFE__PHASE__TRAIN;
	const Caffe__Phase test = CAFFE__PHASE__TEST;

	(void)state;
	assert_int_equal(in("", train, 0, NULL, NULL), 1);
	assert_int_equal(in("include { phase: TRAIN }", train, 0, 0, 0), 1);
	assert_int_equal(in("include { phase: TRAIN }", test, 0, 0, 0), 0);
	assert_int_equal(in("exclude { phase: TRAIN }", test, 0, 0, 0), 1);
	assert_int_equal(in("exclude { phase: TRAIN }", train, 0, 0, 0), 0);
	assert_int_equal(in("include { }", test, 0, 0, 0), 1);
	assert_int_equal(in("exclude { }", test, 0, 0, 0), 0);
	/* one of several */
	assert_int_equal(in("include { stage: 'a' } include { stage: 'b' }",
			     test, 0, "b", 0),
	    1);
	/* all stages of one rule */
	assert_int_equal(
	    in("include { stage: 'a' stage: 'b' }", test, 0, "b", 0), 0);
	assert_int_equal(
	    in("include { stage: 'a' stage: 'b' }", test, 0, "b", "a"), 1);
	assert_int_equal(in("include { not_stage: 'a' }", test, 0, "b", 0), 1);
	assert_int_equal(
	    in("include { not_stage: 'a' }", test, 0, "b", "a"), 0);
	assert_int_equal(
	    in("include { min_level: 1 max_level: 3 }", test, 0, 0, 0), 0);
	assert_int_equal(
	    in("include { min_level: 1 max_level: 3 }", test, 1, 0, 0), 1);
	assert_int_equal(
	    in("include { min_level: 1 max_level: 3 }", test, 3, 0, 0), 1);
	assert_int_equal(
	    in("include { min_level: 1 max_level: 3 }", test, 4, 0, 0), 0);
	assert_int_equal(
	    in("include { min_level: -2 max_level: -1 }", test, -1, 0, 0), 1);
	assert_int_equal(
	    in("include { } exclude { }", test, 0, 0, 0), ERR_FORMAT);
	assert_string_equal(
	    err_text(), "layer x has both include and exclude rules");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rules) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
