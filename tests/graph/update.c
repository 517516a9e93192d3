/*
 * The solvers' arithmetic: against plain formulas in double, whatever the number
 * of threads to the bit, and with no gradient.  (Caffe's own trajectories are in
 * tests/ref/solvers.c.)
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/queue.h"
#include "base/rng.h"
#include "graph/update.h"

enum { N = 40000, PARAMS = 2 };

struct state {
	float w[N], g[N], h[2][N];
};

static void
fill(struct state *s)
{
	struct rng r;

	rng_init(&r, 3, 0);
	for (size_t i = 0; i < N; i++) {
		s->w[i] = (float)(rng_uniform(&r) - 0.5);
		s->g[i] = (float)(rng_uniform(&r) - 0.5);
		s->h[0][i] = (float)rng_uniform(&r);
		s->h[1][i] = (float)rng_uniform(&r);
	}
}

/* Two parameters of one state: the first third, and the rest. */
static void
step(struct state *s, struct update *u, bool no_grad, struct pool *pool)
{
	static const struct update_param params[PARAMS] = {
		{ 0, 0, { 0, 0 }, 1, 1 },
		{ 1, 1, { 1, 1 }, 2, 0.5F },
	};
	const size_t third = N / 3;
	struct update_host h[PARAMS] = {
		{ s->w, s->g, { s->h[0], s->h[1] }, third },
		{ s->w + third, s->g + third,
		    { s->h[0] + third, s->h[1] + third }, N - third },
	};

	if (no_grad)
		h[1].g = NULL;
	u->params = params;
	u->n = PARAMS;
	update_on_host(u, h, pool);
}

static struct update
settings(enum update_fn fn)
{
	return (struct update){ .fn = fn,
		.rate = 0.01F,
		.momentum = 0.9F,
		.momentum2 = 0.99F,
		.delta = 1e-3F,
		.rms_decay = 0.95F,
		.weight_decay = 0.1F,
		.clip = 20,
		.iter_size = 3,
		.iteration = 4 };
}

/* One element by the papers' formulas; trust is LAMB's. */
static double
formula(const struct update *u, double w, double g, double h0, double h1,
    double rate, double decay, double trust)
{
	const double m = (double)u->momentum, m2 = (double)u->momentum2;
	const double eps = (double)u->delta, r = (double)u->rms_decay;
	const double t = (double)u->iteration + 1;
	const bool own = u->fn == UPDATE_ADAMW || u->fn == UPDATE_LAMB;
	double v, s;

	if (!own)
		g += decay * w;
	switch (u->fn) {
	case UPDATE_SGD: return w - (rate * g + m * h0);
	case UPDATE_NESTEROV:
		v = rate * g + m * h0;
		return w - ((1 + m) * v - m * h0);
	case UPDATE_ADAGRAD: return w - rate * g / (sqrt(h0 + g * g) + eps);
	case UPDATE_RMSPROP:
		return w - rate * g / (sqrt(r * h0 + (1 - r) * g * g) + eps);
	case UPDATE_ADADELTA:
		v = m * h0 + (1 - m) * g * g;
		return w - rate * g * sqrt((h1 + eps) / (v + eps));
	default: break;
	}
	v = m * h0 + (1 - m) * g;
	s = m2 * h1 + (1 - m2) * g * g;
	if (u->fn == UPDATE_LAMB)
		return w -
		    rate * trust *
		    (v / (1 - pow(m, t)) / (sqrt(s / (1 - pow(m2, t))) + eps) +
			decay * w);
	if (u->fn == UPDATE_ADAMW)
		w -= rate * decay * w;
	return w -
	    rate * sqrt(1 - pow(m2, t)) / (1 - pow(m, t)) * v / (sqrt(s) + eps);
}

/* Norm of the weights over norm of the step, of elements from..to. */
static double
trust_of(const struct update *u, const struct state *s, double scale,
    size_t from, size_t to, double decay)
{
	double ww = 0, ss = 0;

	for (size_t i = from; i < to; i++) {
		const double w = (double)s->w[i];
		const double d = w -
		    formula(u, w, scale * (double)s->g[i], (double)s->h[0][i],
			(double)s->h[1][i], 1, decay, 1);

		ww += w * w;
		ss += d * d;
	}
	return sqrt(ww / ss);
}

static void
test_formulas(void **state)
{
	struct state *was = mem_new(struct state), *is = mem_new(struct state);
	double norm = 0, scale, trust[2];

	(void)state;
	fill(was);
	for (size_t i = 0; i < N; i++)
		norm += (double)was->g[i] * (double)was->g[i];
	scale = 20 / sqrt(norm) / 3;
	assert_true(scale < 1.0 / 3); /* it does clip */
	for (int fn = 0; fn < UPDATE_KINDS; fn++) {
		struct update u = settings((enum update_fn)fn);

		fill(is);
		step(is, &u, false, NULL);
		trust[0] = trust_of(&u, was, scale, 0, N / 3, 0.1);
		trust[1] = trust_of(&u, was, scale, N / 3, N, 0.05);
		for (size_t i = 0; i < N; i++) {
			const bool first = i < N / 3;
			const double want = formula(&u, (double)was->w[i],
			    scale * (double)was->g[i], (double)was->h[0][i],
			    (double)was->h[1][i], first ? 0.01 : 0.02,
			    first ? 0.1 : 0.05, trust[!first]);

			if (!(fabs(want - (double)is->w[i]) < 1e-6))
				fail_msg("solver %d, %zu: %g for %g", fn, i,
				    (double)is->w[i], want);
		}
	}
	mem_free(was);
	mem_free(is);
}

static void
test_threads(void **state)
{
	struct state *a = mem_new(struct state), *b = mem_new(struct state);

	(void)state;
	for (int threads = 1; threads <= 5; threads += 2) {
		struct pool *pool;

		assert_int_equal(pool_new(&pool, threads), 0);
		for (int fn = 0; fn < UPDATE_KINDS; fn++) {
			struct update u = settings((enum update_fn)fn);

			u.l1 = fn % 2;
			fill(a);
			fill(b);
			step(a, &u, false, NULL);
			step(b, &u, false, pool);
			assert_memory_equal(a->w, b->w, sizeof(a->w));
			assert_memory_equal(a->h, b->h, sizeof(a->h));
		}
		pool_free(pool);
	}
	mem_free(a);
	mem_free(b);
}

/* No gradient is a gradient of zeros. */
static void
test_no_gradient(void **state)
{
	struct state *a = mem_new(struct state), *b = mem_new(struct state);

	(void)state;
	for (int fn = 0; fn < UPDATE_KINDS; fn++) {
		struct update u = settings((enum update_fn)fn);

		fill(a);
		fill(b);
		memset(a->g + N / 3, 0, (N - N / 3) * sizeof(float));
		step(a, &u, false, NULL);
		step(b, &u, true, NULL);
		assert_memory_equal(a->w, b->w, sizeof(a->w));
		assert_memory_equal(a->h, b->h, sizeof(a->h));
	}
	mem_free(a);
	mem_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formulas),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_no_gradient),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
