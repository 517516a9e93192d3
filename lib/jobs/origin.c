/* How a folder came about: see origin.h. */
#include "jobs/origin.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"

static int
take_run(struct origin *o, const struct json *j)
{
	const struct json *list = json_find(j, "arguments"), *one;
	struct origin_run *r;

	if (list == NULL)
		return 0;
	r = &o->runs[o->nruns];
	r->directory = json_str(j, "directory", NULL);
	r->words =
	    arena_take(o->room, (json_length(list) + 1) * sizeof(*r->words));
	for (one = json_first(list); one != NULL; one = json_next(one)) {
		if (json_text(one) == NULL)
			return err_set(
			    ERR_FORMAT, "\"arguments\" are not words");
		r->words[r->n++] = json_text(one);
	}
	r->words[r->n] = NULL;
	if (r->n == 0)
		return err_set(ERR_FORMAT, "\"arguments\" are none");
	o->nruns++;
	return 0;
}

static int
take_runs(struct origin *o)
{
	const struct json *more = json_find(o->j, "resumed"), *one;

	o->runs =
	    arena_take(o->room, (json_length(more) + 1) * sizeof(*o->runs));
	TRY(take_run(o, o->j));
	if (o->nruns == 0)
		return 0;
	for (one = json_first(more); one != NULL; one = json_next(one))
		TRY(take_run(o, one));
	return 0;
}

static void
take_weights(struct origin *o)
{
	const struct json *list = json_find(o->j, "pretrained"), *one;

	o->weights =
	    arena_take(o->room, (json_length(list) + 1) * sizeof(*o->weights));
	for (one = json_first(list); one != NULL; one = json_next(one)) {
		struct origin_weights *w = &o->weights[o->nweights];

		w->path = json_str(one, "path", NULL);
		w->file = json_str(one, "file", NULL);
		w->sha256 = json_str(one, "sha256", NULL);
		o->nweights += w->path != NULL;
	}
}

static void
take_model(struct origin *o)
{
	o->version = json_str(o->j, "nnutils version", NULL);
	o->created = json_str(o->j, "creation time", NULL);
	o->seed = json_num(o->j, "seed", -1);
	o->dataset = json_str(o->j, "dataset path", NULL);
	o->digest = json_str(o->j, "dataset digest", NULL);
	take_weights(o);
}

static void
take_set(struct origin *o)
{
	const struct json *train = json_find(json_find(o->j, "parts"), "train");

	o->version = json_str(o->j, "nnutils_version", NULL);
	o->seed = json_num(json_find(o->j, "options"), "seed", -1);
	o->digest = json_str(train, "digest", NULL);
}

int
origin_open(struct origin *o, const char *dir)
{
	char *info = path_join(dir, "info.json");
	char *set = path_join(dir, "dataset.json");
	int rc;

	memset(o, 0, sizeof(*o));
	o->room = arena_new();
	o->model = file_is_regular(info);
	if (!o->model && !file_is_regular(set))
		rc = file_absent(o->model ? info : set,
		    "%s: neither info.json nor dataset.json is in it", dir);
	else
		rc = json_read(&o->j, o->model ? info : set);
	if (rc >= 0 && json_type(o->j) != JSON_OBJECT)
		rc = err_set(
		    ERR_FORMAT, "%s: not a JSON object", o->model ? info : set);
	if (rc >= 0) {
		(o->model ? take_model : take_set)(o);
		rc = take_runs(o);
		if (rc < 0)
			rc = err_in(rc, "%s", o->model ? info : set);
	}
	mem_free(info);
	mem_free(set);
	return rc;
}

void
origin_close(struct origin *o)
{
	json_free(o->j);
	arena_free(o->room);
	memset(o, 0, sizeof(*o));
}

const char *
origin_option(const struct origin_run *r, const char *name)
{
	const size_t n = strlen(name);

	for (size_t i = 1; i < r->n; i++)
		if (strncmp(r->words[i], "--", 2) == 0 &&
		    strncmp(r->words[i] + 2, name, n) == 0 &&
		    r->words[i][2 + n] == '=')
			return r->words[i] + 2 + n + 1;
	return NULL;
}

char *
origin_path(const struct origin_run *r, const char *path)
{
	return r->directory != NULL ? path_join(r->directory, path)
				    : mem_strdup(path);
}
