/* Maps over pictures: see saliency.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/draw.h"
#include "infer/saliency/saliency.h"

enum {
	MAP_MAX = 1 << 30, /* bytes */
	BAR = 14,
	GAP = 6,
	LETTERS = 12,
	STRIP = GAP + BAR + GAP + 2 * (LETTERS + GAP),
	INK = 0x222222
};

int
saliency_map_begin(struct saliency_map *m, int h, int w)
{
	const size_t n = (size_t)h * (size_t)w;
	void *v;

	if (m->cap < n) {
		mem_free(m->v);
		m->v = NULL;
		m->cap = 0;
		TRY(mem_take(&v, n, sizeof(float), MAP_MAX, "a map"));
		m->v = v;
		m->cap = n;
	}
	m->h = h;
	m->w = w;
	memset(m->v, 0, n * sizeof(float));
	return 0;
}

void
saliency_map_clear(struct saliency_map *m)
{
	mem_free(m->v);
	memset(m, 0, sizeof(*m));
}

void
saliency_map_measure(struct saliency_map *m)
{
	const size_t n = (size_t)m->h * (size_t)m->w;

	m->min = m->max = (double)NAN;
	for (size_t i = 0; i < n; i++)
		if (isfinite(m->v[i])) {
			m->min = fmin(m->min, (double)m->v[i]);
			m->max = fmax(m->max, (double)m->v[i]);
		}
}

/* The two places between whose middles at is, and how near to the second. */
static void
between(double at, int n, int *first, int *second, double *share)
{
	at = fmax(0, fmin(at - 0.5, n - 1));
	*first = (int)at;
	*second = *first + 1 < n ? *first + 1 : *first;
	*share = at - *first;
}

double
saliency_map_at(const struct saliency_map *m, const struct infer_place *where,
    double x, double y)
{
	const float *top, *below;
	double sx, sy, a, b;
	int x0, x1, y0, y1;

	infer_place_forth(where, &x, &y);
	if (x < 0 || y < 0 || x >= where->in_w || y >= where->in_h)
		return (double)NAN;
	between(x * m->w / where->in_w, m->w, &x0, &x1, &sx);
	between(y * m->h / where->in_h, m->h, &y0, &y1, &sy);
	top = m->v + (size_t)y0 * (size_t)m->w;
	below = m->v + (size_t)y1 * (size_t)m->w;
	a = (double)top[x0] + sx * ((double)top[x1] - (double)top[x0]);
	b = (double)below[x0] + sx * ((double)below[x1] - (double)below[x0]);
	return a + sy * (b - a);
}

void
saliency_map_peak(const struct saliency_map *m, const struct infer_place *where,
    int *x, int *y)
{
	double best = -(double)INFINITY;

	*x = *y = 0;
	for (int j = 0; j < where->height; j++)
		for (int i = 0; i < where->width; i++) {
			const double v =
			    saliency_map_at(m, where, i + 0.5, j + 0.5);

			if (!(v > best))
				continue;
			best = v;
			*x = i;
			*y = j;
		}
}

static void
mix(uint8_t *pixel, uint32_t colour, double share)
{
	for (int k = 0; k < 3; k++) {
		const double c = colour >> (16 - 8 * k) & 255;

		pixel[k] = (uint8_t)lround(pixel[k] + share * (c - pixel[k]));
	}
}

int
saliency_draw(struct image *out, const struct image *picture,
    const struct saliency_map *m, const struct infer_place *where,
    enum heat_map colours, double opacity, int by)
{
	struct image grey;
	uint8_t *to;
	int rc;

	image_init(&grey);
	rc = image_copy(&grey, picture);
	if (rc >= 0)
		rc = image_channels(&grey, 1);
	if (rc >= 0)
		rc = image_resize_buffer(
		    out, picture->width * by, picture->height * by, 3);
	to = out->data;
	for (int y = 0; rc >= 0 && y < out->height; y++)
		for (int x = 0; x < out->width; x++, to += 3) {
			const double v = saliency_map_at(
			    m, where, (x + 0.5) / by, (y + 0.5) / by);

			memset(to,
			    grey.data[(size_t)(y / by) * (size_t)grey.width +
				(size_t)(x / by)],
			    3);
			if (!isnan(v))
				mix(to,
				    heat_colour(
					colours, m->max > 0 ? v / m->max : 0),
				    opacity);
		}
	image_clear(&grey);
	return rc;
}

/* The picture with white below it. */
static int
add_strip(struct image *im)
{
	const size_t have = (size_t)im->width * (size_t)im->height * 3;
	struct image more;

	image_init(&more);
	TRY(image_resize_buffer(&more, im->width, im->height + STRIP, 3));
	memcpy(more.data, im->data, have);
	memset(more.data + have, 255, (size_t)im->width * STRIP * 3);
	image_clear(im);
	*im = more;
	return 0;
}

int
saliency_legend(struct image *im, const struct saliency_map *m,
    enum heat_map colours, const char *what)
{
	const double right = im->width - GAP, wide = im->width - 2.0 * GAP;
	const double top = im->height + GAP;
	const double base = top + BAR + GAP + LETTERS - 2;
	struct draw *d = NULL;
	char high[32], *text;

	TRY(add_strip(im));
	TRY(draw_begin(&d, im));
	for (int i = 0; i < (int)wide; i++)
		draw_fill(d, GAP + i, top, 1, BAR,
		    heat_colour(colours, (i + 0.5) / wide));
	snprintf(high, sizeof(high), "%.3g", m->max > 0 ? m->max : 0);
	draw_text(d, GAP, base, LETTERS, DRAW_LEFT, INK, "0");
	draw_text(d, right, base, LETTERS, DRAW_RIGHT, INK, high);
	text = draw_text_cut(d, LETTERS, wide, what);
	draw_text(d, im->width / 2.0, base + LETTERS + GAP, LETTERS,
	    DRAW_CENTRE, INK, text);
	mem_free(text);
	return draw_end(im, &d);
}
