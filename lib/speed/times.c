/* Percentiles of times: see times.h. */
#include "speed/times.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
times_add(struct times *t, double seconds)
{
	mem_grow(&t->v, &t->cap, t->n + 1);
	t->v[t->n++] = seconds;
}

void
times_clear(struct times *t)
{
	mem_free(t->v);
	memset(t, 0, sizeof(*t));
}

static int
compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
rank(const struct times *t, int percent)
{
	const size_t k = (t->n * (size_t)percent + 99) / 100;

	return t->v[k > 0 ? k - 1 : 0];
}

void
times_sum(struct times_sum *out, struct times *t)
{
	double sum = 0;

	memset(out, 0, sizeof(*out));
	if (t->n == 0)
		return;
	qsort(t->v, t->n, sizeof(*t->v), compare);
	for (size_t i = 0; i < t->n; i++)
		sum += t->v[i];
	*out = (struct times_sum){ .mean = sum / (double)t->n,
		.p50 = rank(t, 50),
		.p90 = rank(t, 90),
		.p99 = rank(t, 99),
		.min = t->v[0],
		.max = t->v[t->n - 1] };
}
