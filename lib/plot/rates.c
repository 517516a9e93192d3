/* Loss over learning rate: see rates.h. */
#include "plot/rates.h"

#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "plot/chart.h"

/* In place of an axis of time. */
static void
add_point(struct plot_data *d, const char *name, double rate, double y)
{
	const struct plot_point p = { .x = { [PLOT_EPOCH] = NAN,
					  [PLOT_ITER] = NAN,
					  [PLOT_TIME] = rate },
		.y = isfinite(y) ? y : NAN };

	plot_add(d, "", name, &p);
}

/* A dot on the smoothed curve, where the rate is that. */
static void
add_mark(struct plot_data *d, const struct plot_rates *r, double rate,
    const char *what)
{
	size_t at = 0;
	char name[96];

	if (!isfinite(rate))
		return;
	for (size_t i = 1; i < r->n; i++)
		if (fabs(log(r->rate[i] / rate)) <
		    fabs(log(r->rate[at] / rate)))
			at = i;
	snprintf(name, sizeof(name), "%.3g: %s", rate, what);
	add_point(d, name, rate, r->smooth[at]);
}

int
plot_rates_write(const struct plot_rates *r, const char *path, int force)
{
	struct chart *c = mem_new(struct chart);
	struct plot_data d;
	int rc;

	plot_data_init(&d);
	for (size_t i = 0; i < r->n; i++)
		add_point(&d, "loss", r->rate[i], r->loss[i]);
	for (size_t i = 0; i < r->n; i++)
		add_point(&d, "smoothed loss", r->rate[i], r->smooth[i]);
	add_mark(&d, r, r->steepest, "steepest fall of the loss");
	add_mark(&d, r, r->tenth, "a tenth of the rate of the least loss");
	c->w = r->w;
	c->h = r->h;
	c->x = PLOT_TIME;
	c->x_name = "learning rate";
	c->x_log = true;
	c->runs = 1;
	c->panes = 1;
	for (size_t i = 0; i < d.n; i++)
		c->pane[0].v[c->pane[0].n++] = &d.v[i];
	rc = chart_write(c, path, force);
	plot_data_clear(&d);
	mem_free(c);
	return rc;
}
