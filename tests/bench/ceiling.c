/*
 * What a GPU does at most, measured through the module that the nets run on: a
 * copy within its memory (bytes read and written), inputs fed to it (through
 * pinned memory, the host's copy into that included), and square products in
 * each precision, the best of several rounds.
 *
 *	ceiling [-d INDEX] [-m MIB] [-n SIDE] [-s SECONDS]
 *
 * Lines of name, value, unit.  For scripts/gpu-check and gpu-bench.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/module.h"
#include "cuda/rt.h"

enum { FED_MAX = 64 << 20 };

/* Of the types that rt.h declares. */
static struct calls {
	__typeof__(rt_open) *open;
	__typeof__(rt_close) *close;
	__typeof__(rt_alloc) *alloc;
	__typeof__(rt_free) *free;
	__typeof__(rt_copy) *copy;
	__typeof__(rt_feed) *feed;
	__typeof__(rt_feed_done) *fed;
	__typeof__(rt_sync) *sync;
	__typeof__(blas_make) *make;
	__typeof__(blas_free) *unmake;
	__typeof__(blas_run) *multiply;
} call;

static int
load(void)
{
	static const struct {
		const char *name;
		void *to;
	} names[] = { { "rt_open", &call.open }, { "rt_close", &call.close },
		{ "rt_alloc", &call.alloc }, { "rt_free", &call.free },
		{ "rt_copy", &call.copy }, { "rt_feed", &call.feed },
		{ "rt_feed_done", &call.fed }, { "rt_sync", &call.sync },
		{ "blas_make", &call.make }, { "blas_free", &call.unmake },
		{ "blas_run", &call.multiply } };

	for (size_t i = 0; i < LENGTH(names); i++)
		TRY(module_symbol((void **)names[i].to, "cuda", names[i].name));
	return 0;
}

/* One kind of work, asked for again and again. */
struct work {
	struct cu_rt *rt;
	void *a, *b, *c, *scratch;
	size_t bytes;
	struct blas_plan *product;
	int (*once)(struct work *w);
	double seconds; /* for all rounds */
};

static int
copy_once(struct work *w)
{
	return call.copy(w->rt, w->b, w->a, w->bytes);
}

static int
feed_once(struct work *w)
{
	void *there;

	TRY(call.feed(w->rt, w->c, w->bytes, &there));
	return call.fed(w->rt);
}

static int
multiply_once(struct work *w)
{
	return call.multiply(
	    w->rt, w->product, w->a, w->b, w->c, NULL, w->scratch);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* How often a second; rounds of a tenth of one at least. */
static int
rate(struct work *w, double *out)
{
	const double end = now() + w->seconds;
	int n = 1;

	*out = 0;
	TRY(w->once(w));
	TRY(call.sync(w->rt));
	for (int round = 0; round < 3 || now() < end; round++) {
		double t = now();

		for (int i = 0; i < n; i++)
			TRY(w->once(w));
		TRY(call.sync(w->rt));
		t = now() - t;
		*out = fmax(*out, n / t);
		if (t < 0.1 && n < 1 << 20)
			n *= 2;
	}
	return 0;
}

static int
copies(struct work *w, size_t bytes)
{
	double f;
	int rc;

	w->bytes = bytes;
	w->c = mem_array(char, bytes);
	rc = call.alloc(w->rt, &w->a, bytes, "copies");
	if (rc >= 0)
		rc = call.alloc(w->rt, &w->b, bytes, "copies");
	w->once = copy_once;
	if (rc >= 0 && (rc = rate(w, &f)) >= 0)
		printf("copy\t%.1f\tGB/s\n", 2e-9 * (double)bytes * f);
	w->once = feed_once;
	w->bytes = bytes < FED_MAX ? bytes : FED_MAX;
	if (rc >= 0 && (rc = rate(w, &f)) >= 0)
		printf("feed\t%.1f\tGB/s\n", 1e-9 * (double)w->bytes * f);
	call.free(w->rt, w->a);
	call.free(w->rt, w->b);
	mem_free(w->c);
	w->a = w->b = w->c = NULL;
	return rc;
}

static int
products(struct work *w, int64_t side, const char *name, enum cu_type type,
    bool tf32)
{
	const struct blas_gemm g = { .m = side,
		.n = side,
		.k = side,
		.batch = 1,
		.type = type,
		.tf32 = tf32 };
	const size_t bytes = (size_t)side * (size_t)side *
	    (type == CU_F32 ? sizeof(float) : sizeof(uint16_t));
	size_t scratch = 0;
	double f;
	int rc = call.make(w->rt, &g, &w->product, &scratch);

	if (rc >= 0)
		rc = call.alloc(w->rt, &w->a, bytes, "products");
	if (rc >= 0)
		rc = call.alloc(w->rt, &w->b, bytes, "products");
	if (rc >= 0)
		rc = call.alloc(w->rt, &w->c, bytes, "products");
	if (rc >= 0)
		rc = call.alloc(w->rt, &w->scratch, scratch, "products");
	w->once = multiply_once;
	if (rc >= 0 && (rc = rate(w, &f)) >= 0)
		printf("%s product\t%.3g\tTFLOP/s\n", name,
		    2e-12 * pow((double)side, 3) * f);
	call.free(w->rt, w->a);
	call.free(w->rt, w->b);
	call.free(w->rt, w->c);
	call.free(w->rt, w->scratch);
	call.unmake(w->product);
	w->a = w->b = w->c = w->scratch = NULL;
	w->product = NULL;
	return rc;
}

static int
measure(struct work *w, int index, size_t mib, int64_t side)
{
	char name[96];

	TRY(load());
	TRY(call.open(&w->rt, index, name));
	printf("device\t%s\t\n", name);
	TRY(copies(w, mib << 20));
	TRY(products(w, side, "fp32", CU_F32, false));
	TRY(products(w, side, "tf32", CU_F32, true));
	TRY(products(w, side, "bf16", CU_BF16, false));
	return products(w, side, "fp16", CU_F16, false);
}

int
main(int argc, char **argv)
{
	struct work w = { .seconds = 1 };
	long index = 0, mib = 1024, side = 8192;
	int c, rc;

	while ((c = getopt(argc, argv, "d:m:n:s:")) != -1) {
		switch (c) {
		case 'd': index = strtol(optarg, NULL, 10); break;
		case 'm': mib = strtol(optarg, NULL, 10); break;
		case 'n': side = strtol(optarg, NULL, 10); break;
		case 's': w.seconds = strtod(optarg, NULL); break;
		default: return 2;
		}
	}
	log_init("ceiling", 0);
	if (index < 0 || mib < 1 || mib > 65536 || side < 8 || side > 65536)
		return 2;
	rc = measure(&w, (int)index, (size_t)mib, side);
	if (rc < 0)
		log_error("%s", err_text());
	if (w.rt != NULL)
		call.close(w.rt);
	return rc < 0;
}
