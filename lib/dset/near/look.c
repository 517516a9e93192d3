/* The hash of a picture by its cosine transform: see look.h. */
#include "dset/near/look.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { SIDE = 32, LOW = 11, BITS = 64 };

/* Luma that differs by less than this all over, as a deviation, is flat. */
#define FLAT 1.5

/* Of the variance, that small pictures may differ by. */
#define SHARE 0.03

static double cosine[LOW][SIDE];
static uint8_t order[BITS][2]; /* row and column of the frequencies */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
make_tables(void)
{
	int n = 0;

	for (int u = 0; u < LOW; u++)
		for (int x = 0; x < SIDE; x++)
			cosine[u][x] =
			    cos(acos(-1.0) * (2 * x + 1) * u / (2.0 * SIDE));
	for (int d = 1; n < BITS; d++)
		for (int u = 0; u <= d && n < BITS; u++, n++) {
			order[n][0] = (uint8_t)u;
			order[n][1] = (uint8_t)(d - u);
		}
}

static int
compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* v: (32, 32). */
static uint64_t
hash(const double *v)
{
	double rows[SIDE][LOW], c[BITS], sorted[BITS], median;
	uint64_t h = 0;

	for (int y = 0; y < SIDE; y++)
		for (int u = 0; u < LOW; u++) {
			rows[y][u] = 0;
			for (int x = 0; x < SIDE; x++)
				rows[y][u] += v[y * SIDE + x] * cosine[u][x];
		}
	for (int i = 0; i < BITS; i++) {
		c[i] = 0;
		for (int y = 0; y < SIDE; y++)
			c[i] += rows[y][order[i][1]] * cosine[order[i][0]][y];
	}
	memcpy(sorted, c, sizeof(c));
	qsort(sorted, BITS, sizeof(*sorted), compare);
	median = (sorted[BITS / 2 - 1] + sorted[BITS / 2]) / 2;
	for (int i = 0; i < BITS; i++)
		h |= (uint64_t)(c[i] > median) << i;
	return h;
}

/* Blocks of 4 x 4 pixels become one. */
static void
shrink(uint8_t *out, const uint8_t *rgb)
{
	const int block = SIDE / LOOK_SIDE;

	for (int y = 0; y < LOOK_SIDE; y++)
		for (int x = 0; x < LOOK_SIDE; x++)
			for (int c = 0; c < 3; c++) {
				int sum = block * block / 2;

				for (int k = 0; k < block * block; k++)
					sum += rgb[((y * block + k / block) *
							   SIDE +
						       x * block + k % block) *
						3 +
					    c];
				*out++ = (uint8_t)(sum / (block * block));
			}
}

int
look_at(struct look *out, const struct image *im, struct image tools[2])
{
	struct image *small = &tools[0];
	double v[SIDE * SIDE], sum = 0, square = 0;

	pthread_once(&once, make_tables);
	TRY(image_resize(small, im, SIDE, SIDE, &tools[1]));
	TRY(image_channels(small, 3));
	for (int i = 0; i < SIDE * SIDE; i++) {
		const uint8_t *p = small->data + (size_t)i * 3;

		v[i] = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
		sum += v[i];
		square += v[i] * v[i];
	}
	sum /= SIDE * SIDE;
	out->hash =
	    square / (SIDE * SIDE) - sum * sum < FLAT * FLAT ? 0 : hash(v);
	shrink(out->rgb, small->data);
	return 0;
}

int
look_bits(uint64_t a, uint64_t b)
{
	return __builtin_popcountll(a ^ b);
}

struct moments {
	double mean;     /* of all bytes */
	double variance; /* of them about the mean of their channel */
};

static struct moments
moments(const struct look *a)
{
	struct moments m = { 0 };

	for (int c = 0; c < 3; c++) {
		double sum = 0, square = 0;

		for (int i = c; i < LOOK_BYTES; i += 3) {
			sum += a->rgb[i];
			square += (double)a->rgb[i] * a->rgb[i];
		}
		sum /= LOOK_SIDE * LOOK_SIDE;
		m.mean += sum / 3;
		m.variance +=
		    (square / (LOOK_SIDE * LOOK_SIDE) - sum * sum) / 3;
	}
	return m;
}

bool
look_alike(const struct look *a, const struct look *b)
{
	const struct moments m = moments(a), n = moments(b);
	const double variance = (m.variance + n.variance) / 2;
	const double lift = m.mean - n.mean;
	double d = 0;

	for (int i = 0; i < LOOK_BYTES; i++) {
		const double e = a->rgb[i] - b->rgb[i] - lift;

		d += e * e;
	}
	return d / LOOK_BYTES <= SHARE * variance + 9 &&
	    fabs(lift) <= 3 + sqrt(variance) / 2;
}
