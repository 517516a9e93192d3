/*
 * Charts: series as lines over one x axis, in panes one below the other.
 *
 * In a pane, series whose names say that they are shares (accuracy, IoU, …) have
 * an axis of their own on the right, in percent, where there are others beside them.
 * Colours can be told apart with any colour vision (Okabe and Ito, 2008); lines are
 * told apart without colours, too: validations have dots, shares beside others are
 * dashed.  One run has a colour for each series, several runs have one each.
 */
#ifndef PLOT_CHART_H
#define PLOT_CHART_H

#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "plot/series.h"

enum { CHART_PANES = 8, CHART_SERIES = 64 };

struct chart_pane {
	const struct plot_series *v[CHART_SERIES];
	size_t n;
};

struct chart {
	struct chart_pane pane[CHART_PANES];
	size_t panes;
	enum plot_x x;
	/* what else stands on that axis, which may be logarithmic, or NULL */
	const char *x_name;
	bool x_log;
	const char *title; /* or NULL */
	int w, h;          /* pixels */
	bool log;          /* values on a logarithmic axis */
	double smooth;     /* plot_smooth; what was measured is drawn faintly */
	size_t runs;       /* how many there are */
	size_t above; /* bytes of folders in front of their names, left out */
};

/* A pane for the named patterns (commas between), or the usual ones of all series:
 * losses and shares, below them the learning rate where it changes.  ERR_MISSING:
 * nothing has such a name; ERR_RANGE: too many. */
int chart_choose(struct chart *c, const struct plot_data *d,
    const char *const *patterns, size_t n);
/* What to call the axis, and the number that is shown for x (hours for seconds). */
struct chart_unit {
	const char *name;
	double per;
};
struct chart_unit chart_unit(const struct chart *c);
/* The colour of series v of pane i. */
uint32_t chart_colour(const struct chart *c, const struct plot_series *v);
/* What it is called beside others: with its run, where there are several; the caller's. */
char *chart_name(const struct chart *c, const struct plot_series *v);
/* Has the pane shares besides other series? */
bool chart_two_axes(const struct chart_pane *p);
/* The least and greatest of what is finite (log: and > 0), of shares or of the
 * others or, where there is one axis, of all; false: there is nothing. */
bool chart_range(const struct chart *c, const struct chart_pane *p, bool shares,
    double *lo, double *hi);

/* The least and greatest place of its points; false: they have none. */
bool chart_x_range(
    const struct chart *c, const struct chart_pane *p, double *lo, double *hi);

/* Into a file: .png, .svg or .pdf. */
int chart_write(const struct chart *c, const char *path, int force);
/* Into b as an <svg> element (draw_svg of image/draw.h) that tells values where one
 * points. */
int chart_inline(struct buf *b, const struct chart *c);
/* On a terminal of so many columns and lines; colour: with them. */
int chart_print(
    const struct chart *c, FILE *out, int columns, int lines, bool colour);

#endif
