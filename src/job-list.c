/*
 * job-list: the data sets and models in some folders, what they are and how far
 * they came; and what is done with them as jobs.  The work is in lib/jobs.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/stop.h"
#include "jobs/clean.h"
#include "jobs/list.h"
#include "jobs/rebuild.h"
#include "jobs/relate.h"
#include "jobs/show.h"
#include "jobs/watch.h"
#include "json/mark.h"
#include "prog/prog.h"

enum { SCRIPT_MAX = 1 << 24 };

struct args {
	struct jobs_choice choice;
	int sort;
	bool reverse, force, related, rebuild, check;
	const char *watch, *note, *group, *clean;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ .type = OPT_HEAD, .help = "What is listed" },
	{ 0, "status", OPT_LIST, AT(choice.status), "STATUS",
	    "only jobs of this status; may be given again, for any of them",
	    .choices = JOB_STATUS_WORDS },
	{ 0, "kind", OPT_LIST, AT(choice.kind), "KIND",
	    "only jobs of this kind; may be given again",
	    .choices = JOB_KIND_WORDS },
	{ 0, "group", OPT_LIST, AT(choice.group), "GROUP",
	    "list only models of this group; may be given again, for models of any of them" },
	{ 0, "name", OPT_LIST, AT(choice.name), "GLOB",
	    "only those whose name or folder matches, as a shell does ('lr*'); may be given again" },
	{ 0, "newer", OPT_DURATION, AT(choice.newer), "TIME",
	    "only those that changed within this time (90m, 2d)" },
	{ 0, "older", OPT_DURATION, AT(choice.older), "TIME",
	    "only those that have not changed for this time" },
	{ 'a', "all", OPT_FLAG, AT(choice.all), NULL,
	    "list folders of other things, too; they are Foreign" },
	{ .type = OPT_HEAD, .help = "How" },
	{ 's', "sort", OPT_CHOICE, AT(sort), "KEY",
	    "put in order: texts from A to Z, numbers from the largest, the best and the latest first",
	    .choices = JOBS_KEYS },
	{ 'r', "reverse", OPT_FLAG, AT(reverse), NULL, "the other way round" },
	{ 'w', "watch", OPT_STR, AT(watch), "TIME",
	    "draw the list on the terminal again each 2 seconds, or each TIME, until a signal ends it",
	    .flags = OPT_OPTARG },
	{ .type = OPT_HEAD, .help = "Where it comes from" },
	{ 0, "related", OPT_FLAG, AT(related), NULL,
	    "list what belongs to the first DIR: its data set, the weights it began with, and the models in the other DIRs (default: beside it) that learned from it or began with it",
	    .needs = "!!watch !!clean" },
	{ 0, "rebuild", OPT_FLAG, AT(rebuild), NULL,
	    "print a script for sh that makes DIR again, with its data set",
	    .needs = "!!related !!watch !!clean" },
	{ 0, "check", OPT_FLAG, AT(check), NULL,
	    "run that script in a scratch folder, and say of each snapshot, or part of a data set, whether it is the same",
	    .needs = "rebuild" },
	{ .type = OPT_HEAD, .help = "What is done" },
	{ 0, "set-note", OPT_STR, AT(note), "TEXT",
	    "give each DIR this note; an empty one takes it away",
	    .needs = "!!clean !!watch !!related !!rebuild" },
	{ 0, "set-group", OPT_STR, AT(group), "GROUP",
	    "put each DIR into this group; an empty one takes it out",
	    .needs = "!!clean !!watch !!related !!rebuild" },
	{ 0, "clean", OPT_STR, AT(clean), "WHAT",
	    "remove of what would be listed the jobs that failed, were killed or stopped (dead, if WHAT is not given), or the snapshots of all others that are neither the newest nor the best (snapshots); asks first",
	    .choices = JOBS_CLEAN_WORDS, .flags = OPT_OPTARG,
	    .needs = "!!watch" },
	{ 'f', "force", OPT_FLAG, AT(force), NULL, "remove without asking",
	    .needs = "clean" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "job-list", "What is in this folder:" },
	{ "job-list ~/models --kind model --sort best",
	    "The best model first:" },
	{ "job-list --watch --status running --sort eta ~/models",
	    "Those at work, the first to end on top, until ^C:" },
	{ "job-list --set-note 'with mirror, as in the paper' --set-group paper ~/models/m1",
	    "A note, and a group to list it by:" },
	{ "job-list --related ~/models/m1 ~/models",
	    "What it was made of, and what was made of it:" },
	{ "job-list --rebuild ~/models/m1 >m1.sh",
	    "How to make it again; with --check, whether that gives the same:" },
	{ "job-list --clean --older 30d ~/models",
	    "Remove what failed, was stopped or killed more than a month ago:" },
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
	    "searched. Data sets are those of dset-create and DIGITS; models are folders with an info.json. "
	    "A model that was never trained here, such as model-import and zoo-fetch make, is pretrained, and an archive of one is packed. A folder of models that model-train --sweep made is a sweep, which stands as its models do together: "
	    "Running while one is, Done when all are, with the best of all; named itself, it is listed with its models.\n\n"
	    "Columns: path, name, kind, status, progress, time that is left and was used for "
	    "training, what the best snapshot reached (a share in percent, or a loss by its name), size, group, note, and "
	    "the error of a training that failed. With --tsv numbers are plain (shares from 0 to 1, seconds, bytes), and the columns are path, name, kind, status, progress, time, accuracy, "
	    "size, group, note, error, eta, metric, value, iteration, changed.\n\n"
	    "The status is that of info.json: Init, Running, Done, Aborted (stopped by somebody), Error. "
	    "What ended without saying so, and that no process is "
	    "running any more, is Killed; model-train --resume continues it. Killed, too, is the hidden folder (.NAME.tmp-XXXXXXXX) that a killed run left of a product it had not finished; while it is at work, such a folder is Running. "
	    "A folder whose papers are damaged is Corrupt, one that may not be read Unreadable: the error says why, both count as bad, and the exit status is 1.\n\n"
	    "--rebuild prints the commands that made DIR and its data set, as they stand in info.json and dataset.json, for sh. They run where they ran first, and write below the folder that the script is given (rebuilt); "
	    "what they read is compared with the digests that were noted: the records of the data set, the weights that a training began with. With --check they run at once in a scratch folder, and the exit status is 8 where a snapshot has other weights than the one in DIR, or a part of a data set other records.\n\n"
	    "--clean removes nothing but folders that are wholly of nnutils' kind and nobody is at work in; others are named and stay. It asks first, which takes a terminal, unless -f is given.",
	.examples = examples,
	.files =
	    "dataset.json and info.json say what a folder is; see nnutils-dataset(5) and nnutils-model(5). What --set-note and --set-group say is in DIR/job.json, and holds before what info.json says.",
	.see_also =
	    "dset-show(1), model-show(1), model-train(1), nnutils-dataset(5), nnutils-model(5)",
	.json =
	    "One object for each, whose keys are always there, null where nothing is known.\n\n"
	    "  path       the folder\n"
	    "  name       what it is called\n"
	    "  kind       dataset, model, sweep, pretrained, packed or other\n"
	    "  status     Init, Running, Done, Aborted, Error, Killed, Corrupt,\n"
	    "             Unreadable, Foreign, or Missing (of what is related)\n"
	    "  progress   from 0 to 1\n"
	    "  elapsed    seconds of training\n"
	    "  eta        seconds that a running one will still take\n"
	    "  accuracy   of the best snapshot, from 0 to 1\n"
	    "  metric     the output by which it is the best\n"
	    "  value      of that output\n"
	    "  iteration  of the best snapshot\n"
	    "  bytes      size of the folder\n"
	    "  changed    when it last did, in seconds since 1970\n"
	    "  group      as --group of model-train or --set-group gave it\n"
	    "  note       as --note of model-train or --set-note gave it\n"
	    "  error      the sentence of a training that failed, or what is broken\n\n"
	    "With --related each object begins with relation: dataset, pretrained or child. With --rebuild --check there is one for each snapshot or part, with name and same (true or false). With --clean -f one object for each folder or file that is gone: removed, its path.",
};

/* What cannot be read is bad, whatever was asked for; where nothing at all can be, it
 * is an error. */
static int
name_broken(const struct jobs *l)
{
	size_t unreadable = 0;

	for (size_t i = 0; i < l->n; i++)
		unreadable +=
		    l->v[i].broken && strcmp(l->v[i].status, "Unreadable") == 0;
	if (l->n > 0 && unreadable == l->n)
		return err_set(ERR_IO, "%s%s", l->v[0].error,
		    l->n > 1 ? ", and nothing else can be read either" : "");
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].broken)
			TRY(prog_bad(l->v[i].path, -1, l->v[i].error, l->n));
	return 0;
}

/* --set-note, --set-group. */
static int
mark(const struct args *a, int argc, char **argv)
{
	int rc = 0;

	if (argc == 0)
		return err_set(ERR_USAGE, "name the folder to mark");
	for (int i = 0; i < argc && rc >= 0; i++) {
		struct job j;

		rc = job_read(&j, argv[i], false);
		if (rc < 0)
			break;
		if (j.kind == JOB_NONE || j.kind == JOB_PACKED ||
		    j.kind == JOB_OTHER || j.kind == JOB_SWEEP)
			rc = err_set(ERR_MISSING,
			    "%s: neither a data set nor a model folder",
			    argv[i]);
		else
			rc = mark_write(argv[i], a->group, a->note);
		job_clear(&j);
	}
	return rc;
}

static int
rebuild(const struct args *a, int argc, char **argv)
{
	struct buf b;
	int rc;

	if (argc != 1)
		return err_set(ERR_USAGE,
		    "--rebuild makes one model or data set again: name it");
	if (a->check) {
		stop_install();
		return rebuild_check(argv[0]);
	}
	if (prog_options()->format != PROG_TEXT)
		return err_set(ERR_USAGE, "--rebuild prints a script, not %s",
		    prog_options()->format == PROG_FMT_JSON ? "JSON" : "TSV");
	buf_init(&b, SCRIPT_MAX);
	rc = rebuild_script(&b, argv[0]);
	if (rc >= 0)
		fputs(buf_str(&b), stdout);
	buf_clear(&b);
	return rc;
}

static int
related(int argc, char **argv)
{
	if (argc == 0)
		return err_set(ERR_USAGE, "--related: name the folder");
	stop_install();
	return jobs_relate(argv[0], argv + 1, (size_t)argc - 1, stdout,
	    prog_options()->format);
}

static int
run(const struct args *a, int argc, char **argv)
{
	enum jobs_clean what = JOBS_CLEAN_DEAD;
	struct jobs l = { 0 };
	double seconds;
	int rc;

	TRY(jobs_choice_check(&a->choice));
	if (a->clean != NULL)
		TRY(jobs_clean_parse(&what, a->clean));
	if (a->note != NULL || a->group != NULL)
		return mark(a, argc, argv);
	if (a->rebuild)
		return rebuild(a, argc, argv);
	if (a->related)
		return related(argc, argv);
	if (a->watch != NULL && prog_options()->format != PROG_TEXT)
		return err_set(ERR_USAGE,
		    "--watch draws a table: it has no place beside --json and --tsv");
	if (a->watch != NULL) {
		TRY(jobs_watch_parse(&seconds, a->watch));
		return jobs_watch(argv, (size_t)argc, &a->choice,
		    (enum jobs_key)a->sort, a->reverse, seconds);
	}
	stop_install();
	rc = jobs_find(&l, argv, (size_t)argc, &a->choice);
	if (rc >= 0)
		rc = name_broken(&l);
	jobs_sort(&l, (enum jobs_key)a->sort, a->reverse);
	if (rc >= 0 && a->clean != NULL)
		rc = jobs_clean(&l, what, a->force);
	else if (rc >= 0)
		rc = jobs_show(&l, NULL, stdout, prog_options()->format);
	jobs_clear(&l);
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
