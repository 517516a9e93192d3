/*
 * The members of a sweep as a Makefile and as a Slurm array: see grid_int.h.  Each
 * command can be given again: what is done stays, what was killed goes on.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "file/replace.h"
#include "recipe/grid/grid_int.h"

enum { SCRIPT_BYTES = 64 << 20, CWD_BYTES = 4096 };

#define MAKE_HEAD  "# Made by model-train --sweep-make.\n"
#define SLURM_HEAD "#!/bin/bash\n# Made by model-train --sweep-slurm.\n"

/* A word for a shell; in a Makefile, where make sees $ first. */
static int
add_word(struct buf *b, const char *word, bool make)
{
	struct buf quoted;
	int rc;

	if (make && strpbrk(word, "\n\r") != NULL)
		return err_set(ERR_USAGE,
		    "--sweep-make: a Makefile cannot hold a line break: %s",
		    word);
	buf_init(&quoted, SCRIPT_BYTES);
	rc = prog_quote(&quoted, word);
	for (const char *p = buf_str(&quoted); rc >= 0 && *p != '\0'; p++)
		rc = *p == '$' && make ? buf_adds(b, "$$") : buf_addc(b, *p);
	buf_clear(&quoted);
	return rc;
}

static int
add_words(struct buf *b, char *const *words, bool make)
{
	int rc = 0;

	for (size_t i = 0; words[i] != NULL && rc >= 0; i++) {
		rc = i > 0 ? buf_addc(b, ' ') : 0;
		if (rc >= 0)
			rc = add_word(b, words[i], make);
	}
	return rc;
}

/* cd to where the command was given: paths in it are seen from there. */
static int
add_cd(struct buf *b, bool make)
{
	char cwd[CWD_BYTES];

	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return err_sys("current folder");
	TRY(buf_adds(b, "cd "));
	return add_word(b, cwd, make);
}

static bool
has_word(char *const *words, const char *begin)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (strncmp(words[i], begin, strlen(begin)) == 0)
			return true;
	return false;
}

/* The command of a member, unless its folder says that it is done. */
static int
add_member(struct buf *b, const struct grid_plan *p, size_t i, const char *dir,
    bool make)
{
	char **words = grid_words(p, i, dir, GRID_SCRIPT);
	char *info = mem_printf("%s/%s/info.json", dir, p->v[i].name);
	int rc = buf_adds(b, "grep -qs '^    \"status\": \"Done\"' ");

	if (rc >= 0)
		rc = add_word(b, info, make);
	if (rc >= 0)
		rc = buf_adds(b, make ? " || exec " : " || run ");
	if (make && !has_word(words, "--threads="))
		grid_words_add(&words, mem_strdup("--threads="));
	if (rc >= 0)
		rc = add_words(b, words, make);
	if (rc >= 0 && make && !prog_given("threads"))
		rc = buf_adds(b, "$(THREADS)");
	mem_free(info);
	grid_words_free(words);
	return rc;
}

static int
add_whole(struct buf *b, const struct grid_plan *p, const char *dir, bool make)
{
	char **words = grid_words(p, 0, dir, GRID_WHOLE);
	int rc = add_words(b, words, make);

	grid_words_free(words);
	return rc;
}

/* A kind of script: what it begins with, what it is called, what it says. */
struct script {
	const char *head, *what;
	int (*fill)(struct buf *b, const struct grid_plan *p,
	    const struct grid *g, const char *dir);
};

/* write: not only to see whether it could be. */
static int
make_script(const struct script *s, const char *path, const struct grid_plan *p,
    const struct grid *g, const char *dir, bool write)
{
	struct buf b;
	int rc = 0;

	buf_init(&b, SCRIPT_BYTES);
	if (strcmp(path, "-") != 0 && !prog_options()->force)
		rc = replace_check_anew(path, s->what, s->head, NULL);
	if (rc >= 0)
		rc = s->fill(&b, p, g, dir);
	if (rc >= 0 && write)
		rc = file_write(path, buf_str(&b), b.len, 1);
	buf_clear(&b);
	return rc;
}

/* ---- make ----------------------------------------------------------------- */

static int
add_rules(struct buf *b, const struct grid_plan *p, const char *dir)
{
	TRY(buf_adds(b, "\nmembers ="));
	for (size_t i = 0; i < p->n; i++)
		TRY(buf_printf(b, " \\\n\t%s", p->v[i].name));
	TRY(buf_adds(b,
	    "\n\n.PHONY: all $(members)\n\n# All of them, then their table, best first.\nall: $(members)\n\t@"));
	TRY(add_cd(b, true));
	TRY(buf_adds(b, " && "));
	TRY(add_whole(b, p, dir, true));
	TRY(buf_addc(b, '\n'));
	for (size_t i = 0; i < p->n; i++) {
		TRY(buf_printf(b, "\n%s:\n\t", p->v[i].name));
		TRY(add_cd(b, true));
		TRY(buf_adds(b, " && { "));
		TRY(add_member(b, p, i, dir, true));
		TRY(buf_adds(b, "; }\n"));
	}
	return 0;
}

static int
fill_make(struct buf *b, const struct grid_plan *p, const struct grid *g,
    const char *dir)
{
	const int threads = prog_options()->threads / g->jobs;

	TRY(buf_adds(b, MAKE_HEAD));
	TRY(buf_printf(b,
	    "# \"make -j2 -f FILE\" trains two members at a time; given again, it goes on with\n"
	    "# what was stopped, and keeps what is done.\n\nSHELL = /bin/sh\n"));
	if (prog_given("threads") == NULL)
		TRY(buf_printf(b, "# of each member\nTHREADS = %d\n",
		    threads > 1 ? threads : 1));
	return add_rules(b, p, dir);
}

/* ---- Slurm ---------------------------------------------------------------- */

/*
 * A member that was stopped (status 75: it was told to end, and has written a
 * snapshot) is put back into the queue, and goes on there.
 */
static const char slurm_run[] =
    "\n"
    "run() {\n"
    "\ttold=\n"
    "\ttrap 'told=1; kill -TERM \"$pid\" 2>/dev/null' TERM\n"
    "\t\"$@\" &\n"
    "\tpid=$!\n"
    "\twait \"$pid\"\n"
    "\tstatus=$?\n"
    "\twhile [ \"$status\" -gt 128 ] && [ -n \"$told\" ]; do\n"
    "\t\ttold=\n"
    "\t\twait \"$pid\" # it writes its snapshot\n"
    "\t\tstatus=$?\n"
    "\tdone\n"
    "\tif [ \"$status\" -eq 75 ] && [ -n \"${SLURM_ARRAY_JOB_ID-}\" ]; then\n"
    "\t\tscontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\"\n"
    "\tfi\n"
    "\texit \"$status\"\n"
    "}\n\n";

/* Another job for Slurm's directives: no blanks in its name. */
static int
add_directives(struct buf *b, const struct grid_plan *p, const struct grid *g,
    const char *dir)
{
	char *name = file_dir_name(dir);
	int rc;

	for (char *s = name; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || strchr("'\"\\$`", *s) != NULL)
			*s = '_';
	rc = buf_printf(
	    b, "#SBATCH --job-name=%s\n#SBATCH --array=0-%zu", name, p->n - 1);
	mem_free(name);
	if (rc >= 0 && prog_given("sweep-jobs") != NULL)
		rc = buf_printf(b, "%%%d", g->jobs);
	if (rc >= 0 && prog_given("threads") != NULL)
		rc = buf_printf(
		    b, "\n#SBATCH --cpus-per-task=%d", prog_options()->threads);
	if (rc >= 0)
		rc = buf_adds(b,
		    "\n#SBATCH --requeue\n#SBATCH --open-mode=append\n#SBATCH --signal=B:TERM@120\n"
		    "#\n# \"sbatch FILE\" trains each member as a task of an array (more directives can be\n"
		    "# given to sbatch); a task that is stopped goes on where it was.  When all have\n"
		    "# ended, this prints their table, best first:\n# ");
	return rc;
}

/* The sweep's own command, where a line can hold it. */
static int
add_comment(struct buf *b, const struct grid_plan *p, const char *dir)
{
	struct buf whole;
	int rc;

	buf_init(&whole, SCRIPT_BYTES);
	rc = add_whole(&whole, p, dir, false);
	if (rc >= 0)
		rc = buf_printf(b, "%s\n",
		    strpbrk(buf_str(&whole), "\n\r") == NULL
			? buf_str(&whole)
			: "the command that made this file, without --sweep-slurm");
	buf_clear(&whole);
	return rc;
}

static int
fill_slurm(struct buf *b, const struct grid_plan *p, const struct grid *g,
    const char *dir)
{
	TRY(buf_adds(b, SLURM_HEAD));
	TRY(add_directives(b, p, g, dir));
	TRY(add_comment(b, p, dir));
	TRY(buf_adds(b, slurm_run));
	TRY(add_cd(b, false));
	TRY(buf_adds(b, " || exit\ncase ${SLURM_ARRAY_TASK_ID-} in\n"));
	for (size_t i = 0; i < p->n; i++) {
		TRY(buf_printf(b, "%zu) # %s\n\t", i, p->v[i].name));
		TRY(add_member(b, p, i, dir, false));
		TRY(buf_adds(b, "\n\t;;\n"));
	}
	return buf_printf(b,
	    "*)\n\techo \"$0: SLURM_ARRAY_TASK_ID is not 0 to %zu\" >&2\n\texit 2\n\t;;\nesac\n",
	    p->n - 1);
}

int
grid_scripts(const struct grid_plan *p, const struct grid *g, const char *dir,
    bool write)
{
	static const struct script make = { MAKE_HEAD, "sweep's Makefile",
		fill_make };
	static const struct script slurm = { SLURM_HEAD,
		"sweep's script for Slurm", fill_slurm };

	if (g->make != NULL)
		TRY(make_script(&make, g->make, p, g, dir, write));
	if (g->slurm != NULL)
		TRY(make_script(&slurm, g->slurm, p, g, dir, write));
	return 0;
}
