/* The progress line of a training, and a line for each epoch: see show.h. */
#include "train/show.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/progress.h"
#include "base/stop.h"
#include "metric/score.h"

enum { VAL_TEXT_MAX = 128 };

int64_t
show_items(const struct session *s)
{
	int batch = s->feeds.n > 0 ? s->feeds.v[0]->batch : 1;
	int ranks = s->job->exchange != NULL ? s->job->exchange->ranks : 1;

	return (int64_t)batch * ranks * s->job->solver->iter_size;
}

void
show_begin(struct show *w, const struct session *s)
{
	const uint64_t items = (uint64_t)show_items(s);

	*w = (struct show){ .since = stop_clock() };
	progress_begin(
	    "train", (uint64_t)s->job->solver->max_iter * items, "img");
	progress_from((uint64_t)s->iter * items);
}

void
show_loss(struct show *w, double loss)
{
	w->loss = loss;
	w->sum += loss;
	w->n++;
}

/* "  val miou 0.7113", behind what out holds; false: there is no room. */
static bool
add_val(char out[VAL_TEXT_MAX], size_t *n, const struct gate_value *g)
{
	int len = snprintf(
	    out + *n, VAL_TEXT_MAX - *n, "  val %s %.4f", g->name, g->value);

	if (len < 0 || *n + (size_t)len >= VAL_TEXT_MAX) {
		out[*n] = '\0';
		return false;
	}
	*n += (size_t)len;
	return true;
}

/* "  val accuracy 0.9712  val loss 0.1012": what people look at first, without
 * details. */
static void
val_text(char out[VAL_TEXT_MAX], const struct measurement *v)
{
	const size_t first = score_first(v->v, v->n);
	size_t n = 0;

	out[0] = '\0';
	if (first < v->n && !add_val(out, &n, &v->v[first]))
		return;
	for (size_t i = 0; i < v->n && n + 1 < VAL_TEXT_MAX; i++)
		if (i != first && !score_detail(v->v[i].name) &&
		    !add_val(out, &n, &v->v[i]))
			return;
}

static double
hundredth(double x)
{
	return round(x * 100) / 100;
}

/* "epoch 1.25/5", or the iterations where there are no epochs. */
static void
epoch_text(char out[64], const struct session *s, bool whole)
{
	const double per = s->job->iters_per_epoch;
	const int64_t all = s->job->solver->max_iter;

	if (per <= 0)
		snprintf(out, 64, "iteration %lld/%lld", (long long)s->iter,
		    (long long)all);
	else if (whole)
		snprintf(out, 64, "epoch %g/%g",
		    hundredth((double)s->iter / per),
		    hundredth((double)all / per));
	else
		snprintf(out, 64, "epoch %.2f/%g", (double)s->iter / per,
		    hundredth((double)all / per));
}

void
show_step(const struct show *w, const struct session *s, float rate)
{
	const char *panel = s->journal.panel_text;
	char val[VAL_TEXT_MAX], epoch[64], *rest;

	progress_set((uint64_t)(s->iter * show_items(s)));
	if (!progress_shown())
		return;
	val_text(val, &s->journal.last_val);
	epoch_text(epoch, s, false);
	/* Of several values the first comes before the epoch. */
	rest = val[0] != '\0' ? strstr(val + 2, "  ") : NULL;
	progress_extra("loss %.4f%.*s  %s  lr %.3g%s%s%s", w->loss,
	    (int)(rest != NULL ? rest - val : (long)strlen(val)), val, epoch,
	    (double)rate, rest != NULL ? rest : "",
	    panel[0] != '\0' ? "  " : "", panel);
}

/* Does this iteration get a line?  With validations about once an epoch or less
 * often each of them does; epochs that none falls into, too. */
static bool
is_due(const struct session *s)
{
	const double per = s->job->iters_per_epoch;
	const int every = s->job->solver->test_interval;
	const double epochs =
	    per > 0 && s->nevals > 0 && every > 0 ? every / per : 0;
	const bool validated =
	    s->journal.last_val.n > 0 && s->journal.last_val.iter == s->iter;

	if (per <= 0 || (epochs >= 0.5 && epochs <= 1.5))
		return validated || s->iter == s->job->solver->max_iter;
	if (epochs > 1.5 && validated)
		return true;
	return s->iter == s->job->solver->max_iter ||
	    floor((double)s->iter / per) > floor((double)(s->iter - 1) / per);
}

void
show_epoch(struct show *w, const struct session *s)
{
	const double now = stop_clock();
	const struct measurement *v = &s->journal.last_val;
	char val[VAL_TEXT_MAX] = "", epoch[64], spent[NUM_TEXT_MAX],
	     loss[64] = "";

	if (!progress_shown() || !is_due(s))
		return;
	if (v->n > 0 && v->iter == s->iter)
		val_text(val, v);
	if (w->n > 0)
		snprintf(loss, sizeof(loss), "  train loss %.4f",
		    w->sum / (double)w->n);
	epoch_text(epoch, s, true);
	progress_keep("%s%s%s  %s", epoch, loss, val,
	    num_time_text(spent, now - w->since));
	*w = (struct show){ .loss = w->loss, .since = now };
}
