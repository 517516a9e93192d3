/* Scripts that make things again: see rebuild.h. */
#include "jobs/rebuild.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "jobs/origin.h"
#include "prog/prog.h"

/* What says how much is said, where messages go and when to stop: none of it
 * changes what is made. */
static const char *const idle[] = { "args", "bad", "deps", "deps-target",
	"events", "force", "json", "metrics", "on-done", "progress", "quiet",
	"tensorboard", "time-budget", "tsv", "verbose" };

/* Where the other paths of the script are: what "$out" stands for is its own. */
static const char head[] =
    "set -eu\n"
    "out=${1:-rebuilt}\n"
    "mkdir -p -- \"$out\"\n"
    "out=$(cd -- \"$out\" && pwd)\n"
    "\n"
    "fail() {\n"
    "\techo \"$1\" >&2\n"
    "\texit 8\n"
    "}\n"
    "# Bad items (1), a gate (9) and a time budget (75) end no script.\n"
    "run() {\n"
    "\tstatus=0\n"
    "\t\"$@\" || status=$?\n"
    "\tcase $status in\n"
    "\t0 | 1 | 9 | 75) ;;\n"
    "\t*) exit \"$status\" ;;\n"
    "\tesac\n"
    "}\n";

static bool
is_idle(const char *word)
{
	for (size_t i = 0; i < LENGTH(idle); i++) {
		const size_t n = strlen(idle[i]);

		if (strncmp(word, "--", 2) == 0 &&
		    strncmp(word + 2, idle[i], n) == 0 &&
		    (word[2 + n] == '\0' || word[2 + n] == '='))
			return true;
	}
	return false;
}

/* A comment must not end before its line does. */
static void
add_comment(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		buf_addc(b,
		    (unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

/* One of ours, found as the shell finds them: papers that came from elsewhere may
 * say anything. */
static int
check_program(const char *name)
{
	const bool ours =
	    strncmp(name, "dset-", 5) == 0 || strncmp(name, "model-", 6) == 0;

	if (ours && strchr(name, '/') == NULL)
		return 0;
	return err_set(ERR_REFUSED,
	    "\"arguments\": %s is no program that makes data sets or models",
	    name);
}

/* Standard input is there only once. */
static int
check_words(const struct origin_run *r)
{
	TRY(check_program(r->words[0]));
	for (size_t i = 1; i < r->n; i++) {
		const char *w = r->words[i], *value = strchr(w, '=');

		if (strcmp(w, "-") == 0 ||
		    (strncmp(w, "--", 2) == 0 && value != NULL &&
			strcmp(value, "=-") == 0 && !is_idle(w)))
			return err_set(ERR_REFUSED,
			    "%s read standard input (%s), which cannot be read again",
			    r->words[0], w);
	}
	return 0;
}

/* A word, of which the value may be a place below "$out". */
static int
add_word(struct buf *b, const char *word, const char *set, const char *model)
{
	TRY(buf_addc(b, ' '));
	if (model != NULL && strncmp(word, "--output=", 9) == 0)
		return buf_printf(b, "--output=\"$out\"/%s", model);
	if (set != NULL && strncmp(word, "--dataset=", 10) == 0)
		return buf_printf(b, "--dataset=\"$out\"/%s", set);
	return prog_quote(b, word);
}

/* set: what stands for --dataset, or NULL for itself. */
static int
add_run(struct buf *b, const struct origin_run *r, const char *set,
    const char *output)
{
	TRY(check_words(r));
	if (r->directory != NULL) {
		TRY(buf_adds(b, "cd "));
		TRY(prog_quote(b, r->directory));
		TRY(buf_addc(b, '\n'));
	}
	TRY(buf_adds(b, "run "));
	TRY(prog_quote(b, r->words[0]));
	for (size_t i = 1; i < r->n; i++)
		if (!is_idle(r->words[i]))
			TRY(add_word(b, r->words[i], set, output));
	return buf_addc(b, '\n');
}

static int
add_digest(
    struct buf *b, const char *digest, const char *papers, const char *what)
{
	if (digest == NULL)
		return 0;
	TRY(buf_adds(b, "grep -q -F "));
	TRY(prog_quote(b, digest));
	TRY(buf_addc(b, ' '));
	TRY(buf_adds(b, papers));
	TRY(buf_adds(b, " ||\n    fail "));
	TRY(prog_quote(b, what));
	return buf_addc(b, '\n');
}

static void
add_head(struct buf *b, const struct origin *o, const char *dir)
{
	buf_adds(b, "#!/bin/sh\n# Makes again what ");
	add_comment(b, dir);
	buf_printf(b, " is, a %s of nnutils ", o->model ? "model" : "data set");
	add_comment(b, o->version != NULL ? o->version : "?");
	if (o->created != NULL) {
		buf_adds(b, " begun ");
		add_comment(b, o->created);
	}
	if (o->seed >= 0)
		buf_printf(b, ", seed %.0f", o->seed);
	buf_adds(
	    b, ".\n# Usage: sh SCRIPT [FOLDER], which it makes (rebuilt).\n");
	buf_adds(b, head);
	if (o->version != NULL) {
		buf_adds(b, "case $(");
		prog_quote(b, o->runs[0].words[0]);
		buf_adds(b, " --version) in\n*' '");
		prog_quote(b, o->version);
		buf_adds(b, ") ;;\n*) echo ");
		buf_adds(b,
		    "'another version made it: what comes may differ' >&2 ;;\nesac\n");
	}
}

/* The data set of a model: made again if its papers say how (1), else used as it
 * is, if it is as it was (0). */
static int
add_set(struct buf *b, const struct origin *o)
{
	const char *given = origin_option(&o->runs[0], "dataset");
	char *path = given != NULL ? origin_path(&o->runs[0], given) : NULL;
	char *papers = path != NULL ? path_join(path, "dataset.json") : NULL;
	struct buf quoted;
	struct origin set;
	int rc = 0;

	if (papers == NULL || !file_is_regular(papers)) {
		mem_free(path);
		mem_free(papers);
		return 0;
	}
	buf_init(&quoted, PATH_MAX * 8);
	rc = origin_open(&set, path);
	if (rc >= 0 && set.nruns > 0) {
		buf_adds(b, "\n# The data set.\n");
		rc = add_run(b, &set.runs[0], NULL, "dataset");
		if (rc >= 0)
			rc = add_digest(b, o->digest,
			    "\"$out\"/dataset/dataset.json",
			    "the data set has other records than the model learned from");
		rc = rc < 0 ? rc : 1;
	} else if (rc >= 0) {
		buf_adds(b,
		    "\n# The data set is used as it is: its papers do not say how it was made.\n");
		prog_quote(&quoted, papers);
		rc = add_digest(b, o->digest, buf_str(&quoted),
		    "the data set is another than the model learned from");
	}
	origin_close(&set);
	buf_clear(&quoted);
	mem_free(path);
	mem_free(papers);
	return rc;
}

/* Weights that it begins with are those that they were. */
static int
add_weights(struct buf *b, const struct origin *o)
{
	for (size_t i = 0; i < o->nweights; i++) {
		const struct origin_weights *w = &o->weights[i];
		char *path, *line;

		if (w->file == NULL || w->sha256 == NULL)
			continue;
		path = origin_path(&o->runs[0], w->file);
		line = mem_printf("%s  -", w->sha256);
		buf_adds(b, "\n# The weights that it begins with.\necho ");
		prog_quote(b, line);
		buf_adds(b,
		    " >\"$out\"/sha256\nsha256sum -c --status \"$out\"/sha256 <");
		prog_quote(b, path);
		buf_adds(b, " ||\n    fail ");
		mem_free(line);
		line = mem_printf("%s is another file than it was", path);
		prog_quote(b, line);
		buf_adds(b, "\nrm \"$out\"/sha256\n");
		mem_free(line);
		mem_free(path);
	}
	return 0;
}

static int
add_all(struct buf *b, const struct origin *o, const char *dir)
{
	const char *what = o->model ? "model" : "dataset";
	int made = 0;

	add_head(b, o, dir);
	if (o->model) {
		made = add_set(b, o);
		TRY(made);
		TRY(add_weights(b, o));
	}
	TRY(buf_printf(b, "\n# The %s.\n", o->model ? "model" : "data set"));
	for (size_t i = 0; i < o->nruns; i++)
		TRY(add_run(b, &o->runs[i], made > 0 ? "dataset" : NULL, what));
	if (o->model)
		return 0;
	return add_digest(b, o->digest, "\"$out\"/dataset/dataset.json",
	    "it has other records than it had");
}

int
rebuild_script(struct buf *b, const char *dir)
{
	struct origin o;
	int rc = origin_open(&o, dir);

	if (rc >= 0 && o.nruns == 0)
		rc = err_set(ERR_MISSING,
		    "%s: its %s does not say with which arguments it was made",
		    dir, o.model ? "info.json" : "dataset.json");
	if (rc >= 0)
		rc = add_all(b, &o, dir);
	origin_close(&o);
	return rc;
}
