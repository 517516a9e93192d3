/* Data sets and models told by the small files they have: see job.h. */
#include "jobs/job.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "file/lock.h"
#include "jobs/look.h"
#include "jobs/sweep.h"
#include "json/mark.h"
#include "metric/score.h"
#include "model/history.h"
#include "model/model.h"
#include "model/sweeps/sweep.h"

static const struct {
	const char *word, *name;
} kinds[JOB_KINDS] = {
	[JOB_NONE] = { "", "" },
	[JOB_DATASET] = { "dataset", "data set" },
	[JOB_MODEL] = { "model", "model" },
	[JOB_SWEEP] = { "sweep", "sweep" },
	[JOB_PRETRAINED] = { "pretrained", "pretrained" },
	[JOB_PACKED] = { "packed", "packed" },
	[JOB_OTHER] = { "other", "other" },
};

const char *
job_kind_word(enum job_kind kind)
{
	return kinds[kind].word;
}

const char *
job_kind_name(enum job_kind kind)
{
	return kinds[kind].name;
}

bool
job_is_dead(const struct job *j)
{
	static const char *const dead[] = { "Error", "Killed", "Aborted" };

	for (size_t i = 0; i < LENGTH(dead); i++)
		if (j->status != NULL && strcmp(j->status, dead[i]) == 0)
			return true;
	return false;
}

/* What cannot be read is said in its place. */
static int
broken(struct job *j, int rc)
{
	if (rc >= 0 || rc == ERR_STOPPED)
		return rc;
	model_set(&j->status, rc == ERR_IO ? "Unreadable" : "Corrupt");
	model_set(&j->error, err_text());
	j->broken = true;
	return 0;
}

static void
take_best(struct job *j, const struct history_val *best)
{
	const struct gate_value *v;

	if (best == NULL || best->n == 0)
		return;
	v = &best->v[score_first(best->v, best->n)];
	if (best->accuracy)
		j->accuracy = best->score;
	model_set(&j->metric, v->name);
	j->value = v->value;
	j->score = best->score;
	j->best_iter = best->iter;
}

/* How far a training came, and how good it is: of its best snapshot. */
static int
take_history(struct job *j, double max_iter)
{
	struct model_snapshots s = { 0 };
	struct history h;
	int rc = history_read(&h, j->path, -1);

	if (rc >= 0)
		rc = model_snapshots_find(&s, j->path, NULL);
	if (h.iter >= 0 && max_iter > 0)
		j->progress =
		    (double)h.iter < max_iter ? (double)h.iter / max_iter : 1;
	j->elapsed = h.elapsed;
	take_best(j, history_judge(&h, &s));
	model_snapshots_free(&s);
	history_clear(&h);
	return rc;
}

/* A training holds the lock of its folder; whose is it that says it runs? */
static bool
is_killed(const struct look *l, const struct model_info *info)
{
	return info->status != NULL && strcmp(info->status, "Running") == 0 &&
	    (info->nnutils_version != NULL || look_has(l, "train.ndjson")) &&
	    lock_held(l->path) == 0;
}

static void
take_info(struct job *j, const struct look *l, const struct model_info *info)
{
	model_set(&j->status, is_killed(l, info) ? "Killed" : info->status);
	j->error = model_info_failure(info);
	model_set(&j->group, info->group);
	model_set(&j->note, info->note);
	if (info->name != NULL && info->name[0] != '\0' && info->name[0] != '.')
		model_set(&j->name, info->name);
	if (info->status == NULL && !look_has(l, "train.ndjson")) {
		j->kind = JOB_PRETRAINED;
		model_set(&j->status, "Done");
	}
}

static int
read_model(struct job *j, const struct look *l)
{
	struct model_info info;
	int rc;

	model_info_init(&info);
	rc = model_info_read(&info, l->path);
	if (rc >= 0) {
		take_info(j, l, &info);
		rc = take_history(j, (double)info.max_iter);
		if (j->status != NULL && strcmp(j->status, "Running") == 0 &&
		    j->progress > 0 && j->elapsed >= 0)
			j->eta = j->elapsed * (1 / j->progress - 1);
	}
	model_info_clear(&info);
	return rc;
}

/* By what lies in the folder. */
static enum job_kind
find_kind(const struct look *l)
{
	if (look_has(l, "info.json"))
		return JOB_MODEL;
	if (look_has(l, MODEL_SWEEP_FILE))
		return JOB_SWEEP;
	if (look_has(l, "dataset.json") || look_has(l, "train_db"))
		return JOB_DATASET;
	if (look_has(l, "deploy.prototxt") && look_any(l, "*.caffemodel*"))
		return JOB_PRETRAINED;
	return JOB_NONE;
}

/* A hidden folder has a lock as long as somebody writes to it. */
static void
read_unfinished(struct job *j, const struct look *l)
{
	j->unfinished = true;
	model_set(&j->name, l->unfinished);
	if (j->broken || j->kind == JOB_DATASET)
		model_set(
		    &j->status, lock_held(j->path) == 0 ? "Killed" : "Running");
	j->broken = false;
}

static int
read_folder(struct job *j, const struct look *l)
{
	int rc = 0;

	if (j->kind == JOB_MODEL) {
		rc = broken(j, read_model(j, l));
	} else if (j->kind == JOB_SWEEP) {
		rc = broken(j, job_read_sweep(j));
	} else if (j->kind == JOB_DATASET) {
		j->progress = l->unfinished != NULL ? -1 : 1;
		model_set(&j->status, "Done");
		if (l->unfinished == NULL)
			rc = broken(j, look_dataset(l));
	} else {
		model_set(
		    &j->status, j->kind == JOB_PRETRAINED ? "Done" : "Foreign");
	}
	TRY(rc);
	if (l->unfinished != NULL)
		read_unfinished(j, l);
	if (j->name == NULL)
		j->name = file_dir_name(l->path);
	return broken(j, mark_read(&j->group, &j->note, l->path));
}

static int
read_packed(struct job *j)
{
	struct model_info info;
	struct stat st;
	int rc;

	model_info_init(&info);
	rc = look_packed(&info, j->path);
	if (rc > 0) {
		j->kind = JOB_PACKED;
		model_set(&j->status, "Done");
		model_set(&j->name,
		    info.name != NULL && info.name[0] != '\0'
			? info.name
			: path_base(j->path));
		model_set(&j->note, info.note);
		model_set(&j->group, info.group);
		rc = file_look(&st, j->path);
		if (rc > 0) {
			j->bytes = (uint64_t)st.st_size;
			j->changed = st.st_mtime;
		}
		rc = broken(j, rc);
	}
	model_info_clear(&info);
	return rc == ERR_STOPPED ? rc : 0;
}

static int
read_dir(struct job *j, bool all)
{
	struct look l;
	int rc = look_open(&l, j->path);

	if (rc < 0) {
		j->kind = JOB_OTHER;
		j->name = file_dir_name(j->path);
		rc = broken(j, rc);
		look_close(&l);
		return rc;
	}
	j->kind = find_kind(&l);
	if (j->kind == JOB_NONE && all && l.unfinished == NULL)
		j->kind = JOB_OTHER;
	if (j->kind != JOB_NONE)
		rc = read_folder(j, &l);
	if (rc >= 0 && j->kind != JOB_NONE) {
		if (j->kind != JOB_SWEEP || j->changed == 0)
			rc = broken(j, look_changed(&j->changed, &l));
		if (rc >= 0)
			rc = broken(j, look_bytes(&j->bytes, &l));
	}
	look_close(&l);
	return rc;
}

int
job_read(struct job *j, const char *path, bool all)
{
	struct stat st;
	int rc = file_look(&st, path);

	memset(j, 0, sizeof(*j));
	j->path = mem_strdup(path);
	j->progress = j->elapsed = j->eta = j->accuracy = j->value = -1;
	j->score = NAN;
	j->best_iter = -1;
	if (rc < 0) {
		j->kind = JOB_OTHER;
		model_set(&j->name, path_base(path));
		rc = broken(j, rc);
	} else if (rc > 0 && S_ISDIR(st.st_mode)) {
		rc = read_dir(j, all);
	} else if (rc > 0 && S_ISREG(st.st_mode) && model_named(path)) {
		rc = read_packed(j);
	}
	if (rc < 0)
		job_clear(j);
	return rc < 0 ? rc : 0;
}

void
job_clear(struct job *j)
{
	mem_free(j->path);
	mem_free(j->name);
	mem_free(j->status);
	mem_free(j->metric);
	mem_free(j->group);
	mem_free(j->note);
	mem_free(j->error);
	memset(j, 0, sizeof(*j));
}
