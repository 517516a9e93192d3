/*
 * The second folder of pairs: which file belongs to which picture, what is left
 * over, and sizes that have to be alike.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/sources/partners.h"
#include "../tmp.h"

static void
touch(const char *name)
{
	static const char text[] = "P2 1 1 255 0";

	assert_int_equal(file_write(tmp_path(name), text, strlen(text), 1), 0);
}

static int
count_bad(void *ctx, const char *path, int64_t record, const char *reason)
{
	int *n = ctx;

	(void)record;
	(void)path;
	assert_non_null(strstr(reason, "a glove without a picture"));
	(*n)++;
	return 0;
}

static void
takes(void **state)
{
	struct dset_pairs from = { 0 };
	struct dset_partners p;
	struct dset_partner *one;
	int lonely = 0;
	const struct dset_bad bad = { count_bad, &lonely, NULL };
	char *pictures = mem_strdup(tmp_path("pictures"));
	char *gloves = mem_strdup(tmp_path("gloves"));
	char *a = mem_printf("%s/sub/a.jpg", pictures);
	char *b = mem_printf("%s/b.jpg", pictures);
	char *other = mem_printf("%s/other/b.jpg", pictures);

	(void)state;
	assert_int_equal(file_mkdirs(tmp_path("gloves/sub")), 0);
	touch("gloves/sub/a.pgm");
	touch("gloves/b.pgm");
	touch("gloves/lost.pgm");
	touch("gloves/twice.pgm");
	touch("gloves/twice.png");
	from.images = pictures;
	from.labels = gloves;
	assert_int_equal(dset_partners_find(&p, &from, "glove"), 0);
	assert_int_equal(dset_partners_take(&one, &p, a), 0);
	assert_non_null(strstr(one->path, "gloves/sub/a.pgm"));
	assert_int_equal(dset_partners_take(&one, &p, b), 0);
	/* That at the top is taken. */
	assert_int_equal(dset_partners_take(&one, &p, other), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "is also the glove of"));
	assert_int_equal(
	    dset_partners_take(&one, &p, "x/none.png"), ERR_MISSING);
	assert_int_equal(
	    dset_partners_take(&one, &p, "x/twice.png"), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "two gloves called twice"));
	assert_int_equal(dset_partners_lonely(&p, &bad), 0);
	assert_int_equal(lonely, 1);
	dset_partners_clear(&p);
	from.labels = pictures;
	assert_int_equal(file_mkdirs(pictures), 0);
	assert_int_equal(dset_partners_find(&p, &from, "glove"), ERR_FORMAT);
	dset_partners_clear(&p);
	mem_free(a);
	mem_free(b);
	mem_free(other);
	mem_free(pictures);
	mem_free(gloves);
}

static void
sizes(void **state)
{
	struct image_info small = { .width = 2, .height = 3 };
	struct image_info large = { .width = 4, .height = 3 };
	struct dset_one_size s = { 0 };

	(void)state;
	assert_int_equal(dset_one_size(&s, &small, "a", true, "--size"), 0);
	assert_int_equal(dset_one_size(&s, &small, "b", true, "--size"), 0);
	assert_false(s.differ);
	assert_int_equal(
	    dset_one_size(&s, &large, "c", true, "--size"), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "c: 4x3 pixels, where a has 2x3"));
	assert_int_equal(dset_one_size(&s, &large, "c", false, "--size"), 0);
	assert_true(s.differ);
	assert_int_equal(s.width, 2);
	mem_free(s.first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
