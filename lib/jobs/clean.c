/* Removing jobs and snapshots: see clean.h. */
#include "jobs/clean.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/stop.h"
#include "dset/product.h"
#include "file/file.h"
#include "file/lock.h"
#include "file/replace.h"
#include "json/line.h"
#include "model/history.h"
#include "model/model.h"
#include "model/product.h"

int
jobs_clean_parse(enum jobs_clean *what, const char *word)
{
	*what = strcmp(word, "snapshots") == 0 ? JOBS_CLEAN_SNAPSHOTS
					       : JOBS_CLEAN_DEAD;
	if (word[0] == '\0' || strcmp(word, "dead") == 0 ||
	    *what == JOBS_CLEAN_SNAPSHOTS)
		return 0;
	return err_set(ERR_USAGE, "--clean=%s: dead or snapshots", word);
}

/* What is to go: folders, or files in them. */
struct going {
	char **path;
	const struct job **job;
	size_t n, cap, job_cap;
	uint64_t bytes;
};

static void
add(struct going *g, char *path, const struct job *j, uint64_t bytes)
{
	mem_grow(&g->path, &g->cap, g->n + 1);
	mem_grow(&g->job, &g->job_cap, g->n + 1);
	g->job[g->n] = j;
	g->path[g->n++] = path;
	g->bytes += bytes;
}

static void
going_clear(struct going *g)
{
	for (size_t i = 0; i < g->n; i++)
		mem_free(g->path[i]);
	mem_free(g->path);
	mem_free(g->job);
}

/* The folder itself, not a link to it, and also of "link/" or "link/.": 0, or
 * ERR_REFUSED. */
static int
check_link(const char *path)
{
	char *bare = mem_strdup(path);
	size_t n = strlen(bare);
	struct stat st;
	int rc = 0;

	while (n > 1 &&
	    (bare[n - 1] == '/' || (bare[n - 1] == '.' && bare[n - 2] == '/')))
		bare[--n] = '\0';
	if (lstat(bare, &st) < 0)
		rc = err_sys("stat %s", path);
	else if (!S_ISDIR(st.st_mode))
		rc = err_set(ERR_REFUSED,
		    "%s is a symbolic link: what it leads to is not removed",
		    path);
	mem_free(bare);
	return rc;
}

/* A folder itself, and ours: 0, or ERR_REFUSED. */
static int
check_folder(const struct job *j)
{
	int fd;

	TRY(check_link(j->path));
	if (!j->unfinished)
		TRY(replace_check(j->path,
		    j->kind == JOB_DATASET ? &dset_kind : &model_kind));
	fd = lock_now(j->path);
	TRY(fd);
	close(fd);
	return 0;
}

/* It may have been gone on with since it was listed. */
static int
check_dead(const char *path)
{
	struct job now;
	bool dead;

	TRY(job_read(&now, path, false));
	dead = job_is_dead(&now);
	job_clear(&now);
	return dead ? 0
		    : err_set(ERR_REFUSED,
			  "%s has changed meanwhile: not removed", path);
}

/* By its own name, for no folder can be removed as "DIR/.". */
static int
remove_folder(const char *path)
{
	char *real = realpath(path, NULL);
	int rc =
	    real != NULL ? file_remove_tree(real) : err_sys("remove %s", path);

	free(real);
	return rc;
}

static int
choose_dead(struct going *g, const struct jobs *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct job *j = &l->v[i];

		if (!job_is_dead(j) || j->kind == JOB_SWEEP)
			continue;
		if (check_folder(j) < 0)
			TRY(prog_bad(j->path, -1, err_text(), 0));
		else
			add(g, mem_strdup(j->path), j, j->bytes);
	}
	return 0;
}

static void
add_file(struct going *g, const struct job *j, const char *name)
{
	char *path = name != NULL ? path_join(j->path, name) : NULL;
	struct stat st;

	if (path != NULL && lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		add(g, path, j, (uint64_t)st.st_size);
	else
		mem_free(path);
}

/* All but the newest, the best and the one that info.json names. */
static int
old_snapshots(struct going *g, const struct job *j)
{
	struct model_snapshots s = { 0 };
	struct model_info info;
	struct history h;
	int best, rc;

	model_info_init(&info);
	rc = history_read(&h, j->path, -1);
	if (rc >= 0)
		rc = model_info_read(&info, j->path);
	if (rc >= 0)
		rc = model_snapshots_find(&s, j->path, NULL);
	best = rc >= 0 ? history_best_snapshot(&h, &s) : -1;
	for (size_t i = 0; rc >= 0 && i + 1 < s.n; i++) {
		const struct model_snapshot *p = &s.v[i];

		if ((int)i == best ||
		    (info.snapshot_file != NULL &&
			strcmp(info.snapshot_file, p->weights) == 0))
			continue;
		add_file(g, j, p->weights);
		add_file(g, j, p->state);
	}
	model_snapshots_free(&s);
	model_info_clear(&info);
	history_clear(&h);
	return rc;
}

static int
choose_snapshots(struct going *g, const struct jobs *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct job *j = &l->v[i];
		int rc;

		if (j->kind != JOB_MODEL || j->broken || j->unfinished)
			continue;
		rc = lock_held(j->path) == 1 ? 0 : old_snapshots(g, j);
		if (rc == ERR_STOPPED)
			return rc;
		if (rc < 0)
			TRY(prog_bad(j->path, -1, err_text(), 0));
	}
	return 0;
}

/* While nobody else is at work there. */
static int
remove_one(const struct going *g, size_t i, enum jobs_clean what)
{
	const struct job *j = g->job[i];
	int fd, rc;

	if (what == JOBS_CLEAN_DEAD) {
		TRY(check_folder(j));
		TRY(check_dead(j->path));
	}
	fd = lock_now(j->path);
	TRY(fd);
	if (what == JOBS_CLEAN_DEAD)
		rc = remove_folder(j->path);
	else
		rc = unlink(g->path[i]) == 0 || errno == ENOENT
		    ? 0
		    : err_sys("remove %s", g->path[i]);
	close(fd);
	return rc;
}

static int
tell(const char *path)
{
	struct json_line line;

	if (prog_options()->format == PROG_FMT_JSON) {
		json_w_kstr(json_line_begin(&line), "removed", path);
		return json_line_end(&line, stdout);
	}
	fprintf(stdout, "%s\n", path);
	return 0;
}

/* 1: go on; 0: rather not. */
static int
ask(const struct going *g, enum jobs_clean what)
{
	char size[NUM_TEXT_MAX], *question;
	const char *thing = what == JOBS_CLEAN_DEAD ? "folder" : "file";
	int rc;

	if (!isatty(STDIN_FILENO))
		return err_set(ERR_REFUSED,
		    "%s would be removed (first %s); -f removes without asking, which takes a terminal",
		    NUM_COUNTED(g->n, thing), g->path[0]);
	for (size_t i = 0; i < g->n; i++)
		fprintf(stdout, "%s\n", g->path[i]);
	fflush(stdout);
	question = mem_printf("Remove %s, %s?", NUM_COUNTED(g->n, thing),
	    num_bytes_text(size, g->bytes));
	rc = prog_ask(question);
	mem_free(question);
	return rc;
}

int
jobs_clean(const struct jobs *l, enum jobs_clean what, bool force)
{
	struct going g = { 0 };
	int rc = what == JOBS_CLEAN_DEAD ? choose_dead(&g, l)
					 : choose_snapshots(&g, l);

	if (rc >= 0)
		rc = g.n > 0 && !force ? ask(&g, what) : 1;
	for (size_t i = 0; rc > 0 && i < g.n; i++) {
		if (stop_asked()) {
			rc = err_set(
			    ERR_STOPPED, "stopped by %s", stop_reason());
			break;
		}
		if (remove_one(&g, i, what) < 0)
			rc = prog_bad(g.path[i], -1, err_text(), 0) < 0
			    ? ERR_FORMAT
			    : 1;
		else if (force)
			rc = tell(g.path[i]) < 0 ? ERR_IO : 1;
	}
	going_clear(&g);
	return rc < 0 ? rc : 0;
}
