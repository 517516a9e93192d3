/* The learning-rate range test: see find.h. */
#include "train/find/find.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/stop.h"
#include "train/session.h"

/* The part of a moving average that was there before. */
#define KEPT 0.9

/* ---- what is judged ------------------------------------------------------- */

bool
find_add(struct find_result *r, double rate, double loss)
{
	const size_t n = r->n;
	double sum = loss, least = INFINITY;
	struct find_point *p;

	if (n > 0) /* back to the average itself */
		sum = KEPT * r->v[n - 1].smooth * (1 - pow(KEPT, (double)n)) +
		    (1 - KEPT) * loss;
	else
		sum = (1 - KEPT) * loss;
	for (size_t i = 0; i < n; i++)
		least = fmin(least, r->v[i].smooth);
	r->v = mem_realloc(r->v, n + 1, sizeof(*r->v));
	p = &r->v[r->n++];
	p->rate = rate;
	p->loss = loss;
	p->smooth = sum / (1 - pow(KEPT, (double)n + 1));
	/* losses below zero have no multiples to speak of */
	return isfinite(p->smooth) &&
	    !(least > 0 && p->smooth > FIND_DIVERGED * least);
}

/* The slope of the smoothed loss over the logarithm of the rate, about point i: over
 * a tenth of the points, as single ones are noise. */
static double
slope(const struct find_result *r, size_t i, size_t last)
{
	const size_t half = r->n / 20 + 1;
	const size_t a = i > half ? i - half : 0;
	const size_t b = i + half < last ? i + half : last;

	return (r->v[b].smooth - r->v[a].smooth) /
	    log(r->v[b].rate / r->v[a].rate);
}

void
find_judge(struct find_result *r)
{
	double best = 0;
	size_t least = 0;

	r->steepest = r->least = NAN;
	for (size_t i = 1; i < r->n; i++)
		if (r->v[i].smooth < r->v[least].smooth)
			least = i;
	if (least == 0)
		return;
	r->least = r->v[least].rate;
	for (size_t i = 0; i < least; i++) {
		const double s = slope(r, i, least);

		if (s < best) {
			best = s;
			r->steepest = r->v[i].rate;
		}
	}
}

void
find_result_clear(struct find_result *r)
{
	mem_free(r->v);
	memset(r, 0, sizeof(*r));
}

/* ---- the training --------------------------------------------------------- */

/* The steps that are measured, added to sum. */
static int
take_losses(struct session *s, double *sum)
{
	int steps;

	TRY(metrics_fetch(s->now.metrics, &steps));
	for (int i = 0; i < steps; i++)
		*sum += metrics_loss(s->now.metrics, i);
	return 0;
}

/* One iteration, of iter_size batches; their mean loss. */
static int
step(struct session *s, float rate, double *loss)
{
	const int size = s->job->solver->iter_size;
	bool full = false;

	*loss = 0;
	if (scales_turns(s->scales, s))
		TRY(scales_turn(s->scales, s));
	for (int k = 0; k < size; k++) {
		const uint64_t at =
		    (uint64_t)s->iter * (uint64_t)size + (uint64_t)k;
		struct plan_step ps = { .run = { .backward = true,
					    .accumulate = k > 0,
					    .iteration = at } };

		if (k == size - 1)
			ps.update = solver_update(
			    s->now.solver, (uint64_t)s->iter, rate);
		TRY(feeder_step(s->feeder, s->now.plan, at));
		TRY(metrics_step(s->now.metrics, &ps, &full));
		if (full)
			TRY(take_losses(s, loss));
	}
	TRY(take_losses(s, loss));
	*loss /= size;
	s->iter++;
	return 0;
}

static int
rise(struct session *s, struct find_result *r, const struct find_opts *o)
{
	bool goes_on = true;

	for (int i = 0; i < o->iterations && goes_on; i++) {
		const double rate = o->min *
		    pow(o->max / o->min, i / (double)(o->iterations - 1));
		double loss;

		if (stop_asked())
			return err_set(
			    ERR_STOPPED, "stopped by %s", stop_reason());
		TRY(step(s, (float)rate, &loss));
		goes_on = find_add(r, rate, loss);
		progress_set((uint64_t)i + 1);
		progress_extra("lr %.3g  loss %.4g", rate, loss);
	}
	r->diverged = !goes_on;
	return 0;
}

int
find_run(struct find_result *r, const struct train_job *job,
    const struct find_opts *o)
{
	struct train_job own = *job;
	struct session s;
	int rc;

	memset(r, 0, sizeof(*r));
	own.dir = NULL;
	own.place = NULL;
	own.ntest = 0;
	own.average = 0;
	own.nuntil = own.nrequire = 0;
	TRY(session_open(&s, &own));
	progress_begin("rates", (uint64_t)o->iterations, "iterations");
	rc = rise(&s, r, o);
	progress_end();
	session_close(&s);
	find_judge(r);
	return rc;
}
