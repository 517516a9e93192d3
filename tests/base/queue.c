/* The ordered pipeline: order, bounds, errors, nothing leaked; the pool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/queue.h"

struct slot {
	char *text; /* kept from item to item, as real slots keep buffers */
	size_t i;
	size_t square;
};

struct run {
	size_t items, window;
	size_t fail_produce, fail_work, fail_consume; /* item, or SIZE_MAX */
	size_t produced, consumed, cleared;
	_Atomic size_t working, peak;
	_Atomic unsigned seen_bits;
};

static int
produce(void *ctx, void *slot, size_t i)
{
	struct run *r = ctx;
	struct slot *s = slot;

	assert_true(i == r->produced);
	assert_true(r->produced - r->consumed <= r->window);
	if (i == r->fail_produce)
		return err_set(ERR_MISSING, "produce %zu", i);
	if (i == r->items)
		return 0;
	if (s->text == NULL)
		s->text = mem_calloc(1, 64);
	s->i = i;
	r->produced++;
	return 1;
}

static int
work(void *ctx, void *slot, int thread)
{
	struct run *r = ctx;
	struct slot *s = slot;
	size_t now = atomic_fetch_add(&r->working, 1) + 1, peak = r->peak;

	while (
	    now > peak && !atomic_compare_exchange_weak(&r->peak, &peak, now))
		;
	atomic_fetch_or(&r->seen_bits, 1u << thread);
	if (s->i % 7 == 0)
		sched_yield();
	if (s->i % 50 == 0)
		usleep(200);
	s->square = s->i * s->i;
	snprintf(s->text, 64, "%zu", s->i);
	atomic_fetch_sub(&r->working, 1);
	/* Every later item fails too: the first in order must be told. */
	if (s->i >= r->fail_work)
		return err_set(ERR_FORMAT, "work %zu", s->i);
	return 0;
}

static int
consume(void *ctx, void *slot, size_t i)
{
	struct run *r = ctx;
	struct slot *s = slot;
	char want[64];

	assert_true(i == r->consumed && s->i == i);
	assert_true(s->square == i * i);
	snprintf(want, sizeof(want), "%zu", i);
	assert_string_equal(s->text, want);
	if (i == r->fail_consume)
		return err_set(ERR_IO, "consume %zu", i);
	r->consumed++;
	return 0;
}

static void
clear(void *ctx, void *slot)
{
	struct run *r = ctx;

	mem_free(((struct slot *)slot)->text);
	r->cleared++;
}

static int
go(struct run *r, int threads, size_t window)
{
	struct queue_job job = {
		.ctx = r,
		.item_size = sizeof(struct slot),
		.window = window,
		.threads = threads,
		.produce = produce,
		.work = work,
		.consume = consume,
		.clear = clear,
	};

	r->window = threads <= 1 ? 1
	    : window > 0         ? window
				 : 4u * (unsigned)threads;
	return queue_run(&job);
}

#define RUN(n)                                                                 \
	{                                                                      \
		.items = (n), .fail_produce = SIZE_MAX, .fail_work = SIZE_MAX, \
		.fail_consume = SIZE_MAX                                       \
	}

static void
order(void **state)
{
	static const size_t windows[] = { 0, 1, 2, 100 };
	int threads;
	size_t k;

	(void)state;
	for (threads = 1; threads <= 5; threads++)
		for (k = 0; k < LENGTH(windows); k++) {
			struct run r = RUN(500);

			assert_int_equal(go(&r, threads, windows[k]), 0);
			assert_true(r.consumed == 500);
			assert_true(r.peak <= (size_t)threads);
			assert_true(r.cleared == r.window);
		}
}

static void
nothing(void **state)
{
	struct run r = RUN(0);

	(void)state;
	assert_int_equal(go(&r, 3, 0), 0);
	assert_true(r.consumed == 0);
}

static void
failures(void **state)
{
	int threads, k;

	(void)state;
	for (threads = 1; threads <= 4; threads++)
		for (k = 0; k < 20; k++) {
			struct run p = RUN(300), w = RUN(300), c = RUN(300);

			p.fail_produce = 123;
			assert_int_equal(go(&p, threads, 0), ERR_MISSING);
			assert_string_equal(err_text(), "produce 123");
			assert_true(p.consumed == 123);
			w.fail_work = 57;
			assert_int_equal(go(&w, threads, 0), ERR_FORMAT);
			assert_string_equal(err_text(), "work 57");
			assert_true(w.consumed == 57);
			c.fail_consume = 99;
			assert_int_equal(go(&c, threads, 0), ERR_IO);
			assert_string_equal(err_text(), "consume 99");
			assert_true(c.consumed == 99);
		}
}

/* Whichever comes first in item order wins. */
static void
first_failure(void **state)
{
	struct run r = RUN(300);

	(void)state;
	r.fail_produce = 20;
	r.fail_work = 18;
	assert_int_equal(go(&r, 4, 50), ERR_FORMAT);
	assert_string_equal(err_text(), "work 18");
}

struct sum {
	_Atomic size_t calls;
	int owner[1000];
};

static void
note(void *ctx, size_t i, int thread)
{
	struct sum *s = ctx;

	s->owner[i] = thread + 1;
	atomic_fetch_add(&s->calls, 1);
}

static void
pools(void **state)
{
	static const size_t counts[] = { 0, 1, 2, 3, 7, 1000 };
	struct pool *p = NULL;
	struct sum s;
	size_t k, i;
	int threads, again;

	(void)state;
	for (threads = 1; threads <= 4; threads++) {
		assert_int_equal(pool_new(&p, threads), 0);
		assert_int_equal(pool_threads(p), threads);
		for (again = 0; again < 200; again++) {
			k = (size_t)again % LENGTH(counts);
			memset(&s, 0, sizeof(s));
			pool_for(p, counts[k], note, &s);
			assert_true(s.calls == counts[k]);
			/* Contiguous ranges, in thread order. */
			for (i = 1; i < counts[k]; i++)
				assert_true(s.owner[i] >= s.owner[i - 1]);
			if (counts[k] == 1000)
				assert_int_equal(s.owner[999], threads);
		}
		pool_free(p);
	}
	pool_free(NULL);
	assert_true(queue_cpus() >= 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order),
		cmocka_unit_test(nothing),
		cmocka_unit_test(failures),
		cmocka_unit_test(first_failure),
		cmocka_unit_test(pools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
