/* Jobs found, chosen and put in order: see list.h. */
#include "jobs/list.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/stop.h"
#include "file/file.h"
#include "jobs/look.h"
#include "metric/score.h"

/* ---- what is listed ------------------------------------------------------- */

static bool
is_word(const char *words, const char *s)
{
	const size_t n = strlen(s);

	for (; *words != '\0'; words += *words == '|') {
		const size_t len = strcspn(words, "|");

		if (len == n && strncasecmp(words, s, n) == 0)
			return true;
		words += len;
	}
	return false;
}

static int
check_words(const struct opt_list *l, const char *option, const char *words)
{
	for (size_t i = 0; i < l->n; i++)
		if (!is_word(words, l->v[i]))
			return err_set(ERR_USAGE, "--%s %s: not one of %s",
			    option, l->v[i], words);
	return 0;
}

int
jobs_choice_check(const struct jobs_choice *c)
{
	TRY(check_words(&c->status, "status", JOB_STATUS_WORDS));
	return check_words(&c->kind, "kind", JOB_KIND_WORDS);
}

static bool
among(const struct opt_list *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (s != NULL && strcasecmp(l->v[i], s) == 0)
			return true;
	return l->n == 0;
}

static bool
group_among(const struct opt_list *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (s != NULL && strcmp(l->v[i], s) == 0)
			return true;
	return l->n == 0;
}

static bool
name_fits(const struct opt_list *l, const struct job *j)
{
	for (size_t i = 0; i < l->n; i++)
		if (fnmatch(l->v[i], j->name, 0) == 0 ||
		    fnmatch(l->v[i], path_base(j->path), 0) == 0)
			return true;
	return l->n == 0;
}

static bool
chosen(const struct jobs_choice *c, const struct job *j, time_t now)
{
	const double age = difftime(now, j->changed);

	if (c->newer > 0 && age > c->newer)
		return false;
	if (c->older > 0 && age < c->older)
		return false;
	return group_among(&c->group, j->group) &&
	    among(&c->status, j->status) &&
	    among(&c->kind, job_kind_word(j->kind)) && name_fits(&c->name, j);
}

/* ---- finding -------------------------------------------------------------- */

struct finding {
	struct jobs *l;
	const struct jobs_choice *choice;
	time_t now;
};

/* Take the path if it is a job: 1, else 0; a sweep is one, and has others in it: 2. */
static int
find_one(struct finding *f, const char *path, bool all)
{
	struct job j;
	int found;

	TRY(job_read(&j, path, all));
	if (j.kind == JOB_NONE) {
		job_clear(&j);
		return 0;
	}
	found = j.kind == JOB_SWEEP && !j.broken ? 2 : 1;
	if (!chosen(f->choice, &j, f->now)) {
		job_clear(&j);
		return found;
	}
	mem_grow(&f->l->v, &f->l->cap, f->l->n + 1);
	f->l->v[f->l->n++] = j;
	return found;
}

/* Hidden names are of no interest, but where a run makes something. */
static bool
is_hidden(const char *name)
{
	char *of = name[0] == '.' ? look_unfinished(name) : NULL;
	const bool hidden = name[0] == '.' && of == NULL;

	mem_free(of);
	return hidden;
}

/* The folder itself, or those in it; of a sweep both. */
static int
find_in(struct finding *f, const char *dir)
{
	char **names;
	size_t n;
	int rc = find_one(f, dir, false);

	if (rc < 0 || rc == 1)
		return rc;
	TRY(file_list(&names, &n, dir));
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		char *path;

		if (is_hidden(names[i]))
			continue;
		path = strcmp(dir, ".") == 0 ? mem_strdup(names[i])
					     : path_join(dir, names[i]);
		rc = stop_asked()
		    ? err_set(ERR_STOPPED, "stopped by %s", stop_reason())
		    : find_one(f, path, f->choice->all);
		mem_free(path);
	}
	file_list_free(names, n);
	return rc;
}

int
jobs_find(
    struct jobs *l, char *const *dirs, size_t n, const struct jobs_choice *c)
{
	struct finding f = { .l = l, .choice = c, .now = time(NULL) };
	int rc = 0;

	if (n == 0)
		rc = find_in(&f, ".");
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = find_in(&f, dirs[i]);
	return rc < 0 ? rc : 0;
}

void
jobs_clear(struct jobs *l)
{
	for (size_t i = 0; i < l->n; i++)
		job_clear(&l->v[i]);
	mem_free(l->v);
	memset(l, 0, sizeof(*l));
}

/* ---- order ---------------------------------------------------------------- */

static const char *
text_of(const struct job *j, enum jobs_key key)
{
	switch (key) {
	case JOBS_BY_NAME: return j->name;
	case JOBS_BY_KIND: return job_kind_name(j->kind);
	case JOBS_BY_STATUS: return j->status;
	case JOBS_BY_GROUP: return j->group;
	case JOBS_BY_PATH: return j->path;
	default: return NULL;
	}
}

/* Smaller comes first; NAN: not known. */
static double
number_of(const struct job *j, enum jobs_key key)
{
	switch (key) {
	case JOBS_BY_PROGRESS: return j->progress < 0 ? NAN : -j->progress;
	case JOBS_BY_ETA: return j->eta < 0 ? NAN : j->eta;
	case JOBS_BY_TIME: return j->elapsed < 0 ? NAN : -j->elapsed;
	case JOBS_BY_SIZE: return -(double)j->bytes;
	case JOBS_BY_CHANGED: return -(double)j->changed;
	default: return 0;
	}
}

/* Shares come before losses, which cannot be compared with them. */
static int
compare_best(const struct job *a, const struct job *b)
{
	const bool shares = (a->accuracy >= 0) == (b->accuracy >= 0);

	if (!shares && !isnan(a->score) && !isnan(b->score))
		return a->accuracy >= 0 ? -1 : 1;
	return score_compare(b->score, a->score);
}

static bool
known(const struct job *j, enum jobs_key key)
{
	if (key == JOBS_BY_BEST)
		return !isnan(j->score);
	if (key == JOBS_BY_NAME || key == JOBS_BY_KIND ||
	    key == JOBS_BY_STATUS || key == JOBS_BY_GROUP ||
	    key == JOBS_BY_PATH)
		return text_of(j, key) != NULL;
	return !isnan(number_of(j, key));
}

struct order {
	enum jobs_key key;
	bool reverse;
};

static int
compare(const void *a, const void *b, void *ctx)
{
	const struct job *x = a, *y = b;
	const struct order *o = ctx;
	const bool kx = known(x, o->key), ky = known(y, o->key);
	int order = 0;

	if (kx != ky)
		return kx ? -1 : 1;
	if (!kx)
		return strcmp(x->path, y->path);
	if (o->key == JOBS_BY_BEST) {
		order = compare_best(x, y);
	} else if (text_of(x, o->key) != NULL) {
		order = strcmp(text_of(x, o->key), text_of(y, o->key));
	} else {
		const double p = number_of(x, o->key), q = number_of(y, o->key);

		order = p < q ? -1 : p > q;
	}
	if (o->reverse)
		order = -order;
	return order != 0 ? order : strcmp(x->path, y->path);
}

void
jobs_sort(struct jobs *l, enum jobs_key key, bool reverse)
{
	struct order o = { key, reverse };

	if (l->n > 1)
		qsort_r(l->v, l->n, sizeof(*l->v), compare, &o);
}
