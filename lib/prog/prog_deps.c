/* --deps and --deps-target: what the rule is of, and its file. */
#include "prog/prog.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "file/deps.h"
#include "file/file.h"
#include "file/replace.h"
#include "prog/prog_int.h"

enum { NAME_BYTES = 64 << 10, RULE_BYTES = 1 << 30 };

static const char **targets; /* as make reads them */
static size_t n_targets, targets_cap;

static void
add_target(const char *text)
{
	mem_grow(&targets, &targets_cap, n_targets + 1);
	targets[n_targets++] = mem_strdup(text);
}

/* An output that was asked for; not the files of --bad and --deps themselves. */
static int
add_output(const struct prog_row *r)
{
	const char *path;
	struct buf b;
	int rc;

	if (!r->given || !(r->opt->flags & (OPT_OUT | OPT_OUT_DIR)) ||
	    r->dest == &prog_raw.deps || r->dest == &prog_raw.bad)
		return 0;
	path = *(const char *const *)r->dest;
	deps_leave(path);
	if (strcmp(path, "-") == 0 || prog_raw.deps_target.n > 0)
		return 0;
	buf_init(&b, NAME_BYTES);
	rc = deps_quote(&b, path);
	if (rc == 0)
		add_target(buf_str(&b));
	buf_clear(&b);
	return rc;
}

int
prog_deps_begin(const struct prog_row *rows)
{
	const struct prog_row *r;
	size_t i;
	int rc = 0;

	if (prog_raw.deps == NULL)
		return prog_raw.deps_target.n == 0
		    ? 0
		    : err_set(ERR_USAGE, "--deps-target needs --deps");
	if (!prog_options()->force)
		rc = replace_check_anew(
		    prog_raw.deps, "make rule", NULL, " \\\n\t");
	if (rc < 0)
		return err_in(rc, "--deps");
	deps_start();
	for (i = 0; i < prog_raw.deps_target.n; i++)
		add_target(prog_raw.deps_target.v[i]);
	for (r = rows; r->opt != NULL; r++)
		TRY(add_output(r));
	if (n_targets == 0)
		return err_set(ERR_USAGE,
		    "--deps: no output is named that could be the rule's target; name one with --deps-target");
	return 0;
}

int
prog_deps_end(void)
{
	struct buf b;
	int rc;

	if (!deps_on())
		return 0;
	buf_init(&b, RULE_BYTES);
	rc = deps_rule(&b, targets, n_targets);
	deps_stop();
	if (rc == 0)
		rc = file_write(prog_raw.deps, b.data, b.len, 1);
	buf_clear(&b);
	return rc < 0 ? err_in(rc, "--deps") : 0;
}
