/* Two principal components: see pca.h. */
#include "infer/classes/pca.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum { ITERATIONS = 500 };
#define NEAR_ENOUGH 1e-10
#define NOTHING     1e-6

static void
centre(float *v, size_t n, size_t d)
{
	for (size_t k = 0; k < d; k++) {
		double sum = 0;

		for (size_t i = 0; i < n; i++)
			sum += (double)v[i * d + k];
		for (size_t i = 0; i < n; i++)
			v[i * d + k] =
			    (float)((double)v[i * d + k] - sum / (double)n);
	}
}

static double
product(const double *a, const double *b, size_t d)
{
	double sum = 0;

	for (size_t k = 0; k < d; k++)
		sum += a[k] * b[k];
	return sum;
}

static double
along(const float *point, const double *axis, size_t d)
{
	double sum = 0;

	for (size_t k = 0; k < d; k++)
		sum += (double)point[k] * axis[k];
	return sum;
}

/* To length 1; of nothing there is none. */
static double
normalise(double *a, size_t d)
{
	const double length = sqrt(product(a, a, d));

	for (size_t k = 0; k < d && length > 0; k++)
		a[k] /= length;
	return length;
}

/* to = X^T X from, for both at once. */
static void
spread(double *to, const double *from, const float *v, size_t n, size_t d)
{
	memset(to, 0, 2 * d * sizeof(*to));
	for (size_t i = 0; i < n; i++) {
		const float *p = v + i * d;
		const double a = along(p, from, d), b = along(p, from + d, d);

		for (size_t k = 0; k < d; k++) {
			to[k] += a * (double)p[k];
			to[d + k] += b * (double)p[k];
		}
	}
}

/* The second is made upright to the first; where nothing is left of it but what
 * rounding left, there is none. */
static void
upright(double *axes, size_t d)
{
	const double before = sqrt(product(axes + d, axes + d, d));

	for (int times = 0; times < 2; times++) {
		const double share = product(axes, axes + d, d);

		for (size_t k = 0; k < d; k++)
			axes[d + k] -= share * axes[k];
	}
	if (normalise(axes + d, d) <= NOTHING * before)
		memset(axes + d, 0, d * sizeof(*axes));
}

/* Axes (2, d) of length 1; beside zeros, where points spread in fewer. */
static void
find_axes(double *axes, const float *v, size_t n, size_t d)
{
	double *next = mem_array(double, 2 * d);

	for (size_t k = 0; k < d; k++) {
		axes[k] = 1 + cos((double)k);
		axes[d + k] = sin(3.0 * (double)k + 1);
	}
	for (int i = 0; i < ITERATIONS; i++) {
		double moved = 0;

		spread(next, axes, v, n, d);
		normalise(next, d);
		upright(next, d);
		for (size_t k = 0; k < 2 * d; k++)
			moved = fmax(moved, fabs(next[k] - axes[k]));
		memcpy(axes, next, 2 * d * sizeof(*axes));
		if (moved < NEAR_ENOUGH)
			break;
	}
	mem_free(next);
}

/* Which way is up is nobody's: the greatest part is positive. */
static void
turn(double *axis, size_t d)
{
	size_t most = 0;

	for (size_t k = 1; k < d; k++)
		if (fabs(axis[k]) > fabs(axis[most]))
			most = k;
	if (axis[most] >= 0)
		return;
	for (size_t k = 0; k < d; k++)
		axis[k] = -axis[k];
}

void
pca_plane(double *xy, double share[2], float *v, size_t n, size_t d)
{
	double *axes = mem_array(double, 2 * d), all = 0;

	centre(v, n, d);
	find_axes(axes, v, n, d);
	turn(axes, d);
	turn(axes + d, d);
	share[0] = share[1] = 0;
	for (size_t i = 0; i < n * d; i++)
		all += (double)v[i] * (double)v[i];
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 2; k++) {
			const double at = along(v + i * d, axes + k * d, d);

			xy[2 * i + k] = at;
			share[k] += all > 0 ? at * at / all : 0;
		}
	mem_free(axes);
}
