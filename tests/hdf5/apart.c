/* Reading in a process of its own: what it says, and how it dies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/module.h"
#include "hdf5/apart.h"

/* The module's functions: a test is not linked with it. */
static struct {
	__typeof__(h5_apart_start) *start;
	__typeof__(h5_apart_ask) *ask;
	__typeof__(h5_apart_take) *take;
	__typeof__(h5_apart_odd) *odd;
	__typeof__(h5_apart_end) *end;
	__typeof__(h5_apart_answer) *answer;
} m;

static int
find(void **state)
{
	static const char *const names[] = { "h5_apart_start", "h5_apart_ask",
		"h5_apart_take", "h5_apart_odd", "h5_apart_end",
		"h5_apart_answer" };
	void *p[6];

	(void)state;
	for (int i = 0; i < 6; i++)
		if (module_symbol(&p[i], "hdf5", names[i]) < 0)
			return -1;
	memcpy(&m, p, sizeof(m));
	return 0;
}

enum {
	DOUBLE,
	REFUSE,
	NULL_READ,
	ENDLESS,
	KILLED,
	LEAVES,
	STOPPED,
	FILES,
	MEMORY,
	BABBLE
};

static int *nothing;

static int
serve(void *ctx, const struct h5_ask *ask, FILE *out)
{
	size_t twice = ask->n * 2;
	const int *fd = ctx;

	switch (ask->what) {
	case REFUSE: return err_set(ERR_RANGE, "no more than %zu", ask->n);
	case NULL_READ: return *(volatile int *)nothing;
	case ENDLESS: raise(SIGPROF); break;
	case KILLED: raise(SIGKILL); break;
	case LEAVES: _exit(0);
	case STOPPED:
		raise(SIGTERM);
		raise(SIGINT);
		break;
	case FILES: twice = fcntl(*fd, F_GETFD) >= 0; break;
	case MEMORY:
		twice = mmap(NULL, (size_t)64 << 30, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
		break;
	case BABBLE:
		memset(&twice, 0xf0, sizeof(twice));
		for (int i = 0; i < 8; i++)
			fwrite(&twice, sizeof(twice), 1, out);
		return 0;
	default: break;
	}
	m.answer(out, sizeof(twice));
	fwrite(&twice, sizeof(twice), 1, out);
	return 0;
}

static struct h5_apart *
begin(void *ctx)
{
	struct h5_apart *a;

	if (m.start(&a, "some.h5", serve, ctx) < 0)
		fail_msg("%s", err_text());
	return a;
}

static size_t
answer(struct h5_apart *a, int what, size_t n)
{
	const struct h5_ask ask = { .what = what, .n = n };
	uint64_t bytes;
	size_t v = 0;

	if (m.ask(a, &ask, &bytes) < 0)
		fail_msg("%s", err_text());
	assert_int_equal(bytes, sizeof(v));
	assert_int_equal(m.take(a, &v, sizeof(v)), 0);
	return v;
}

static void
answers(void **state)
{
	const struct h5_ask no = { .what = REFUSE, .n = 7 };
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int high = fcntl(fd, F_DUPFD, 9);
	struct h5_apart *a = begin(&high);
	uint64_t n;

	(void)state;
	assert_int_equal(answer(a, DOUBLE, 21), 42);
	/* An error is the parent's, and not the end. */
	assert_int_equal(m.ask(a, &no, &n), ERR_RANGE);
	assert_string_equal(err_text(), "no more than 7");
	/* Nor is a signal that asks the parent to stop. */
	assert_int_equal(answer(a, STOPPED, 2), 4);
	/* Descriptors of the parent may be locked by it. */
	assert_int_equal(answer(a, FILES, 0), 0);
	assert_int_equal(answer(a, MEMORY, 0), 0);
	assert_int_equal(answer(a, DOUBLE, 1), 2);
	m.end(&a);
	assert_null(a);
	m.end(&a);
	close(high);
	close(fd);
}

static void
deaths(void **state)
{
	static const struct {
		int what, code;
		const char *text;
	} v[] = {
		{ NULL_READ, ERR_FORMAT,
		    "some.h5: is damaged: libhdf5 crashes on it" },
		{ LEAVES, ERR_FORMAT,
		    "some.h5: is damaged: libhdf5 crashes on it" },
		{ BABBLE, ERR_FORMAT,
		    "some.h5: is damaged: libhdf5 crashes on it" },
		{ ENDLESS, ERR_FORMAT,
		    "some.h5: is damaged: libhdf5 does not finish reading it" },
		{ KILLED, ERR_IO,
		    "some.h5: the process that reads it was killed" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		const struct h5_ask ask = { .what = v[i].what };
		struct h5_apart *a = begin(NULL), *other = begin(NULL);
		uint64_t n;

		assert_int_equal(m.ask(a, &ask, &n), v[i].code);
		assert_string_equal(err_text(), v[i].text);
		/* It stays dead; others live. */
		assert_true(m.ask(a, &ask, &n) < 0);
		assert_int_equal(answer(other, DOUBLE, 3), 6);
		m.end(&a);
		m.end(&other);
	}
}

/* An answer that cannot be is the end of the child. */
static void
odd(void **state)
{
	const struct h5_ask ask = { .what = DOUBLE };
	struct h5_apart *a = begin(NULL);
	uint64_t n;

	(void)state;
	assert_int_equal(m.ask(a, &ask, &n), 0);
	assert_int_equal(m.odd(a), ERR_FORMAT);
	assert_true(m.ask(a, &ask, &n) < 0);
	m.end(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(deaths),
		cmocka_unit_test(odd),
	};

	return cmocka_run_group_tests(tests, find, NULL);
}
