/* Series as comma-separated values: see csv.h. */
#include "plot/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"

static int
put_field(struct buf *b, const char *s)
{
	if (s[strcspn(s, ",\"\r\n")] == '\0')
		return buf_adds(b, s);
	TRY(buf_addc(b, '"'));
	for (; *s != '\0'; s++) {
		if (*s == '"')
			TRY(buf_addc(b, '"'));
		TRY(buf_addc(b, *s));
	}
	return buf_addc(b, '"');
}

static int
put_number(struct buf *b, double v)
{
	char text[NUM_TEXT_MAX];

	return isfinite(v) ? buf_adds(b, num_double_text(text, v)) : 0;
}

int
plot_csv_points(struct buf *b, const struct plot_series *s)
{
	for (size_t n = 0; n < s->n; n++) {
		TRY(put_field(b, s->run));
		TRY(buf_addc(b, ','));
		TRY(put_field(b, s->name));
		for (int x = 0; x <= PLOT_XS; x++) {
			TRY(buf_addc(b, ','));
			TRY(put_number(
			    b, x < PLOT_XS ? s->p[n].x[x] : s->p[n].y));
		}
		TRY(buf_adds(b, "\r\n"));
	}
	return 0;
}

/* ---- the table ------------------------------------------------------------ */

static int
by_number(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* All iterations that anything was measured at, in order; how many. */
static size_t
iterations(const struct plot_data *d, double **out)
{
	double *v = NULL;
	size_t n = 0, cap = 0, k = 0;

	for (size_t i = 0; i < d->n; i++)
		for (size_t j = 0; j < d->v[i].n; j++) {
			if (isnan(d->v[i].p[j].x[PLOT_ITER]))
				continue;
			mem_grow(&v, &cap, n + 1);
			v[n++] = d->v[i].p[j].x[PLOT_ITER];
		}
	if (n > 0)
		qsort(v, n, sizeof(*v), by_number);
	for (size_t i = 0; i < n; i++)
		if (k == 0 || v[i] != v[k - 1])
			v[k++] = v[i];
	*out = v;
	return k;
}

/* What is known of iteration `iter`; at: the place in each series, which grows. */
static int
put_row(struct buf *b, const struct plot_data *d, double iter, size_t *at)
{
	double epoch = NAN, time = NAN;
	double *value = mem_array(double, d->n + 1);
	int rc;

	for (size_t i = 0; i < d->n; i++) {
		const struct plot_series *s = &d->v[i];

		value[i] = NAN;
		for (; at[i] < s->n && s->p[at[i]].x[PLOT_ITER] <= iter;
		     at[i]++) {
			const struct plot_point *q = &s->p[at[i]];

			if (q->x[PLOT_ITER] != iter)
				continue;
			value[i] = q->y;
			epoch = fmax(epoch, q->x[PLOT_EPOCH]);
			time = fmax(time, q->x[PLOT_TIME]);
		}
	}
	rc = put_number(b, iter);
	rc = rc < 0 ? rc : buf_addc(b, ',');
	rc = rc < 0 ? rc : put_number(b, epoch);
	rc = rc < 0 ? rc : buf_addc(b, ',');
	rc = rc < 0 ? rc : put_number(b, time);
	for (size_t i = 0; i < d->n && rc >= 0; i++) {
		rc = buf_addc(b, ',');
		rc = rc < 0 ? rc : put_number(b, value[i]);
	}
	mem_free(value);
	return rc < 0 ? rc : buf_adds(b, "\r\n");
}

int
plot_csv_table(struct buf *b, const struct plot_data *d)
{
	size_t *at = mem_calloc(d->n + 1, sizeof(*at)), n;
	double *iter;
	int rc;

	n = iterations(d, &iter);
	rc = buf_adds(b, "iteration,epoch,time");
	for (size_t i = 0; i < d->n && rc >= 0; i++) {
		rc = buf_addc(b, ',');
		rc = rc < 0 ? rc : put_field(b, d->v[i].name);
	}
	rc = rc < 0 ? rc : buf_adds(b, "\r\n");
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = put_row(b, d, iter[i], at);
	mem_free(iter);
	mem_free(at);
	return rc;
}
