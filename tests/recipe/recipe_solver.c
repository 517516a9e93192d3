/* Solvers from percentages and epochs, with values worked by hand. */
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "base/err.h"
#include "caffe/msg.h"
#include "recipe/recipe_solver.h"

/* What model-train's options are when none is given. */
static const struct recipe_opts plain = RECIPE_OPTS_DEFAULT;

/* 1000 items in batches of 20: 50 iterations an epoch, 1500 in all. */
static Caffe__SolverParameter *
make(const struct recipe_opts *o)
{
	struct recipe r = { .batch = 20,
		.val_batch = 20,
		.train_items = 1000,
		.val_items = 90 };

	if (recipe_solver_make(&r, o) < 0)
		fail_msg("%s", err_text());
	assert_int_equal(r.iters_per_epoch, 50);
	assert_int_equal(r.max_iter, 1500);
	return r.solver;
}

/* The i-th word of "a|b|c". */
static void
word(char out[32], const char *choices, int i)
{
	for (; i > 0; i--)
		choices = strchr(choices, '|') + 1;
	snprintf(out, 32, "%.*s", (int)strcspn(choices, "|"), choices);
}

/* The options' choices are in the order of the numbers. */
static void
choices_in_order(void **state)
{
	struct recipe_opts o = plain;
	char name[32];

	(void)state;
	for (int i = 0; i <= RECIPE_LAMB; i++) {
		Caffe__SolverParameter *s;

		o.solver = i;
		s = make(&o);
		word(name, RECIPE_SOLVERS, i);
		assert_int_equal(strcasecmp(s->type, name), 0);
		caffe_msg_free(s);
	}
	for (int i = 0; i <= RECIPE_COSINE; i++) {
		Caffe__SolverParameter *s;

		o.policy = i;
		s = make(&o);
		word(name, RECIPE_POLICIES, i);
		assert_string_equal(s->lr_policy, name);
		caffe_msg_free(s);
	}
}

static void
by_default(void **state)
{
	Caffe__SolverParameter *s = make(&plain);

	(void)state;
	assert_true(s->momentum == 0.9f && s->weight_decay == 0.0005f);
	assert_true(s->has_gamma && s->gamma == 0.1f && !s->has_power);
	assert_int_equal(s->stepsize, 495); /* 33 % of 1500 */
	assert_int_equal(s->test_interval, 50);
	assert_int_equal(s->test_iter[0], 5); /* 90 items in 20s */
	assert_int_equal(s->snapshot, 50);
	assert_false(s->has_clip_gradients || s->has_momentum2 || s->has_delta);
	caffe_msg_free(s);
}

/* Factors per percent become factors per iteration: 1500 / 100 = 15. */
static void
policies(void **state)
{
	struct recipe_opts o = plain;
	Caffe__SolverParameter *s;

	(void)state;
	o.policy = RECIPE_EXP;
	s = make(&o);
	assert_true(s->gamma == (float)pow(0.95, 1 / 15.0));
	caffe_msg_free(s);
	o.policy = RECIPE_INV;
	s = make(&o);
	assert_true(s->gamma == (float)(0.1 / 15) && s->power == 0.5f);
	caffe_msg_free(s);
	o.policy = RECIPE_SIGMOID;
	s = make(&o);
	assert_true(s->gamma == (float)(-0.1 / 15) && s->stepsize == 750);
	caffe_msg_free(s);
	o.policy = RECIPE_MULTISTEP;
	s = make(&o);
	assert_int_equal(s->n_stepvalue, 2);
	assert_int_equal(s->stepvalue[0], 750);
	assert_int_equal(s->stepvalue[1], 1275);
	caffe_msg_free(s);
}

static void
what_a_solver_takes(void **state)
{
	struct recipe_opts o = plain;
	Caffe__SolverParameter *s;

	(void)state;
	o.solver = RECIPE_RMSPROP;
	s = make(&o);
	assert_true(!s->has_momentum && s->rms_decay == 0.99f);
	caffe_msg_free(s);
	o.solver = RECIPE_ADAM;
	o.momentum2 = 0.95;
	s = make(&o);
	assert_true(s->has_momentum && s->momentum2 == 0.95f);
	assert_false(s->has_rms_decay);
	caffe_msg_free(s);
}

/* Parts of an iteration are one more; none at all is refused, as is what a
 * solver cannot hold. */
static void
epochs_to_iterations(void **state)
{
	int64_t n;

	(void)state;
	assert_int_equal(recipe_iterations(&n, 1.5, 62.5), 0);
	assert_int_equal(n, 94); /* 93.75 */
	assert_int_equal(recipe_iterations(&n, 1e-6, 50), 0);
	assert_int_equal(n, 1);
	assert_int_equal(recipe_iterations(&n, 1, INT_MAX), 0);
	assert_int_equal(n, INT_MAX);
	assert_int_equal(recipe_iterations(&n, 1e6, 1e4), ERR_USAGE);
	assert_non_null(strstr(err_text(), "1e+06 epochs of 10000 iterations"));
	assert_int_equal(recipe_iterations(&n, 1, 0), ERR_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(choices_in_order),
		cmocka_unit_test(by_default),
		cmocka_unit_test(policies),
		cmocka_unit_test(what_a_solver_takes),
		cmocka_unit_test(epochs_to_iterations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
