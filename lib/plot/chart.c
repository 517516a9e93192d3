/* What is in a chart: see chart.h. */
#include "plot/chart.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "image/draw.h"

/* Which of the different texts so far is it? */
static size_t
nth_run(const struct chart *c, const char *run)
{
	const char *seen[CHART_PANES * CHART_SERIES];
	size_t n = 0;

	for (size_t i = 0; i < c->panes; i++)
		for (size_t k = 0; k < c->pane[i].n; k++) {
			size_t s = 0;

			while (s < n && strcmp(seen[s], c->pane[i].v[k]->run))
				s++;
			if (s == n)
				seen[n++] = c->pane[i].v[k]->run;
			if (strcmp(c->pane[i].v[k]->run, run) == 0)
				return s;
		}
	return 0;
}

static size_t
nth_series(const struct chart *c, const struct plot_series *v)
{
	size_t before = 0;

	for (size_t i = 0; i < c->panes; i++)
		for (size_t k = 0; k < c->pane[i].n; k++, before++)
			if (c->pane[i].v[k] == v)
				return before;
	return 0;
}

uint32_t
chart_colour(const struct chart *c, const struct plot_series *v)
{
	size_t i = c->runs > 1 ? nth_run(c, v->run) : nth_series(c, v);

	return draw_safe_colour((unsigned)i);
}

char *
chart_name(const struct chart *c, const struct plot_series *v)
{
	char *name = c->runs > 1
	    ? mem_printf("%s: %s", v->run + c->above, v->name)
	    : mem_strdup(v->name);

	text_tame(name);
	return name;
}

bool
chart_two_axes(const struct chart_pane *p)
{
	size_t shares = 0;

	for (size_t i = 0; i < p->n; i++)
		shares += plot_is_share(p->v[i]->name);
	return shares > 0 && shares < p->n;
}

struct chart_unit
chart_unit(const struct chart *c)
{
	double longest = 0;

	if (c->x_name != NULL)
		return (struct chart_unit){ c->x_name, 1 };
	if (c->x == PLOT_EPOCH)
		return (struct chart_unit){ "epoch", 1 };
	if (c->x == PLOT_ITER)
		return (struct chart_unit){ "iteration", 1 };
	for (size_t i = 0; i < c->panes; i++)
		for (size_t k = 0; k < c->pane[i].n; k++)
			for (size_t n = 0; n < c->pane[i].v[k]->n; n++)
				longest = fmax(longest,
				    c->pane[i].v[k]->p[n].x[PLOT_TIME]);
	return longest < 300      ? (struct chart_unit){ "time, s", 1 }
	    : longest < 3 * 3600  ? (struct chart_unit){ "time, minutes", 60 }
	    : longest < 3 * 86400 ? (struct chart_unit){ "time, hours", 3600 }
				  : (struct chart_unit){ "time, days", 86400 };
}

bool
chart_range(const struct chart *c, const struct chart_pane *p, bool shares,
    double *lo, double *hi)
{
	const bool two = chart_two_axes(p);

	*lo = INFINITY;
	*hi = -INFINITY;
	for (size_t i = 0; i < p->n; i++) {
		if (two && plot_is_share(p->v[i]->name) != shares)
			continue;
		for (size_t k = 0; k < p->v[i]->n; k++) {
			double y = p->v[i]->p[k].y;

			if (plot_shown(y) &&
			    plot_shown(p->v[i]->p[k].x[c->x]) &&
			    (!c->log || y > 0)) {
				*lo = fmin(*lo, y);
				*hi = fmax(*hi, y);
			}
		}
	}
	return *lo <= *hi;
}

bool
chart_x_range(
    const struct chart *c, const struct chart_pane *p, double *lo, double *hi)
{
	*lo = INFINITY;
	*hi = -INFINITY;
	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->v[i]->n; k++) {
			const double x = p->v[i]->p[k].x[c->x];

			if (plot_shown(x)) {
				*lo = fmin(*lo, x);
				*hi = fmax(*hi, x);
			}
		}
	return *lo <= *hi;
}

/* ---- which series --------------------------------------------------------- */

static int
pane_add(struct chart_pane *p, const struct plot_series *s)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i] == s)
			return 0;
	if (p->n == CHART_SERIES)
		return err_set(ERR_RANGE,
		    "more than %d series in one chart: name fewer by --series",
		    CHART_SERIES);
	p->v[p->n++] = s;
	return 0;
}

/* A pane for "loss,val*". */
static int
choose_pane(
    struct chart_pane *p, const struct plot_data *d, const char *patterns)
{
	char *text = mem_strdup(patterns), *at = text, *one;
	int rc = 0;

	while (rc >= 0 && (one = strsep(&at, ",")) != NULL) {
		size_t found = 0;

		for (size_t i = 0; i < d->n && rc >= 0; i++)
			if (plot_named(one, d->v[i].name)) {
				rc = pane_add(p, &d->v[i]);
				found++;
			}
		if (rc >= 0 && found == 0)
			rc = err_set(ERR_MISSING,
			    "no series is called \"%s\" (--list names them)",
			    one);
	}
	mem_free(text);
	return rc;
}

static bool
changes(const struct plot_series *s)
{
	for (size_t i = 1; i < s->n; i++)
		if (s->p[i].y != s->p[0].y)
			return true;
	return false;
}

/* Losses and shares, but for those of single classes; of a file that has neither, all. */
static int
choose_usual(struct chart *c, const struct plot_data *d)
{
	struct chart_pane *first = &c->pane[0], *rates = &c->pane[1];

	for (size_t i = 0; i < d->n; i++) {
		const char *name = d->v[i].name;

		if (plot_is_detail(name))
			continue;
		if (strcasestr(name, "loss") != NULL || plot_is_share(name))
			TRY(pane_add(first, &d->v[i]));
		else if (plot_is_rate(name) && changes(&d->v[i]))
			TRY(pane_add(rates, &d->v[i]));
	}
	c->panes = rates->n > 0 ? 2 : 1;
	if (first->n == 0) {
		c->panes = 1;
		rates->n = 0;
		for (size_t i = 0; i < d->n; i++)
			TRY(pane_add(first, &d->v[i]));
	}
	return 0;
}

/* The folders that the names of all runs begin with. */
static size_t
common_folders(const struct plot_data *d)
{
	size_t n = 0;

	for (size_t k = 0; d->v[0].run[k] != '\0'; k++) {
		for (size_t i = 1; i < d->n; i++)
			if (d->v[i].run[k] != d->v[0].run[k])
				return n;
		if (d->v[0].run[k] == '/')
			n = k + 1;
	}
	return n;
}

int
chart_choose(struct chart *c, const struct plot_data *d,
    const char *const *patterns, size_t n)
{
	if (n > CHART_PANES)
		return err_set(
		    ERR_RANGE, "more than %d charts in one", CHART_PANES);
	for (size_t i = 0; i < CHART_PANES; i++)
		c->pane[i].n = 0;
	c->above = c->runs > 1 && d->n > 0 ? common_folders(d) : 0;
	if (n == 0)
		return choose_usual(c, d);
	c->panes = n;
	for (size_t i = 0; i < n; i++)
		TRY(choose_pane(&c->pane[i], d, patterns[i]));
	return 0;
}
