/* The writer of OpenMetrics: see openmetrics.h. */
#include "train/monitors/openmetrics.h"

#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "file/file.h"
#include "train/session.h"
#include "train/show.h"

enum { TEXT_MAX = 1 << 22 };

#define NAME "nnutils_training_"

/* In quotes: backslash, quote and line break with a backslash before them. */
static int
add_label(struct buf *b, const char *name, const char *value)
{
	TRY(buf_printf(b, "%s=\"", name));
	for (; *value != '\0'; value++) {
		if (*value == '\n') {
			TRY(buf_adds(b, "\\n"));
			continue;
		}
		if (*value == '"' || *value == '\\')
			TRY(buf_addc(b, '\\'));
		TRY(buf_addc(b, *value));
	}
	return buf_addc(b, '"');
}

static int
add_number(struct buf *b, double v)
{
	char text[NUM_TEXT_MAX];

	if (isnan(v))
		return buf_adds(b, " NaN\n");
	if (isinf(v))
		return buf_adds(b, v > 0 ? " +Inf\n" : " -Inf\n");
	return buf_printf(b, " %s\n", num_double_text(text, v));
}

/* A family: its type, its unit (the end of its name) and what it is. */
static int
add_family(struct buf *b, const char *name, const char *unit, const char *help)
{
	TRY(buf_printf(b, "# TYPE " NAME "%s gauge\n", name));
	if (unit != NULL)
		TRY(buf_printf(b, "# UNIT " NAME "%s %s\n", name, unit));
	return buf_printf(b, "# HELP " NAME "%s %s\n", name, help);
}

static int
add_outputs(struct buf *b, const char *model, const char *phase,
    const struct measurement *m)
{
	for (size_t i = 0; m != NULL && i < m->n; i++) {
		TRY(buf_adds(b, NAME "output{"));
		TRY(add_label(b, "model", model));
		TRY(buf_printf(b, ",phase=\"%s\",", phase));
		TRY(add_label(b, "output", m->v[i].name));
		TRY(buf_addc(b, '}'));
		TRY(add_number(b, m->v[i].value));
	}
	return 0;
}

int
openmetrics_text(struct buf *b, const struct openmetrics *m)
{
	const struct {
		const char *name, *unit, *help;
		double value;
	} rows[] = {
		{ "running", NULL, "1 while the training goes on, 0 after it.",
		    m->running },
		{ "iteration", NULL, "Iterations done.", (double)m->iter },
		{ "iterations", NULL, "Iterations there will be.",
		    (double)m->max_iter },
		{ "epoch", NULL, "Epochs done.", m->epoch },
		{ "learning_rate", NULL, "The learning rate.", m->rate },
		{ "images_per_second", NULL, "Images learned from.",
		    m->images_per_s },
		{ "elapsed_seconds", "seconds", "Time of training so far.",
		    m->elapsed },
		{ "eta_seconds", "seconds", "Time that is left.", m->eta },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (isnan(rows[i].value))
			continue;
		TRY(add_family(b, rows[i].name, rows[i].unit, rows[i].help));
		TRY(buf_printf(b, NAME "%s{", rows[i].name));
		TRY(add_label(b, "model", m->model));
		TRY(buf_addc(b, '}'));
		TRY(add_number(b, rows[i].value));
	}
	TRY(add_family(b, "output", NULL,
	    "Losses and shares, as the outputs of the net are named."));
	TRY(add_outputs(b, m->model, "train", m->train));
	TRY(add_outputs(b, m->model, "val", m->val));
	return buf_adds(b, "# EOF\n");
}

int
openmetrics_write(
    const struct session *s, const struct measurement *train, bool running)
{
	const struct measurement *val = &s->journal.last_val;
	struct openmetrics m = { .iter = s->iter,
		.max_iter = s->job->solver->max_iter,
		.epoch = session_epoch(s, s->iter),
		.elapsed = journal_elapsed(&s->journal),
		.rate = train != NULL ? train->rate : NAN,
		.images_per_s = train != NULL ? train->images_per_s : NAN,
		.eta = running ? NAN : 0,
		.train = train,
		.val = val->n > 0 ? val : NULL,
		.running = running };
	struct buf b;
	char *name;
	int rc;

	if (s->job->metrics == NULL || s->job->dir == NULL ||
	    !exchange_leads(s->job->exchange))
		return 0;
	m.model = name = file_dir_name(s->job->dir);
	if (running && train != NULL && train->images_per_s > 0)
		m.eta = (double)(m.max_iter - m.iter) * (double)show_items(s) /
		    train->images_per_s;
	buf_init(&b, TEXT_MAX);
	rc = openmetrics_text(&b, &m);
	if (rc >= 0)
		rc = file_write(s->job->metrics, buf_str(&b), b.len, 1);
	buf_clear(&b);
	mem_free(name);
	return rc < 0 ? err_in(rc, "--metrics") : 0;
}
