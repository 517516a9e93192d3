/* Drawing of confusion matrices: see matrix.h. */
#include "infer/classes/matrix.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "image/draw.h"

enum {
	INK = 0x222222,
	ON_CELL =
	    0x202020, /* not the ink of the page, which may become light */
	FAINT = 0x6b6b6b,
	LINE = 0xd0d0d0,
	BAR = 0xb8c4d0,
	NOTHING = 0xeeeeee, /* rows without pictures */
	GAP = 10,
	TITLE = 14,
	SMALL = 11,
	TINY = 8, /* the smallest that is read */
	NAME_MAX_WIDTH = 150,
	STRIP = 46, /* recall and precision */
	LEGEND = 130,
	HINTS = 40,
	RECTANGLES = 100 /* of more classes an SVG has pixels */
};

struct matrix {
	const struct confusion *c;
	const char *const *labels;
	size_t nlabels;
	struct draw *d;
	size_t cells, per; /* a side; classes of one */
	int side;          /* of a cell, pixels */
	int x, y, size;    /* of the whole */
	double number;     /* size of letters in cells, 0: none */
	double name;       /* ... of names, 0: none */
	double names_w;    /* the widest */
	bool upright;      /* names of columns fit without turning */
	uint64_t *truths, *answers, *right; /* of cells */
};

/* Its square root; where cells are but points, its cube root. */
static double
darkness(double share, size_t cells)
{
	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return cells > RECTANGLES ? cbrt(share) : sqrt(share);
}

/* ColorBrewer's Blues (Harrower and Brewer 2003), whose lightness falls evenly. */
uint32_t
matrix_colour(double share, size_t cells)
{
	static const uint8_t stop[][3] = { { 255, 255, 255 }, { 222, 235, 247 },
		{ 158, 202, 225 }, { 66, 146, 198 }, { 8, 81, 156 },
		{ 8, 40, 90 } };
	const int last = (int)LENGTH(stop) - 1;
	double at = darkness(share, cells) * last;
	int i = at >= last ? last - 1 : (int)at;
	uint32_t out = 0;

	for (int k = 0; k < 3; k++)
		out = out << 8 |
		    (uint32_t)lround(
			stop[i][k] + (at - i) * (stop[i + 1][k] - stop[i][k]));
	return out;
}

static double
share(uint64_t part, uint64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : 0;
}

static uint64_t
count_at(const struct matrix *m, size_t row, size_t column)
{
	const size_t n = m->c->classes;
	uint64_t sum = 0;

	if (m->per == 1)
		return confusion_at(m->c, row, column);
	for (size_t i = row * m->per; i < (row + 1) * m->per && i < n; i++)
		for (size_t k = column * m->per;
		     k < (column + 1) * m->per && k < n; k++)
			sum += confusion_at(m->c, i, k);
	return sum;
}

static double
share_at(const struct matrix *m, size_t row, size_t column)
{
	return share(count_at(m, row, column), m->truths[row]);
}

/* The name of a class, no wider than there is room; of mem_*. */
static char *
name_of(const struct matrix *m, size_t i)
{
	char number[24];

	snprintf(number, sizeof(number), "%zu", i);
	return draw_text_cut(m->d, m->name, NAME_MAX_WIDTH,
	    i < m->nlabels ? m->labels[i] : number);
}

/* ---- how large --------------------------------------------------------- */

static int
side_of(size_t n)
{
	if (n <= 20)
		return 48;
	if (n <= 40)
		return 28;
	if (n <= 100)
		return 14;
	if (n <= 200)
		return 8;
	return n < MATRIX_CELLS ? MATRIX_CELLS / (int)n : 1;
}

static void
count_cells(struct matrix *m)
{
	const struct confusion *c = m->c;

	m->per = (c->classes + MATRIX_CELLS - 1) / MATRIX_CELLS;
	m->cells = (c->classes + m->per - 1) / m->per;
	m->side = side_of(m->cells);
	m->truths = mem_array(uint64_t, m->cells);
	m->answers = mem_array(uint64_t, m->cells);
	m->right = mem_array(uint64_t, m->cells);
	for (size_t i = 0; i < c->classes; i++) {
		m->truths[i / m->per] += c->truths[i];
		m->answers[i / m->per] += c->answers[i];
		m->right[i / m->per] += c->right[i];
	}
}

/* Numbers where the longest fits; small matrices make room for it. */
static void
fit_numbers(struct matrix *m)
{
	uint64_t most = 0;
	char text[24];
	double w;

	for (size_t i = 0; i < m->cells; i++)
		for (size_t k = 0; k < m->cells && m->cells <= RECTANGLES; k++)
			if (count_at(m, i, k) > most)
				most = count_at(m, i, k);
	snprintf(text, sizeof(text), "%" PRIu64, most);
	w = draw_text_width(m->d, SMALL, text);
	if (m->cells <= 20 && w + 8 > m->side)
		m->side = (int)fmin(ceil(w + 8), 96);
	m->number = fmin(SMALL + 2, (m->side - 4) * SMALL / fmax(w, 1));
	m->number = fmin(m->number, m->side * 0.5);
	if (m->number < TINY)
		m->number = 0;
}

static void
fit_names(struct matrix *m)
{
	m->name = m->per == 1 ? fmin(SMALL + 1, m->side - 2) : 0;
	if (m->name < TINY) {
		m->name = 0;
		m->names_w = draw_text_width(m->d, SMALL, "00000");
		return;
	}
	for (size_t i = 0; i < m->cells; i++) {
		char *text = name_of(m, i);

		m->names_w =
		    fmax(m->names_w, draw_text_width(m->d, m->name, text));
		mem_free(text);
	}
	m->upright = m->names_w <= m->side - 4;
}

/* ---- its parts --------------------------------------------------------- */

/* As pixels, which for many classes are less than rectangles would be. */
static int
paint_pixels(const struct matrix *m)
{
	struct image im;
	int rc;

	image_init(&im);
	rc = image_resize_buffer(&im, m->size, m->size, 3);
	for (int y = 0; rc >= 0 && y < m->size; y++) {
		size_t row = (size_t)(y / m->side);
		uint8_t *p = im.data + (size_t)y * (size_t)m->size * 3;

		if (y % m->side > 0) {
			memcpy(p, p - (size_t)m->size * 3, (size_t)m->size * 3);
			continue;
		}
		for (int x = 0; x < m->size; x++, p += 3) {
			uint32_t v = m->truths[row] == 0
			    ? NOTHING
			    : matrix_colour(
				  share_at(m, row, (size_t)(x / m->side)),
				  m->cells);

			p[0] = (uint8_t)(v >> 16);
			p[1] = (uint8_t)(v >> 8);
			p[2] = (uint8_t)v;
		}
	}
	if (rc >= 0)
		draw_picture(m->d, m->x, m->y, &im);
	image_clear(&im);
	return rc;
}

/* What a cell of more than HINTS classes would say makes a page too large. */
static void
hint(const struct matrix *m, size_t row, size_t column, uint64_t n)
{
	char *a, *b, *text;

	if (m->per > 1 || m->cells > HINTS)
		return;
	a = name_of(m, row);
	b = name_of(m, column);
	text = mem_printf("%" PRIu64 " of %s called %s", n, a, b);
	draw_note(m->d, text);
	draw_shade(m->d, m->x + (double)column * m->side,
	    m->y + (double)row * m->side, m->side, m->side, INK, DRAW_UNSEEN);
	draw_note(m->d, NULL);
	mem_free(text);
	mem_free(b);
	mem_free(a);
}

static void
paint_cell(const struct matrix *m, size_t row, size_t column)
{
	const double x = m->x + (double)column * m->side;
	const double y = m->y + (double)row * m->side;
	const double part = share_at(m, row, column);
	uint64_t n = count_at(m, row, column);
	char text[24];

	if (n == 0)
		return;
	draw_fill(m->d, x, y, m->side, m->side, matrix_colour(part, m->cells));
	hint(m, row, column, n);
	if (m->number == 0)
		return;
	snprintf(text, sizeof(text), "%" PRIu64, n);
	draw_text(m->d, x + m->side / 2.0, y + m->side / 2.0 + m->number * 0.36,
	    m->number, DRAW_CENTRE, part > 0.25 ? 0xffffff : ON_CELL, text);
}

static int
paint_matrix(const struct matrix *m)
{
	if (m->cells > RECTANGLES)
		TRY(paint_pixels(m));
	for (size_t i = 0; i < m->cells && m->cells <= RECTANGLES; i++) {
		if (m->truths[i] == 0)
			draw_fill(m->d, m->x, m->y + (double)i * m->side,
			    m->size, m->side, NOTHING);
		for (size_t k = 0; k < m->cells; k++)
			paint_cell(m, i, k);
	}
	for (size_t i = 1; i < m->cells && m->side >= 12; i++) {
		double at = (double)i * m->side;

		draw_line(
		    m->d, m->x, m->y + at, m->x + m->size, m->y + at, 1, LINE);
		draw_line(
		    m->d, m->x + at, m->y, m->x + at, m->y + m->size, 1, LINE);
	}
	draw_box(m->d, m->x - 1, m->y - 1, m->size + 2, m->size + 2, 1, FAINT);
	return 0;
}

/* Where names have no room: the numbers of some classes. */
static void
write_ticks(const struct matrix *m)
{
	size_t step = 10, n = m->c->classes;

	while (n / step > 20)
		step *= step % 25 == 0 ? 2 : 5;
	for (size_t i = 0; i < n; i += step) {
		double at = (double)(i / m->per) * m->side + m->side / 2.0;
		char text[24];

		snprintf(text, sizeof(text), "%zu", i);
		draw_line(
		    m->d, m->x - 5, m->y + at, m->x - 1, m->y + at, 1, FAINT);
		draw_text(m->d, m->x - 7, m->y + at + SMALL * 0.36, SMALL,
		    DRAW_RIGHT, INK, text);
		draw_line(m->d, m->x + at, m->y + m->size + 1, m->x + at,
		    m->y + m->size + 5, 1, FAINT);
		draw_text_up(m->d, m->x + at + SMALL * 0.36, m->y + m->size + 7,
		    SMALL, DRAW_RIGHT, INK, text);
	}
}

static void
write_names(const struct matrix *m)
{
	if (m->name == 0) {
		write_ticks(m);
		return;
	}
	for (size_t i = 0; i < m->cells; i++) {
		double at = ((double)i + 0.5) * m->side + m->name * 0.36;
		char *text = name_of(m, i);

		draw_text(
		    m->d, m->x - 6, m->y + at, m->name, DRAW_RIGHT, INK, text);
		if (m->upright)
			draw_text(m->d, m->x + ((double)i + 0.5) * m->side,
			    m->y + m->size + 5 + m->name, m->name, DRAW_CENTRE,
			    INK, text);
		else
			draw_text_up(m->d, m->x + at, m->y + m->size + 6,
			    m->name, DRAW_RIGHT, INK, text);
		mem_free(text);
	}
}

/* Recall behind the rows, precision above the columns; "-" where there is none. */
static void
draw_strips(const struct matrix *m)
{
	const double x = m->x + m->size + GAP, bottom = m->y - GAP;
	const double gap = m->side >= 4 ? 1 : 0, full = STRIP - 4;

	for (size_t i = 0; i < m->cells; i++) {
		double at = (double)i * m->side, mid = at + m->side / 2.0;
		double recall = share(m->right[i], m->truths[i]);
		double precision = share(m->right[i], m->answers[i]);
		char text[24];

		draw_fill(
		    m->d, x, m->y + at, full * recall, m->side - gap, BAR);
		draw_fill(m->d, m->x + at, bottom - full * precision,
		    m->side - gap, full * precision, BAR);
		if (m->name == 0)
			continue;
		snprintf(text, sizeof(text), "%.0f %%", 100 * recall);
		draw_text(m->d, x + 3, m->y + mid + m->name * 0.36, m->name,
		    DRAW_LEFT, INK, m->truths[i] > 0 ? text : "-");
		snprintf(text, sizeof(text), "%.0f %%", 100 * precision);
		draw_text_up(m->d, m->x + mid + m->name * 0.36, bottom - 3,
		    m->name, DRAW_LEFT, INK, m->answers[i] > 0 ? text : "-");
	}
	draw_text(m->d, x, m->y - GAP / 2.0, SMALL, DRAW_LEFT, FAINT, "recall");
	draw_text(
	    m->d, m->x - 6, bottom - 2, SMALL, DRAW_RIGHT, FAINT, "precision");
}

/* Which share is how dark. */
static void
draw_legend(const struct matrix *m, double x)
{
	static const double ticks[] = { 0, 0.01, 0.05, 0.25, 0.5, 1 };
	const double y = m->y + 3 * SMALL;

	draw_text(m->d, x, m->y + 4, SMALL, DRAW_LEFT, FAINT, "share of");
	draw_text(
	    m->d, x, m->y + 4 + SMALL + 2, SMALL, DRAW_LEFT, FAINT, "the row");
	for (int i = 0; i < LEGEND; i++) {
		double dark = (i + 0.5) / LEGEND;

		draw_fill(m->d, x, y + LEGEND - i - 1, 16, 1.2,
		    matrix_colour(
			pow(dark, m->cells > RECTANGLES ? 3 : 2), m->cells));
	}
	draw_box(m->d, x, y, 16, LEGEND, 1, FAINT);
	for (size_t i = 0; i < LENGTH(ticks); i++) {
		double at = y + LEGEND - darkness(ticks[i], m->cells) * LEGEND;
		char text[24];

		snprintf(text, sizeof(text), "%g %%", 100 * ticks[i]);
		draw_line(m->d, x + 16, at, x + 20, at, 1, FAINT);
		draw_text(m->d, x + 23, at + SMALL * 0.36, SMALL, DRAW_LEFT,
		    INK, text);
	}
	draw_fill(m->d, x, y + LEGEND + GAP, 16, 10, NOTHING);
	draw_text(m->d, x + 23, y + LEGEND + GAP + 9, SMALL, DRAW_LEFT, INK,
	    "no image");
}

static char *
title_of(const struct matrix *m)
{
	const struct confusion *c = m->c;
	char more[64] = "";

	if (m->per > 1)
		snprintf(more, sizeof(more), ", %zu classes a cell", m->per);
	return mem_printf("%" PRIu64 " %s, %zu %s, top-1 %.2f %%%s", c->n,
	    num_plural(c->n, "image", "images"), c->classes,
	    num_plural(c->classes, "class", "classes"),
	    100 * share(c->top1, c->n), more);
}

static int
paint(struct matrix *m, double right)
{
	const double below =
	    m->y + m->size + (m->upright ? m->name : m->names_w) + 2 * GAP;
	char *title = title_of(m);

	draw_text(m->d, GAP, GAP + TITLE, TITLE, DRAW_LEFT, INK, title);
	mem_free(title);
	TRY(paint_matrix(m));
	write_names(m);
	draw_strips(m);
	draw_text_up(m->d, GAP + SMALL, m->y + m->size / 2.0, SMALL + 1,
	    DRAW_CENTRE, FAINT, "truth");
	draw_text(m->d, m->x + m->size / 2.0, below + SMALL, SMALL + 1,
	    DRAW_CENTRE, FAINT, "answer");
	draw_legend(m, right);
	return 0;
}

/* How large it becomes: the place of the parts, *right that of the legend, and the
 * size of the whole. */
static int
measure(struct matrix *m, double *right, int *w, int *h)
{
	double title_w;
	char *title;

	count_cells(m);
	TRY(draw_svg(&m->d, 1, 1, 1)); /* to measure letters on */
	fit_numbers(m);
	fit_names(m);
	title = title_of(m);
	title_w = draw_text_width(m->d, TITLE, title);
	mem_free(title);
	draw_free(m->d);
	m->d = NULL;
	m->size = (int)m->cells * m->side;
	m->x = (int)fmax(m->names_w, 60) + SMALL + 3 * GAP;
	m->y = TITLE + STRIP + 4 * GAP;
	*right = m->x + m->size + GAP + STRIP + GAP;
	*w = (int)fmax(*right + 70 + GAP, title_w + 2 * GAP);
	*h = m->y +
	    (int)fmax(m->size + (m->upright ? m->name : m->names_w) + SMALL,
		LEGEND + 3 * SMALL + 2 * GAP) +
	    4 * GAP;
	return 0;
}

/* Into path or, NULL, into b. */
static int
make(struct matrix *m, const char *path, struct buf *b, int force)
{
	double right = 0;
	int w, h, rc;

	rc = measure(m, &right, &w, &h);
	if (rc >= 0 && path != NULL)
		rc = draw_page(&m->d, path, w, h);
	else if (rc >= 0)
		rc = draw_svg(&m->d, w, h, 1);
	if (rc >= 0)
		rc = paint(m, right);
	if (rc >= 0)
		rc = path != NULL ? draw_write(&m->d, path, force)
				  : draw_svg_end(b, &m->d);
	draw_free(m->d);
	mem_free(m->truths);
	mem_free(m->answers);
	mem_free(m->right);
	return rc;
}

int
matrix_write(const char *path, const struct confusion *c,
    const char *const *labels, size_t nlabels, int force)
{
	struct matrix m = { .c = c, .labels = labels, .nlabels = nlabels };

	return make(&m, path, NULL, force);
}

int
matrix_inline(struct buf *b, const struct confusion *c,
    const char *const *labels, size_t nlabels)
{
	struct matrix m = { .c = c, .labels = labels, .nlabels = nlabels };

	return make(&m, NULL, b, 0);
}
