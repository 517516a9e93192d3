/*
 * Charts of characters: see chart.h.  Each place holds 2 x 4 dots (Unicode's Braille
 * patterns); where lines of several series cross in one place, the later one gives
 * the colour.  Without colours a series is drawn with a letter.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "plot/axis.h"
#include "plot/chart.h"

enum { MARK_W = 9, HEIGHT_MAX = 200 };

struct grid {
	const struct chart *c;
	int w, h;        /* characters of the plot */
	uint8_t *dots;   /* (h, w): bits of the pattern */
	uint8_t *series; /* (h, w): 1 + which */
	bool fine;       /* dots; else letters */
};

/* ANSI's 256 colours nearest to those of the charts. */
static const int colours[] = { 32, 202, 35, 175, 214, 81, 250, 244 };

static char
letter(size_t series)
{
	return "*o+x#@%&abcdefghijklmnpqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    [series % 68];
}

static void
grid_dot(struct grid *g, int x, int y, size_t series)
{
	static const uint8_t bit[4][2] = { { 1, 8 }, { 2, 16 }, { 4, 32 },
		{ 64, 128 } };
	size_t at;

	if (x < 0 || y < 0 || x >= 2 * g->w || y >= 4 * g->h)
		return;
	at = (size_t)(y / 4) * (size_t)g->w + (size_t)(x / 2);
	g->dots[at] |= bit[y % 4][x % 2];
	g->series[at] = (uint8_t)(1 + series);
}

/* From dot to dot. */
static void
grid_line(
    struct grid *g, const double from[2], const double to[2], size_t series)
{
	double n = fmax(fabs(to[0] - from[0]), fabs(to[1] - from[1]));
	int steps = (int)ceil(n);

	for (int i = 0; i <= steps; i++) {
		double t = steps > 0 ? (double)i / steps : 0;

		grid_dot(g, (int)lround(from[0] + t * (to[0] - from[0])),
		    (int)lround(from[1] + t * (to[1] - from[1])), series);
	}
}

static void
grid_series(struct grid *g, const struct plot_series *s, const struct axis *x,
    const struct axis *y, double per, size_t nth)
{
	double *v = mem_array(double, s->n + 1), last[2] = { NAN, NAN };

	plot_smooth(v, s, plot_is_rate(s->name) ? 0 : g->c->smooth);
	for (size_t k = 0; k < s->n; k++) {
		double px = s->p[k].x[g->c->x] / per, to[2];

		if (!plot_shown(px) || !plot_shown(v[k]) ||
		    (g->c->log && v[k] <= 0)) {
			last[0] = NAN;
			continue;
		}
		to[0] = axis_at(x, px) * (2 * g->w - 1);
		to[1] = (1 - axis_at(y, v[k])) * (4 * g->h - 1);
		grid_line(g, isnan(last[0]) ? to : last, to, nth);
		memcpy(last, to, sizeof(last));
	}
	mem_free(v);
}

static void
print_place(const struct grid *g, FILE *out, size_t at, bool colour)
{
	const unsigned dots = g->dots[at];
	const size_t series = g->series[at];

	if (dots == 0) {
		putc(' ', out);
	} else if (!g->fine) {
		putc(letter(series - 1), out);
	} else { /* U+2800 + dots */
		if (colour)
			fprintf(out, "\033[38;5;%dm",
			    colours[(series - 1) % LENGTH(colours)]);
		fprintf(out, "%c%c%c", 0xe2, (int)(0xa0 | dots >> 6),
		    (int)(0x80 | (dots & 63)));
		if (colour)
			fputs("\033[0m", out);
	}
}

/* The text of the tick on line i of h, or "". */
static const char *
tick_on(const struct axis *a, int i, int h)
{
	for (int k = 0; k < a->n; k++)
		if ((int)lround((1 - axis_at(a, a->tick[k])) * (h - 1)) == i)
			return a->text[k];
	return "";
}

static void
print_rows(const struct grid *g, FILE *out, const struct axis *left,
    const struct axis *right, bool colour)
{
	for (int i = 0; i < g->h; i++) {
		fprintf(out, "%*s |", MARK_W - 2,
		    left != NULL ? tick_on(left, i, g->h) : "");
		for (int k = 0; k < g->w; k++)
			print_place(g, out,
			    (size_t)i * (size_t)g->w + (size_t)k, colour);
		if (right != NULL)
			fprintf(out, "| %s", tick_on(right, i, g->h));
		putc('\n', out);
	}
}

/* The line of ticks under it. */
static void
print_x(const struct grid *g, FILE *out, const struct axis *x, const char *name)
{
	char *line = mem_calloc((size_t)g->w + AXIS_TEXT + 1, 1);
	int free_from = 0;

	memset(line, ' ', (size_t)g->w + AXIS_TEXT);
	for (int k = 0; k < x->n; k++) {
		int n = (int)strlen(x->text[k]);
		int at =
		    (int)lround(axis_at(x, x->tick[k]) * (g->w - 1)) - n / 2;

		at = at < 0 ? 0 : at + n > g->w ? g->w - n : at;
		if (at < free_from)
			continue;
		memcpy(line + at, x->text[k], (size_t)n);
		free_from = at + n + 2;
	}
	for (int n = g->w + AXIS_TEXT; n > 0 && line[n - 1] == ' '; n--)
		line[n - 1] = '\0';
	fprintf(out, "%*s+", MARK_W - 1, "");
	for (int k = 0; k < g->w; k++)
		putc('-', out);
	fprintf(out, "\n%*s%s\n%*s\n", MARK_W, "", line,
	    MARK_W + (g->w + (int)strlen(name)) / 2, name);
	mem_free(line);
}

static void
print_sample(const struct grid *g, FILE *out, size_t i, bool colour)
{
	if (!g->fine)
		putc(letter(i), out);
	else if (colour)
		fprintf(out, "\033[38;5;%dm--\033[0m",
		    colours[i % LENGTH(colours)]);
	else
		fputs("--", out);
}

/* The names, on as few lines as they need; how many where out is NULL. */
static int
print_names(const struct grid *g, FILE *out, const struct chart_pane *p,
    bool two, bool colour)
{
	const size_t most = (size_t)(g->w + MARK_W);
	size_t at = 0;
	int lines = 1;

	for (size_t i = 0; i < p->n; i++) {
		char *name = chart_name(g->c, p->v[i]);
		const char *right =
		    two && plot_is_share(p->v[i]->name) ? " (right)" : "";
		const size_t w = text_columns(name) + strlen(right) + 5;

		if (at > 0 && at + w > most) {
			lines++;
			at = 0;
			if (out != NULL)
				putc('\n', out);
		}
		if (out != NULL) {
			fprintf(out, "%*s", at == 0 ? MARK_W : 2, "");
			print_sample(g, out, i, colour);
			fprintf(out, " %s%s", name, right);
		}
		at += w;
		mem_free(name);
	}
	if (out != NULL)
		putc('\n', out);
	return lines;
}

static void
print_pane(struct grid *g, FILE *out, const struct chart_pane *p, bool colour)
{
	const struct chart_unit unit = chart_unit(g->c);
	const bool two = chart_two_axes(p);
	struct axis x, y[2];
	double lo, hi;
	bool there[2];

	if (!chart_x_range(g->c, p, &lo, &hi))
		return;
	axis_make(&x, lo / unit.per, hi / unit.per, g->w / 10 + 2, false, false,
	    g->c->x == PLOT_ITER ? AXIS_WHOLE : AXIS_PLAIN);
	for (int k = 0; k < 2; k++) {
		there[k] =
		    (k == 0 || two) && chart_range(g->c, p, k == 1, &lo, &hi);
		if (there[k])
			axis_make(&y[k], lo, hi, g->h / 3 + 2, g->c->log, true,
			    k == 1 && hi <= 1 && !g->c->log ? AXIS_PERCENT
							    : AXIS_PLAIN);
	}
	memset(g->dots, 0, (size_t)g->w * (size_t)g->h);
	for (size_t i = 0; i < p->n; i++) {
		int k = two && plot_is_share(p->v[i]->name);

		if (there[k])
			grid_series(g, p->v[i], &x, &y[k], unit.per, i);
	}
	print_names(g, out, p, two, colour);
	print_rows(
	    g, out, there[0] ? &y[0] : NULL, there[1] ? &y[1] : NULL, colour);
	print_x(g, out, &x, unit.name);
}

/* Lines of the plot in pane i of all those there are: what names and axes leave,
 * of which the first pane gets most. */
static int
pane_height(const struct grid *g, size_t i, int lines)
{
	const struct chart *c = g->c;
	double share = 1;
	int h;

	for (size_t k = 0; k < c->panes; k++)
		lines -= 3 +
		    print_names(g, NULL, &c->pane[k],
			chart_two_axes(&c->pane[k]), false);
	if (c->panes > 1)
		share = (i == 0 ? 1 : 0.5) / (1 + 0.5 * (double)(c->panes - 1));
	h = (int)(lines * share);
	return h < 5 ? 5 : h > HEIGHT_MAX ? HEIGHT_MAX : h;
}

int
chart_print(
    const struct chart *c, FILE *out, int columns, int lines, bool colour)
{
	struct grid g = { .c = c };
	size_t most = 0;

	for (size_t i = 0; i < c->panes; i++)
		most = c->pane[i].n > most ? c->pane[i].n : most;
	g.fine = colour || most == 1;
	g.w = columns - 2 * MARK_W;
	g.w = g.w < 16 ? 16 : g.w > 1000 ? 1000 : g.w;
	g.dots = mem_array(uint8_t, (size_t)g.w * HEIGHT_MAX);
	g.series = mem_array(uint8_t, (size_t)g.w * HEIGHT_MAX);
	if (c->title != NULL) {
		char *title = mem_strdup(c->title);

		text_tame(title);
		fprintf(out, "%*s%s\n", MARK_W, "", title);
		mem_free(title);
		lines--;
	}
	for (size_t i = 0; i < c->panes; i++) {
		g.h = pane_height(&g, i, lines);
		print_pane(&g, out, &c->pane[i], colour);
	}
	mem_free(g.dots);
	mem_free(g.series);
	return 0;
}
