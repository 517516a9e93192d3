/*
 * nnutils: what programs there are, and what each is for.  nnutils PROGRAM … is
 * that program: the one beside this one, else the one in PATH.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "json/line.h"
#include "prog/prog.h"
#include "prog/table.h"

struct program {
	const char *name, *what;
};

/* In the order of their use; tests/cli/nnutils.bats compares them with what is built. */
static const struct program programs[] = {
	{ "dset-fetch", "get a standard data set as folders of pictures" },
	{ "dset-create", "make a data set from pictures" },
	{ "dset-show", "show, check and export a data set" },
	{ "net-show", "show the layers of a net and what they cost" },
	{ "model-train", "train a net on a data set" },
	{ "model-show", "show what is in a model folder" },
	{ "model-plot", "draw loss, accuracy and more of trainings as curves" },
	{ "model-infer", "run a trained model on pictures" },
	{ "model-bench", "measure how fast a net runs" },
	{ "model-pack", "pack a model folder as a DIGITS snapshot archive" },
	{ "model-import",
	    "make a model folder from an archive or single files" },
	{ "model-export", "export a trained model for other programs" },
	{ "job-list", "list data sets and models with their progress" },
	{ "store-list", "list the models of model stores" },
	{ "store-pull", "fetch models from model stores" },
	{ "store-index", "make, update or check a model store" },
	{ "zoo-fetch", "fetch a model of Caffe's model zoo" },
	{ "zoo-publish", "publish a model folder as a gist" },
};

static const struct prog_example examples[] = {
	{ "nnutils", "What is there?" },
	{ "nnutils help net-show", "How is one of them used?" },
	{ "nnutils net-show lenet", "The same as net-show lenet:" },
	{ NULL, NULL },
};

static const struct prog prog = {
	.name = "nnutils",
	.summary = "list the programs of nnutils, or run one",
	.operands = "[PROGRAM [ARGUMENT...]]",
	.max_operands = -1,
	.operand_words =
	    "help|dset-fetch|dset-create|dset-show|net-show|model-train|model-show|model-plot|model-infer|model-bench|model-pack|model-import|model-export|job-list|store-list|store-pull|store-index|zoo-fetch|zoo-publish",
	.about =
	    "Without operands, lists the programs with what each is for. nnutils help PROGRAM shows the help of one.\n"
	    "\n"
	    "With the name of a program, is that program: what follows is handed to it, and its exit status is returned. The one beside nnutils itself is taken, else the one in PATH.\n"
	    "\n"
	    "nnutils(7) tells how the programs work together.",
	.examples = examples,
	.json = "One object for each: program, and summary.",
	.files =
	    "The programs are looked for in the folder of nnutils, then in $PATH.",
	.common = PROG_JSON,
};

static int
list_json(void)
{
	for (size_t i = 0; i < LENGTH(programs); i++) {
		struct json_line line;
		struct json_w *w = json_line_begin(&line);

		json_w_kstr(w, "program", programs[i].name);
		json_w_kstr(w, "summary", programs[i].what);
		TRY(json_line_end(&line, stdout));
	}
	return 0;
}

static int
list(void)
{
	struct table t;

	if (prog_options()->format == PROG_FMT_JSON)
		return list_json();
	table_init(&t, 2);
	for (size_t i = 0; i < LENGTH(programs); i++)
		table_row(
		    &t, (const char *[]){ programs[i].name, programs[i].what });
	table_print(&t, stdout, prog_options()->format == PROG_FMT_TSV);
	table_clear(&t);
	return 0;
}

static const char *
name_at(const void *ctx, size_t i)
{
	(void)ctx;
	return programs[i].name;
}

static int
check_name(const char *name)
{
	const char *near;

	for (size_t i = 0; i < LENGTH(programs); i++)
		if (strcmp(programs[i].name, name) == 0)
			return 0;
	near = text_near(name, LENGTH(programs), name_at, NULL);
	return err_set(ERR_USAGE, "there is no program '%s'%s%s%s", name,
	    near != NULL ? " (did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?)" : "");
}

/* Become argv[0], the one beside this program first.  Returns only when that
 * failed. */
static int
run(char **argv)
{
	char *self = NULL, *beside = NULL;
	int rc;

	TRY(check_name(argv[0]));
	self = realpath("/proc/self/exe", NULL);
	if (self != NULL && strrchr(self, '/') != NULL) {
		*strrchr(self, '/') = '\0';
		beside = path_join(self, argv[0]);
		execv(beside, argv);
	}
	execvp(argv[0], argv);
	rc = err_sys("run %s", argv[0]);
	free(self);
	mem_free(beside);
	return rc;
}

/* "nnutils help PROGRAM": its --help. */
static int
show_help(const char *name)
{
	char *copy = mem_strdup(name), option[] = "--help";
	char *argv[] = { copy, option, NULL };
	int rc = run(argv);

	mem_free(copy);
	return rc;
}

/* What is left behind options of ours, or --: nothing, or help. */
static int
answer(int argc, char **argv)
{
	if (argc > 0 && strcmp(argv[0], "help") != 0)
		return err_set(ERR_USAGE,
		    "%s stands first, and its options behind it: nnutils %s [ARGUMENT...]",
		    argv[0], argv[0]);
	if (argc > 2)
		return err_set(ERR_USAGE, "help takes the name of one program");
	return argc == 2 ? show_help(argv[1]) : list();
}

int
main(int argc, char **argv)
{
	int rc;

	/* Options behind the name are that program's, not ours. */
	if (argc > 1 && argv[1][0] != '-' && strcmp(argv[1], "help") != 0) {
		log_init(prog.name, 0);
		return prog_end(&prog, run(argv + 1));
	}
	rc = prog_parse(&prog, NULL, &argc, &argv);
	if (rc > 0)
		rc = answer(argc, argv);
	return prog_end(&prog, rc);
}
