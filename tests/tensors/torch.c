/* What torch.save writes: both forms, views, checkpoints, and what is refused.  The
 * files are tests/golden/tensors/make.py's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "tensors/tensors.h"

#define GOLDEN "tests/golden/tensors/"

static void
has(const struct tensors *t, const char *name, const char *shape,
    const float *want, size_t n)
{
	const struct tensors_item *item = tensors_find(t, name);
	char text[TENSORS_SHAPE_TEXT];
	float got[8];

	assert_non_null(item);
	assert_string_equal(tensors_shape_text(text, item), shape);
	assert_int_equal(item->count, n);
	assert_int_equal(tensors_floats(got, item), 0);
	assert_memory_equal(got, want, n * sizeof(*got));
}

static void
holds_the_net(const char *path)
{
	struct tensors *t;

	assert_int_equal(tensors_open(&t, path), 0);
	assert_string_equal(t->form, "torch");
	assert_null(t->part);
	assert_int_equal(t->n, 7);
	has(t, "conv.weight", "(3, 2)", (float[]){ 1, 2, 3, 4, 5, 6 }, 6);
	has(t, "conv.turned", "(2, 3)", (float[]){ 1, 3, 5, 2, 4, 6 }, 6);
	has(t, "conv.part", "(2)", (float[]){ 2, 4 }, 2);
	has(t, "fc.weight", "(1, 2)", (float[]){ 0.5f, -2 }, 2);
	has(t, "fc.bias", "(1)", (float[]){ 1 }, 1);
	has(t, "bn.num_batches_tracked", "()", (float[]){ 7 }, 1);
	has(t, "none", "(0, 4)", NULL, 0);
	tensors_close(t);
}

static void
forms(void **state)
{
	(void)state;
	holds_the_net(GOLDEN "new.pth");
	holds_the_net(GOLDEN "deflated.pth");
	holds_the_net(GOLDEN "old.pth");
}

static void
of_a_checkpoint_the_averaged_weights(void **state)
{
	struct tensors *t;

	(void)state;
	assert_int_equal(tensors_open(&t, GOLDEN "checkpoint.pth"), 0);
	assert_string_equal(t->part, "state_dict_ema");
	assert_int_equal(t->n, 2);
	has(t, "a", "(1)", (float[]){ 2 }, 1);
	tensors_close(t);
}

static void
fails(int code, const char *path, const char *want)
{
	struct tensors *t;

	assert_int_equal(tensors_open(&t, path), code);
	assert_null(t);
	if (strncmp(err_text(), path, strlen(path)) != 0 ||
	    strstr(err_text(), want) == NULL)
		fail_msg("\"%s\", not \"%s\"", err_text(), want);
}

static void
refused(void **state)
{
	(void)state;
	fails(ERR_UNSUPPORTED, GOLDEN "executes.pth",
	    "it names posix.system, which is no part of a state_dict");
	fails(ERR_FORMAT, GOLDEN "passes.pth",
	    "a tensor passes the end of its storage");
	fails(ERR_FORMAT, GOLDEN "repeats.pth",
	    "a tensor has more numbers than its storage");
	fails(ERR_UNSUPPORTED, GOLDEN "big-endian.pth",
	    "its numbers are not little-endian");
	fails(ERR_FORMAT, GOLDEN "nothing.pth", "it has no state_dict");
}

/* A file with n bytes of it changed, and cut by so many. */
static void
changed(const char *path, const char *find, const char *put, size_t n, int cut,
    const char *want)
{
	struct tensors *t;
	struct buf b;
	char *at;

	buf_init(&b, 1 << 16);
	assert_int_equal(file_read(&b, path), 0);
	if (find != NULL) {
		at = memmem(b.data, b.len, find, n);
		assert_non_null(at);
		memcpy(at, put, n);
	}
	assert_true(tensors_parse(&t, b.data, b.len - (size_t)cut, "x") < 0);
	if (strstr(err_text(), want) == NULL)
		fail_msg("\"%s\", not \"%s\"", err_text(), want);
	buf_clear(&b);
}

static void
damaged(void **state)
{
	(void)state;
	changed(GOLDEN "old.pth", NULL, NULL, 0, 3, "is the file cut short?");
	changed(GOLDEN "old.pth", NULL, NULL, 0, 900, "it breaks off");
	changed(GOLDEN "old.pth", "M\351\3", "M\350\3", 3, 0,
	    "of another version than 1001");
	changed(GOLDEN "old.pth", "storage", "storing", 7, 0,
	    "what stands for numbers is not");
	changed(GOLDEN "new.pth", NULL, NULL, 0, 1, "is it cut short?");
	changed(
	    GOLDEN "new.pth", "PK\1\2", "PK\1\3", 4, 0, "a broken directory");
}

/* Of one deflated file that says it is of so many bytes. */
static void
bomb(void **state)
{
	struct tensors *t;
	uint32_t size = 1 << 30;
	struct buf b;
	char *at;

	(void)state;
	buf_init(&b, 1 << 16);
	assert_int_equal(file_read(&b, GOLDEN "deflated.pth"), 0);
	/* the directory's first entry is that of data.pkl */
	at = memmem(b.data, b.len, "PK\1\2", 4);
	assert_non_null(at);
	memcpy(at + 24, &size, 4);
	assert_int_equal(tensors_parse(&t, b.data, b.len, "x"), ERR_RANGE);
	assert_non_null(strstr(err_text(), "data.pkl has 1073741824 bytes"));
	size = 16 << 20;
	memcpy(at + 24, &size, 4);
	assert_int_equal(tensors_parse(&t, b.data, b.len, "x"), ERR_RANGE);
	assert_non_null(strstr(err_text(), "out of all proportion"));
	size = 9999;
	memcpy(at + 24, &size, 4);
	assert_int_equal(tensors_parse(&t, b.data, b.len, "x"), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "cannot be unpacked"));
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(of_a_checkpoint_the_averaged_weights),
		cmocka_unit_test(refused),
		cmocka_unit_test(damaged),
		cmocka_unit_test(bomb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
