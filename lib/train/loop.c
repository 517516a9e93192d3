/*
 * The loop, in Caffe's order: validate when the iteration is a multiple of
 * test_interval (at 0 too), then forward, backward and update, then a snapshot
 * when one is due.
 */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/progress.h"
#include "base/stop.h"
#include "train/monitors/openmetrics.h"
#include "train/monitors/board.h"
#include "train/rate.h"
#include "train/session.h"
#include "train/show.h"

/* How long the metrics of steps stay on a device, when nothing is due that wants
 * them: iterations; seconds; seconds with a progress bar. */
#define FETCH_EVERY   32
#define FETCH_SECONDS 1.0
#define SHOW_SECONDS  0.1

/* What is averaged between two lines of the journal. */
struct window {
	struct measurement m; /* sums */
	int64_t first;        /* iteration it began at */
	double start, waited;
	uint64_t step; /* the first that is not in the sums yet */
	double part;   /* of the loss of the iteration that step is of */
	struct show show;
	double fetched; /* stop_clock when steps were last added */
	/* device_waits when the loop began, and what snapshots and validations
	 * took of them */
	uint64_t waits;
	double began; /* when the loop did, and feeder_waited then */
	double fed;
};

static void
window_begin(struct session *s, struct window *w)
{
	memset(&w->m, 0, sizeof(w->m));
	w->first = s->iter;
	w->start = stop_clock();
	w->waited = feeder_waited(s->feeder);
}

/*
 * The steps that were taken since the last time, into the sums.  When one of
 * them was not a number, the weights are still those that made it so: back to
 * its iteration, to say what happened.
 */
static int
take_metrics(struct session *s, struct window *w)
{
	const uint64_t size = (uint64_t)s->job->solver->iter_size;
	int steps;

	TRY(metrics_fetch(s->now.metrics, &steps));
	for (int i = 0; i < steps; i++) {
		const double loss = metrics_loss(s->now.metrics, i);

		if (!isfinite(loss)) {
			s->iter = (int64_t)(w->step / size);
			return diagnose_nan(s, w->step);
		}
		metrics_add(s->now.metrics, i, 1.0 / (double)size, &w->m);
		w->part += loss / (double)size;
		if (++w->step % size != 0)
			continue;
		show_loss(&w->show, w->part);
		w->part = 0;
	}
	w->fetched = stop_clock();
	return 0;
}

static int
window_end(struct session *s, struct window *w, float rate)
{
	double n = (double)(s->iter - w->first);
	double seconds;

	if (n <= 0)
		return 0;
	TRY(take_metrics(s, w));
	seconds = stop_clock() - w->start;
	for (size_t i = 0; i < w->m.n; i++)
		w->m.v[i].value /= n;
	w->m.iter = s->iter;
	w->m.epoch = session_epoch(s, s->iter);
	w->m.rate = (double)rate;
	w->m.images_per_s =
	    seconds > 0 ? n * (double)show_items(s) / seconds : 0;
	w->m.waited =
	    seconds > 0 ? (feeder_waited(s->feeder) - w->waited) / seconds : 0;
	board_train(s->board, &w->m);
	TRY(journal_train(&s->journal, &w->m));
	TRY(openmetrics_write(s, &w->m, true));
	window_begin(s, w);
	return 0;
}

/*
 * Forward and backward over iter_size batches, and the update: the last step's,
 * but between ranks whose gradients go by the host before it.
 */
static int
run_batches(struct session *s, struct window *w, float rate)
{
	const int size = s->job->solver->iter_size;
	const bool alone = s->job->exchange == NULL || s->reducer != NULL;
	bool full = false;

	for (int k = 0; k < size; k++) {
		const uint64_t step =
		    (uint64_t)s->iter * (uint64_t)size + (uint64_t)k;
		struct plan_step ps = { .run = { .backward = true,
					    .accumulate = k > 0,
					    .iteration = step } };

		if (alone && k == size - 1)
			ps.update = solver_update(
			    s->now.solver, (uint64_t)s->iter, rate);
		TRY(feeder_step(s->feeder, s->now.plan, step));
		TRY(metrics_step(s->now.metrics, &ps, &full));
		if (full)
			TRY(take_metrics(s, w));
	}
	if (alone)
		return 0;
	TRY(take_metrics(s, w));
	TRY(solver_exchange(
	    s->now.solver, s->now.plan, s->job->exchange, stop_signalled));
	return solver_step(s->now.solver, s->now.plan, (uint64_t)s->iter, rate);
}

/* Has nothing been fetched for long enough? */
static bool
fetch_is_due(const struct session *s, const struct window *w)
{
	const double age = stop_clock() - w->fetched;
	const uint64_t fetched = w->step / (uint64_t)s->job->solver->iter_size;

	return (uint64_t)s->iter >= fetched + FETCH_EVERY ||
	    age >= FETCH_SECONDS || (age >= SHOW_SECONDS && progress_shown());
}

/* What may stop this run now.  A resumed one is stopped by its time budget only
 * once there is something new to snapshot, so that even the shortest budgets
 * come to an end. */
static int (*stop_now(const struct session *s))(void)
{
	return s->iter > s->first_iter || !s->job->resume ? stop_asked
							  : stop_signalled;
}

/* The validation that a resumed run begins with has a budget of its own, and
 * FIRST_SECONDS at least; what takes longer is left out. */
#define FIRST_SECONDS 5.0
static double first_until;

static int
stop_first(void)
{
	return stop_signalled() ||
	    (stop_budget_seconds() > 0 && stop_clock() >= first_until);
}

static int (*stop_eval(const struct session *s))(void)
{
	return s->iter > s->first_iter || !s->job->resume ? stop_asked
							  : stop_first;
}

/* Every test net; their outputs into one measurement, the first net's first. */
static int
run_evals(struct session *s, struct measurement *all)
{
	memset(all, 0, sizeof(*all));
	all->iter = s->iter;
	all->epoch = session_epoch(s, s->iter);
	for (size_t i = 0; i < s->nevals; i++) {
		struct measurement m = { 0 };
		double start = stop_clock();

		TRY(eval_run(s->evals[i], &m, stop_eval(s)));
		for (size_t k = 0; k < m.n && all->n < JOURNAL_OUTPUTS; k++)
			all->v[all->n++] = m.v[k];
		if (i == 0)
			all->images_per_s = (double)eval_items(s->evals[0]) /
			    fmax(stop_clock() - start, 1e-9);
	}
	return 0;
}

/* With the average of the weights where there is one. */
static int
validate(struct session *s, struct measurement *all)
{
	struct err_saved why;

	if (s->average != NULL)
		TRY(average_show(s->average, s->plan));
	err_save(&why, run_evals(s, all));
	if (s->average != NULL)
		TRY(average_hide(s->average, s->plan));
	TRY(err_restore(&why));
	board_scalars(s->board, all->iter, "val", all->v, all->n);
	return journal_val(&s->journal, all);
}

/* Ends the training when --until holds or --early-stop ran out. */
static int
decide_end(struct session *s, const struct measurement *m)
{
	const struct history_val *best = history_best(&s->journal.history);
	int met = s->job->nuntil > 0;

	for (size_t i = 0; i < s->job->nuntil && met == 1; i++)
		met = gate_met(&s->job->until[i], m->v, m->n);
	if (met < 0)
		return met;
	if (met == 1)
		s->reason = "until";
	else if (s->job->early_stop > 0 && best != NULL &&
	    m->epoch - best->epoch >= s->job->early_stop)
		s->reason = "early-stop";
	return 0;
}

static bool
has_reason(const struct session *s)
{
	return strcmp(s->reason, "done") != 0;
}

/* Is there nothing to validate before the first iteration? */
static int
leaves_first_out(struct session *s)
{
	bool has;

	if (s->iter > 0)
		return 0;
	if (s->job->solver->has_test_initialization)
		return !s->job->solver->test_initialization;
	TRY(net_has_statistics(s->net, s->plan, &has));
	if (has)
		return 0;
	TRY(journal_note(&s->journal, 0,
	    "no validation before the first iteration: batch normalisation has no statistics yet"));
	return 1;
}

static int
maybe_validate(struct session *s, struct window *w)
{
	int every = s->job->solver->test_interval;
	struct measurement m;
	uint64_t waits;
	int rc;

	if (s->nevals == 0 || every <= 0 ||
	    (s->iter % every != 0 && s->iter != s->job->solver->max_iter))
		return 0;
	rc = leaves_first_out(s);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (s->journal.last_val.n > 0 && s->journal.last_val.iter == s->iter)
		return decide_end(s, &s->journal.last_val);
	TRY(take_metrics(s, w));
	waits = device_waits(s->device);
	rc = validate(s, &m);
	w->waits += device_waits(s->device) - waits;
	if (rc == ERR_STOPPED && !stop_now(s)())
		return journal_note(&s->journal, s->iter,
		    "no validation: it takes longer than the time budget");
	if (rc >= 0 && s->snapshot_iter == s->iter &&
	    exchange_leads(s->job->exchange))
		snapshot_link(s); /* of a run before this one */
	return rc < 0 ? rc : decide_end(s, &m);
}

/* To the size of this iteration's pictures. */
static int
turn(struct session *s, struct window *w)
{
	if (!scales_turns(s->scales, s))
		return 0;
	TRY(take_metrics(s, w));
	return scales_turn(s->scales, s);
}

/* One iteration and what is due after it. */
static int
iterate(struct session *s, struct window *w)
{
	const Caffe__SolverParameter *sp = s->job->solver;
	float rate = rate_at(sp, s->iter, s->job->warmup);
	uint64_t waits;

	TRY(turn(s, w));
	TRY(run_batches(s, w, rate));
	s->iter++;
	if (s->average != NULL)
		TRY(average_step(s->average, s->plan, s->iter));
	if (fetch_is_due(s, w))
		TRY(take_metrics(s, w));
	journal_tick(&s->journal, s->iter);
	show_step(&w->show, s, rate);
	if (sp->display > 0 &&
	    (s->iter % sp->display == 0 || s->iter == sp->max_iter))
		TRY(window_end(s, w, rate));
	TRY(maybe_validate(s, w));
	show_epoch(&w->show, s);
	if (!stop_snapshot_asked() &&
	    (sp->snapshot <= 0 || s->iter % sp->snapshot != 0))
		return 0;
	TRY(take_metrics(s, w));
	waits = device_waits(s->device);
	TRY(snapshot_write(s));
	w->waits += device_waits(s->device) - waits;
	return 0;
}

/* 1: the training ends here, ERR_STOPPED: it was stopped; all ranks agree. */
static int
must_end(struct session *s)
{
	struct exchange *x = s->job->exchange;
	bool stop = stop_now(s)() != 0;
	int any = exchange_any(x, stop || has_reason(s), stop_signalled);

	if (any <= 0)
		return any;
	stop =
	    stop_now(s)() != 0; /* budgets end within moments of each other */
	if (has_reason(s) || (!stop && !exchange_leads(x)))
		return 1;
	return err_set(ERR_STOPPED, "stopped by %s",
	    stop ? stop_reason() : "another rank");
}

/* A time budget that ran out in a validation is this rank's alone: the others
 * ask at their next iteration, and are told. */
static int
tell_others(struct session *s, int rc)
{
	struct err_saved why;

	if (rc != ERR_STOPPED || s->job->exchange == NULL || stop_signalled() ||
	    s->iter >= s->job->solver->max_iter)
		return rc;
	err_save(&why, rc);
	exchange_any(s->job->exchange, true, stop_signalled);
	return err_restore(&why);
}

/* What the last steps gave may be worse than how the loop ended. */
static int
take_last_metrics(struct session *s, struct window *w, int rc)
{
	struct err_saved why;

	if (rc < 0 && rc != ERR_STOPPED)
		return rc;
	err_save(&why, rc);
	TRY(take_metrics(s, w));
	return err_restore(&why);
}

static int
iterate_all(struct session *s, struct window *w)
{
	int rc, end = 0;

	s->first_iter = s->iter;
	first_until = stop_clock() + fmax(stop_budget_seconds(), FIRST_SECONDS);
	w->step = (uint64_t)s->iter * (uint64_t)s->job->solver->iter_size;
	w->fetched = stop_clock();
	w->waits = device_waits(s->device);
	w->began = stop_clock();
	w->fed = feeder_waited(s->feeder);
	window_begin(s, w);
	rc = tell_others(s, maybe_validate(s, w));
	if (rc >= 0 && s->journal.last_val.n > 0)
		show_epoch(&w->show, s);
	window_begin(s, w);
	while (rc >= 0 && s->iter < s->job->solver->max_iter) {
		end = must_end(s);
		if (end != 0)
			break;
		rc = tell_others(s, iterate(s, w));
	}
	return take_last_metrics(s, w, end < 0 ? end : rc);
}

/* Under -v: how the device was used. */
static int
log_use(struct session *s, const struct window *w)
{
	const uint64_t waits = device_waits(s->device) - w->waits;
	const double waited = feeder_waited(s->feeder) - w->fed;
	struct plan_scale scale;

	log_info("the device waited for data for %.2f s, %.1f %% of the time",
	    waited, 100 * waited / fmax(stop_clock() - w->began, 1e-9));
	if (waits > 0)
		log_info(
		    "%lld iterations, in which the device was waited for %llu times",
		    (long long)(s->iter - s->first_iter),
		    (unsigned long long)waits);
	TRY(plan_scale_get(s->now.plan, &scale));
	if (scale.used)
		log_info(
		    "gradient scale %g at the end; updates left out because a gradient was not finite: %llu",
		    (double)scale.scale, (unsigned long long)scale.skipped);
	return 0;
}

/* What an update is made of, over all ranks. */
static int
say_batch(struct session *s)
{
	const int64_t all = show_items(s);
	const int size = s->job->solver->iter_size;
	const int ranks =
	    s->job->exchange != NULL ? s->job->exchange->ranks : 1;
	char *text = mem_printf(
	    "an update is of %lld %s (%d %s, %lld at a time, %d %s), base learning rate %g",
	    (long long)all, num_plural((uint64_t)all, "item", "items"), ranks,
	    num_plural((uint64_t)ranks, "rank", "ranks"),
	    (long long)(all / ranks / size), size,
	    num_plural((uint64_t)size, "time", "times"),
	    (double)s->job->solver->base_lr);
	int rc;

	log_info("%s", text);
	rc = journal_note(&s->journal, s->iter, "%s", text);
	mem_free(text);
	return rc;
}

static int
run_to_end(struct session *s)
{
	const Caffe__SolverParameter *sp = s->job->solver;
	struct window w = { 0 };
	struct err_saved why;
	int rc;

	TRY(say_batch(s));
	show_begin(&w.show, s);
	rc = iterate_all(s, &w);
	progress_end();
	if (rc < 0 && rc != ERR_STOPPED)
		return rc;
	err_save(&why, rc);
	TRY(log_use(s, &w));
	if (rc == ERR_STOPPED)
		s->reason = stop_asked() ? stop_reason() : "another rank";
	if (rc == ERR_STOPPED || !sp->has_snapshot_after_train ||
	    sp->snapshot_after_train)
		TRY(snapshot_write(s));
	TRY(journal_end(
	    &s->journal, s->iter, session_epoch(s, s->iter), s->reason));
	if (rc == ERR_STOPPED && !exchange_leads(s->job->exchange))
		return err_restore(&why);
	if (rc == ERR_STOPPED)
		return err_set(ERR_STOPPED,
		    "%s; snapshot %s written, go on with --resume", why.text,
		    s->snapshot);
	return 0;
}

int
loop_run(struct session *s)
{
	int rc;

	stop_hold(1); /* what was learned is saved first */
	rc = run_to_end(s);
	stop_hold(0);
	return rc;
}
