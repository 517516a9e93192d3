/*
 * What is plotted: series of points, each of a run (a model folder, a log, a
 * table) and with a name ("loss", "val accuracy", "learning rate").
 *
 * A point knows its place on up to three axes: iteration, epoch, and seconds
 * since the run began.  NAN: not known there; a value that is NAN is a gap.
 */
#ifndef PLOT_SERIES_H
#define PLOT_SERIES_H

#include <stdbool.h>
#include <stddef.h>

enum plot_x { PLOT_EPOCH, PLOT_ITER, PLOT_TIME, PLOT_XS };

struct plot_point {
	double x[PLOT_XS];
	double y;
};

struct plot_series {
	char *run, *name;
	struct plot_point *p; /* in the order of time */
	size_t n, cap;
};

struct plot_data {
	struct plot_series *v; /* by run, as they came up */
	size_t n, cap;
	size_t last; /* where the last one was found */
};

void plot_data_init(struct plot_data *d);
void plot_data_clear(struct plot_data *d);
/* A point more of that series, which begins where there is none. */
void plot_add(struct plot_data *d, const char *run, const char *name,
    const struct plot_point *p);

/* Can it be drawn: no NAN, and no more than 1e150, which only a loss that has run away
 * is, and beyond which an axis has no ticks? */
bool plot_shown(double v);
/* Is it measured on what was not learned ("val …", "test …")? */
bool plot_is_val(const char *name);
/* Is it a share, from 0 to 1 by its name (accuracy, precision, IoU, AP, …)? */
bool plot_is_share(const char *name);
/* Is it of one class alone, as validations have it ("val ap50/cat")? */
bool plot_is_detail(const char *name);
/* Is it the learning rate? */
bool plot_is_rate(const char *name);
/* The axis of all points of all n series, in this order of liking: epoch,
 * iteration, time. */
enum plot_x plot_common_x(const struct plot_series *const *v, size_t n);
/* Does pattern (of fnmatch(3); case, '-' and '_' for blanks do not matter) name
 * it? */
bool plot_named(const char *pattern, const char *name);

/*
 * An exponential moving average, weight (0..1, as TensorBoard's slider) on what was
 * before, without the pull of its beginning: m = w m + (1 - w) y,
 * y' = m / (1 - w^k).  Into out (n); gaps stay.
 */
void plot_smooth(double *out, const struct plot_series *s, double weight);

#endif
