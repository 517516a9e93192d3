/* Measured choices: the fastest is taken, kept on disk, found again without
 * measuring; bad files do no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/module.h"
#include "cuda/tune.h"
#include "file/file.h"

static struct tune *(*opens)(const char *, const char *);
static void (*closes)(struct tune *);
static const char *(*finds)(const struct tune *, const char *);
static int (*chooses)(struct tune *, const char *, const char *const *, int,
    tune_clock *, void *);

static char dir[] = "/tmp/nnutils-tune-XXXXXX";

enum { N = 3 };
static const char *const names[N] = { "A0 engine 1", "A1 engine 2",
	"A2 engine 3" };

struct stopwatch {
	double seconds[N];
	int runs;
};

static double
fake(void *ctx, int i)
{
	struct stopwatch *s = ctx;

	s->runs++;
	return s->seconds[i];
}

static char *
file_of(const char *device)
{
	return mem_printf("%s/tune/%s-9.txt", dir, device);
}

static void
put_file(const char *device, const char *text)
{
	char *path = file_of(device);

	assert_int_equal(file_write(path, text, strlen(text), 1), 0);
	mem_free(path);
}

static void
the_fastest_is_kept(void **state)
{
	struct stopwatch s = { { 3e-6, 1e-6, 2e-6 }, 0 };
	struct tune *t = opens("a", "9");

	(void)state;
	assert_null(finds(t, "conv 1"));
	assert_int_equal(chooses(t, "conv 1", names, N, fake, &s), 1);
	assert_int_equal(s.runs, N);
	/* known now, whatever the clock says */
	s.seconds[2] = 1e-9;
	assert_int_equal(chooses(t, "conv 1", names, N, fake, &s), 1);
	assert_int_equal(s.runs, N);
	assert_int_equal(chooses(t, "conv 2", names, N, fake, &s), 2);
	closes(t);
	/* and by the next run */
	t = opens("a", "9");
	assert_string_equal(finds(t, "conv 1"), names[1]);
	assert_int_equal(chooses(t, "conv 1", names, N, fake, &s), 1);
	assert_int_equal(chooses(t, "conv 2", names, N, fake, &s), 2);
	assert_int_equal(s.runs, 2 * N);
	closes(t);
	/* not by that of another device */
	t = opens("b", "9");
	assert_null(finds(t, "conv 1"));
	closes(t);
}

static void
what_cannot_run_is_not_chosen(void **state)
{
	struct stopwatch s = { { -1, 5e-6, -1 }, 0 };
	struct stopwatch none = { { -1, -1, -1 }, 0 };
	struct tune *t = opens("c", "9");

	(void)state;
	assert_int_equal(chooses(t, "x", names, N, fake, &s), 1);
	assert_int_equal(chooses(t, "y", names, N, fake, &none), 0);
	assert_null(finds(t, "y"));
	closes(t);
}

/* A choice that the library no longer offers is measured anew. */
static void
an_unknown_choice_is_measured(void **state)
{
	struct stopwatch s = { { 3e-6, 2e-6, 1e-6 }, 0 };
	struct tune *t;

	(void)state;
	put_file("d", "nnutils tune 1\nx\tA9 engine 99\n");
	t = opens("d", "9");
	assert_string_equal(finds(t, "x"), "A9 engine 99");
	assert_int_equal(chooses(t, "x", names, N, fake, &s), 2);
	assert_string_equal(finds(t, "x"), names[2]);
	closes(t);
}

static void
damaged_files_are_left_out(void **state)
{
	static const char *const bad[] = { "", "nnutils", "other\nx\ty\n",
		"nnutils tune 1\nno tab\n", "nnutils tune 1\nx\tcut off",
		"nnutils tune 1\nx\tA0 engine 1\n\tno key\n" };
	struct stopwatch s = { { 3e-6, 1e-6, 2e-6 }, 0 };

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct tune *t;

		put_file("e", bad[i]);
		t = opens("e", "9");
		assert_null(finds(t, "x"));
		assert_int_equal(chooses(t, "x", names, N, fake, &s), 1);
		closes(t);
		t = opens("e", "9"); /* it was replaced */
		assert_string_equal(finds(t, "x"), names[1]);
		closes(t);
	}
}

static void
two_at_a_time_lose_nothing(void **state)
{
	struct stopwatch s = { { 3e-6, 1e-6, 2e-6 }, 0 };
	struct tune *t = opens("f", "9"), *u = opens("f", "9");

	(void)state;
	chooses(t, "x", names, N, fake, &s);
	chooses(u, "y", names, N, fake, &s);
	closes(t);
	closes(u);
	t = opens("f", "9");
	assert_non_null(finds(t, "x"));
	assert_non_null(finds(t, "y"));
	closes(t);
}

static void
without_a_folder_it_works(void **state)
{
	struct stopwatch s = { { 3e-6, 1e-6, 2e-6 }, 0 };
	struct tune *t;

	(void)state;
	setenv("NNUTILS_CACHE", "/proc/none", 1);
	t = opens("g", "9");
	assert_int_equal(chooses(t, "x", names, N, fake, &s), 1);
	assert_string_equal(finds(t, "x"), names[1]);
	closes(t);
	setenv("NNUTILS_CACHE", dir, 1);
}

static int
make_folder(void **state)
{
	char *sub;

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	sub = mem_printf("%s/tune", dir);
	if (file_mkdirs(sub) < 0)
		return -1;
	mem_free(sub);
	return setenv("NNUTILS_CACHE", dir, 1);
}

static int
remove_folder(void **state)
{
	(void)state;
	return file_remove_tree(dir);
}

static bool
find(void *out, const char *symbol)
{
	void *p = NULL;

	if (module_symbol(&p, "cuda", symbol) < 0)
		return false;
	memcpy(out, &p, sizeof(p));
	return true;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fastest_is_kept),
		cmocka_unit_test(what_cannot_run_is_not_chosen),
		cmocka_unit_test(an_unknown_choice_is_measured),
		cmocka_unit_test(damaged_files_are_left_out),
		cmocka_unit_test(two_at_a_time_lose_nothing),
		cmocka_unit_test(without_a_folder_it_works),
	};
	const char *obj = getenv("OBJ");
	char *modules = mem_printf("%s/emu", obj != NULL ? obj : "bin/obj");

	setenv("NNUTILS_MODULES", modules, 1); /* the emulator's copy */
	mem_free(modules);
	if (!find(&opens, "tune_open") || !find(&closes, "tune_close") ||
	    !find(&finds, "tune_find") || !find(&chooses, "tune_choose")) {
		fprintf(stderr, "%s\n", err_text());
		return 1;
	}
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
