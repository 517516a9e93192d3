/* Pictures that look the same: hashes, pairs of them, groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "dset/near/near_int.h"
#include "dset/near/pairs.h"

enum { SIDE = 96 };

/* Smooth waves of several directions in colour. */
static void
paint(struct image *im, int seed, int w, int h)
{
	struct rng r;
	double a[3][4][3];

	rng_init(&r, (uint64_t)seed, 0);
	for (int c = 0; c < 3; c++)
		for (int k = 0; k < 4; k++)
			for (int i = 0; i < 3; i++)
				a[c][k][i] = rng_uniform(&r);
	assert_int_equal(image_resize_buffer(im, w, h, 3), 0);
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++)
			for (int c = 0; c < 3; c++) {
				double v = 128;

				for (int k = 0; k < 4; k++) {
					const double *p = a[c][k];
					double t = p[0] * 6 * x / w +
					    p[1] * 6 * y / h + p[2];

					v += 30 * (2 * (t - (int)t) - 1);
				}
				im->data[((size_t)y * (size_t)w + (size_t)x) *
					3 +
				    (size_t)c] = (uint8_t)v;
			}
}

static void
look_of(struct look *out, const struct image *im)
{
	struct image tools[2];

	image_init(&tools[0]);
	image_init(&tools[1]);
	assert_int_equal(look_at(out, im, tools), 0);
	image_clear(&tools[0]);
	image_clear(&tools[1]);
}

/* What is done to a picture that stays the same to the eye. */
static void
same_to_the_eye(void **state)
{
	struct image im, other;
	struct look a, b;

	(void)state;
	image_init(&im);
	image_init(&other);
	for (int seed = 0; seed < 20; seed++) {
		paint(&im, seed, SIDE, SIDE);
		look_of(&a, &im);
		assert_true(a.hash != 0);
		assert_true(image_resize(&other, &im, 61, 47, NULL) == 0);
		look_of(&b, &other);
		assert_in_range(look_bits(a.hash, b.hash), 0, NEAR_BITS);
		assert_true(look_alike(&a, &b));
		for (size_t i = 0; i < SIDE * SIDE * 3; i++)
			im.data[i] = (uint8_t)(im.data[i] * 0.95 + 8);
		look_of(&b, &im);
		assert_in_range(look_bits(a.hash, b.hash), 0, NEAR_BITS);
		assert_true(look_alike(&a, &b));
		paint(&im, seed + 1000, SIDE, SIDE);
		look_of(&b, &im);
		assert_true(look_bits(a.hash, b.hash) > 2 * NEAR_BITS);
	}
	image_clear(&im);
	image_clear(&other);
}

/* The same outlines in other colours; and pictures of one colour each. */
static void
colours(void **state)
{
	struct image im;
	struct look a, b;

	(void)state;
	image_init(&im);
	paint(&im, 1, SIDE, SIDE);
	for (size_t i = 0; i < SIDE * SIDE; i++) {
		uint8_t *p = im.data + i * 3;
		const uint8_t v = (uint8_t)(p[0] / 4);

		p[0] = v;
		p[1] = 0;
		p[2] = 0;
	}
	look_of(&a, &im);
	for (size_t i = 0; i < SIDE * SIDE; i++) {
		uint8_t *p = im.data + i * 3;

		p[2] = (uint8_t)(p[0] * 2.6);
		p[0] = 0;
	}
	look_of(&b, &im);
	assert_in_range(look_bits(a.hash, b.hash), 0, 3);
	assert_false(look_alike(&a, &b));
	memset(im.data, 40, SIDE * SIDE * 3);
	look_of(&a, &im);
	assert_true(a.hash == 0);
	memset(im.data, 43, SIDE * SIDE * 3);
	look_of(&b, &im);
	assert_true(look_alike(&a, &b));
	memset(im.data, 44, SIDE * SIDE * 3);
	look_of(&b, &im);
	assert_false(look_alike(&a, &b));
	image_clear(&im);
}

struct heard {
	const uint64_t *v;
	size_t n;
	int bits;
	uint8_t *seen; /* (n, n) */
};

static int
hear(void *ctx, size_t i, size_t j)
{
	struct heard *h = ctx;

	assert_true(i < j && j < h->n);
	assert_true(look_bits(h->v[i], h->v[j]) <= h->bits);
	h->seen[i * h->n + j] = 1;
	return 0;
}

static int
refuse(void *ctx, size_t i, size_t j)
{
	(void)ctx;
	(void)i;
	(void)j;
	return ERR_STOPPED;
}

/* As all compared with all: hashes in clusters, so that there are pairs. */
static void
pairs(void **state)
{
	enum { N = 600 };
	static const int limits[] = { 0, 1, 3, 4, 6, 7, 11, PAIRS_BITS_MAX };
	uint64_t v[N];
	struct rng r;

	(void)state;
	rng_init(&r, 3, 0);
	for (size_t i = 0; i < N; i++) {
		v[i] = i % 5 == 0 ? rng_below(&r, UINT64_MAX) : v[i - i % 5];
		for (size_t k = 0; k < i % 5 * 4; k++)
			v[i] ^= (uint64_t)1 << rng_below(&r, 64);
	}
	for (size_t l = 0; l < LENGTH(limits); l++) {
		struct heard h = { v, N, limits[l],
			mem_array(uint8_t, (size_t)N * N) };
		size_t wanted = 0;

		assert_int_equal(pairs_find(v, N, limits[l], hear, &h), 0);
		for (size_t i = 0; i < N; i++)
			for (size_t j = i + 1; j < N; j++) {
				const bool near =
				    look_bits(v[i], v[j]) <= limits[l];

				wanted += near;
				assert_int_equal(h.seen[i * N + j], near);
			}
		assert_true(limits[l] < 4 || wanted > 0);
		mem_free(h.seen);
	}
	assert_int_equal(pairs_find(v, N, 15, refuse, NULL), ERR_STOPPED);
	assert_int_equal(pairs_find(v, 0, 6, refuse, NULL), 0);
}

static struct near_item
item(uint64_t hash, int gray, uint8_t part, int label)
{
	struct near_item x = { .look = { .hash = hash },
		.print = { hash + 1, (uint64_t)gray },
		.part = part,
		.label = label };

	memset(x.look.rgb, gray, sizeof(x.look.rgb));
	return x;
}

/* Chains become one group, in the order of the records; other colours do not. */
static void
groups(void **state)
{
	const struct near_options o = { .bits = 2 };
	struct near_item v[] = {
		item(0xf0, 10, DSET_TRAIN, 1), item(0xff00, 10, DSET_TRAIN, 1),
		item(0xf3, 11, DSET_TRAIN, 2),  /* of 0 */
		item(0xff, 12, DSET_VAL, 1),    /* of 2 */
		item(0xff00, 90, DSET_VAL, 1),  /* not of 1 */
		item(0xff00, 10, DSET_TEST, 1), /* of 1, a copy */
	};
	struct near_set s = {
		.o = &o, .v = v, .n = LENGTH(v), .classes = true
	};
	struct near_figures f;

	(void)state;
	assert_int_equal(near_join(&s), 0);
	assert_int_equal(s.ngroups, 2);
	assert_int_equal(s.group[0].n, 3);
	assert_int_equal(s.group[0].item[1], 2);
	assert_int_equal(s.group[0].item[2], 3);
	assert_true(s.group[0].across && s.group[0].conflict);
	assert_int_equal(s.group[1].n, 2);
	assert_int_equal(s.group[1].item[0], 1);
	assert_true(s.group[1].across && !s.group[1].conflict);
	assert_true(v[4].group == NEAR_ALONE);
	near_count(&f, &s);
	assert_int_equal(f.near, 3);
	assert_int_equal(f.equal, 1);
	assert_int_equal(f.leaks, 2);
	assert_int_equal(f.conflicts, 1);
	for (size_t i = 0; i < s.ngroups; i++)
		mem_free(s.group[i].item);
	mem_free(s.group);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_to_the_eye),
		cmocka_unit_test(colours),
		cmocka_unit_test(pairs),
		cmocka_unit_test(groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
