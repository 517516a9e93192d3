/* What belongs together: see relate.h. */
#include "jobs/relate.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "jobs/origin.h"
#include "jobs/show.h"
#include "model/model.h"

struct relating {
	struct jobs found;
	const char **relation;
	size_t cap;
};

static void
add(struct relating *r, struct job *j, const char *relation)
{
	mem_grow(&r->relation, &r->cap, r->found.n + 1);
	r->relation[r->found.n] = relation;
	mem_grow(&r->found.v, &r->found.cap, r->found.n + 1);
	r->found.v[r->found.n++] = *j;
}

/* A row for the path, also where nothing is there any more. */
static int
add_path(struct relating *r, const char *path, enum job_kind kind,
    const char *relation)
{
	struct job j;

	TRY(job_read(&j, path, true));
	if (j.kind == JOB_NONE) {
		j.kind = kind;
		model_set(&j.name, path_base(path));
		model_set(&j.status, file_exists(path) ? "Done" : "Missing");
	}
	add(r, &j, relation);
	return 0;
}

/* Has that data set the records that the model learned from? */
static int
judge_set(struct job *j, const char *digest)
{
	struct origin set;
	int rc;

	if (j->kind != JOB_DATASET || digest == NULL || j->broken)
		return 0;
	rc = origin_open(&set, j->path);
	if (rc >= 0 && set.digest != NULL && strcmp(set.digest, digest) != 0)
		model_set(&j->error,
		    "it has other records than the model learned from");
	origin_close(&set);
	return rc == ERR_MISSING ? 0 : rc;
}

static int
add_parents(struct relating *r, const struct origin *o)
{
	const struct origin_run none = { 0 };
	const struct origin_run *run = o->nruns > 0 ? &o->runs[0] : &none;
	int rc = 0;

	if (o->dataset != NULL) {
		char *path = origin_path(run, o->dataset);

		rc = add_path(r, path, JOB_DATASET, "dataset");
		if (rc >= 0)
			rc = judge_set(&r->found.v[r->found.n - 1], o->digest);
		mem_free(path);
	}
	for (size_t i = 0; i < o->nweights && rc >= 0; i++) {
		char *path = origin_path(run, o->weights[i].path);

		rc = add_path(r,
		    o->weights[i].file != NULL || file_exists(path)
			? path
			: o->weights[i].path,
		    JOB_PRETRAINED, "pretrained");
		mem_free(path);
	}
	return rc;
}

/* Is the path, as that run meant it, real or something in it? */
static bool
leads_to(const struct origin_run *run, const char *path, const char *real)
{
	char *whole = path != NULL ? origin_path(run, path) : NULL;
	char *there = whole != NULL ? realpath(whole, NULL) : NULL;
	const size_t n = strlen(real);
	const bool same = there != NULL && strncmp(there, real, n) == 0 &&
	    (there[n] == '\0' || there[n] == '/');

	free(there);
	mem_free(whole);
	return same;
}

static bool
is_child(const struct origin *child, const struct origin *o, const char *real)
{
	const struct origin_run none = { 0 };
	const struct origin_run *run =
	    child->nruns > 0 ? &child->runs[0] : &none;

	if (!child->model)
		return false;
	if (!o->model && o->digest != NULL && child->digest != NULL)
		return strcmp(o->digest, child->digest) == 0;
	if (!o->model && leads_to(run, child->dataset, real))
		return true;
	for (size_t i = 0; i < child->nweights; i++)
		if (leads_to(run, child->weights[i].path, real))
			return true;
	return false;
}

/* Those of l that are; they are taken out of it. */
static int
add_children(struct relating *r, struct jobs *l, const struct origin *o,
    const char *real)
{
	int rc = 0;

	for (size_t i = 0; i < l->n && rc >= 0; i++) {
		struct job *j = &l->v[i];
		struct origin child;

		if (j->kind != JOB_MODEL || j->broken)
			continue;
		rc = origin_open(&child, j->path);
		if (rc >= 0 && is_child(&child, o, real)) {
			add(r, j, "child");
			memset(j, 0, sizeof(*j));
		}
		origin_close(&child);
		if (rc == ERR_FORMAT || rc == ERR_MISSING)
			rc = 0; /* of another, which job-list names */
	}
	return rc;
}

static int
relate(struct relating *r, const struct origin *o, const char *dir,
    char *const *folders, size_t n)
{
	const struct jobs_choice any = { .all = false };
	char *real = realpath(dir, NULL), *parent;
	struct jobs l = { 0 };
	int rc = real == NULL ? err_sys("open %s", dir) : 0;

	if (rc >= 0 && o->model)
		rc = add_parents(r, o);
	if (rc >= 0) {
		parent = path_dir(real);
		rc = n > 0 ? jobs_find(&l, folders, n, &any)
			   : jobs_find(&l, &parent, 1, &any);
		mem_free(parent);
	}
	if (rc >= 0)
		rc = add_children(r, &l, o, real);
	jobs_clear(&l);
	free(real);
	return rc;
}

int
jobs_relate(const char *dir, char *const *folders, size_t n, FILE *out,
    enum prog_format format)
{
	struct relating r = { 0 };
	struct origin o;
	int rc = origin_open(&o, dir);

	if (rc >= 0)
		rc = relate(&r, &o, dir, folders, n);
	mem_grow(&r.relation, &r.cap, r.found.n + 1);
	if (rc >= 0)
		rc = jobs_show(&r.found, r.relation, out, format);
	jobs_clear(&r.found);
	mem_free(r.relation);
	origin_close(&o);
	return rc;
}
