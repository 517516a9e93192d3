/*
 * The emulator's threads (lib/cuda/host/threads.h): that they wait for each other
 * where they must, come in no order, and that what goes wrong is found.
 */
#include <math.h>
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "cuda/host/threads.h"

enum { THREADS = 128, GROUPS = 6 };

static int (*groups)(size_t, size_t, size_t, cu_thread *, const void *);
static float (*meet)(struct cu_crew *, size_t, enum cu_meeting, int, float);
static void *(*room)(struct cu_crew *);
static const char *(*text)(void);

/* What the threads leave behind. */
static struct seen {
	size_t order[GROUPS][THREADS], n[GROUPS], nan[GROUPS];
	float sum[GROUPS][THREADS], max[GROUPS][THREADS];
} seen;

static float
value(size_t group, size_t tid)
{
	return (float)(tid * 7 % 31) - 9 + (float)group;
}

static void
collect(const void *f, size_t i, size_t tid, struct cu_crew *crew)
{
	(void)f;
	seen.order[i][seen.n[i]++] = tid;
	seen.sum[i][tid] = meet(crew, tid, CU_SUM, 1, value(i, tid));
	seen.max[i][tid] = meet(crew, tid, CU_MAX, 2, value(i, tid));
}

static void
test_collectives(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(groups(GROUPS, THREADS, 0, collect, NULL), 0);
	for (size_t i = 0; i < GROUPS; i++) {
		float sum = 0, max = -INFINITY;

		assert_int_equal(seen.n[i], THREADS);
		for (size_t t = 0; t < THREADS; t++) {
			sum += value(i, t);
			max = fmaxf(max, value(i, t));
		}
		for (size_t t = 0; t < THREADS; t++) {
			assert_true(seen.sum[i][t] == sum);
			assert_true(seen.max[i][t] == max);
		}
	}
}

static void
test_order(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(groups(GROUPS, THREADS, 0, collect, NULL), 0);
	for (size_t i = 0; i < GROUPS; i++) {
		size_t steps = 0;

		for (size_t t = 1; t < THREADS; t++)
			steps += seen.order[i][t] == seen.order[i][t - 1] + 1;
		assert_true(steps < THREADS / 2);
		assert_true(i == 0 ||
		    memcmp(seen.order[i], seen.order[0],
			sizeof(seen.order[0])) != 0);
	}
}

/* Each thread reads what its neighbour wrote: after a barrier, or not. */
static void
neighbour(const void *f, size_t i, size_t tid, struct cu_crew *crew)
{
	float *v = room(crew);

	v[tid] = (float)tid;
	if (*(const int *)f)
		meet(crew, tid, CU_SYNC, 1, 0);
	if (!(v[(tid + 1) % THREADS] == (float)((tid + 1) % THREADS)))
		seen.nan[i]++;
}

static void
test_barrier(void **state)
{
	const size_t bytes = THREADS * sizeof(float);

	(void)state;
	for (int with = 0; with < 2; with++) {
		memset(&seen, 0, sizeof(seen));
		assert_int_equal(
		    groups(GROUPS, THREADS, bytes, neighbour, &with), 0);
		for (size_t i = 0; i < GROUPS; i++)
			assert_true((seen.nan[i] == 0) == (with == 1));
	}
}

static void
leave(const void *f, size_t i, size_t tid, struct cu_crew *crew)
{
	(void)f;
	(void)i;
	meet(crew, tid, CU_SYNC, 7, 0);
	if (tid != 77)
		meet(crew, tid, CU_SUM, 9, 0);
}

static void
elsewhere(const void *f, size_t i, size_t tid, struct cu_crew *crew)
{
	(void)f;
	(void)i;
	meet(crew, tid, CU_SUM, tid == 77 ? 8 : 9, 0);
}

static void
test_apart(void **state)
{
	(void)state;
	assert_int_equal(groups(2, THREADS, 0, leave, NULL), ERR_DEVICE);
	assert_non_null(strstr(text(), "127 wait at line 9, 1 have ended"));
	assert_int_equal(groups(2, THREADS, 0, elsewhere, NULL), ERR_DEVICE);
	assert_non_null(strstr(text(), "part ways"));
	assert_int_equal(groups(2, THREADS, 0, collect, NULL), 0);
}

static void *
find(void *module, const char *name)
{
	void *p = dlsym(module, name);

	if (p == NULL)
		fprintf(stderr, "no %s\n", name);
	return p;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_collectives),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_barrier),
		cmocka_unit_test(test_apart),
	};
	const char *obj = getenv("OBJ");
	char path[4096];
	void *module;

	snprintf(path, sizeof(path), "%s/emu/nnutils-cuda.so",
	    obj != NULL ? obj : "bin/obj");
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (module == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	*(void **)&groups = find(module, "cu_host_groups");
	*(void **)&meet = find(module, "cu_host_meet");
	*(void **)&room = find(module, "cu_host_room");
	*(void **)&text = find(module, "err_text");
	if (groups == NULL || meet == NULL || room == NULL || text == NULL)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
