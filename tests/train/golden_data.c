/*
 * Data layers against the batches that real Caffe made: every layer_* folder of
 * ../shared/golden/data, two batches each, pixels equal to rounding.
 */
#include <math.h>
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
#include "base/path.h"
#include "caffe/msg.h"
#include "file/file.h"
#include "input/feed.h"
#include "nn/read.h"

#define ROOT "../shared/golden/data"

static void
must(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
}

/* Worst difference from a file of floats. */
static double
compare(
    const char *dir, const char *top, int batch, const float *have, size_t n)
{
	char *name = mem_printf("%s_batch%d.bin", top, batch);
	char *path = path_join(dir, name);
	double worst = 0;
	struct buf b;

	buf_init(&b, (size_t)1 << 30);
	must(file_read(&b, path));
	assert_int_equal(b.len, n * sizeof(float));
	for (size_t i = 0; i < n; i++) {
		float want;

		memcpy(&want, b.data + i * sizeof(want), sizeof(want));
		worst = fmax(worst, fabs((double)have[i] - (double)want));
	}
	buf_clear(&b);
	mem_free(path);
	mem_free(name);
	return worst;
}

static double
batches(const char *dir, const struct feed *f)
{
	float *top[FEED_TOPS];
	double worst = 0;

	for (int t = 0; t < 2; t++)
		top[t] = mem_array(float, shape_count(&f->shape[t]));
	for (int k = 0; k < 2; k++) {
		must(f->type->fill(
		    (struct feed *)f, (uint64_t)k * (uint64_t)f->batch, top));
		worst = fmax(worst,
		    compare(dir, "data", k, top[0], shape_count(&f->shape[0])));
		worst = fmax(worst,
		    compare(
			dir, "label", k, top[1], shape_count(&f->shape[1])));
	}
	for (int t = 0; t < 2; t++)
		mem_free(top[t]);
	return worst;
}

static void
one(void **state)
{
	const char *dir = *state;
	char *path = path_join(dir, "net.prototxt");
	struct feed_opts fo = { .threads = 2 };
	struct feeds feeds;
	struct net_opts no = { .phase = CAFFE__PHASE__TEST,
		.feed_shape = feeds_shape,
		.feed_ctx = &feeds };
	Caffe__NetParameter *np;
	struct net *net = NULL;
	double worst;

	feeds_init(&feeds, &fo);
	must(net_read(&np, path));
	must(net_new(&net, np, &no));
	must(feeds_start(&feeds, net));
	assert_int_equal(feeds.n, 1);
	worst = batches(dir, feeds.v[0]);
	printf("# %-24s worst difference %g\n", path_base(dir), worst);
	if (!(worst < 1e-4))
		fail_msg("%s: pixels differ by %g", path_base(dir), worst);
	net_free(net);
	feeds_clear(&feeds);
	caffe_msg_free(np);
	mem_free(path);
}

int
main(void)
{
	struct CMUnitTest tests[64] = { 0 };
	char **names = NULL;
	size_t n = 0, count = 0;
	int failed;

	if (!file_is_dir(ROOT) || file_list(&names, &n, ROOT) < 0) {
		printf("1..0 # skipped: no " ROOT "\n");
		return 0;
	}
	for (size_t i = 0; i < n && count < LENGTH(tests); i++)
		if (strncmp(names[i], "layer_", 6) == 0)
			tests[count++] = (struct CMUnitTest){ .name = names[i],
				.test_func = one,
				.initial_state = path_join(ROOT, names[i]) };
	failed = _cmocka_run_group_tests("data", tests, count, NULL, NULL);
	for (size_t i = 0; i < count; i++)
		mem_free(tests[i].initial_state);
	file_list_free(names, n);
	return failed;
}
