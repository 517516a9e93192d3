/* A sweep among jobs: see sweep.h. */
#include "jobs/sweep.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "metric/score.h"
#include "model/model.h"
#include "model/sweeps/sweep.h"

/* What of its models the whole is: the first of these that one of them is. */
static const char *const weight[] = { "Running", "Error", "Corrupt",
	"Unreadable", "Killed", "Aborted", "Init" };

struct sum {
	size_t is[LENGTH(weight)], done, n;
	double progress;
};

static void
take_status(struct sum *s, const char *status)
{
	for (size_t i = 0; i < LENGTH(weight); i++)
		s->is[i] += status != NULL && strcmp(status, weight[i]) == 0;
	s->done += status != NULL && strcmp(status, "Done") == 0;
}

/* The best of a model, where it is better than those before. */
static void
take_best(struct job *j, const struct job *m)
{
	if (score_compare(m->score, j->score) <= 0)
		return;
	j->accuracy = m->accuracy;
	model_set(&j->metric, m->metric);
	j->value = m->value;
	j->score = m->score;
	j->best_iter = m->best_iter;
}

static int
take_model(struct job *j, struct sum *s, const char *path)
{
	struct job m;

	TRY(job_read(&m, path, false));
	s->n++;
	if (m.kind == JOB_MODEL) {
		take_status(s, m.status);
		s->progress += m.progress > 0 ? m.progress : 0;
		if (m.elapsed > 0)
			j->elapsed = fmax(j->elapsed, 0) + m.elapsed;
		if (m.changed > j->changed)
			j->changed = m.changed;
		take_best(j, &m);
		if (m.error != NULL && j->error == NULL)
			j->error =
			    mem_printf("%s: %s", path_base(path), m.error);
	}
	job_clear(&m);
	return 0;
}

/* Done when all are; where some were not begun, it was stopped. */
static const char *
status_of(const struct sum *s)
{
	for (size_t i = 0; i < LENGTH(weight); i++)
		if (s->is[i] > 0)
			return weight[i];
	return s->done == s->n && s->n > 0 ? "Done"
	    : s->done > 0                  ? "Aborted"
					   : "Init";
}

int
job_read_sweep(struct job *j)
{
	struct model_sweep w;
	struct sum s = { .n = 0 };
	int rc = model_sweep_read(&w, j->path);

	for (size_t i = 0; rc >= 0 && i < w.n; i++) {
		char *path = path_join(j->path, w.v[i].name);

		rc = take_model(j, &s, path);
		mem_free(path);
	}
	model_sweep_clear(&w);
	TRY(rc);
	model_set(&j->status, status_of(&s));
	j->progress = s.n > 0 ? s.progress / (double)s.n : -1;
	if (strcmp(j->status, "Running") == 0 && j->progress > 0 &&
	    j->elapsed >= 0)
		j->eta = j->elapsed * (1 / j->progress - 1);
	return 0;
}
