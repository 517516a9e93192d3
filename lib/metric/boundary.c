/* The F measure of boundaries: see boundary.h. */
#include "metric/boundary.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

int
boundary_init(struct boundary *b, size_t classes, int32_t ignored)
{
	memset(b, 0, sizeof(*b));
	if (classes < 1)
		return err_set(ERR_RANGE, "boundaries without classes");
	b->classes = classes;
	b->ignored = ignored;
	b->sums = mem_array(double, classes);
	b->n = mem_array(uint64_t, classes);
	return 0;
}

void
boundary_clear(struct boundary *b)
{
	mem_free(b->sums);
	mem_free(b->n);
	memset(b, 0, sizeof(*b));
}

double
boundary_tolerance(int width, int height)
{
	return 0.0075 * hypot(width, height);
}

/* A picture at work. */
struct maps {
	const int32_t *truth, *answer;
	int width, height;
	int32_t ignored;
	bool *seen; /* (C): classes of the picture */
	bool *edge[2];
	int *far[2]; /* rows to the nearest boundary pixel of a column */
};

enum { NONE = INT_MAX / 2 };

static bool
ignored(const struct maps *m, size_t i)
{
	return m->ignored >= 0 && m->truth[i] == m->ignored;
}

/* Is pixel j another class than c, and counted? */
static bool
differs(const struct maps *m, const int32_t *map, size_t j, int32_t c)
{
	return map[j] != c && !ignored(m, j);
}

/* Marks the boundary of class c; how many pixels it has. */
static size_t
mark(const struct maps *m, bool *edge, const int32_t *map, int32_t c)
{
	size_t n = 0, w = (size_t)m->width;

	for (int y = 0; y < m->height; y++)
		for (int x = 0; x < m->width; x++) {
			size_t i = (size_t)y * w + (size_t)x;

			edge[i] = map[i] == c && !ignored(m, i) &&
			    ((x > 0 && differs(m, map, i - 1, c)) ||
				(x + 1 < m->width &&
				    differs(m, map, i + 1, c)) ||
				(y > 0 && differs(m, map, i - w, c)) ||
				(y + 1 < m->height &&
				    differs(m, map, i + w, c)));
			n += edge[i];
		}
	return n;
}

/* Of each pixel, how many rows away the next boundary pixel of its column is. */
static void
columns(const struct maps *m, int *far, const bool *edge)
{
	size_t w = (size_t)m->width;

	for (size_t x = 0; x < w; x++) {
		int d = NONE;

		for (int y = 0; y < m->height; y++) {
			size_t i = (size_t)y * w + x;

			d = edge[i] ? 0 : d < NONE ? d + 1 : NONE;
			far[i] = d;
		}
		d = NONE;
		for (int y = m->height; y-- > 0;) {
			size_t i = (size_t)y * w + x;

			d = edge[i] ? 0 : d < NONE ? d + 1 : NONE;
			if (d < far[i])
				far[i] = d;
		}
	}
}

/* Is there a boundary pixel within the tolerance of pixel x of the row? */
static bool
reaches(const int *row, int width, int x, double tolerance)
{
	int reach = tolerance < width ? (int)tolerance : width;
	int to = x + reach < width ? x + reach : width - 1;

	for (int i = x > reach ? x - reach : 0; i <= to; i++)
		if (row[i] < NONE && hypot(row[i], i - x) <= tolerance)
			return true;
	return false;
}

/* The share of n boundary pixels that the other boundary is near to. */
static double
met(const struct maps *m, const bool *edge, size_t n, const int *far,
    double tolerance)
{
	size_t hits = 0, w = (size_t)m->width;

	for (int y = 0; y < m->height; y++)
		for (int x = 0; x < m->width; x++)
			hits += edge[(size_t)y * w + (size_t)x] &&
			    reaches(
				far + (size_t)y * w, m->width, x, tolerance);
	return (double)hits / (double)n;
}

/* F of a class; NAN where it has no boundary at all. */
static double
measure(const struct maps *m, int32_t c, double tolerance)
{
	size_t nt = mark(m, m->edge[0], m->truth, c);
	size_t na = mark(m, m->edge[1], m->answer, c);
	double precision, recall;

	if (nt == 0 || na == 0)
		return nt == na ? (double)NAN : 0;
	columns(m, m->far[0], m->edge[0]);
	columns(m, m->far[1], m->edge[1]);
	precision = met(m, m->edge[1], na, m->far[0], tolerance);
	recall = met(m, m->edge[0], nt, m->far[1], tolerance);
	if (precision + recall <= 0)
		return 0;
	return 2 * precision * recall / (precision + recall);
}

static void
see(const struct maps *m, size_t classes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (ignored(m, i))
			continue;
		if (m->truth[i] >= 0 && (size_t)m->truth[i] < classes)
			m->seen[m->truth[i]] = true;
		if (m->answer[i] >= 0 && (size_t)m->answer[i] < classes)
			m->seen[m->answer[i]] = true;
	}
}

int
boundary_add(struct boundary *b, const int32_t *truth, const int32_t *answer,
    int width, int height, double tolerance)
{
	size_t n = (size_t)width * (size_t)height, classes = 0;
	struct maps m = { .truth = truth,
		.answer = answer,
		.width = width,
		.height = height,
		.ignored = b->ignored };
	double sum = 0;

	if (!(tolerance >= 0))
		return err_set(ERR_RANGE,
		    "a tolerance of boundaries of %g pixels", tolerance);
	m.seen = mem_array(bool, b->classes);
	for (int k = 0; k < 2; k++) {
		m.edge[k] = mem_array(bool, n + 1);
		m.far[k] = mem_array(int, n + 1);
	}
	see(&m, b->classes, n);
	for (size_t c = 0; c < b->classes; c++) {
		double f = m.seen[c] ? measure(&m, (int32_t)c, tolerance)
				     : (double)NAN;

		if (isnan(f))
			continue;
		b->sums[c] += f;
		b->n[c]++;
		sum += f;
		classes++;
	}
	if (classes > 0) {
		b->sum += sum / (double)classes;
		b->pictures++;
	}
	mem_free(m.seen);
	for (int k = 0; k < 2; k++) {
		mem_free(m.edge[k]);
		mem_free(m.far[k]);
	}
	return 0;
}

double
boundary_of(const struct boundary *b, size_t i)
{
	return b->n[i] > 0 ? b->sums[i] / (double)b->n[i] : (double)NAN;
}

double
boundary_mean(const struct boundary *b)
{
	return b->pictures > 0 ? b->sum / (double)b->pictures : (double)NAN;
}
