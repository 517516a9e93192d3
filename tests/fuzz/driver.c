/*
 * A small deterministic mutator for make check: what libFuzzer's main does, but
 * the same inputs on every run and machine.  Every input of the corpus is tried
 * as it is, then FUZZ_RUNS (5000) mutations of them.  Built under ASan and
 * UBSan; a crash, an overflow, a leak, an input that takes ten seconds or
 * memory past 2 GiB fails, and the input is left in bin/fuzz-NAME.bin.
 */
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/rng.h"
#include "file/file.h"
#include "file/hash.h"
#include "fuzz.h"

enum { INPUT_MAX = 1 << 20, SECONDS = 10, LEAK_EVERY = 1000 };

struct input {
	uint8_t *p;
	size_t n;
};

static struct input *inputs;
static size_t count, cap;
static const char *name;
static uint8_t *now; /* the input being tried, INPUT_MAX bytes */
static size_t now_n;

#pragma weak fuzz_seed

const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1:hard_rss_limit_mb=2048:"
	       "detect_leaks=1";
}

static void
add(const void *p, size_t n)
{
	if (n > INPUT_MAX)
		n = INPUT_MAX;
	mem_grow(&inputs, &cap, count + 1);
	inputs[count].p = mem_calloc(n, 1);
	if (n > 0)
		memcpy(inputs[count].p, p, n);
	inputs[count++].n = n;
}

static void
add_folder(const char *dir)
{
	struct buf b;
	char **names, *path;
	size_t i, n;

	if (file_list(&names, &n, dir) < 0)
		return;
	for (i = 0; i < n; i++) {
		path = path_join(dir, names[i]);
		buf_init(&b, INPUT_MAX);
		if (file_read(&b, path) == 0)
			add(b.data, b.len);
		buf_clear(&b);
		mem_free(path);
	}
	file_list_free(names, n);
}

/* Leave the input that failed where a person can find it. */
static void
leave(void)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "bin/fuzz-%s.bin", name);
	f = fopen(path, "we");
	if (f == NULL)
		return;
	fwrite(now, 1, now_n, f);
	fclose(f);
	fprintf(stderr, "# the input is in %s\n", path);
}

static void
too_slow(int sig)
{
	static const char words[] = "# an input took too long\n";

	(void)sig;
	(void)!write(STDERR_FILENO, words, sizeof(words) - 1);
	leave();
	_exit(1);
}

static void
try_input(void)
{
	/* An exact copy: reading one byte past the end is seen. */
	uint8_t *p = mem_calloc(now_n, 1);

	memcpy(p, now, now_n);
	alarm(SECONDS);
	LLVMFuzzerTestOneInput(p, now_n);
	alarm(0);
	mem_free(p);
}

/* What sizes and counts break on, in both byte orders. */
static void
put_number(struct rng *r, size_t at)
{
	static const uint64_t edges[] = { 0, 1, 0x7f, 0x80, 0xff, 0x7fff,
		0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
		0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff };
	uint64_t v = edges[rng_below(r, LENGTH(edges))];
	size_t width = (size_t)1 << rng_below(r, 4), i;
	int big = (int)rng_below(r, 2);

	for (i = 0; i < width && at + i < now_n; i++)
		now[at + i] = (uint8_t)(v >> 8 * (big ? width - 1 - i : i));
}

static void
remove_range(struct rng *r, size_t at)
{
	size_t n = 1 + rng_below(r, now_n - at < 64 ? now_n - at : 64);

	memmove(now + at, now + at + n, now_n - at - n);
	now_n -= n;
}

static void
insert(size_t at, const uint8_t *p, size_t n)
{
	if (n > INPUT_MAX - now_n)
		n = INPUT_MAX - now_n;
	memmove(now + at + n, now + at, now_n - at);
	memmove(now + at, p, n);
	now_n += n;
}

static void
insert_range(struct rng *r, size_t at)
{
	const struct input *in = &inputs[rng_below(r, count)];
	uint8_t bytes[64];
	size_t n, from;

	if (in->n == 0)
		return;
	from = rng_below(r, in->n);
	n = 1 + rng_below(r, in->n - from < 64 ? in->n - from : 64);
	memcpy(bytes, in->p + from, n);
	insert(at, bytes, n);
}

static void
mutate_once(struct rng *r)
{
	size_t at, i;

	if (now_n == 0) {
		now[0] = (uint8_t)rng_u64(r);
		now_n = 1;
		return;
	}
	at = rng_below(r, now_n);
	/* Headers are at the front: half of all changes go there. */
	if (rng_below(r, 2) == 0 && now_n > 64)
		at = rng_below(r, 64);
	switch (rng_below(r, 8)) {
	case 0:
	case 1: now[at] ^= (uint8_t)(1u << rng_below(r, 8)); break;
	case 2: now[at] = (uint8_t)rng_u64(r); break;
	case 3:
	case 4: put_number(r, at); break;
	case 5: remove_range(r, at); break;
	case 6: insert_range(r, at); break;
	default:
		if (rng_below(r, 4) == 0)
			now_n = at; /* cut short */
		else
			for (i = at; i < now_n && i < at + 16; i++)
				now[i] = (uint8_t)rng_u64(r);
	}
}

static void
run(long runs)
{
	struct rng r;
	const struct input *in;
	size_t i, k;

	for (i = 0; i < count + (size_t)runs; i++) {
		in = &inputs[i % count];
		memcpy(now, in->p, in->n);
		now_n = in->n;
		rng_init(&r, i, 0);
		if (i >= count)
			for (k = 1 + rng_below(&r, 6); k > 0; k--)
				mutate_once(&r);
		try_input();
		if (i % LEAK_EVERY == 0 && __lsan_do_recoverable_leak_check()) {
			fprintf(stderr, "# leak by run %zu\n", i);
			_exit(1);
		}
	}
}

int
main(int argc, char **argv)
{
	const char *env = getenv("FUZZ_RUNS");
	int64_t runs = 5000;
	char *dir;
	int i;

	name = path_base(argv[0]);
	log_init(name, -1);
	if (env != NULL && num_int(&runs, env, 0, 1 << 30) < 0)
		return 2;
	now = mem_calloc(INPUT_MAX, 1);
	dir = mem_printf("tests/fuzz/corpus/%s", name);
	add_folder(dir);
	mem_free(dir);
	if (fuzz_seed != NULL)
		fuzz_seed(add);
	/* Files given are tried as they are: to look at a failure again. */
	for (i = 1; i < argc; i++) {
		struct buf b;

		buf_init(&b, INPUT_MAX);
		if (file_read(&b, argv[i]) == 0)
			add(b.data, b.len);
		buf_clear(&b);
		runs = 0;
	}
	printf("1..1\n");
	fflush(stdout);
	signal(SIGALRM, too_slow);
	__sanitizer_set_death_callback(leave);
	if (count == 0)
		add("", 0);
	run((long)runs);
	printf("ok 1 - %zu inputs, %ld mutations\n", count, (long)runs);
	for (; count > 0; count--)
		mem_free(inputs[count - 1].p);
	mem_free(inputs);
	mem_free(now);
	return 0;
}
