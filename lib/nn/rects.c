/* groupRectangles; see rects.h. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/rects.h"

static int
smaller(int a, int b)
{
	return a < b ? a : b;
}

static bool
similar(const struct rect *a, const struct rect *b, double eps)
{
	double d = eps * (smaller(a->w, b->w) + smaller(a->h, b->h)) * 0.5;

	return abs(a->x - b->x) <= d && abs(a->y - b->y) <= d &&
	    abs(a->x + a->w - b->x - b->w) <= d &&
	    abs(a->y + a->h - b->y - b->h) <= d;
}

static size_t
root(size_t *parent, size_t i)
{
	while (parent[i] != i)
		i = parent[i] = parent[parent[i]];
	return i;
}

/* group[i]: which group, numbered as they first come; how many. */
static size_t
partition(const struct rect *r, size_t n, double eps, size_t *group)
{
	size_t *parent = mem_array(size_t, n + 1), i, j, a, b, k = 0;
	size_t *name = mem_array(size_t, n + 1);

	for (i = 0; i < n; i++)
		parent[i] = i;
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++) {
			if (!similar(&r[i], &r[j], eps))
				continue;
			a = root(parent, i);
			b = root(parent, j);
			parent[a > b ? a : b] = a > b ? b : a;
		}
	for (i = 0; i < n; i++) {
		a = root(parent, i);
		if (a == i)
			name[i] = k++;
		group[i] = name[a];
	}
	mem_free(name);
	mem_free(parent);
	return k;
}

static void
average(const struct rect *r, size_t n, const size_t *group, struct rect *mean,
    size_t k)
{
	double *sum = mem_array(double, 4 * k + 1), *s;
	size_t i;

	for (i = 0; i < n; i++) {
		s = &sum[4 * group[i]];
		s[0] += r[i].x;
		s[1] += r[i].y;
		s[2] += r[i].w;
		s[3] += r[i].h;
		mean[group[i]].n++;
	}
	for (i = 0; i < k; i++) {
		s = &sum[4 * i];
		mean[i].x = (int)lrint(s[0] / mean[i].n);
		mean[i].y = (int)lrint(s[1] / mean[i].n);
		mean[i].w = (int)lrint(s[2] / mean[i].n);
		mean[i].h = (int)lrint(s[3] / mean[i].n);
	}
	mem_free(sum);
}

/* Does a lie within b, which has more boxes? */
static bool
inside(const struct rect *a, const struct rect *b, int threshold, double eps)
{
	int dx = (int)lrint(b->w * eps), dy = (int)lrint(b->h * eps);

	return b->n > threshold && a->x >= b->x - dx && a->y >= b->y - dy &&
	    a->x + a->w <= b->x + b->w + dx &&
	    a->y + a->h <= b->y + b->h + dy &&
	    (b->n > (a->n > 3 ? a->n : 3) || a->n < 3);
}

size_t
rects_group(struct rect *r, size_t n, int threshold, double eps)
{
	size_t *group = mem_array(size_t, n + 1), k, i, j, kept = 0;
	struct rect *mean = mem_array(struct rect, n + 1);

	k = partition(r, n, eps, group);
	average(r, n, group, mean, k);
	for (i = 0; i < k; i++) {
		if (mean[i].n <= threshold)
			continue;
		for (j = 0; j < k; j++)
			if (j != i &&
			    inside(&mean[i], &mean[j], threshold, eps))
				break;
		if (j == k)
			r[kept++] = mean[i];
	}
	mem_free(mean);
	mem_free(group);
	return kept;
}
