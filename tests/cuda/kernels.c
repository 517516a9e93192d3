/*
 * Kernels by themselves, emulated (lib/cuda/host): what plans hand them seldom,
 * bases that lie on no boundary, and sizes of more than one tile or block.
 */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cuda/kern.h"

enum { SLACK = 8 };

static struct {
	int (*open)(struct cu_rt **out, int index, char name[96]);
	void (*close)(struct cu_rt *rt);
	void *(*stream)(struct cu_rt *rt);
	int (*add)(float *to, const float *from, size_t n, void *stream);
	int (*finish)(const struct cu_ending *f, void *stream);
	cu_kernel *convert, *cast, *bias_grad;
	size_t (*cast_cut)(const struct cu_call *c, void *table, size_t *size);
	bool (*cast_takes)(
	    const struct shape *s, struct cu_form from, struct cu_form to);
	float (*to_float)(enum cu_type type, uint16_t bits);
	uint16_t (*to_bits)(enum cu_type type, float v);
	size_t (*scratch)(const struct shape *s);
} fn;

static struct cu_rt *rt;

/* Small whole numbers, which are exact in every type. */
static float
number(size_t i)
{
	return (float)((i * 37 + i / 11) % 61) - 30;
}

static size_t
size_of(enum cu_type t)
{
	return t == CU_F32 ? sizeof(float) : sizeof(uint16_t);
}

static void
put(void *p, enum cu_type t, size_t i, float v)
{
	if (t == CU_F32)
		((float *)p)[i] = v;
	else
		((uint16_t *)p)[i] = fn.to_bits(t, v);
}

static float
get(const void *p, enum cu_type t, size_t i)
{
	if (t == CU_F32)
		return ((const float *)p)[i];
	return fn.to_float(t, ((const uint16_t *)p)[i]);
}

static void *
room(size_t n, enum cu_type t)
{
	return mem_array(char, (n + 2 * SLACK) * size_of(t));
}

static void *
at(void *p, enum cu_type t, size_t i)
{
	return (char *)p + i * size_of(t);
}

static void
test_add(void **state)
{
	const size_t n = 1003;
	float *x = room(n, CU_F32), *y = room(n, CU_F32);

	(void)state;
	for (size_t a = 0; a < 5; a++)
		for (size_t b = 0; b < 5; b++) {
			for (size_t i = 0; i < n + 2 * SLACK; i++) {
				x[i] = number(i);
				y[i] = number(i + 5);
			}
			assert_int_equal(
			    fn.add(y + a, x + b, n, fn.stream(rt)), 0);
			for (size_t i = 0; i < n + 2 * SLACK; i++)
				assert_true(y[i] ==
				    number(i + 5) +
					(i < a || i >= a + n
						? 0
						: number(i - a + b)));
		}
	mem_free(x);
	mem_free(y);
}

static size_t
place(const struct shape *s, bool last, size_t n, size_t c, size_t p)
{
	const size_t channels = (size_t)s->d[1];
	const size_t plane = (size_t)(s->d[2] * s->d[3]);

	return last ? (n * plane + p) * channels + c
		    : (n * channels + c) * plane + p;
}

/* From one form to another, both `off` elements behind a boundary. */
static void
check_convert(
    struct cu_form a, struct cu_form b, const struct shape *s, size_t off)
{
	const size_t n = (size_t)(s->d[0] * s->d[1] * s->d[2] * s->d[3]);
	const size_t plane = (size_t)(s->d[2] * s->d[3]);
	void *x = room(n, a.type), *y = room(n, b.type);
	struct cu_arg in = { at(x, a.type, off), s, a };
	struct cu_arg out = { at(y, b.type, off), s, b };
	struct cu_call c = { .nin = 1,
		.nout = 1,
		.in = &in,
		.out = &out,
		.stream = fn.stream(rt) };

	for (size_t i = 0; i < n + 2 * SLACK; i++)
		put(x, a.type, i, number(i));
	for (size_t i = 0; i < n + 2 * SLACK; i++)
		put(y, b.type, i, 77);
	assert_int_equal(fn.convert(&c), 0);
	for (size_t i = 0; i < n; i++) {
		const size_t p = i % plane, ch = i / plane % (size_t)s->d[1];
		const size_t item = i / plane / (size_t)s->d[1];

		assert_true(get(out.p, b.type, place(s, b.nhwc, item, ch, p)) ==
		    get(in.p, a.type, place(s, a.nhwc, item, ch, p)));
	}
	for (size_t i = 0; i < 2 * SLACK; i++)
		assert_true(get(y, b.type, i < off ? i : n + i) == 77 ||
		    (i >= off && n + i < n + off));
	mem_free(x);
	mem_free(y);
}

static void
test_convert(void **state)
{
	static const struct shape shapes[] = {
		{ .n = 4, .d = { 3, 70, 9, 31 } },
		{ .n = 4, .d = { 2, 3, 40, 30 } },
		{ .n = 4, .d = { 9, 64, 3, 3 } },
		{ .n = 4, .d = { 1, 1200, 1, 2 } },
		{ .n = 4, .d = { 5, 8, 2, 2 } },
	};

	(void)state;
	for (size_t k = 0; k < LENGTH(shapes); k++)
		for (int i = 0; i < 36; i++) {
			const struct cu_form a = { i % 3, i / 9 % 2 };
			const struct cu_form b = { i / 3 % 3, i / 18 };

			check_convert(a, b, &shapes[k], 0);
			check_convert(a, b, &shapes[k], 1);
		}
}

enum { CASTS = 6 * 36 };

/* Bytes of tensor k of a call, as cu_convert alone makes them. */
static void
check_alone(const struct cu_call *all, int k, float by)
{
	struct cu_arg out = all->out[k];
	const size_t n = shape_count(out.s);
	struct cu_call c = { .nin = 1,
		.nout = 1,
		.in = &all->in[k],
		.out = &out,
		.scaled = by != 1,
		.env = all->env,
		.stream = all->stream };

	out.p = room(n, out.form.type);
	assert_int_equal(fn.convert(&c), 0);
	assert_memory_equal(out.p, all->out[k].p, n * size_of(out.form.type));
	mem_free(out.p);
}

/* All that may go together, every third without its scale. */
static void
test_cast(void **state)
{
	static const struct shape shapes[] = {
		{ .n = 4, .d = { 5, 600, 3, 3 } },
		{ .n = 4, .d = { 67, 7, 5, 5 } },
		{ .n = 4, .d = { 2, 17, 16, 16 } },
		{ .n = 4, .d = { 2, 3, 40, 30 } },
		{ .n = 4, .d = { 1, 1200, 1, 2 } },
		{ .n = 4, .d = { 3, 4096, 2, 1 } },
	};
	struct cu_arg in[CASTS], out[CASTS];
	struct cu_env env = { .scale = 64 };
	bool scaled[CASTS];
	struct cu_casts q = { .scaled = scaled };
	struct cu_call c = { .in = in,
		.out = out,
		.env = &env,
		.extra = &q,
		.stream = fn.stream(rt) };
	size_t size;

	(void)state;
	for (int i = 0; i < CASTS; i++) {
		const struct shape *s = &shapes[i / 36];
		const size_t n = shape_count(s);
		const struct cu_form a = { i % 3, i / 9 % 2 };
		const struct cu_form b = { i / 3 % 3, i % 36 / 18 };
		const int k = c.nin;

		if (!fn.cast_takes(s, a, b))
			continue;
		in[k] = (struct cu_arg){ room(n, a.type), s, a };
		out[k] = (struct cu_arg){ room(n, b.type), s, b };
		scaled[k] = k % 3 == 0;
		for (size_t e = 0; e < n; e++)
			put(in[k].p, a.type, e, number(e + (size_t)k));
		c.nout = ++c.nin;
	}
	assert_in_range(c.nin, 100, CASTS);
	q.n = fn.cast_cut(&c, NULL, &size);
	q.table = mem_array(char, size);
	assert_int_equal(fn.cast_cut(&c, q.table, &size), q.n);
	assert_int_equal(fn.cast(&c), 0);
	for (int k = 0; k < c.nin; k++) {
		check_alone(&c, k, scaled[k] ? env.scale : 1);
		mem_free(in[k].p);
		mem_free(out[k].p);
	}
	mem_free(q.table);
}

/* relu(y + b + sum), with a slope below 0. */
static void
check_finish(enum cu_type t, size_t channels, size_t inner, size_t off)
{
	const size_t n = 7 * channels * inner;
	void *y = room(n, t), *sum = room(n, t);
	float *b = room(channels, CU_F32);
	const struct cu_ending f = { .y = at(y, t, off),
		.b = b + off,
		.sum = at(sum, t, off),
		.n = n,
		.channels = channels,
		.inner = inner,
		.type = t,
		.relu = true,
		.slope = 0.5F };

	for (size_t i = 0; i < n + 2 * SLACK; i++) {
		put(y, t, i, number(i));
		put(sum, t, i, number(i + 3));
	}
	for (size_t i = 0; i < channels + 2 * SLACK; i++)
		b[i] = number(i + 7);
	assert_int_equal(fn.finish(&f, fn.stream(rt)), 0);
	for (size_t i = 0; i < n; i++) {
		const float v = number(i + off) + number(i + off + 3) +
		    number(i / inner % channels + off + 7);

		assert_true(get(f.y, t, i) == (v < 0 ? v / 2 : v));
	}
	mem_free(y);
	mem_free(sum);
	mem_free(b);
}

static void
test_finish(void **state)
{
	static const size_t sizes[][2] = { { 8, 1 }, { 72, 1 }, { 600, 1 },
		{ 20, 1 }, { 5, 16 }, { 5, 49 }, { 3, 1200 }, { 1, 1 } };

	(void)state;
	for (size_t k = 0; k < LENGTH(sizes); k++)
		for (int t = CU_F32; t <= CU_F16; t++)
			for (size_t off = 0; off < 2; off++)
				check_finish((enum cu_type)t, sizes[k][0],
				    sizes[k][1], off);
}

/* Sums over many rows, in pieces; whole numbers, so that they are exact. */
static void
check_sums(enum cu_type t, const struct shape *s, bool last)
{
	const size_t n = (size_t)(s->d[0] * s->d[1] * s->d[2] * s->d[3]);
	const size_t channels = (size_t)s->d[1];
	const size_t plane = (size_t)(s->d[2] * s->d[3]);
	void *x = room(n, t);
	float *sums = mem_array(float, channels);
	float *want = mem_array(float, channels);
	const struct shape one = { .n = 1, .d = { s->d[1] } };
	struct cu_arg in = { x, s, { t, last } };
	struct cu_arg out = { sums, &one, { CU_F32, false } };
	struct cu_call c = { .nin = 1,
		.nout = 1,
		.in = &in,
		.out = &out,
		.form = { t, last },
		.scratch = mem_array(char, fn.scratch(s)),
		.stream = fn.stream(rt) };

	for (size_t i = 0; i < n; i++) {
		put(x, t, i, number(i));
		want[last ? i % channels : i / plane % channels] += number(i);
	}
	assert_int_equal(fn.bias_grad(&c), 0);
	for (size_t i = 0; i < channels; i++)
		assert_true(sums[i] == want[i]);
	mem_free(x);
	mem_free(sums);
	mem_free(want);
	mem_free(c.scratch);
}

static void
test_sums(void **state)
{
	static const struct shape shapes[] = {
		{ .n = 4, .d = { 3, 70, 9, 31 } },
		{ .n = 4, .d = { 2, 16, 60, 61 } },
		{ .n = 4, .d = { 40, 1, 20, 20 } },
		{ .n = 4, .d = { 6, 1200, 2, 2 } },
		{ .n = 4, .d = { 300, 3, 4, 4 } },
	};

	(void)state;
	for (size_t k = 0; k < LENGTH(shapes); k++)
		for (int t = CU_F32; t <= CU_F16; t++)
			for (int last = 0; last < 2; last++)
				check_sums((enum cu_type)t, &shapes[k], last);
}

static bool
find(void *module, const char *name, void *to)
{
	void *p = dlsym(module, name);

	if (p == NULL)
		fprintf(stderr, "no %s\n", name);
	memcpy(to, &p, sizeof(p));
	return p != NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_convert),
		cmocka_unit_test(test_cast),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_sums),
	};
	const char *obj = getenv("OBJ");
	char path[4096], name[96];
	void *so;
	int rc;

	snprintf(path, sizeof(path), "%s/emu/nnutils-cuda.so",
	    obj != NULL ? obj : "bin/obj");
	so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (so == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	if (!find(so, "rt_open", &fn.open) ||
	    !find(so, "rt_close", &fn.close) ||
	    !find(so, "rt_stream", &fn.stream) ||
	    !find(so, "cu_add", &fn.add) ||
	    !find(so, "cu_finish", &fn.finish) ||
	    !find(so, "cu_convert", &fn.convert) ||
	    !find(so, "cu_cast", &fn.cast) ||
	    !find(so, "cu_cast_cut", &fn.cast_cut) ||
	    !find(so, "cu_cast_takes", &fn.cast_takes) ||
	    !find(so, "cu_bias_grad", &fn.bias_grad) ||
	    !find(so, "cu_host_float", &fn.to_float) ||
	    !find(so, "cu_host_bits", &fn.to_bits) ||
	    !find(so, "cu_column_scratch", &fn.scratch) ||
	    fn.open(&rt, 0, name) < 0)
		return 1;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	fn.close(rt);
	return rc;
}
