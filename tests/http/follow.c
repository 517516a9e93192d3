/* Digests of a file that is being received: handed over, read back, begun
 * anew, in any order. */
#include "http/follow.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../tmp.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"

enum { SIZE = 5 * FOLLOW_BUFFER + 12345 };

static char *bytes;

static int
begin(void **state)
{
	struct rng r;
	size_t i;

	rng_init(&r, 7, 0);
	bytes = mem_array(char, SIZE);
	for (i = 0; i < SIZE; i++)
		bytes[i] = (char)rng_u64(&r);
	return tmp_setup(state);
}

static int
end(void **state)
{
	mem_free(bytes);
	return tmp_teardown(state);
}

static int
file(void)
{
	int fd = open(tmp_path("file"), O_RDWR | O_CREAT | O_TRUNC, 0666);

	assert_true(fd >= 0);
	return fd;
}

/* The file's bytes from .. to - 1 come, piece by piece. */
static void
receive(struct follow *f, int fd, size_t from, size_t to, size_t piece)
{
	size_t n;

	for (; from < to; from += n) {
		n = to - from < piece ? to - from : piece;
		memcpy(follow_buffer(f), bytes + from, n);
		assert_int_equal(
		    pwrite(fd, bytes + from, n, (off_t)from), (ssize_t)n);
		follow_hand(f, n, from + n);
	}
}

static void
assert_digests(struct follow *f, size_t n)
{
	char sha256[HASH_HEX_MAX], sha1[HASH_HEX_MAX], want[HASH_HEX_MAX];

	assert_int_equal(follow_finish(f, sha256, sha1), 0);
	hash_of(HASH_SHA256, bytes, n, want);
	assert_string_equal(sha256, want);
	hash_of(HASH_SHA1, bytes, n, want);
	assert_string_equal(sha1, want);
}

static void
test_receives(void **state)
{
	static const size_t pieces[] = { FOLLOW_BUFFER, FOLLOW_BUFFER - 1,
		999 };
	struct follow *f = NULL;
	int fd = file();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		assert_int_equal(follow_open(&f, fd, 1), 0);
		receive(f, fd, 0, SIZE, pieces[i]);
		assert_digests(f, SIZE);
		follow_close(f);
	}
	close(fd);
}

/* What an earlier run left is read back, while the rest comes. */
static void
test_goes_on(void **state)
{
	static const size_t have[] = { 1, FOLLOW_BUFFER, 3 * FOLLOW_BUFFER + 5,
		SIZE };
	struct follow *f = NULL;
	int fd = file();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(have) / sizeof(have[0]); i++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, bytes, have[i], 0), have[i]);
		assert_int_equal(follow_open(&f, fd, 1), 0);
		follow_advance(f, have[i]);
		receive(f, fd, have[i], SIZE, 100000);
		assert_digests(f, SIZE);
		follow_close(f);
	}
	close(fd);
}

static void
test_begins_anew(void **state)
{
	struct follow *f = NULL;
	int fd = file(), i;

	(void)state;
	assert_int_equal(pwrite(fd, bytes, SIZE, 0), SIZE);
	assert_int_equal(follow_open(&f, fd, 1), 0);
	for (i = 0; i < 50; i++) {
		follow_restart(f);
		if (i % 2 == 0) /* not what the file will be */
			follow_advance(f, SIZE - (size_t)i * 1000);
		else
			receive(f, fd, 0, (size_t)i * 20000, 30000);
	}
	follow_restart(f);
	receive(f, fd, 0, SIZE, FOLLOW_BUFFER);
	assert_digests(f, SIZE);
	/* and once more after the digests were told */
	receive(f, fd, 0, 54321, FOLLOW_BUFFER);
	assert_digests(f, 54321);
	follow_close(f);
	close(fd);
}

/* Somebody cut the file off while the beginning was read back: an error, and
 * what still comes does not wait for ever. */
static void
test_tells_of_a_short_file(void **state)
{
	char sha256[HASH_HEX_MAX], sha1[HASH_HEX_MAX];
	struct follow *f = NULL;
	int fd = file(), i;

	(void)state;
	assert_int_equal(follow_open(&f, fd, 1), 0);
	follow_advance(f, 1000);
	for (i = 0; i < 2 * FOLLOW_BUFFERS; i++)
		follow_hand(f, 10, 1000 + ((uint64_t)i + 1) * 10);
	assert_int_equal(follow_finish(f, sha256, sha1), ERR_IO);
	assert_non_null(strstr(err_text(), "shorter than"));
	/* to begin anew mends it */
	follow_restart(f);
	receive(f, fd, 0, SIZE, FOLLOW_BUFFER);
	assert_digests(f, SIZE);
	follow_close(f);
	close(fd);
}

static void
test_stops_at_once(void **state)
{
	struct follow *f = NULL;
	int fd = file();

	(void)state;
	follow_close(NULL);
	assert_int_equal(pwrite(fd, bytes, SIZE, 0), SIZE);
	assert_int_equal(follow_open(&f, fd, 0), 0);
	follow_advance(f, SIZE);
	follow_close(f);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_receives),
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_begins_anew),
		cmocka_unit_test(test_tells_of_a_short_file),
		cmocka_unit_test(test_stops_at_once),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
