/*
 * job-list: the data sets and models in some folders, what they are and how far
 * they came.  What a folder says of itself is read by lib/model/job.c.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "dset/table.h"
#include "file/file.h"
#include "json/line.h"
#include "model/job.h"
#include "prog/prog.h"
#include "prog/table.h"

struct args {
	struct opt_list group;
};

static const struct opt opts[] = {
	{ 0, "group", OPT_LIST, offsetof(struct args, group), "GROUP",
	    "list only models of this group; may be given again, for models of any of them" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "job-list", "What is in this folder:" },
	{ "job-list ~/models --tsv | sort -t \"$(printf '\\t')\" -rk7,7n",
	    "The best model first:" },
	{ 0 },
};

static const struct prog prog = {
	.name = "job-list",
	.summary = "list data sets and models with their progress",
	.operands = "[DIR...]",
	.min_operands = 0,
	.max_operands = -1,
	.opts = opts,
	.common = PROG_JSON | PROG_BAD,
	.about =
	    "DIR (default: the current folder) is a data set or a model "
	    "itself, or a folder that contains some; deeper levels are not "
	    "searched. Data sets are those of dset-create and DIGITS; models are folders with an info.json.\n\n"
	    "Columns: path, name, kind, status, progress, elapsed time of "
	    "training, accuracy of the best snapshot, size, group, note, and "
	    "the error of a training that failed. With --tsv numbers are plain: shares from 0 to 1, seconds, bytes.\n\n"
	    "A training that ended without saying so, and that no process is "
	    "running any more, is Killed; model-train --resume continues it.",
	.examples = examples,
	.files =
	    "dataset.json and info.json say what a folder is; see nnutils-dataset(5) and nnutils-model(5).",
	.see_also =
	    "dset-show(1), model-show(1), model-train(1), nnutils-dataset(5), nnutils-model(5)",
	.json =
	    "One object for each, whose keys are always there, null where nothing is known.\n\n"
	    "  path       the folder\n"
	    "  name       what it is called\n"
	    "  kind       model or dataset\n"
	    "  status     Init, Running, Done, Stopped, Error or Killed\n"
	    "  progress   from 0 to 1\n"
	    "  elapsed    seconds of training\n"
	    "  accuracy   of the best snapshot, from 0 to 1\n"
	    "  bytes      size of the folder\n"
	    "  group      as --group of model-train gave it\n"
	    "  note       as --note of model-train gave it\n"
	    "  error      the sentence of a training that failed",
};

enum {
	PATH,
	NAME,
	KIND,
	STATUS,
	PROGRESS,
	TIME,
	ACCURACY,
	SIZE,
	GROUP,
	NOTE,
	FAILURE,
	COLUMNS
};

struct list {
	const struct args *a;
	enum prog_format format;
	struct table table;
};

/* "98.5%"; nothing for a share that is not known. */
static void
percent(char out[NUM_TEXT_MAX], double share)
{
	out[0] = '\0';
	if (share >= 0)
		snprintf(out, NUM_TEXT_MAX, "%.1f%%", share * 100);
}

static void
add_row(struct list *l, const char *path, const struct job *j)
{
	char progress[NUM_TEXT_MAX], time[NUM_TEXT_MAX] = "";
	char accuracy[NUM_TEXT_MAX], size[NUM_TEXT_MAX];

	if (l->format == PROG_FMT_TSV) {
		progress[0] = accuracy[0] = '\0';
		if (j->progress >= 0)
			num_float_text(progress, (float)j->progress);
		if (j->accuracy >= 0)
			num_float_text(accuracy, (float)j->accuracy);
		if (j->elapsed >= 0)
			num_double_text(time, j->elapsed);
		snprintf(
		    size, sizeof(size), "%llu", (unsigned long long)j->bytes);
	} else {
		percent(progress, j->progress);
		percent(accuracy, j->accuracy);
		if (j->elapsed >= 0)
			num_time_text(time, j->elapsed);
		num_bytes_text(size, j->bytes);
	}
	table_row(&l->table,
	    (const char *[COLUMNS]){ path, j->name, job_kind_name(j->kind),
		j->status, progress, time, accuracy, size, j->group, j->note,
		j->error });
}

/* null where it is not known. */
static void
known(struct json_w *w, const char *key, double v)
{
	if (v >= 0)
		json_w_knum(w, key, v);
	else
		json_w_kstr(w, key, NULL);
}

static int
print_json(const char *path, const struct job *j)
{
	struct json_line line;
	struct json_w *w = json_line_begin(&line);

	json_w_kstr(w, "path", path);
	json_w_kstr(w, "name", j->name);
	json_w_kstr(w, "kind", j->kind == JOB_MODEL ? "model" : "dataset");
	json_w_kstr(w, "status", j->status);
	known(w, "progress", j->progress);
	known(w, "elapsed", j->elapsed);
	known(w, "accuracy", j->accuracy);
	json_w_kint(w, "bytes", (int64_t)j->bytes);
	json_w_kstr(w, "group", j->group);
	json_w_kstr(w, "note", j->note);
	json_w_kstr(w, "error", j->error);
	return json_line_end(&line, stdout);
}

static bool
wanted(const struct args *a, const struct job *j)
{
	for (size_t i = 0; i < a->group.n; i++)
		if (j->group != NULL && strcmp(j->group, a->group.v[i]) == 0)
			return true;
	return a->group.n == 0;
}

/* List the folder if it is a job: 1, else 0. */
static int
list_one(struct list *l, const char *path)
{
	struct job j;
	int rc = job_read(&j, path);

	if (rc < 0) {
		rc = prog_bad(path, -1, err_text(), 0);
		return rc < 0 ? rc : 1;
	}
	if (j.kind == JOB_NONE)
		return 0;
	if (!wanted(l->a, &j))
		rc = 0;
	else if (l->format == PROG_FMT_JSON)
		rc = print_json(path, &j);
	else
		add_row(l, path, &j);
	job_clear(&j);
	return rc < 0 ? rc : 1;
}

/* The folder itself, or those in it. */
static int
list_folder(struct list *l, const char *dir)
{
	char **names;
	size_t n;
	int rc = file_look_dir(dir);

	if (rc >= 0)
		rc = list_one(l, dir);
	if (rc != 0)
		return rc;
	TRY(file_list(&names, &n, dir));
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		char *path = strcmp(dir, ".") == 0 ? mem_strdup(names[i])
						   : path_join(dir, names[i]);
		int is = names[i][0] != '.' ? file_look_dir(path) : 0;

		if (is > 0)
			rc = list_one(l, path);
		else if (is < 0)
			rc = prog_bad(path, -1, err_text(), 0);
		mem_free(path);
	}
	file_list_free(names, n);
	return rc;
}

static int
run(const struct args *a, int argc, char **argv)
{
	static const char *const heads[COLUMNS] = { "path", "name", "kind",
		"status", "progress", "time", "accuracy", "size", "group",
		"note", "error" };
	static char dot[] = ".", *here[] = { dot };
	struct list l = { .a = a, .format = prog_options()->format };
	int rc = 0;

	table_init(&l.table, COLUMNS);
	l.table.limit[NAME] = l.table.limit[NOTE] = 40;
	l.table.right[PROGRESS] = l.table.right[TIME] = 1;
	l.table.right[ACCURACY] = l.table.right[SIZE] = 1;
	table_row(&l.table, heads);
	if (argc == 0) {
		argv = here;
		argc = 1;
	}
	for (int i = 0; rc >= 0 && i < argc; i++)
		rc = list_folder(&l, argv[i]);
	if (rc >= 0 && l.format != PROG_FMT_JSON)
		table_print(&l.table, stdout, l.format == PROG_FMT_TSV);
	table_clear(&l.table);
	return rc < 0 ? rc : prog_bad_end();
}

int
main(int argc, char **argv)
{
	struct args args = { 0 };
	int rc = prog_parse(&prog, &args, &argc, &argv);

	if (rc > 0)
		rc = run(&args, argc, argv);
	return prog_end(&prog, rc);
}
