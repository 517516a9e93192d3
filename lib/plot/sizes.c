/* Sizes drawn on a page: see sizes.h. */
#include "plot/sizes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/draw.h"
#include "plot/axis.h"

enum {
	INK = 0x222222,
	FAINT = 0x6b6b6b,
	GRID = 0xe3e3e3,
	FONT = 13,
	MARGIN = 14,
	PANE_W = 340, /* of the plotted area */
	PANE_H = 190,
	LEFT = 56,  /* for the numbers of an axis */
	BELOW = 48, /* for numbers and the name of the axis */
	GAP = 34,
	TICKS = 6,
	BINS = 40
};

/* One of the four places of the page. */
struct pane {
	struct draw *d;
	double x, y; /* upper left corner of the plotted area */
	struct axis across, up;
};

static void
range(double *lo, double *hi, const double *v, size_t n)
{
	*lo = *hi = v[0];
	for (size_t i = 1; i < n; i++) {
		*lo = fmin(*lo, v[i]);
		*hi = fmax(*hi, v[i]);
	}
}

/* Of pixels, from 0 on. */
static void
pixels_axis(struct axis *a, const double *v, size_t n)
{
	double lo, hi;

	range(&lo, &hi, v, n);
	axis_make(a, 0, hi, TICKS, false, true, AXIS_WHOLE);
}

/* Ratios: twice as wide and twice as high are as far from a square. */
static void
ratio_axis(struct axis *a, const double *v, size_t n)
{
	static const double at[] = { 0.125, 0.25, 0.5, 1, 2, 4, 8 };
	static const char *const text[] = { "1:8", "1:4", "1:2", "1:1", "2:1",
		"4:1", "8:1" };
	double lo, hi, far;

	range(&lo, &hi, v, n);
	far = fmax(2.2, 1.1 * fmax(hi, 1 / lo));
	*a = (struct axis){ .lo = 1 / far, .hi = far, .log = true };
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		if (at[i] >= a->lo && at[i] <= a->hi) {
			a->tick[a->n] = at[i];
			snprintf(a->text[a->n++], AXIS_TEXT, "%s", text[i]);
		}
}

static void
draw_axes(const struct pane *p, const char *name, const char *up)
{
	const double bottom = p->y + PANE_H;

	for (int i = 0; i < p->across.n; i++) {
		const double x =
		    p->x + axis_at(&p->across, p->across.tick[i]) * PANE_W;

		draw_line(p->d, x, p->y, x, bottom, 1, GRID);
		draw_text(p->d, x, bottom + FONT + 3, FONT * 0.9, DRAW_CENTRE,
		    FAINT, p->across.text[i]);
	}
	for (int i = 0; i < p->up.n; i++) {
		const double y =
		    bottom - axis_at(&p->up, p->up.tick[i]) * PANE_H;

		draw_line(p->d, p->x, y, p->x + PANE_W, y, 1, GRID);
		draw_text(p->d, p->x - 6, y + FONT * 0.35, FONT * 0.9,
		    DRAW_RIGHT, FAINT, p->up.text[i]);
	}
	draw_text(p->d, p->x + PANE_W / 2.0, bottom + 2.4 * FONT + 3, FONT,
	    DRAW_CENTRE, INK, name);
	draw_text(p->d, p->x - 44, p->y - 13, FONT, DRAW_LEFT, INK, up);
}

static void
draw_bins(struct pane *p, const double *v, size_t n, const char *name)
{
	size_t bin[BINS] = { 0 }, most = 1;

	for (size_t i = 0; i < n; i++) {
		const int k = (int)(axis_at(&p->across, v[i]) * BINS);

		bin[k < 0 ? 0 : k < BINS ? k : BINS - 1]++;
	}
	for (int k = 0; k < BINS; k++)
		most = bin[k] > most ? bin[k] : most;
	axis_make(&p->up, 0, (double)most, TICKS, false, true, AXIS_WHOLE);
	draw_axes(p, name, "pictures");
	for (int k = 0; k < BINS; k++) {
		const double high = axis_at(&p->up, (double)bin[k]) * PANE_H;
		const double wide = (double)PANE_W / BINS;

		/* one picture among many is to be seen, too */
		if (bin[k] > 0)
			draw_fill(p->d, p->x + k * wide + 0.5,
			    p->y + PANE_H - fmax(high, 1), wide - 1,
			    fmax(high, 1), draw_safe_colour(0));
	}
}

/* Cells of width and height, the darker the more pictures have such a size. */
static void
draw_cells(struct pane *p, const struct plot_sizes *s)
{
	static const int rows = BINS / 2;
	size_t cell[BINS * (BINS / 2)] = { 0 }, most = 1;

	for (size_t i = 0; i < s->n; i++) {
		int x = (int)(axis_at(&p->across, s->width[i]) * BINS);
		int y = (int)(axis_at(&p->up, s->height[i]) * rows);

		x = x < BINS ? x : BINS - 1;
		y = y < rows ? y : rows - 1;
		if (++cell[y * BINS + x] > most)
			most = cell[y * BINS + x];
	}
	draw_axes(p, "width", "height");
	for (int i = 0; i < BINS * rows; i++) {
		const double wide = (double)PANE_W / BINS;
		const double high = (double)PANE_H / rows;

		if (cell[i] == 0)
			continue;
		draw_shade(p->d, p->x + i % BINS * wide,
		    p->y + PANE_H - (i / BINS + 1) * high, wide, high,
		    draw_safe_colour(0),
		    0.25 +
			0.75 * log((double)cell[i]) /
			    fmax(log((double)most), 1));
	}
}

static struct pane
place(struct draw *d, int column, int row)
{
	return (struct pane){ .d = d,
		.x = MARGIN + LEFT + column * (PANE_W + LEFT + GAP),
		.y = MARGIN + 4.2 * FONT + row * (PANE_H + BELOW + GAP) };
}

int
plot_sizes_write(
    const struct plot_sizes *s, const char *path, int w, int h, int force)
{
	const double page_w = 2 * (MARGIN + LEFT + PANE_W) + GAP;
	const double page_h = 2 * (MARGIN + PANE_H + BELOW) + GAP + 3.4 * FONT;
	double scale = 1;
	struct draw *d = NULL;
	struct pane p;
	char *title;

	if (s->n == 0)
		return err_set(ERR_MISSING, "there is nothing to draw");
	if (w > 0 && h > 0)
		scale = fmin(w / page_w, h / page_h);
	TRY(draw_scaled(&d, path, page_w, page_h, scale));
	title = draw_text_cut(d, FONT * 1.25, page_w - 2 * MARGIN, s->title);
	draw_text(d, MARGIN, MARGIN + FONT, FONT * 1.25, DRAW_LEFT, INK, title);
	mem_free(title);
	p = place(d, 0, 0);
	pixels_axis(&p.across, s->width, s->n);
	draw_bins(&p, s->width, s->n, "width");
	p = place(d, 1, 0);
	pixels_axis(&p.across, s->height, s->n);
	draw_bins(&p, s->height, s->n, "height");
	p = place(d, 0, 1);
	ratio_axis(&p.across, s->aspect, s->n);
	draw_bins(&p, s->aspect, s->n, "width : height");
	p = place(d, 1, 1);
	pixels_axis(&p.across, s->width, s->n);
	pixels_axis(&p.up, s->height, s->n);
	draw_cells(&p, s);
	return draw_write(&d, path, force);
}
