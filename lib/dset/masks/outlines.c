/* Outlines to masks: see outlines.h. */
#include "dset/masks/outlines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/stop.h"

/* Of the grid that corners are brought to: so many of it are a pixel. */
enum { FINE = 5 };

enum { KIND_POLYGON, KIND_RUNS };

/* What a blob holds of each, and then n words: x and y in fifths of pixels, or
 * runs. */
struct head {
	uint8_t class, beneath, kind, zero;
	uint32_t n;
};

static int
add(struct buf *out, struct head h, const uint32_t *words)
{
	TRY(buf_add(out, &h, sizeof h));
	return buf_add(out, words, h.n * sizeof *words);
}

/* ---- what is there to be drawn ---- */

static uint32_t
far(uint32_t a, uint32_t b)
{
	int64_t d = (int64_t)(int32_t)a - (int32_t)b;

	return (uint32_t)(d < 0 ? -d : d);
}

/* All edges together, the last corner being joined to the first. */
static uint64_t
length_of(const uint32_t *v, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		const uint32_t *a = v + 2 * i, *b = v + 2 * ((i + 1) % n);
		uint32_t dx = far(a[0], b[0]), dy = far(a[1], b[1]);

		sum += (dx > dy ? dx : dy) + 1;
	}
	return sum;
}

int
dset_outline_polygon(struct buf *out, int class, bool beneath, const double *xy,
    size_t n, int w, int h)
{
	const double side[2] = { w, h };
	struct head head = { (uint8_t) class, beneath, KIND_POLYGON, 0, 0 };
	uint32_t *v;
	int rc = 0;

	if (n < 3)
		return err_set(ERR_FORMAT,
		    "a polygon of %s, where 3 are the least",
		    NUM_COUNTED(n, "point"));
	if (n > OUTLINE_LENGTH_MAX)
		return err_set(ERR_FORMAT, "a polygon of %zu points", n);
	v = mem_array(uint32_t, 2 * n);
	for (size_t i = 0; rc == 0 && i < 2 * n; i++) {
		const double s = side[i % 2];

		if (xy[i] >= -s && xy[i] <= 2 * s)
			v[i] = (uint32_t)(int32_t)(FINE * xy[i] + .5);
		else
			rc = err_set(ERR_FORMAT,
			    "a point of a polygon at %g, far from a picture of %dx%d pixels",
			    xy[i], w, h);
	}
	if (rc == 0 && length_of(v, n) > OUTLINE_LENGTH_MAX)
		rc = err_set(ERR_FORMAT,
		    "a polygon whose edges are longer than %d pixels",
		    OUTLINE_LENGTH_MAX / FINE);
	head.n = (uint32_t)(2 * n);
	if (rc == 0)
		rc = add(out, head, v);
	mem_free(v);
	return rc;
}

int
dset_outline_runs(struct buf *out, int class, bool beneath, const uint32_t *run,
    size_t n, int w, int h)
{
	struct head head = { (uint8_t) class, beneath, KIND_RUNS, 0,
		(uint32_t)n };
	uint64_t sum = 0, all = (uint64_t)w * (uint64_t)h;

	for (size_t i = 0; i < n; i++)
		sum += run[i];
	if (n > UINT32_MAX || sum != all)
		return err_set(ERR_FORMAT,
		    "run lengths of %llu pixels, and the picture has %llu",
		    (unsigned long long)sum, (unsigned long long)all);
	return add(out, head, run);
}

/* ---- text of run lengths ---- */

int
dset_runs_read(uint32_t *run, size_t *n, size_t most, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	for (*n = 0; *s != '\0'; (*n)++) {
		int64_t v = 0;
		int shift = 0;
		bool more = true;

		if (*n == most)
			return err_set(ERR_FORMAT,
			    "more run lengths than the picture has pixels");
		for (; more; s++) {
			unsigned c = *s - 48U;

			if (*s < 48 || c > 63 || shift > 30)
				return err_set(ERR_FORMAT,
				    "counts is no text of run lengths");
			v |= (int64_t)(c & 31) << shift;
			shift += 5;
			more = (c & 32) != 0;
			if (!more && (c & 16) != 0)
				v -= (int64_t)1 << shift;
		}
		if (*n > 2)
			v += run[*n - 2];
		if (v < 0 || v > UINT32_MAX)
			return err_set(
			    ERR_FORMAT, "a run length of %lld", (long long)v);
		run[*n] = (uint32_t)v;
	}
	return 0;
}

int
dset_runs_write(struct buf *out, const uint32_t *run, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t v = (int64_t)run[i] - (i > 2 ? run[i - 2] : 0);
		bool more = true;

		while (more) {
			int c = (int)(v & 31);

			v >>= 5; /* of a negative number, too: down */
			more = (c & 16) ? v != -1 : v != 0;
			TRY(buf_addc(out, (char)((more ? c | 32 : c) + 48)));
		}
	}
	return 0;
}

/* ---- painting ---- */

/* The columns one below the other, and where an outline passes them. */
struct canvas {
	uint8_t *pixels;
	size_t w, h;
	size_t *pass;
	size_t n, cap;
	int32_t u, v; /* the last point of the edge that is followed */
	bool begun;
};

/* The next point of the fine grid.  Between u = 5x + 2 and 5x + 3 lies the middle
 * of the pixels of column x; from the row there on, in and out change. */
static void
go_to(struct canvas *c, int32_t u, int32_t v)
{
	const int32_t left = u < c->u ? u : c->u;
	const int32_t top = v < c->v ? v : c->v;
	const bool passes = c->begun && u != c->u && left >= 0 &&
	    left % FINE == FINE / 2 && (size_t)(left / FINE) < c->w;
	double y;

	c->u = u;
	c->v = v;
	c->begun = true;
	if (!passes)
		return;
	y = ceil((top + .5) / FINE - .5);
	y = y < 0 ? 0 : y > (double)c->h ? (double)c->h : y;
	mem_grow(&c->pass, &c->cap, c->n + 1);
	c->pass[c->n++] = (size_t)(left / FINE) * c->h + (size_t)y;
}

/* From corner a to b, a step of the longer side at a time.  The other coordinate is
 * counted from the end that is left or above, whichever way the edge goes. */
static void
follow(struct canvas *c, const int32_t a[2], const int32_t b[2])
{
	const int32_t dx = abs(a[0] - b[0]), dy = abs(a[1] - b[1]);
	const int along = dx >= dy ? 0 : 1;
	const int32_t n = along == 0 ? dx : dy;
	const bool back = a[along] > b[along];
	const int32_t *from = back ? b : a, *to = back ? a : b;
	double slope;

	if (n == 0) {
		go_to(c, a[0], a[1]);
		return;
	}
	slope = (double)(to[!along] - from[!along]) / n;
	for (int32_t i = 0; i <= n; i++) {
		int32_t t = back ? n - i : i, at = from[along] + t;
		int32_t other = (int32_t)(from[!along] + slope * t + .5);

		go_to(c, along == 0 ? at : other, along == 0 ? other : at);
	}
}

static int
pass_cmp(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
paint_polygon(struct canvas *c, const int32_t *v, size_t n, uint8_t class)
{
	const size_t end = c->w * c->h;
	size_t i, to;

	c->n = 0;
	c->begun = false;
	for (i = 0; i < n; i++)
		follow(c, v + 2 * i, v + 2 * ((i + 1) % n));
	if (c->n > 0)
		qsort(c->pass, c->n, sizeof *c->pass, pass_cmp);
	for (i = 0; i < c->n; i += 2) {
		to = i + 1 < c->n ? c->pass[i + 1] : end;
		memset(c->pixels + c->pass[i], class, to - c->pass[i]);
	}
}

static void
paint_runs(struct canvas *c, const uint32_t *run, size_t n, uint8_t class)
{
	size_t at = 0;

	for (size_t i = 0; i < n; at += run[i++])
		if (i % 2 == 1)
			memset(c->pixels + at, class, run[i]);
}

/* The outlines of a blob that lie beneath, or the others. */
static int
paint(struct canvas *c, const uint8_t *p, const uint8_t *end, bool beneath)
{
	struct head h;
	uint32_t *words = NULL;
	size_t cap = 0;

	for (; p < end; p += h.n * sizeof *words) {
		memcpy(&h, p, sizeof h);
		p += sizeof h;
		if ((h.beneath != 0) != beneath)
			continue;
		if (stop_asked())
			break;
		mem_grow(&words, &cap, (size_t)h.n + 1);
		memcpy(words, p, h.n * sizeof *words);
		if (h.kind == KIND_RUNS)
			paint_runs(c, words, h.n, h.class);
		else
			paint_polygon(
			    c, (const int32_t *)words, h.n / 2, h.class);
	}
	mem_free(words);
	return stop_asked()
	    ? err_set(ERR_STOPPED, "stopped by %s", stop_reason())
	    : 0;
}

int
dset_outlines_paint(struct image *mask, const void *blob, size_t bytes)
{
	const uint8_t *p = blob;
	struct canvas c = { .w = (size_t)mask->width,
		.h = (size_t)mask->height };
	int rc = 0;

	memset(mask->data, 0, c.w * c.h);
	if (bytes == 0)
		return 0;
	c.pixels = mem_array(uint8_t, c.w * c.h);
	rc = paint(&c, p, p + bytes, true);
	if (rc == 0)
		rc = paint(&c, p, p + bytes, false);
	for (size_t y = 0; rc == 0 && y < c.h; y++)
		for (size_t x = 0; x < c.w; x++)
			mask->data[y * c.w + x] = c.pixels[x * c.h + y];
	mem_free(c.pixels);
	mem_free(c.pass);
	return rc;
}
