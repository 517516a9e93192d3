/* Snapshots, epochs, and models opened from folders of several origins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "archive/archive.h"
#include "base/err.h"
#include "file/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/model.h"
#include "../tmp.h"

static char *dir;

static int
setup(void **state)
{
	dir = tmp_dir;
	return tmp_setup(state);
}

static int
teardown(void **state)
{
	return tmp_teardown(state);
}

static void
put(const char *name, const char *text)
{
	char *path = path_join(dir, name);

	assert_int_equal(file_write(path, text, strlen(text), 1), 0);
	mem_free(path);
}

static void
finds_snapshots(void **state)
{
	struct model_snapshots s;

	(void)state;
	put("snapshot_iter_200.caffemodel", "");
	put("snapshot_iter_1000.caffemodel", "");
	put("snapshot_iter_1000.solverstate", "");
	put("a_b_iter_600.caffemodel.h5", "");
	put("iter_5.caffemodel", "");
	put("x_iter_.caffemodel", "");
	put("x_iter_5.caffemodel.part", "");
	put("solver.prototxt", "net: \"x\"\n  snapshot: 200\n");
	assert_int_equal(model_snapshots_find(&s, dir, NULL), 0);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.v[0].iter, 200);
	assert_int_equal(s.v[1].iter, 600);
	assert_int_equal(s.v[2].iter, 1000);
	assert_null(s.v[0].state);
	assert_string_equal(s.v[2].state, "snapshot_iter_1000.solverstate");
	assert_true(s.v[2].epoch == 5);
	assert_ptr_equal(model_snapshot_at(&s, -1), &s.v[2]);
	assert_ptr_equal(model_snapshot_at(&s, 3), &s.v[1]);
	assert_null(model_snapshot_at(&s, 2));
	assert_null(model_snapshot_at(&s, 7));
	model_snapshots_free(&s);
}

static void
opens_a_folder(void **state)
{
	struct model *m = NULL;

	(void)state;
	put("snapshot_iter_200.caffemodel", "");
	put("snapshot_iter_400.caffemodel", "");
	put("deploy.prototxt", "");
	put("labels.txt", "");
	put("info.json",
	    "{\"snapshot file\": \"snapshot_iter_200.caffemodel\","
	    "\"iterations per epoch\": 200, \"mean file\": \"gone\"}");
	assert_int_equal(model_open(&m, dir, -1), 0);
	assert_int_equal(m->iter, 200);
	assert_non_null(m->deploy);
	assert_non_null(m->labels);
	assert_null(m->mean);
	model_close(m);
	assert_int_equal(model_open(&m, dir, 2), 0);
	assert_int_equal(m->iter, 400);
	model_close(m);
	m = NULL;
	assert_int_equal(model_open(&m, dir, 9), ERR_MISSING);
	assert_null(m);
	put("info.json", "{\"snapshot file\": \"../../etc/passwd\"}");
	assert_int_equal(model_open(&m, dir, -1), ERR_REFUSED);
}

static void
opens_a_zoo_folder(void **state)
{
	struct model *m = NULL;

	(void)state;
	assert_int_equal(model_open(&m, dir, -1), ERR_MISSING);
	put("bvlc_alexnet.caffemodel", "");
	put("deploy.prototxt", "");
	assert_int_equal(model_open(&m, dir, -1), 0);
	assert_int_equal(m->has_info, 0);
	assert_string_equal(path_base(m->weights), "bvlc_alexnet.caffemodel");
	model_close(m);
}

static void
opens_an_archive(void **state)
{
	static const char info[] =
	    "{\"snapshot file\": \"snapshot_iter_7.caffemodel\"}";
	const struct pack_file files[] = {
		{ "top/info.json", NULL, info, sizeof(info) - 1 },
		{ "top/snapshot_iter_7.caffemodel", NULL, "x", 1 },
		{ "top/deploy.prototxt", NULL, "y", 1 },
	};
	char *path = path_join(dir, "m.tar.gz"), *temp;
	struct model *m = NULL;

	(void)state;
	assert_int_equal(archive_pack(path, PACK_TAR_GZ, files, 3, 0), 0);
	assert_int_equal(model_open(&m, path, -1), 0);
	assert_int_equal(m->iter, 7);
	assert_true(m->has_info);
	temp = mem_strdup(m->temp);
	assert_true(file_exists(temp));
	model_close(m);
	assert_false(file_exists(temp));
	mem_free(temp);
	mem_free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    finds_snapshots, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    opens_a_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    opens_a_zoo_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    opens_an_archive, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
