/*
 * Dropout and its gradient, which is the same op: Philox4x32-10 (base/rng.h) on
 * sixteen counters at a time, in a form that the compiler turns into vectors.
 */
#include "onednn/plan.h"
#include "onednn/kern.h"

enum { WIDE = 16, WORDS = 4 * WIDE };

struct dropout {
	size_t n;
	uint32_t stream, below;
	bool all; /* ratio 1 */
	float scale;
};

/* Words 4i..4i+3 of word[] belong to counter first + i. */
OD_CLONES static void
philox(uint32_t word[WORDS], uint64_t seed, uint32_t stream, uint64_t first)
{
	uint32_t c0[WIDE], c1[WIDE], c2[WIDE], c3[WIDE];
	uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
	int i, round;

	for (i = 0; i < WIDE; i++) {
		c0[i] = (uint32_t)(first + (uint64_t)i);
		c1[i] = (uint32_t)((first + (uint64_t)i) >> 32);
		c2[i] = stream;
		c3[i] = 0;
	}
	for (round = 0; round < 10; round++) {
		for (i = 0; i < WIDE; i++) {
			uint64_t p0 = (uint64_t)0xd2511f53u * c0[i];
			uint64_t p1 = (uint64_t)0xcd9e8d57u * c2[i];

			c0[i] = (uint32_t)(p1 >> 32) ^ c1[i] ^ k0;
			c1[i] = (uint32_t)p1;
			c2[i] = (uint32_t)(p0 >> 32) ^ c3[i] ^ k1;
			c3[i] = (uint32_t)p0;
		}
		k0 += 0x9e3779b9u;
		k1 += 0xbb67ae85u;
	}
	for (i = 0; i < WIDE; i++) {
		word[4 * i] = c0[i];
		word[4 * i + 1] = c1[i];
		word[4 * i + 2] = c2[i];
		word[4 * i + 3] = c3[i];
	}
}

OD_CLONES static void
drop(const struct dropout *a, const uint32_t *word, size_t n, const float *x,
    float *y)
{
	size_t i;

	for (i = 0; i < n; i++)
		y[i] = word[i] < a->below ? 0 : x[i] * a->scale;
}

static int
run_dropout(struct od_plan *p, const struct od_step *s)
{
	const struct dropout *a = s->arg;
	const float *x = s->ptr[0];
	float *y = s->ptr[1];

	if (a->all) {
		memset(y, 0, a->n * sizeof(*y));
		return 0;
	}
#pragma omp parallel if (a->n > OD_GRAIN / 4)
	{
		size_t lo, hi, n;
		uint32_t word[WORDS];

		od_part(a->n, WORDS, &lo, &hi);
		for (; lo < hi; lo += n) {
			n = hi - lo < WORDS ? hi - lo : WORDS;
			philox(word, p->seed, a->stream,
			    p->iteration << 32 | lo / 4);
			drop(a, word, n, x + lo, y + lo);
		}
	}
	return 0;
}

int
od_build_dropout(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct op_dropout *d = &op->a.dropout;
	double below = (double)d->ratio * 4294967296.0;
	struct dropout a = { .stream = d->stream, .scale = 1 / (1 - d->ratio) };
	struct od_view v[2];

	a.all = below >= 4294967296.0;
	if (!a.all)
		a.below = (uint32_t)below + (below > (double)(uint32_t)below);
	TRY(od_want_plain(p, op->in[0], &v[0]));
	if (od_dies(p, i, op->in[0], &v[0])) {
		od_take(p, op->out[0], &v[0]);
		v[1] = v[0];
	} else {
		TRY(od_out_plain(p, op->out[0], &v[1]));
	}
	a.n = shape_count(od_shape(p, op->in[0]));
	return od_step_own(p, run_dropout, &a, sizeof(a), 0, v, 2);
}
