/* A grid from its options to its table: see grid.h. */
#include "recipe/grid/grid.h"

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/progress.h"
#include "base/stop.h"
#include "file/file.h"
#include "file/replace.h"
#include "model/sweeps/sweep.h"
#include "recipe/grid/grid_int.h"

struct work {
	const struct grid *grid;
	struct grid_plan plan;
	const char *dir;
	struct grid_result *results; /* in the order of the plan */
	struct file_dir *hold;       /* nobody else is at work here */
	/* those that are run: their places in the plan */
	struct grid_jobs jobs;
	size_t *member;
	size_t bad, gates; /* that failed, and of those only by a gate */
};

bool
grid_asked(const struct grid *g)
{
	return g->sweep.n > 0 || g->make != NULL || g->slurm != NULL;
}

static int
check_options(const struct grid *g)
{
	static const char *const never[] = { "deps", "mpi" };

	for (size_t i = 0; i < LENGTH(never); i++)
		if (prog_given(never[i]) != NULL)
			return err_set(ERR_USAGE,
			    "--%s cannot be used with --sweep", never[i]);
	if (g->make != NULL && g->slurm != NULL && strcmp(g->make, "-") == 0 &&
	    strcmp(g->slurm, "-") == 0)
		return err_set(ERR_USAGE,
		    "--sweep-make and --sweep-slurm: only one can go to standard output");
	return 0;
}

/* ---- processes ------------------------------------------------------------ */

static bool
is_person(void)
{
	const char *progress = prog_given("progress");

	return isatty(STDERR_FILENO) ||
	    (progress != NULL && strcmp(progress, "off") != 0);
}

/* What a process of the sweep is given besides. */
static void
add_here(char ***words, const struct grid_jobs *j, bool tried)
{
	const int threads = prog_options()->threads / j->at_once;
	const char *progress = prog_given("progress");

	grid_words_add(
	    words, mem_printf("--threads=%d", threads > 1 ? threads : 1));
	if (j->apart)
		grid_words_add(words, mem_strdup("--progress=off"));
	else if (progress != NULL)
		grid_words_add(words,
		    mem_printf("--progress%s%s", progress[0] != '\0' ? "=" : "",
			progress));
	if (tried) {
		grid_words_add(words, mem_strdup("--no-resume"));
		grid_words_add(words, mem_strdup("--dry-run"));
		grid_words_add(words, mem_strdup("--quiet"));
	}
}

static void
free_jobs(struct work *w)
{
	for (size_t i = 0; i < w->jobs.n; i++) {
		struct grid_job *j = &w->jobs.v[i];

		grid_words_free(j->words);
		mem_free(j->said);
		mem_free(j->label);
		mem_free(j->run);
	}
	mem_free(w->jobs.v);
	mem_free(w->member);
	w->jobs.v = NULL;
	w->member = NULL;
	w->jobs.n = 0;
}

/* Those of the plan that are to be run; tried: only whether they can be. */
static int
make_jobs(struct work *w, bool tried)
{
	const struct grid_plan *p = &w->plan;
	const bool again = prog_given("require") != NULL;

	free_jobs(w);
	w->jobs.v = mem_array(struct grid_job, p->n);
	w->member = mem_array(size_t, p->n);
	w->jobs.apart = tried || w->jobs.at_once > 1 || !is_person();
	for (size_t i = 0; i < p->n; i++) {
		struct grid_job *j = &w->jobs.v[w->jobs.n];
		enum grid_state state;

		TRY(grid_state(&state, w->dir, p->v[i].name));
		/* what is done is asked again only for its gates */
		if (tried ? state != GRID_NONE && !prog_options()->force
			  : state == GRID_DONE && !again)
			continue;
		j->words = grid_words(p, i, w->dir, GRID_HERE);
		add_here(&j->words, &w->jobs, tried);
		j->label = mem_printf("%s/%s", w->dir, p->v[i].name);
		j->run = mem_printf("%zu/%zu %s", i + 1, p->n, p->v[i].name);
		w->member[w->jobs.n++] = i;
	}
	return 0;
}

/* Before anything is made: can each be trained? */
static int
try_all(struct work *w)
{
	TRY(make_jobs(w, true));
	w->jobs.ended = NULL;
	TRY(grid_jobs_run(&w->jobs));
	for (size_t i = 0; i < w->jobs.n; i++)
		if (w->jobs.v[i].status != 0) {
			/* its own words, with its name, were said already */
			static const int codes[] = { ERR_USAGE, ERR_FORMAT,
				ERR_MISSING, ERR_IO, ERR_NET, ERR_DEVICE,
				ERR_REFUSED };
			int rc = ERR_IO;

			for (size_t k = 0; k < LENGTH(codes); k++)
				if (err_exit(codes[k]) == w->jobs.v[i].status)
					rc = codes[k];
			return err_set(rc,
			    "%s cannot be trained; nothing was begun",
			    w->jobs.v[i].label);
		}
	return 0;
}

/* One has ended: what came of it into sweep.json. */
static int
take_end(void *ctx, size_t i)
{
	struct work *w = ctx;
	const struct grid_job *j = &w->jobs.v[i];
	struct grid_result *r = &w->results[w->member[i]];

	if (j->status != 0 && j->status != err_exit(ERR_STOPPED)) {
		w->bad++;
		w->gates += j->status == err_exit(ERR_GATE);
		if (j->status > 128)
			log_error("%s: ended by signal %d", j->label,
			    j->status - 128);
		else if (j->said == NULL) /* it has not said why here */
			log_error("%s: exit status %d", j->label, j->status);
	}
	progress_add(1);
	TRY(grid_result_read(r, &w->plan, w->dir));
	return grid_folder_write(&w->plan, w->results, w->dir);
}

/* ---- the whole ------------------------------------------------------------ */

/* The commands, and that none was run. */
static int
print_plan(const struct work *w)
{
	struct buf b;
	int rc = 0;

	buf_init(&b, 64 << 20);
	for (size_t i = 0; i < w->plan.n && rc >= 0; i++) {
		char **words = grid_words(&w->plan, i, w->dir, GRID_SCRIPT);

		for (size_t k = 0; words[k] != NULL && rc >= 0; k++) {
			rc = k > 0 ? buf_addc(&b, ' ') : 0;
			if (rc >= 0)
				rc = prog_quote(&b, words[k]);
		}
		if (rc >= 0)
			rc = buf_addc(&b, '\n');
		grid_words_free(words);
	}
	if (rc >= 0)
		rc = file_write("-", buf_str(&b), b.len, 0);
	buf_clear(&b);
	return rc;
}

/* The folder, with what the plan is. */
static int
begin_folder(struct work *w)
{
	if (prog_options()->force)
		TRY(grid_folder_empty(w->dir));
	TRY(grid_results_read(&w->results, &w->plan, w->dir));
	return grid_folder_write(&w->plan, w->results, w->dir);
}

static int
train_all(struct work *w)
{
	struct err_saved why;
	int rc;

	TRY(make_jobs(w, false));
	w->jobs.ended = take_end;
	w->jobs.ctx = w;
	if (w->jobs.apart && w->jobs.n > 0)
		progress_begin("sweep", w->jobs.n, "model");
	rc = grid_jobs_run(&w->jobs);
	progress_end();
	err_save(&why, rc);
	grid_results_sort(w->results, &w->plan);
	TRY(grid_results_print(w->results, &w->plan, w->dir));
	if (why.code < 0)
		return err_restore(&why);
	if (w->bad == 0)
		return 0;
	return err_set(w->gates == w->bad ? ERR_GATE : ERR_ITEMS,
	    "%zu of %zu models %s; the same command tries only those again",
	    w->bad, w->plan.n,
	    w->gates == w->bad ? "do not meet a gate" : "failed");
}

/* Everything but the folder that was made for it. */
static int
run_work(struct work *w, bool dry_run)
{
	TRY(check_options(w->grid));
	TRY(grid_plan_make(&w->plan, &w->grid->sweep));
	TRY(grid_folder_check(&w->plan, w->dir, prog_options()->force));
	TRY(grid_scripts(&w->plan, w->grid, w->dir, false));
	TRY(try_all(w));
	if (dry_run)
		return print_plan(w);
	TRY(file_mkdirs(w->dir));
	TRY(file_dir_hold(&w->hold, w->dir));
	TRY(begin_folder(w));
	if (w->grid->make != NULL || w->grid->slurm != NULL)
		return grid_scripts(&w->plan, w->grid, w->dir, true);
	return train_all(w);
}

int
grid_run(const struct grid *g, const char *dir, bool dry_run, double budget)
{
	struct work w = { .grid = g };
	char *place = mem_strdup(dir);
	struct err_saved why;

	for (size_t n = strlen(place); n > 1 && place[n - 1] == '/'; n--)
		place[n - 1] = '\0';
	w.dir = place;
	w.jobs.at_once = g->jobs;
	stop_install();
	stop_snapshot_install();
	stop_budget(budget);
	stop_hold(1); /* what was learned is saved first, and said */
	err_save(&why, run_work(&w, dry_run));
	stop_hold(0);
	free_jobs(&w);
	grid_results_free(w.results, w.plan.n);
	grid_plan_clear(&w.plan);
	file_dir_abort(&w.hold);
	mem_free(place);
	return err_restore(&why);
}

int
grid_note(const char *dir, char *const *names, size_t n)
{
	static const struct opt_list none = { .n = 0 };
	struct grid_result *r = NULL;
	struct grid_plan p;
	int rc = grid_plan_make(&p, &none);

	if (rc >= 0 && p.n != n)
		rc = err_set(ERR_USAGE,
		    "the lists of --batch-size and --lr are of %zu models, not %zu",
		    p.n, n);
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		mem_free(p.v[i].name);
		p.v[i].name = mem_strdup(names[i]);
	}
	if (rc >= 0)
		rc = grid_results_read(&r, &p, dir);
	if (rc >= 0)
		rc = grid_folder_write(&p, r, dir);
	grid_results_free(r, n);
	grid_plan_clear(&p);
	return rc;
}

void
grid_forget(const char *dir)
{
	struct model_sweep s;
	char *path;
	bool begun = false;

	if (model_sweep_read(&s, dir) >= 0) {
		for (size_t i = 0; i < s.n && !begun; i++) {
			path = path_join(dir, s.v[i].name);
			begun = file_exists(path);
			mem_free(path);
		}
		path = path_join(dir, MODEL_SWEEP_FILE);
		if (!begun)
			unlink(path);
		mem_free(path);
	}
	model_sweep_clear(&s);
	(void)!rmdir(dir); /* unless there is something in it */
}
