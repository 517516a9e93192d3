/* t-SNE of all pairs: see tsne.h. */
#include "infer/classes/tsne.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/queue.h"
#include "base/rng.h"
#include "base/stop.h"
#include "infer/classes/pca.h"

enum {
	EARLY = 250, /* iterations of exaggeration */
	STEPS = 60,  /* of the search for one width */
	LANES = 8,   /* sums that are kept apart: how many stand side by side
		      * changes nothing */
	RATE_LEAST = 50
};

#define EXAGGERATION 12
#define NEAR_ENOUGH  1e-5
#define LEAST        1e-12F /* a probability */
#define GAIN_LEAST   0.01
#define SPREAD       1e-4 /* of the points at first */
#define JITTER       1e-8

struct tsne {
	size_t n, d, stride; /* of a row, whole lanes */
	const float *v;      /* (n, d) */
	float *p;            /* (n, stride): distances, then probabilities */
	float *x, *y;        /* (stride): the plane; beyond n far away */
	double *pull, *push; /* (n, 2) */
	double *z;           /* (n): sums of rows */
	double entropy;      /* that rows are to have */
};

CLONES("avx2", "default")
static float
squared(const float *a, const float *b, size_t d)
{
	float sum[LANES] = { 0 }, all = 0;
	size_t c = 0;

	for (; c + LANES <= d; c += LANES)
		for (int l = 0; l < LANES; l++) {
			const float diff = a[c + (size_t)l] - b[c + (size_t)l];

			sum[l] += diff * diff;
		}
	for (; c < d; c++)
		all += (a[c] - b[c]) * (a[c] - b[c]);
	for (int l = 0; l < LANES; l++)
		all += sum[l];
	return all;
}

/* Squared distances of point i to all. */
static void
measure(void *ctx, size_t i, int thread)
{
	const struct tsne *t = ctx;

	(void)thread;
	for (size_t k = 0; k < t->n; k++)
		t->p[i * t->stride + k] =
		    squared(t->v + i * t->d, t->v + k * t->d, t->d);
}

/* Entropy of the row of i for a width of 1 / (2 beta), and what it sums up to; the
 * least distance is taken off, which changes neither. */
static double
entropy_of(
    const struct tsne *t, size_t i, double beta, double least, double *sum)
{
	const float *row = t->p + i * t->stride;
	double all = 0, weighted = 0;

	for (size_t k = 0; k < t->n; k++) {
		const double far = (double)row[k] - least;
		const double p = k == i ? 0 : exp(-beta * far);

		all += p;
		weighted += p * far;
	}
	*sum = all;
	return all > 0 ? log(all) + beta * weighted / all : 0;
}

/* The row of i: from distances to probabilities of that perplexity. */
static void
widen(void *ctx, size_t i, int thread)
{
	const struct tsne *t = ctx;
	float *row = t->p + i * t->stride;
	double low = 0, high = INFINITY, beta = 1, least = INFINITY, sum = 1;

	(void)thread;
	for (size_t k = 0; k < t->n; k++)
		if (k != i)
			least = fmin(least, (double)row[k]);
	for (int s = 0; s < STEPS; s++) {
		const double off =
		    entropy_of(t, i, beta, least, &sum) - t->entropy;

		if (fabs(off) < NEAR_ENOUGH)
			break;
		if (off > 0)
			low = beta;
		else
			high = beta;
		beta = isinf(high) ? beta * 2 : (low + high) / 2;
	}
	for (size_t k = 0; k < t->n; k++)
		row[k] = k == i
		    ? 0
		    : (float)(exp(-beta * ((double)row[k] - least)) / sum);
}

/* Both ways alike, with a sum of 1. */
static void
pair_up(struct tsne *t)
{
	const float by = 1 / (2 * (float)t->n);

	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < i; k++) {
			float *a = &t->p[i * t->stride + k];
			float *b = &t->p[k * t->stride + i];
			const float p = fmaxf((*a + *b) * by, LEAST);

			*a = *b = p;
		}
}

/* What pulls point i and what pushes it, and its part of the sum of all. */
CLONES("avx2", "default")
static void
forces(
    const struct tsne *t, size_t i, double pull[2], double push[2], double *z)
{
	const float *row = t->p + i * t->stride;
	const float xi = t->x[i], yi = t->y[i];
	float ax[LANES] = { 0 }, ay[LANES] = { 0 };
	float rx[LANES] = { 0 }, ry[LANES] = { 0 }, s[LANES] = { 0 };

	for (size_t k = 0; k < t->stride; k += LANES)
		for (int l = 0; l < LANES; l++) {
			const float dx = xi - t->x[k + (size_t)l];
			const float dy = yi - t->y[k + (size_t)l];
			const float q = 1 / (1 + dx * dx + dy * dy);
			const float a = row[k + (size_t)l] * q, r = q * q;

			ax[l] += a * dx;
			ay[l] += a * dy;
			rx[l] += r * dx;
			ry[l] += r * dy;
			s[l] += q;
		}
	pull[0] = pull[1] = push[0] = push[1] = 0;
	*z = -1; /* its own */
	for (int l = 0; l < LANES; l++) {
		pull[0] += (double)ax[l];
		pull[1] += (double)ay[l];
		push[0] += (double)rx[l];
		push[1] += (double)ry[l];
		*z += (double)s[l];
	}
}

static void
row_forces(void *ctx, size_t i, int thread)
{
	struct tsne *t = ctx;

	(void)thread;
	forces(t, i, t->pull + 2 * i, t->push + 2 * i, &t->z[i]);
}

static double
sum_of(const double *v, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return sum;
}

/* The first plane, small; what lies on a line gets a little of the other direction. */
static void
begin(double *xy, float *v, size_t n, size_t d)
{
	double share[2], squares = 0;

	pca_plane(xy, share, v, n, d);
	for (size_t i = 0; i < n; i++)
		squares += xy[2 * i] * xy[2 * i];
	for (size_t i = 0; i < 2 * n; i++) {
		struct rng r;

		rng_at(&r, 0, 0, i);
		if (squares > 0)
			xy[i] *= SPREAD / sqrt(squares / (double)n);
		xy[i] += JITTER * rng_normal(&r);
	}
}

/* One step down, of all numbers. */
static void
step(const struct tsne *t, double *xy, double *speed, double *gain,
    double momentum, double exaggeration)
{
	const double z = sum_of(t->z, t->n);
	const double rate = fmax(RATE_LEAST, (double)t->n / EXAGGERATION / 4);
	double mean[2] = { 0, 0 };

	for (size_t i = 0; i < 2 * t->n; i++) {
		const double slope =
		    4 * (exaggeration * t->pull[i] - t->push[i] / z);

		gain[i] = slope * speed[i] < 0
		    ? gain[i] + 0.2
		    : fmax(gain[i] * 0.8, GAIN_LEAST);
		speed[i] = momentum * speed[i] - rate * gain[i] * slope;
		xy[i] += speed[i];
		mean[i % 2] += xy[i] / (double)t->n;
	}
	for (size_t i = 0; i < 2 * t->n; i++)
		xy[i] -= mean[i % 2];
}

static void
place(const struct tsne *t, const double *xy)
{
	for (size_t i = 0; i < t->n; i++) {
		t->x[i] = (float)xy[2 * i];
		t->y[i] = (float)xy[2 * i + 1];
	}
}

/* Kullback-Leibler divergence of the plane from the points. */
static double
loss_of(const struct tsne *t, const double *xy)
{
	const double z = sum_of(t->z, t->n);
	double sum = 0;

	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < t->n; k++) {
			const double p = (double)t->p[i * t->stride + k];
			const double dx = xy[2 * i] - xy[2 * k];
			const double dy = xy[2 * i + 1] - xy[2 * k + 1];

			if (k != i)
				sum += p * log(p * z * (1 + dx * dx + dy * dy));
		}
	return sum;
}

static int
descend(struct tsne *t, struct pool *pool, double *xy)
{
	double *speed = mem_array(double, 2 * t->n);
	double *gain = mem_array(double, 2 * t->n);
	int rc = 0;

	for (size_t i = 0; i < 2 * t->n; i++)
		gain[i] = 1;
	progress_begin("map", TSNE_ITERATIONS, "steps");
	for (int i = 0; i < TSNE_ITERATIONS && rc == 0; i++) {
		place(t, xy);
		pool_for(pool, t->n, row_forces, t);
		step(t, xy, speed, gain, i < EARLY ? 0.5 : 0.8,
		    i < EARLY ? EXAGGERATION : 1);
		progress_add(1);
		if (stop_asked())
			rc = err_set(
			    ERR_STOPPED, "stopped by %s", stop_reason());
	}
	progress_end();
	place(t, xy);
	pool_for(pool, t->n, row_forces, t);
	mem_free(speed);
	mem_free(gain);
	return rc;
}

int
tsne_plane(double *xy, double *perplexity, double *loss, float *v, size_t n,
    size_t d, int threads)
{
	struct tsne t = { .n = n, .d = d, .v = v };
	struct pool *pool = NULL;
	int rc;

	if (n > TSNE_POINTS_MAX)
		return err_set(ERR_RANGE,
		    "t-SNE of all pairs is for %d points, not %zu",
		    TSNE_POINTS_MAX, n);
	TRY(pool_new(&pool, threads));
	t.stride = (n + LANES - 1) / LANES * LANES;
	*perplexity = fmax(1, fmin(TSNE_PERPLEXITY, (double)(n - 1) / 3));
	t.entropy = log(*perplexity);
	t.p = mem_array(float, n *t.stride);
	t.x = mem_array(float, t.stride);
	t.y = mem_array(float, t.stride);
	t.pull = mem_array(double, 2 * n);
	t.push = mem_array(double, 2 * n);
	t.z = mem_array(double, n);
	for (size_t i = n; i < t.stride; i++)
		t.x[i] = t.y[i] = 1e18F; /* its square is finite */
	begin(xy, v, n, d);
	pool_for(pool, n, measure, &t);
	pool_for(pool, n, widen, &t);
	pair_up(&t);
	rc = descend(&t, pool, xy);
	*loss = loss_of(&t, xy);
	mem_free(t.p);
	mem_free(t.x);
	mem_free(t.y);
	mem_free(t.pull);
	mem_free(t.push);
	mem_free(t.z);
	pool_free(pool);
	return rc;
}
