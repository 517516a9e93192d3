/* Charts drawn on a page: see chart.h. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/draw.h"
#include "plot/axis.h"
#include "plot/chart.h"

enum {
	INK = 0x222222,
	FRAME = 0x777777,
	GRID = 0xe3e3e3,
	MARGIN = 12,
	SAMPLE = 26,   /* pixels of line before a name */
	DOTS_MOST = 80 /* points of a series that get dots */
};

/* A page being laid out. */
struct page {
	const struct chart *c;
	struct draw *d;
	double font;
	double left, right, top, bottom; /* of the panes */
	bool hints;
	struct axis x;
	struct chart_unit unit;
	struct axis y[CHART_PANES], y2[CHART_PANES];
	bool one[CHART_PANES], two[CHART_PANES]; /* axes that there are */
};

/* ---- names ---------------------------------------------------------------- */

/* Dashed where it belongs to the axis on the right. */
static double
dash_of(const struct chart_pane *p, const struct plot_series *s)
{
	return chart_two_axes(p) && plot_is_share(s->name) ? 6 : 0;
}

static bool
has_dots(const struct plot_series *s)
{
	return s->n == 1 || (plot_is_val(s->name) && s->n <= DOTS_MOST);
}

/* One name of the legend: on the line y from x on or, where it does not fit, on the
 * next; only measured unless draw. */
static void
place_name(struct page *g, const struct chart_pane *p,
    const struct plot_series *s, double *x, double *y, bool draw)
{
	const double most = g->c->w - 2 * MARGIN - SAMPLE - 6;
	char *full = chart_name(g->c, s);
	char *name = draw_text_cut(g->d, g->font, most, full);
	const double w = SAMPLE + 6 + draw_text_width(g->d, g->font, name) + 16;
	const uint32_t colour = chart_colour(g->c, s);

	if (*x > MARGIN && *x + w - 16 > g->c->w - MARGIN) {
		*x = MARGIN;
		*y += g->font * 1.5;
	}
	if (draw) {
		const double line[] = { *x, *y - g->font * 0.35, *x + SAMPLE,
			*y - g->font * 0.35 };

		draw_lines(g->d, line, 2, 2, dash_of(p, s), colour);
		if (has_dots(s))
			draw_dot(g->d, *x + SAMPLE / 2.0, line[1], 3, colour);
		draw_text(
		    g->d, *x + SAMPLE + 6, *y, g->font, DRAW_LEFT, INK, name);
	}
	*x += w;
	mem_free(name);
	mem_free(full);
}

/* From y on; where the next thing may stand. */
static double
legend(struct page *g, double y, bool draw)
{
	double x = MARGIN;

	y += g->font;
	for (size_t i = 0; i < g->c->panes; i++)
		for (size_t k = 0; k < g->c->pane[i].n; k++)
			place_name(g, &g->c->pane[i], g->c->pane[i].v[k], &x,
			    &y, draw);
	return y + g->font * 0.9;
}

/* ---- axes ----------------------------------------------------------------- */

/* Of all panes. */
static void
x_range(const struct chart *c, double *lo, double *hi)
{
	double l, h;

	*lo = INFINITY;
	*hi = -INFINITY;
	for (size_t i = 0; i < c->panes; i++)
		if (chart_x_range(c, &c->pane[i], &l, &h)) {
			*lo = fmin(*lo, l);
			*hi = fmax(*hi, h);
		}
}

/* The word that all names of an axis have in common: "loss"; else "". */
static const char *
common_word(const struct chart_pane *p, bool shares, bool two)
{
	const char *last = NULL;

	for (size_t i = 0; i < p->n; i++) {
		const char *name = p->v[i]->name, *word = strrchr(name, ' ');

		if (two && plot_is_share(name) != shares)
			continue;
		if (strcmp(name, "learning rate") == 0)
			word = NULL;
		word = word != NULL ? word + 1 : name;
		if (last != NULL && strcmp(last, word) != 0)
			return "";
		last = word;
	}
	return last != NULL ? last : "";
}

static bool
all_shares(const struct chart_pane *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (!plot_is_share(p->v[i]->name))
			return false;
	return true;
}

static double
widest(struct page *g, const struct axis *a)
{
	double w = 0;

	for (int i = 0; i < a->n; i++)
		w = fmax(w, draw_text_width(g->d, g->font, a->text[i]));
	return w;
}

/* The vertical axes of pane i, of h pixels. */
static void
make_axes(struct page *g, size_t i, double h)
{
	const struct chart_pane *p = &g->c->pane[i];
	int most = (int)(h / (g->font * 2.6));
	double lo, hi;

	most = most < 2 ? 2 : most > 10 ? 10 : most;
	g->one[i] = chart_range(g->c, p, false, &lo, &hi);
	if (g->one[i])
		axis_make(&g->y[i], lo, hi, most, g->c->log, true,
		    all_shares(p) && hi <= 1 && !g->c->log ? AXIS_PERCENT
							   : AXIS_PLAIN);
	g->two[i] = chart_two_axes(p) && chart_range(g->c, p, true, &lo, &hi);
	if (g->two[i])
		axis_make(&g->y2[i], lo, hi, most, g->c->log, true,
		    hi <= 1 && !g->c->log ? AXIS_PERCENT : AXIS_PLAIN);
}

/* Height of pane i of all there is: later ones get two thirds of the first's. */
static double
height(const struct page *g, size_t i)
{
	const double gap = g->font * 1.4, n = (double)g->c->panes;
	const double first =
	    (g->bottom - g->top - gap * (n - 1)) / (1 + (n - 1) * 2 / 3);

	return i == 0 ? first : first * 2 / 3;
}

static double
top_of(const struct page *g, size_t i)
{
	double y = g->top;

	for (size_t k = 0; k < i; k++)
		y += height(g, k) + g->font * 1.4;
	return y;
}

static void
lay_out(struct page *g)
{
	double lo, hi, left = 0, right = 0, most;

	g->bottom = g->c->h - MARGIN - g->font * 3.2;
	for (size_t i = 0; i < g->c->panes; i++) {
		make_axes(g, i, height(g, i));
		if (g->one[i])
			left = fmax(left, widest(g, &g->y[i]));
		if (g->two[i])
			right = fmax(right, widest(g, &g->y2[i]));
	}
	g->left = MARGIN + g->font * 1.6 + left + 6;
	g->right = g->c->w - MARGIN -
	    (right > 0 ? right + 6 + g->font * 1.6 : g->font);
	g->unit = chart_unit(g->c);
	x_range(g->c, &lo, &hi);
	lo /= g->unit.per;
	hi /= g->unit.per;
	/* as many as have room */
	for (most = 12; most > 2; most--) {
		axis_make(&g->x, lo, hi, (int)most, g->c->x_log, false,
		    g->c->x == PLOT_ITER ? AXIS_WHOLE : AXIS_PLAIN);
		if ((widest(g, &g->x) + g->font * 1.5) * g->x.n <
		    g->right - g->left)
			break;
	}
}

/* ---- drawing -------------------------------------------------------------- */

static void
draw_axis(struct page *g, const struct axis *a, size_t i, bool right)
{
	const double y0 = top_of(g, i), h = height(g, i);
	const double at = right ? g->right : g->left;

	for (int k = 0; k < a->n; k++) {
		double y = y0 + h * (1 - axis_at(a, a->tick[k]));

		if (!right)
			draw_line(g->d, g->left, y, g->right, y, 1, GRID);
		draw_text(g->d, right ? at + 6 : at - 6, y + g->font * 0.35,
		    g->font, right ? DRAW_LEFT : DRAW_RIGHT, INK, a->text[k]);
	}
}

static void
draw_grid(struct page *g, size_t i)
{
	const double y = top_of(g, i), h = height(g, i);
	const bool two = g->two[i];
	const struct chart_pane *p = &g->c->pane[i];

	for (int k = 0; k < g->x.n; k++) {
		double x = g->left +
		    (g->right - g->left) * axis_at(&g->x, g->x.tick[k]);

		draw_line(g->d, x, y, x, y + h, 1, GRID);
		if (i + 1 == g->c->panes)
			draw_text(g->d, x, y + h + g->font * 1.3, g->font,
			    DRAW_CENTRE, INK, g->x.text[k]);
	}
	if (g->one[i])
		draw_axis(g, &g->y[i], i, false);
	if (two)
		draw_axis(g, &g->y2[i], i, true);
	draw_box(g->d, g->left, y, g->right - g->left, h, 1, FRAME);
	draw_text_up(g->d, MARGIN + g->font * 0.9, y + h / 2, g->font,
	    DRAW_CENTRE, INK, common_word(p, false, two));
	if (two)
		draw_text_up(g->d, g->c->w - MARGIN, y + h / 2, g->font,
		    DRAW_CENTRE, INK, common_word(p, true, true));
}

/* Points of a line on the page, thinned: of those in one column of pixels the first,
 * the least, the greatest and the last are kept, which looks the same. */
struct line {
	double *xy;
	size_t n;
	double column, least, greatest, last;
	bool open;
};

static void
line_put(struct line *l, double x, double y)
{
	l->xy[2 * l->n] = x;
	l->xy[2 * l->n + 1] = y;
	l->n++;
}

static void
line_close(struct line *l)
{
	if (l->open && l->least != l->greatest) {
		line_put(l, l->column, l->least);
		line_put(l, l->column, l->greatest);
		line_put(l, l->column, l->last);
	}
	l->open = false;
}

static void
line_add(struct line *l, double x, double y, bool thin)
{
	if (!thin) {
		line_put(l, x, y);
		return;
	}
	x = floor(x);
	if (!l->open || x != l->column) {
		line_close(l);
		line_put(l, x, y);
		l->column = x;
		l->least = l->greatest = y;
		l->open = true;
	}
	l->least = fmin(l->least, y);
	l->greatest = fmax(l->greatest, y);
	l->last = y;
}

/* The values y of a series as lines between its gaps. */
static void
draw_values(struct page *g, size_t i, const struct plot_series *s,
    const double *y, double width, uint32_t colour, bool dots)
{
	const struct chart_pane *p = &g->c->pane[i];
	const struct axis *a =
	    g->two[i] && plot_is_share(s->name) ? &g->y2[i] : &g->y[i];
	const double top = top_of(g, i), h = height(g, i);
	const bool thin = (double)s->n > 3 * (g->right - g->left);
	struct line l = { .xy = mem_array(double, 2 * (4 * s->n + 4)) };

	for (size_t k = 0; k <= s->n; k++) {
		double px, py, x = k < s->n ? s->p[k].x[g->c->x] : NAN;

		if (!plot_shown(x) || !plot_shown(y[k]) ||
		    (g->c->log && y[k] <= 0)) {
			line_close(&l);
			draw_lines(
			    g->d, l.xy, l.n, width, dash_of(p, s), colour);
			l.n = 0;
			continue;
		}
		px = g->left +
		    (g->right - g->left) * axis_at(&g->x, x / g->unit.per);
		py = top + h * (1 - axis_at(a, y[k]));
		line_add(&l, px, py, thin);
		if (dots)
			draw_dot(g->d, px, py, width * 1.6, colour);
	}
	mem_free(l.xy);
}

static void
draw_series(struct page *g, size_t i, const struct plot_series *s)
{
	const uint32_t colour = chart_colour(g->c, s);
	double *y = mem_array(double, s->n + 1);

	for (size_t k = 0; k < s->n; k++)
		y[k] = s->p[k].y;
	if (g->c->smooth > 0 && !plot_is_rate(s->name)) {
		draw_values(g, i, s, y, 1, draw_tint(colour, 0.3), false);
		plot_smooth(y, s, g->c->smooth);
	}
	draw_values(g, i, s, y, 1.8, colour, has_dots(s));
	mem_free(y);
}

/* ---- what is told where one points --------------------------------------- */

/* The value of s that was the last one known at x; NAN: none was. */
static double
value_at(const struct chart *c, const struct plot_series *s, double x)
{
	double v = NAN;

	for (size_t k = 0; k < s->n; k++)
		if (s->p[k].x[c->x] <= x && plot_shown(s->p[k].y))
			v = s->p[k].y;
	return v;
}

/* "epoch 3", and what series of pane i were then; the caller's. */
static char *
told_at(const struct page *g, size_t i, double x)
{
	const struct chart_pane *p = &g->c->pane[i];
	char *text = mem_printf("%s %.4g", g->unit.name, x / g->unit.per);

	for (size_t k = 0; k < p->n; k++) {
		const double v = value_at(g->c, p->v[k], x);
		char *name = chart_name(g->c, p->v[k]), *more;

		if (isfinite(v)) {
			more = mem_printf("%s, %s %.5g", text, name, v);
			mem_free(text);
			text = more;
		}
		mem_free(name);
	}
	return text;
}

/* Pane i in upright bands. */
static void
hints(struct page *g, size_t i)
{
	enum { BANDS = 60 };
	const double w = (g->right - g->left) / BANDS;

	for (int k = 0; k < BANDS; k++) {
		const double at = (k + 0.5) / BANDS;
		char *text = told_at(
		    g, i, (g->x.lo + at * (g->x.hi - g->x.lo)) * g->unit.per);

		draw_note(g->d, text);
		draw_shade(g->d, g->left + k * w, top_of(g, i), w, height(g, i),
		    INK, DRAW_UNSEEN);
		mem_free(text);
	}
	draw_note(g->d, NULL);
}

static int
draw_page_of(struct page *g)
{
	const struct chart *c = g->c;
	double y = MARGIN;

	g->font = c->w < 500 || c->h < 350 ? 10 : c->w < 1200 ? 12 : 15;
	if (c->title != NULL)
		y += g->font * 1.9;
	g->top = legend(g, y, false);
	g->bottom = c->h - MARGIN - g->font * 3.2;
	if (height(g, 0) < 3 * g->font || c->w < 20 * g->font)
		return err_set(ERR_RANGE,
		    "%dx%d pixels are too few for this chart: --size makes more of them, --series fewer lines",
		    c->w, c->h);
	lay_out(g);
	if (c->title != NULL) {
		char *title = draw_text_cut(
		    g->d, g->font * 1.3, c->w - 2 * MARGIN, c->title);

		draw_text(g->d, c->w / 2.0, MARGIN + g->font * 1.2,
		    g->font * 1.3, DRAW_CENTRE, INK, title);
		mem_free(title);
	}
	legend(g, y, true);
	for (size_t i = 0; i < c->panes; i++) {
		draw_grid(g, i);
		draw_clip(g->d, g->left - 4, top_of(g, i) - 4,
		    g->right - g->left + 8, height(g, i) + 8);
		for (size_t k = 0; k < c->pane[i].n; k++)
			draw_series(g, i, c->pane[i].v[k]);
		draw_unclip(g->d);
		if (g->hints)
			hints(g, i);
	}
	draw_text(g->d, (g->left + g->right) / 2, c->h - MARGIN, g->font,
	    DRAW_CENTRE, INK, g->unit.name);
	return 0;
}

int
chart_write(const struct chart *c, const char *path, int force)
{
	struct page *g = mem_new(struct page);
	int rc;

	g->c = c;
	rc = draw_page(&g->d, path, c->w, c->h);
	if (rc >= 0)
		rc = draw_page_of(g);
	if (rc >= 0)
		rc = draw_write(&g->d, path, force);
	draw_free(g->d);
	mem_free(g);
	return rc;
}

int
chart_inline(struct buf *b, const struct chart *c)
{
	struct page *g = mem_new(struct page);
	int rc;

	g->c = c;
	g->hints = true;
	rc = draw_svg(&g->d, c->w, c->h, 1);
	if (rc >= 0)
		rc = draw_page_of(g);
	if (rc >= 0)
		rc = draw_svg_end(b, &g->d);
	draw_free(g->d);
	mem_free(g);
	return rc;
}
