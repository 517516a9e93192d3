/* Data sets and models told by the small files they have: see job.h. */
#include "model/job.h"

#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "file/lock.h"
#include "model/history.h"
#include "model/model.h"

enum { DEPTH = 2 };

const char *
job_kind_name(enum job_kind kind)
{
	static const char *const names[] = { "", "data set", "model" };

	return names[kind];
}

static int
has_file(const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	struct stat st;
	int there = file_look(&st, path);

	mem_free(path);
	return there;
}

/* Bytes of the files in a folder, and of those in its folders, added to sum. */
static int
folder_bytes(uint64_t *sum, const char *dir, int depth)
{
	char **names = NULL;
	size_t n = 0;
	int rc = file_list(&names, &n, dir);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		char *path = path_join(dir, names[i]);
		struct stat st;

		rc = file_look(&st, path);
		if (rc > 0 && !S_ISDIR(st.st_mode) &&
		    !model_is_best_link(names[i]))
			*sum += (uint64_t)st.st_size;
		else if (rc > 0 && depth > 0)
			rc = folder_bytes(sum, path, depth - 1);
		if (rc > 0)
			rc = 0;
		mem_free(path);
	}
	file_list_free(names, n);
	return rc == ERR_MISSING ? 0 : rc; /* gone while we looked */
}

/* How far a training came, and how good it is: of its best snapshot. */
static int
take_history(struct job *j, const char *dir, double max_iter)
{
	struct model_snapshots s = { 0 };
	const struct history_val *best;
	struct history h;
	int rc = history_read(&h, dir, -1);

	if (rc >= 0)
		rc = model_snapshots_find(&s, dir, NULL);
	if (h.iter >= 0 && max_iter > 0)
		j->progress =
		    (double)h.iter < max_iter ? (double)h.iter / max_iter : 1;
	j->elapsed = h.elapsed;
	best = history_judge(&h, &s);
	if (best != NULL && best->accuracy)
		j->accuracy = best->score;
	model_snapshots_free(&s);
	history_clear(&h);
	return rc;
}

/* A training holds the lock of its folder. */
static bool
is_killed(const struct model_info *info, const char *dir)
{
	return info->status != NULL && strcmp(info->status, "Running") == 0 &&
	    (info->nnutils_version != NULL || has_file(dir, "train.ndjson")) &&
	    lock_held(dir) == 0;
}

static int
read_model(struct job *j, const char *dir)
{
	struct model_info info;
	int rc;

	model_info_init(&info);
	rc = model_info_read(&info, dir);
	if (rc >= 0) {
		j->kind = JOB_MODEL;
		model_set(
		    &j->status, is_killed(&info, dir) ? "Killed" : info.status);
		j->error = model_info_failure(&info);
		model_set(&j->group, info.group);
		model_set(&j->note, info.note);
		if (info.name != NULL && info.name[0] != '\0')
			model_set(&j->name, info.name);
		rc = take_history(j, dir, (double)info.max_iter);
	}
	model_info_clear(&info);
	return rc;
}

/* By what lies in the folder: a kind, or < 0 where that cannot be told. */
static int
find_kind(const char *dir)
{
	int there = has_file(dir, "info.json");

	if (there != 0)
		return there < 0 ? there : JOB_MODEL;
	there = has_file(dir, "dataset.json");
	if (there == 0)
		there = has_file(dir, "train_db");
	return there > 0 ? JOB_DATASET : there;
}

int
job_read(struct job *j, const char *dir)
{
	int rc = find_kind(dir);

	memset(j, 0, sizeof(*j));
	j->progress = j->elapsed = j->accuracy = -1;
	if (rc <= 0)
		return rc;
	if (rc == JOB_MODEL) {
		rc = read_model(j, dir);
	} else {
		j->kind = JOB_DATASET;
		j->progress = 1;
		model_set(&j->status, "Done");
	}
	if (rc >= 0 && j->name == NULL)
		model_set(&j->name, path_base(dir));
	if (rc >= 0)
		rc = folder_bytes(&j->bytes, dir, DEPTH);
	if (rc < 0)
		job_clear(j);
	return rc < 0 ? rc : 0;
}

void
job_clear(struct job *j)
{
	mem_free(j->name);
	mem_free(j->status);
	mem_free(j->group);
	mem_free(j->note);
	mem_free(j->error);
	memset(j, 0, sizeof(*j));
}
