/* The policies against values worked out from the formulas of Caffe's
 * sgd_solver.cpp, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "train/rate.h"

static Caffe__SolverParameter *
solver(const char *text)
{
	Caffe__SolverParameter *s = NULL;

	assert_int_equal(
	    caffe_solver_parse(&s, text, strlen(text), "test") < 0, 0);
	return s;
}

static void
formulas(void **state)
{
	static const struct {
		const char *text;
		int64_t it;
		double want;
	} cases[] = {
		{ "lr_policy: 'fixed'", 99, 1 },
		{ "lr_policy: 'step' gamma: 0.5 stepsize: 10", 9, 1 },
		{ "lr_policy: 'step' gamma: 0.5 stepsize: 10", 10, 0.5 },
		{ "lr_policy: 'step' gamma: 0.5 stepsize: 10", 35, 0.125 },
		{ "lr_policy: 'exp' gamma: 0.9", 3, 0.729 },
		{ "lr_policy: 'inv' gamma: 0.1 power: 0.5", 30, 0.5 },
		{ "lr_policy: 'multistep' gamma: 0.1 stepvalue: 5 stepvalue: 8",
		    4, 1 },
		{ "lr_policy: 'multistep' gamma: 0.1 stepvalue: 5 stepvalue: 8",
		    5, .1 },
		{ "lr_policy: 'multistep' gamma: 0.1 stepvalue: 5 stepvalue: 8",
		    9, .01 },
		{ "lr_policy: 'poly' power: 2 max_iter: 100", 50, 0.25 },
		{ "lr_policy: 'poly' power: 2 max_iter: 100", 100, 0 },
		{ "lr_policy: 'sigmoid' gamma: -0.1 stepsize: 50", 50, 0.5 },
		{ "lr_policy: 'sigmoid' gamma: -0.1 stepsize: 50", 0,
		    0.9933071490757153 },
		{ "lr_policy: 'cosine' max_iter: 100", 50, 0.5 },
		{ "lr_policy: 'cosine' max_iter: 100", 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		Caffe__SolverParameter *s = solver(cases[i].text);

		s->has_base_lr = 1;
		s->base_lr = 0.2f;
		assert_int_equal(rate_check(s), 0);
		if (fabs(rate_at(s, cases[i].it, 0) - 0.2 * cases[i].want) >
		    1e-7)
			fail_msg("%s at %d: %g", cases[i].text,
			    (int)cases[i].it,
			    (double)rate_at(s, cases[i].it, 0));
		caffe_msg_free(s);
	}
}

static void
warmup(void **state)
{
	Caffe__SolverParameter *s = solver("base_lr: 1 lr_policy: 'fixed'");

	(void)state;
	assert_float_equal(rate_at(s, 0, 10), 0.1, 1e-7);
	assert_float_equal(rate_at(s, 9, 10), 1, 1e-7);
	assert_float_equal(rate_at(s, 10, 10), 1, 1e-7);
	caffe_msg_free(s);
}

static void
refused(void **state)
{
	static const char *const bad[] = {
		"base_lr: 1",
		"base_lr: 1 lr_policy: 'stepp'",
		"lr_policy: 'fixed'",
		"base_lr: 1 lr_policy: 'step' gamma: 0.1",
		"base_lr: 1 lr_policy: 'step' stepsize: 3",
		"base_lr: 1 lr_policy: 'poly' power: 1",
		"base_lr: 1 lr_policy: 'multistep' gamma: 0.1",
		"base_lr: 1 lr_policy: 'multistep' gamma: 0.1 stepvalue: 8 "
		"stepvalue: 5",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		Caffe__SolverParameter *s = solver(bad[i]);

		if (rate_check(s) != ERR_FORMAT)
			fail_msg("accepted: %s", bad[i]);
		caffe_msg_free(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formulas),
		cmocka_unit_test(warmup),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
