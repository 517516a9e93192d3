/* Pictures and fingerprints that are the same everywhere, for the tests of
 * lib/image.  The expected fingerprints were made with Pillow 9.4. */
#ifndef TESTS_IMAGE_PATTERN_H
#define TESTS_IMAGE_PATTERN_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "image/image.h"

static inline void
pattern_noise(struct image *im, int w, int h, int c, uint64_t seed)
{
	uint64_t s = seed;

	assert_int_equal(image_resize_buffer(im, w, h, c), 0);
	for (size_t i = 0; i < (size_t)w * (size_t)h * (size_t)c; i++) {
		s = s * 6364136223846793005ull + 1442695040888963407ull;
		im->data[i] = (uint8_t)(s >> 56);
	}
}

/* Slopes, as photographs have: what JPEG can keep. */
static inline void
pattern_smooth(struct image *im, int w, int h, int c)
{
	uint8_t *p;

	assert_int_equal(image_resize_buffer(im, w, h, c), 0);
	p = im->data;
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++)
			for (int k = 0; k < c; k++)
				*p++ = (uint8_t)(x * 120 / w + y * 100 / h +
				    k * 10);
}

static inline uint64_t
pattern_hash(const struct image *im)
{
	uint64_t h = 0xcbf29ce484222325ull;
	size_t n =
	    (size_t)im->width * (size_t)im->height * (size_t)im->channels;

	for (size_t i = 0; i < n; i++)
		h = (h ^ im->data[i]) * 0x100000001b3ull;
	return h;
}

/* The largest difference between two pictures of one shape. */
static inline int
pattern_worst(const struct image *a, const struct image *b)
{
	int worst = 0;

	assert_int_equal(a->width, b->width);
	assert_int_equal(a->height, b->height);
	assert_int_equal(a->channels, b->channels);
	for (size_t i = 0;
	     i < (size_t)a->width * (size_t)a->height * (size_t)a->channels;
	     i++) {
		int d = a->data[i] - b->data[i];

		d = d < 0 ? -d : d;
		worst = d > worst ? d : worst;
	}
	return worst;
}

#endif
