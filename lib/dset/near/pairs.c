/* Hashes that differ in few bits, by their bands: see pairs.h. */
#include "dset/near/pairs.h"

#include "base/err.h"
#include "base/mem.h"

enum { BANDS = 4, BAND_BITS = 16, BUCKETS = 1 << BAND_BITS };

/* Of each band: where the hashes with each value of it stand in at. */
struct bands {
	uint32_t *first[BANDS]; /* BUCKETS + 1 */
	uint32_t *at[BANDS];    /* n */
};

static unsigned
band(uint64_t v, int b)
{
	return (unsigned)(v >> (b * BAND_BITS)) & (BUCKETS - 1);
}

static void
make_band(struct bands *t, const uint64_t *v, size_t n, int b)
{
	uint32_t *first = mem_array(uint32_t, BUCKETS + 2), *end = first + 1;

	for (size_t i = 0; i < n; i++)
		first[band(v[i], b) + 2]++;
	for (size_t k = 2; k < BUCKETS + 2; k++)
		first[k] += first[k - 1];
	/* now end[k] is where bucket k begins; it grows to its end, which is
	 * where the next one begins */
	t->at[b] = mem_array(uint32_t, n + 1);
	for (size_t i = 0; i < n; i++)
		t->at[b][end[band(v[i], b)]++] = (uint32_t)i;
	t->first[b] = first;
}

struct search {
	const struct bands *t;
	const uint64_t *v;
	size_t i;
	int bits, b;
	int (*found)(void *ctx, size_t i, size_t j);
	void *ctx;
};

/* Those before i whose band is `value`. */
static int
look_in(const struct search *s, unsigned value)
{
	const uint32_t *first = s->t->first[s->b], *at = s->t->at[s->b];

	for (uint32_t k = first[value]; k < first[value + 1]; k++) {
		const size_t j = at[k];

		if (j >= s->i)
			break;
		if (__builtin_popcountll(s->v[s->i] ^ s->v[j]) <= s->bits)
			TRY(s->found(s->ctx, j, s->i));
	}
	return 0;
}

/* value with up to `flips` of its bits from bit `from` on changed. */
static int
look_around(const struct search *s, unsigned value, int from, int flips)
{
	TRY(look_in(s, value));
	for (int k = from; k < BAND_BITS && flips > 0; k++)
		TRY(look_around(s, value ^ (1u << k), k + 1, flips - 1));
	return 0;
}

int
pairs_find(const uint64_t *v, size_t n, int bits,
    int (*found)(void *ctx, size_t i, size_t j), void *ctx)
{
	struct bands t = { .first = { NULL } };
	struct search s = {
		.t = &t, .v = v, .bits = bits, .found = found, .ctx = ctx
	};
	int rc = 0;

	for (int b = 0; b < BANDS; b++)
		make_band(&t, v, n, b);
	for (s.i = 0; s.i < n && rc >= 0; s.i++)
		for (s.b = 0; s.b < BANDS && rc >= 0; s.b++)
			rc =
			    look_around(&s, band(v[s.i], s.b), 0, bits / BANDS);
	for (int b = 0; b < BANDS; b++) {
		mem_free(t.first[b]);
		mem_free(t.at[b]);
	}
	return rc;
}
