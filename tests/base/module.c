/* Modules: found, missing, broken, and one sentence of errors for all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/module.h"
#include "base/path.h"
#include "caffe/hdf5_ops.h"
#include "file/file.h"

#define HDF5 "caffe_hdf5_ops"

static void
test_found(void **state)
{
	void *a, *b;

	(void)state;
	if (module_find(&a, "hdf5", HDF5, CAFFE_HDF5_ABI) < 0)
		fail_msg("%s", err_text());
	assert_int_equal(module_find(&b, "hdf5", HDF5, CAFFE_HDF5_ABI), 0);
	assert_ptr_equal(a, b);
	assert_int_equal(module_find(&b, "hdf5", "nothing", 1), ERR_MISSING);
	assert_non_null(strstr(err_text(), "nnutils-hdf5.so has no nothing"));
	assert_int_equal(
	    module_find(&b, "hdf5", HDF5, CAFFE_HDF5_ABI + 1), ERR_MISSING);
	assert_non_null(strstr(err_text(), "of another version"));
}

/* A table of another number is not handed out. */
static void
test_version(void **state)
{
	void *p;

	(void)state;
	assert_int_equal(
	    module_find(&p, "hdf5", HDF5, CAFFE_HDF5_ABI + 1), ERR_MISSING);
	assert_non_null(strstr(err_text(), "is of another version"));
}

/* What a module says of a failure is read here, in the program. */
static void
test_one_sentence(void **state)
{
	Caffe__NetParameter *net;
	const struct caffe_hdf5_ops *ops;
	void *p;

	(void)state;
	assert_int_equal(module_find(&p, "hdf5", HDF5, CAFFE_HDF5_ABI), 0);
	ops = p;
	err_set(ERR_IO, "before");
	assert_int_equal(
	    ops->read_weights(&net, "/dev/null/none"), ERR_MISSING);
	assert_non_null(strstr(err_text(), "/dev/null/none"));
}

static void
test_missing(void **state)
{
	void *p;

	(void)state;
	assert_int_equal(module_find(&p, "abacus", "x", 1), ERR_MISSING);
	assert_non_null(
	    strstr(err_text(), "nnutils-abacus.so is not built or not"));
	assert_non_null(strstr(err_text(), "$NNUTILS_MODULES"));
	assert_non_null(strstr(err_text(), "../lib/nnutils"));
}

/* A file that is no module is named, not passed over. */
static void
test_broken(void **state)
{
	char dir[] = "/tmp/nnutils-module-XXXXXX";
	const char *was = getenv("NNUTILS_MODULES");
	char *old = mem_strdup(was), *path;
	void *p;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = path_join(dir, "nnutils-broken.so");
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("no module", f);
	fclose(f);
	setenv("NNUTILS_MODULES", dir, 1);
	assert_int_equal(module_find(&p, "broken", "x", 1), ERR_MISSING);
	assert_non_null(strstr(err_text(), path));
	if (old != NULL)
		setenv("NNUTILS_MODULES", old, 1);
	mem_free(old);
	mem_free(path);
	file_remove_tree(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_one_sentence),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
