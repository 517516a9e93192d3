/* Runs model-train's combinations and prints what came out. */
#include "recipe/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/progress.h"
#include "base/stop.h"
#include "file/deps.h"
#include "file/file.h"
#include "json/line.h"
#include "metric/score.h"
#include "prog/line.h"
#include "ranks/exchange.h"
#include "recipe/grid/grid.h"

struct trained {
	char *model;
	struct train_result r;
	struct err_saved failure;
};

static int
print_result_json(const struct trained *t)
{
	struct json_line line;
	struct json_w *w = json_line_begin(&line);

	json_w_kstr(w, "model", t->model);
	json_w_kint(w, "iterations", t->r.iter);
	json_w_knum(w, "epochs", t->r.epoch);
	json_w_kstr(w, "reason", t->r.reason);
	json_w_kstr(w, "snapshot", t->r.snapshot);
	json_w_knum(w, "seconds", t->r.seconds);
	json_w_kint(w, "seed", (int64_t)t->r.seed);
	if (t->r.best_iter >= 0) {
		json_w_kint(w, "best_iteration", t->r.best_iter);
		json_w_knum(w, "best_score", t->r.best_score);
	}
	json_w_key(w, "outputs");
	json_w_object(w);
	for (size_t i = 0; i < t->r.n; i++)
		json_w_knum(w, t->r.v[i].name, t->r.v[i].value);
	json_w_object_end(w);
	return json_line_end(&line, stdout);
}

static int
print_result_text(const struct trained *t)
{
	struct line l = { stdout, prog_options()->format == PROG_FMT_TSV };
	char seconds[NUM_TEXT_MAX];

	line_cell(&l, "%s", t->model);
	line_cell(&l, "epoch %g", t->r.epoch);
	line_cell(&l, "iteration %lld", (long long)t->r.iter);
	for (size_t i = 0; i < t->r.n; i++)
		if (!score_detail(t->r.v[i].name))
			line_cell(
			    &l, "%s %.6g", t->r.v[i].name, t->r.v[i].value);
	line_cell(&l, "time %s", num_time_text(seconds, t->r.seconds));
	line_cell(&l, "%s", t->r.reason);
	line_end(&l);
	return 0;
}

static int
print_result(const struct trained *t)
{
	if (t->r.reason == NULL)
		return 0;
	if (prog_options()->format == PROG_FMT_JSON)
		return print_result_json(t);
	return print_result_text(t);
}

static int
compare_trained(const void *a, const void *b)
{
	const struct trained *x = a, *y = b;
	const bool xv = x->r.best_iter >= 0, yv = y->r.best_iter >= 0;
	int order;

	if (xv != yv) /* what was never validated comes last */
		return xv ? -1 : 1;
	order = score_compare(y->r.best_score, x->r.best_score);
	return order != 0 ? order : strcmp(x->model, y->model);
}

static double
batch_at(const struct sweep *s, size_t i)
{
	return s->nbatches > 0 ? s->batches[i / s->nrates] : 0;
}

/* The folders of all combinations; none is trained unless all can be made. */
static int
name_all(const struct sweep *s, struct trained *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct setup one = s->setup;
		char text[NUM_TEXT_MAX];

		num_double_text(text, s->rates[i % s->nrates]);
		all[i].model = s->nbatches > 1
		    ? mem_printf(
			  "%s/b%g-lr%s", s->setup.model, batch_at(s, i), text)
		    : mem_printf("%s/lr%s", s->setup.model, text);
		one.model = all[i].model;
		TRY(setup_check(&one));
	}
	return 0;
}

static bool
is_nothing(const char *model)
{
	char **names = NULL;
	size_t n = 0;
	bool empty;

	if (!file_exists(model))
		return true;
	empty = file_list(&names, &n, model) >= 0 && n == 0;
	file_list_free(names, n);
	return empty;
}

/* --resume where nothing is there yet begins, if it is said with what. */
static int
resume_or_begin(struct setup *one, struct train_result *r)
{
	struct exchange *x = one->job.exchange;
	const bool told = one->dataset != NULL || one->solver_file != NULL;
	int resume;

	if (!one->resume || one->model == NULL)
		return setup_run(one, stdout, r);
	/* Rank 0 says, before it makes the folder that others would see. */
	resume = exchange_any(x,
	    exchange_leads(x) && !(told && is_nothing(one->model)),
	    stop_signalled);
	TRY(resume);
	one->resume = resume > 0;
	/* an empty folder, as made for a job, is taken for the model's */
	one->force |= resume == 0;
	return setup_run(one, stdout, r);
}

/* A sweep's model that is done already is not trained again by --resume. */
static int
train_one(struct sweep *s, struct trained *t, double batch, double lr)
{
	struct setup one = s->setup;

	one.model = t->model;
	one.recipe.batch = (int)batch;
	one.recipe.lr = lr;
	return resume_or_begin(&one, &t->r);
}

/* sweep.json, as all of them stand: of one process, and of nothing that is only
 * tried. */
static int
note(const struct sweep *s, const struct trained *all, size_t n)
{
	char **names;
	int rc;

	if (s->setup.dry_run || !exchange_leads(s->setup.job.exchange))
		return 0;
	names = mem_array(char *, n + 1);
	for (size_t i = 0; i < n; i++)
		names[i] = all[i].model + strlen(s->setup.model) + 1;
	rc = grid_note(s->setup.model, names, n);
	mem_free(names);
	return rc;
}

/* All combinations; trainings that fail are named, the others go on. */
static int
train_all(struct sweep *s, struct trained *all, size_t *n)
{
	const size_t nbatch = s->nbatches > 0 ? s->nbatches : 1;
	size_t bad = 0;

	for (size_t i = 0; i < nbatch * s->nrates; i++) {
		struct trained *t = &all[i];
		char *run;
		int rc;

		*n = i + 1;
		run = mem_printf("%zu/%zu %s", i + 1, nbatch * s->nrates,
		    t->model + strlen(s->setup.model) + 1);
		progress_run(run);
		mem_free(run);
		rc = train_one(s, t, batch_at(s, i), s->rates[i % s->nrates]);
		progress_run(NULL);
		if (rc == ERR_STOPPED || rc == ERR_USAGE)
			return rc;
		if (rc < 0) {
			log_error("%s: %s", t->model, err_text());
			bad++;
		}
		TRY(note(s, all, nbatch * s->nrates));
	}
	if (bad > 0)
		return err_set(
		    ERR_ITEMS, "%zu of %zu trainings failed", bad, *n);
	return 0;
}

static int
run_many(struct sweep *s)
{
	size_t n = 0, max = (s->nbatches > 0 ? s->nbatches : 1) * s->nrates;
	struct trained *all = mem_array(struct trained, max);
	struct file_dir *hold = NULL;
	struct err_saved why;
	int rc = name_all(s, all, max);
	bool made = !s->setup.dry_run && !file_exists(s->setup.model);

	if (rc >= 0 && !s->setup.dry_run)
		rc = file_mkdirs(s->setup.model);
	if (rc >= 0 && !s->setup.dry_run &&
	    exchange_leads(s->setup.job.exchange))
		rc = file_dir_hold(&hold, s->setup.model);
	if (rc >= 0)
		rc = note(s, all, max);
	if (rc >= 0) {
		rc = train_all(s, all, &n);
		err_save(&why, rc);
		if (rc < 0)
			(void)note(s, all, max); /* what came of it */
		rc = err_restore(&why);
	}
	err_save(&why, rc);
	if (made)
		grid_forget(s->setup.model);
	qsort(all, n, sizeof(*all), compare_trained);
	for (size_t i = 0; i < n; i++) {
		print_result(&all[i]);
		train_result_clear(&all[i].r);
	}
	for (size_t i = 0; i < max; i++)
		mem_free(all[i].model);
	mem_free(all);
	file_dir_abort(&hold);
	return err_restore(&why);
}

/* Standard input is read once, by one process. */
static int
check_net(const struct sweep *s, bool many)
{
	const struct exchange *x = s->setup.job.exchange;

	if (s->setup.net == NULL || strcmp(s->setup.net, "-") != 0 ||
	    !(many || (x != NULL && x->ranks > 1)))
		return 0;
	return err_set(ERR_USAGE,
	    "-n -: standard input holds the net of one training in one process; name a file");
}

int
sweep_run(struct sweep *s)
{
	const bool many = s->nbatches > 1 || s->nrates > 1;
	struct trained t = { .model = (char *)s->setup.model };
	struct setup one = s->setup;
	struct err_saved why;
	int rc;

	TRY(check_net(s, many));
	if (many) {
		rc = run_many(s);
	} else {
		one.recipe.batch = s->nbatches > 0 ? (int)s->batches[0] : 0;
		one.recipe.lr = s->rates[0];
		rc = resume_or_begin(&one, &t.r);
		err_save(&why, rc);
		print_result(&t);
		train_result_clear(&t.r);
		rc = err_restore(&why);
	}
	/* Nothing was made that could have come of the files. */
	if (s->setup.dry_run)
		deps_stop();
	return rc;
}
