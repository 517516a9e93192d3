/* The loop: iterations, tests, snapshots, stopping: see train.h. */
#include "train/train.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/model.h"
#include "train/monitors/openmetrics.h"
#include "train/rate.h"
#include "train/session.h"
#include "train/status.h"

/* Of the snapshots that are there. */
static void
take_best(const struct session *s, struct train_result *out)
{
	const struct history_val *best;
	struct model_snapshots there = { 0 };

	out->best_iter = -1;
	if (session_dir(s) == NULL ||
	    model_snapshots_find(&there, session_dir(s), NULL) < 0)
		there.n = 0;
	best = history_judge(&s->journal.history, &there);
	if (best != NULL) {
		out->best_iter = best->iter;
		out->best_score = best->score;
	}
	model_snapshots_free(&there);
}

static void
take_result(struct session *s, struct train_result *out)
{
	const struct measurement *m = &s->journal.last_val;

	out->iter = s->iter;
	out->epoch = session_epoch(s, s->iter);
	out->snapshot = mem_strdup(s->snapshot);
	take_best(s, out);
	out->seconds = journal_elapsed(&s->journal);
	out->seed = s->job->seed;
	out->reason = s->reason;
	for (size_t i = 0; i < m->n; i++) {
		snprintf(
		    out->v[i].name, sizeof(out->v[i].name), "%s", m->v[i].name);
		out->v[i].value = m->v[i].value;
	}
	out->n = m->n;
}

static int
check_gates(const struct train_job *job, const struct train_result *r)
{
	struct gate_value v[LENGTH(r->v)];

	for (size_t i = 0; i < r->n; i++)
		v[i] = (struct gate_value){ r->v[i].name, r->v[i].value };
	for (size_t i = 0; i < job->nrequire; i++) {
		const struct gate *g = &job->require[i];
		int met = gate_met(g, v, r->n);

		if (met < 0)
			return met;
		if (met == 0)
			return err_set(ERR_GATE, "--require %s%s%g is not met",
			    g->name, g->op, g->value);
	}
	return 0;
}

/* Where it runs, and in what if not in plain float. */
static int
say_start(struct session *s)
{
	const struct train_job *job = s->job;
	const bool plain = job->precision == PRECISION_FP32;
	char *text = mem_printf("%s%s%s", s->device->name, plain ? "" : ", ",
	    plain ? "" : precision_name(job->precision));
	int rc;

	log_info("%s", text);
	rc = journal_start(&s->journal, s->iter, text, job->command, job->seed);
	mem_free(text);
	return rc;
}

/* The last lines of a training that failed. */
static int
say_failure(struct session *s, int rc)
{
	struct err_saved why;

	err_save(&why, rc);
	s->reason = "error";
	if (journal_note(&s->journal, s->iter, "%s", why.text) >= 0)
		(void)!journal_end(
		    &s->journal, s->iter, session_epoch(s, s->iter), s->reason);
	return err_restore(&why);
}

/* To whoever collects figures; a training that ended otherwise has said why. */
static void
tell_end(const struct session *s, int rc)
{
	struct err_saved why;

	if (rc >= 0)
		return;
	err_save(&why, rc);
	(void)!openmetrics_write(s, NULL, false);
	(void)!err_restore(&why);
}

int
train_run(const struct train_job *job, struct train_result *out)
{
	struct session s;
	int rc;

	memset(out, 0, sizeof(*out));
	TRY(rate_check(job->solver));
	if (job->solver->max_iter < 1)
		return err_set(ERR_FORMAT, "the solver has no max_iter");
	TRY(session_open(&s, job));
	out->began = true;
	rc = exchange_leads(job->exchange) && job->dir != NULL
	    ? status_begin(session_dir(&s))
	    : 0;
	if (rc >= 0)
		rc = say_start(&s);
	if (rc >= 0)
		rc = loop_run(&s);
	if (rc >= 0)
		rc = openmetrics_write(&s, NULL, false);
	if (rc < 0 && rc != ERR_STOPPED)
		rc = say_failure(&s, rc);
	tell_end(&s, rc);
	take_result(&s, out);
	s.whole = rc >= 0;
	session_close(&s);
	if (rc < 0 || !exchange_leads(job->exchange))
		return rc;
	return check_gates(job, out);
}

void
train_result_clear(struct train_result *r)
{
	mem_free(r->snapshot);
	memset(r, 0, sizeof(*r));
}
