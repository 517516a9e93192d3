/* Devices by name, what is said of names that are none, and the list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "device/device.h"

static void
test_names(void **state)
{
	static const char *const good[] = { "ref", "cpu", "auto", NULL };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct device *d;

		assert_int_equal(device_open(&d, good[i], NULL), 0);
		assert_true(strlen(d->name) > 0);
		assert_string_equal(d->fallback->name, "ref");
		device_close(d);
	}
	device_close(NULL);
}

static void
test_bad_names(void **state)
{
	static const char *const bad[] = { "", "gpu", "cpux", "ref:0",
		"cuda:", "cuda:x", "cuda:-1", "cuda:99" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct device *d;

		assert_true(device_open(&d, bad[i], NULL) < 0);
		assert_null(d);
		assert_true(strlen(err_text()) > 0);
	}
}

/* The environment chooses for "auto", and is named when it is wrong. */
static void
test_environment(void **state)
{
	struct device *d;

	(void)state;
	setenv("NNUTILS_DEVICE", "ref", 1);
	assert_int_equal(device_open(&d, "auto", NULL), 0);
	assert_string_equal(d->backend->name, "ref");
	device_close(d);
	setenv("NNUTILS_DEVICE", "abacus", 1);
	assert_int_equal(device_open(&d, "auto", NULL), ERR_DEVICE);
	assert_non_null(strstr(err_text(), "NNUTILS_DEVICE"));
	assert_non_null(strstr(err_text(), "abacus"));
	setenv("NNUTILS_DEVICE", "auto", 1);
	assert_int_equal(device_open(&d, "auto", NULL), 0);
	device_close(d);
	unsetenv("NNUTILS_DEVICE");
}

/* A machine without the module says what to do. */
static void
test_no_module(void **state)
{
	struct device *d;

	(void)state;
	setenv("NNUTILS_MODULES", "/nonexistent", 1);
	if (device_open(&d, "cuda", NULL) == 0) {
		device_close(d);
		skip();
	}
	assert_int_equal(device_open(&d, "cuda:1", NULL), ERR_DEVICE);
	assert_null(d);
	unsetenv("NNUTILS_MODULES");
}

static void
test_list(void **state)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	assert_int_equal(device_list(f, PROG_FMT_TSV), 0);
	assert_int_equal(fclose(f), 0);
	assert_non_null(strstr(text, "cpu\t"));
	assert_non_null(strstr(text, "ref\tplain loops\t\t1\t\t\t\t\n"));
	free(text);
}

/* Plans of one device do not share parameters with another's. */
static void
test_share_across(void **state)
{
	struct graph *g = graph_new();
	struct plan_opts o = { .precision = PRECISION_FP32 };
	struct device *a, *b;
	struct plan *p, *q;

	(void)state;
	assert_int_equal(device_open(&a, "ref", NULL), 0);
	assert_int_equal(device_open(&b, "ref", NULL), 0);
	assert_int_equal(device_plan(a, &p, g, NULL), 0);
	o.share = p;
	assert_int_equal(device_plan(b, &q, g, &o), ERR_DEVICE);
	assert_null(q);
	plan_free(p);
	plan_free(NULL);
	device_close(a);
	device_close(b);
	graph_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_no_module),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_share_across),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
