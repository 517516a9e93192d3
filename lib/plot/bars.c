/* Bars drawn on a page: see bars.h. */
#include "plot/bars.h"

#include <math.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/draw.h"
#include "plot/axis.h"

enum {
	INK = 0x222222,
	FAINT = 0x6b6b6b,
	GRID = 0xe3e3e3,
	FONT = 13,
	ROW = 18,
	MARGIN = 14,
	NAME_MOST = 190, /* pixels of a name */
	BAR = 240,       /* of the longest bar */
	SUM = 64,        /* of the number behind it */
	GAP = 26,        /* between columns */
	TICKS = 4
};

/* A page being laid out. */
struct page {
	const struct bars *b;
	struct draw *d;
	double w, h, name, top; /* of names; where the rows begin */
	size_t columns, rows;   /* rows of a column */
	struct axis x;
};

static double
total(const struct bars *b, size_t i)
{
	double sum = 0;

	for (int s = 0; s < b->series; s++)
		sum += b->v[s][i];
	return sum;
}

static double
column_width(const struct page *g)
{
	return g->name + 8 + BAR + SUM;
}

/* As many columns as make it about three wide by two high. */
static void
lay_out(struct page *g)
{
	const struct bars *b = g->b;
	double most = 0, width, height;

	g->name = 40;
	for (size_t i = 0; i < b->n; i++) {
		/* about; it is cut where it is wider */
		double w = 0.62 * FONT;
		size_t n = 0;

		for (const char *p = b->name[i]; *p != '\0'; p++)
			n += ((unsigned char)*p & 0xc0) != 0x80;
		w *= (double)n;
		g->name = fmax(g->name, fmin(w, NAME_MOST));
		most = fmax(most, total(b, i));
	}
	axis_make(&g->x, 0, fmax(most, 1), TICKS, false, true, AXIS_WHOLE);
	g->top = MARGIN + (b->title != NULL ? FONT * 2 : 0) + FONT * 3.6;
	for (g->columns = 1;; g->columns++) {
		g->rows = (b->n + g->columns - 1) / g->columns;
		width = (double)g->columns * (column_width(g) + GAP) - GAP;
		height = (double)g->rows * ROW;
		if (width * 2 >= height * 3 || g->rows <= 20)
			break;
	}
	g->columns = (b->n + g->rows - 1) / g->rows;
	g->w = (double)g->columns * (column_width(g) + GAP) - GAP + 2 * MARGIN;
	g->h = g->top + height + MARGIN;
}

/* The title, and which colour is which series. */
static void
draw_head(const struct page *g)
{
	double x = MARGIN, y = MARGIN + FONT;
	char *title;

	if (g->b->title != NULL) {
		title = draw_text_cut(
		    g->d, FONT * 1.25, g->w - 2 * MARGIN, g->b->title);
		draw_text(g->d, MARGIN, y, FONT * 1.25, DRAW_LEFT, INK, title);
		mem_free(title);
		y += FONT * 2;
	}
	for (int s = 0; s < g->b->series; s++) {
		const char *name = g->b->series_name[s];

		draw_fill(g->d, x, y - FONT + 2, FONT, FONT,
		    draw_safe_colour((unsigned)s));
		draw_text(g->d, x + FONT + 6, y, FONT, DRAW_LEFT, INK, name);
		x += FONT + 6 + draw_text_width(g->d, FONT, name) + 18;
	}
}

/* Lines at round numbers behind the bars of a column whose rows begin at x. */
static void
draw_grid(const struct page *g, double x, size_t rows)
{
	const double bottom = g->top + (double)rows * ROW;

	for (int i = 0; i < g->x.n; i++) {
		const double at = x + axis_at(&g->x, g->x.tick[i]) * BAR;

		draw_line(g->d, at, g->top - 4, at, bottom, 1, GRID);
		draw_text(g->d, at, g->top - 8, FONT * 0.8, DRAW_CENTRE, FAINT,
		    g->x.text[i]);
	}
}

static void
draw_row(const struct page *g, size_t i, double x, double y)
{
	char *name = draw_text_cut(g->d, FONT, g->name, g->b->name[i]);
	const double sum = total(g->b, i);
	double at = x + g->name + 8;
	char number[32];

	draw_text(
	    g->d, x + g->name, y + ROW * 0.72, FONT, DRAW_RIGHT, INK, name);
	for (int s = 0; s < g->b->series; s++) {
		const double w = axis_at(&g->x, g->b->v[s][i]) * BAR;

		if (w > 0)
			draw_fill(g->d, at, y + 2, w, ROW - 4,
			    draw_safe_colour((unsigned)s));
		at += w;
	}
	snprintf(number, sizeof(number), "%.10g", sum);
	draw_text(
	    g->d, at + 6, y + ROW * 0.72, FONT * 0.9, DRAW_LEFT, FAINT, number);
	mem_free(name);
}

/* Is it to be drawn?  How large it is, then. */
static int
begin(struct page *g, const struct bars *b)
{
	*g = (struct page){ .b = b };
	if (b->n == 0)
		return err_set(ERR_MISSING, "there is nothing to draw");
	if (b->n > BARS_ROWS_MAX)
		return err_set(ERR_RANGE, "%zu bars are more than %d", b->n,
		    BARS_ROWS_MAX);
	lay_out(g);
	return 0;
}

static void
paint(const struct page *g)
{
	const size_t n = g->b->n;

	draw_head(g);
	for (size_t c = 0; c < g->columns; c++) {
		const size_t first = c * g->rows;
		const size_t rows = n - first < g->rows ? n - first : g->rows;
		const double x = MARGIN + (double)c * (column_width(g) + GAP);

		draw_grid(g, x + g->name + 8, rows);
		for (size_t k = 0; k < rows; k++)
			draw_row(g, first + k, x, g->top + (double)k * ROW);
	}
}

int
bars_write(const struct bars *b, const char *path, int w, int h, int force)
{
	struct page g;
	double scale = 1;

	TRY(begin(&g, b));
	if (w > 0 && h > 0)
		scale = fmin(w / g.w, h / g.h);
	TRY(draw_scaled(&g.d, path, g.w, g.h, scale));
	paint(&g);
	return draw_write(&g.d, path, force);
}

int
bars_inline(struct buf *out, const struct bars *b)
{
	struct page g;

	TRY(begin(&g, b));
	TRY(draw_svg(&g.d, g.w, g.h, 1));
	paint(&g);
	return draw_svg_end(out, &g.d);
}
