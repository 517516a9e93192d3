/* Ranks forked on this machine: sums, one that fails, one that is killed. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "ranks/exchange.h"

enum { RANKS = 4, MANY = 150001 };

static float *
values(int rank)
{
	float *v = mem_array(float, MANY);
	struct rng r;

	rng_init(&r, 7, (uint64_t)rank);
	for (size_t i = 0; i < MANY; i++)
		v[i] = (float)(rng_uniform(&r) * 1000 - 500);
	return v;
}

/* What a rank has to get: the sum in the order of ranks. */
static float *
wanted(int ranks)
{
	float *sum = values(0);

	for (int r = 1; r < ranks; r++) {
		float *v = values(r);

		for (size_t i = 0; i < MANY; i++)
			sum[i] += v[i];
		mem_free(v);
	}
	return sum;
}

/* Every rank compares; what one finds is rank 0's error at the next meeting. */
static int
add_up(struct exchange *x)
{
	float *want = wanted(x->ranks), *v = values(x->rank);
	char word[6] = "";
	int rc = x->type->sum(x, v, MANY, NULL);

	if (rc == 0 && memcmp(v, want, MANY * sizeof(*v)) != 0)
		rc = err_set(ERR_FORMAT, "another sum");
	mem_free(v);
	mem_free(want);
	TRY(rc);
	if (exchange_leads(x))
		memcpy(word, "h\0l\xff", 4);
	TRY(exchange_tell(x, word, sizeof(word), NULL));
	if (memcmp(word, "h\0l\xff\0", 6) != 0)
		return err_set(ERR_FORMAT, "another word");
	if (exchange_any(x, x->rank == x->ranks - 1, NULL) != 1 ||
	    exchange_any(x, false, NULL) != 0)
		return err_set(ERR_FORMAT, "another flag");
	return 0;
}

static void
test_sum(void **state)
{
	(void)state;
	for (int n = 1; n <= RANKS; n++) {
		struct exchange *x;
		int rc;

		assert_int_equal(exchange_fork(&x, n), 0);
		rc = add_up(x);
		if (rc == 0) /* all good, or it is said here */
			rc = exchange_any(x, false, NULL);
		exchange_close(x, rc);
		if (rc < 0)
			fail_msg("%s", err_text());
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* Its sentence is everybody's error, also of those who wait for another. */
static void
test_failing(void **state)
{
	struct exchange *x;
	int rc = 0;

	(void)state;
	assert_int_equal(exchange_fork(&x, RANKS), 0);
	if (x->rank == 2)
		rc = err_set(ERR_RANGE, "no more");
	else
		rc = exchange_any(x, false, NULL);
	exchange_close(x, rc);
	assert_int_equal(rc, ERR_RANGE);
	assert_string_equal(err_text(), "rank 2: no more");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* A rank that is killed, or leaves too early, stops the others; they may go on
 * asking. */
static void
test_lost(void **state)
{
	(void)state;
	for (int how = 0; how < 3; how++) {
		struct exchange *x;
		int rc;

		assert_int_equal(exchange_fork(&x, RANKS), 0);
		if (x->rank == 1) {
			if (how == 0)
				kill(getpid(), SIGKILL);
			_exit(how == 1 ? 0 : 9);
		}
		rc = exchange_any(x, false, NULL);
		if (rc == ERR_STOPPED && exchange_leads(x))
			rc = exchange_any(x, true, NULL);
		exchange_close(x, rc);
		assert_int_equal(rc, ERR_STOPPED);
		assert_non_null(strstr(err_text(), "another rank is gone"));
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	}
}

/* When rank 0 fails the others are not waited for. */
static void
test_leader(void **state)
{
	struct exchange *x;

	(void)state;
	assert_int_equal(exchange_fork(&x, 2), 0);
	if (x->rank == 1) {
		sleep(600);
		_exit(0);
	}
	exchange_close(x, ERR_IO);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(exchange_fork(&x, 0), ERR_USAGE);
	assert_int_equal(exchange_fork(&x, EXCHANGE_FORKED_MAX + 1), ERR_USAGE);
	exchange_close(NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_failing),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_leader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
