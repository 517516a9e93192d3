/* Curves of a training, as drawings of a page and as a table of numbers. */

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "image/draw.h"
#include "plot/axis.h"
#include "plot/chart.h"
#include "plot/csv.h"
#include "report/inside.h"

enum {
	CSV_MAX = 1 << 28,
	INK = 0x222222,
	FRAME = 0x777777,
	GRID = 0xe3e3e3,
	SIDE = 300, /* of a drawing of ranks */
	FONT = 12
};

void
report_curves(struct page *p, const struct report_all *a)
{
	struct chart *c = mem_new(struct chart);
	struct buf b;
	int rc;

	page_section(p, "Curves");
	c->w = 860;
	c->h = 480;
	c->runs = 1;
	c->log = a->o->log;
	c->smooth = a->o->smooth;
	buf_init(&b, 1 << 26);
	rc = a->curves.n > 0 ? chart_choose(c, &a->curves, NULL, 0)
			     : ERR_MISSING;
	if (rc >= 0) {
		c->x = plot_common_x(c->pane[0].v, c->pane[0].n);
		rc = chart_inline(&b, c);
	}
	if (rc >= 0)
		page_drawing(p, &b, true,
		    "Losses, shares and rates over the training",
		    "Values are told where one points; results.csv has all of them.");
	else
		page_line(p, "Nothing was measured.");
	page_section_end(p);
	buf_clear(&b);
	mem_free(c);
}

/* ---- ranks ---------------------------------------------------------------- */

struct box {
	struct draw *d;
	struct axis axis;
	double left, top;
};

static double
at_x(const struct box *g, double x)
{
	return g->left + SIDE * axis_at(&g->axis, x);
}

static double
at_y(const struct box *g, double y)
{
	return g->top + SIDE * (1 - axis_at(&g->axis, y));
}

static void
draw_frame(struct box *g, const char *x, const char *y)
{
	for (int k = 0; k < g->axis.n; k++) {
		const double t = g->axis.tick[k];

		draw_line(g->d, g->left, at_y(g, t), g->left + SIDE, at_y(g, t),
		    1, GRID);
		draw_line(g->d, at_x(g, t), g->top, at_x(g, t), g->top + SIDE,
		    1, GRID);
		draw_text(g->d, g->left - 6, at_y(g, t) + FONT * 0.35, FONT,
		    DRAW_RIGHT, INK, g->axis.text[k]);
		draw_text(g->d, at_x(g, t), g->top + SIDE + FONT * 1.4, FONT,
		    DRAW_CENTRE, INK, g->axis.text[k]);
	}
	draw_box(g->d, g->left, g->top, SIDE, SIDE, 1, FRAME);
	draw_text_up(
	    g->d, FONT, g->top + SIDE / 2.0, FONT, DRAW_CENTRE, INK, y);
	draw_text(g->d, g->left + SIDE / 2.0, g->top + SIDE + FONT * 3, FONT,
	    DRAW_CENTRE, INK, x);
}

static void
draw_rank(struct box *g, const struct report_rank *r, uint32_t colour)
{
	double xy[2 * (RANK_POINTS + 2)];

	for (size_t i = 0; i < r->line->n; i++) {
		xy[2 * i] = at_x(g, r->line->xy[2 * i]);
		xy[2 * i + 1] = at_y(g, r->line->xy[2 * i + 1]);
	}
	draw_note(g->d, r->name);
	draw_lines(g->d, xy, r->line->n, 1.8, 0, colour);
	draw_note(g->d, NULL);
}

void
report_ranks(struct page *p, const struct report_rank *v, size_t n,
    const char *title, const char *x, const char *y)
{
	struct box g = { .left = 5.5 * FONT, .top = 1.5 * FONT };
	const int h = (int)(g.top + SIDE + FONT * 4 + FONT * 1.5 * (double)n);
	struct buf b;
	int rc;

	buf_init(&b, 1 << 24);
	rc = draw_svg(&g.d, g.left + SIDE + 2 * FONT, h, 1);
	if (rc >= 0) {
		axis_make(&g.axis, 0, 1, 6, false, true, AXIS_PERCENT);
		draw_frame(&g, x, y);
		for (size_t i = 0; i < n; i++) {
			const double line =
			    g.top + SIDE + FONT * 4.4 + FONT * 1.5 * (double)i;
			char *name =
			    draw_text_cut(g.d, FONT, SIDE - 30, v[i].name);

			draw_rank(&g, &v[i], draw_safe_colour((unsigned)i));
			draw_fill(g.d, g.left, line - 6, 24, 3,
			    draw_safe_colour((unsigned)i));
			draw_text(
			    g.d, g.left + 30, line, FONT, DRAW_LEFT, INK, name);
			mem_free(name);
		}
		rc = draw_svg_end(&b, &g.d);
	}
	if (rc >= 0)
		page_drawing(p, &b, true, title, title);
	else if (p->rc >= 0)
		p->rc = rc;
	buf_clear(&b);
}

int
report_csv(const struct report_all *a, const char *path, int force)
{
	struct buf b;
	int rc;

	buf_init(&b, CSV_MAX);
	rc = plot_csv_table(&b, &a->curves);
	if (rc >= 0)
		rc = file_write(path, b.data, b.len, force);
	buf_clear(&b);
	return rc;
}
