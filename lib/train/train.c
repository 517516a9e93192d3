/* The loop: iterations, tests, snapshots, stopping: see train.h. */
#include "train/train.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "train/rate.h"
#include "train/session.h"

static void
take_result(struct session *s, struct train_result *out)
{
	const struct journal_best *best = journal_best(&s->journal);
	const struct measurement *m = &s->journal.last_val;

	out->iter = s->iter;
	out->epoch = session_epoch(s, s->iter);
	out->snapshot = mem_strdup(s->snapshot);
	out->best_iter = best != NULL ? best->iter : -1;
	out->best_score = best != NULL ? best->score : 0;
	out->seconds = journal_elapsed(&s->journal);
	out->reason = s->reason;
	for (size_t i = 0; i < m->n; i++) {
		snprintf(
		    out->name[i], sizeof(out->name[i]), "%s", m->v[i].name);
		out->v[i] = (struct gate_value){ out->name[i], m->v[i].value };
	}
	out->n = m->n;
}

static int
check_gates(const struct train_job *job, const struct train_result *r)
{
	for (size_t i = 0; i < job->nrequire; i++) {
		const struct gate *g = &job->require[i];
		int met = gate_met(g, r->v, r->n);

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
	rc = say_start(&s);
	if (rc >= 0)
		rc = loop_run(&s);
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
