/*
 * Outputs and gates are proven before work starts: what an option names by
 * OPT_OUT, OPT_OUT_DIR and OPT_GATE must be possible.  An output is tried by
 * the code that will write it, and what that made is removed again.
 */
#include "prog/prog.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "file/replace.h"
#include "prog/gate.h"
#include "prog/prog_int.h"

static int
in_option(int rc, const struct opt *o)
{
	return o->name != NULL ? err_in(rc, "--%s", o->name)
			       : err_in(rc, "-%c", o->c);
}

/* The ending must be one of "png|tsv"; "-" and devices have none. */
static int
check_ending(const char *path, const char *endings)
{
	const char *word, *name = path_base(path);
	size_t have = strlen(name), len;
	struct buf b;
	int i, rc;

	if (endings == NULL || strcmp(path, "-") == 0 ||
	    (file_exists(path) && !file_is_regular(path)))
		return 0;
	for (i = 0; (word = prog_choice(endings, i, &len)) != NULL; i++)
		if (have > len && name[have - len - 1] == '.' &&
		    strncasecmp(name + have - len, word, len) == 0)
			return 0;
	buf_init(&b, 512);
	for (i = 0; (word = prog_choice(endings, i, &len)) != NULL; i++)
		buf_printf(&b, "%s.%.*s", i > 0 ? ", " : "", (int)len, word);
	rc = err_set(ERR_USAGE, "%s does not end in %s", path, buf_str(&b));
	buf_clear(&b);
	return rc;
}

static int
prove_out(const struct prog *p, const struct prog_row *r, const char *path)
{
	int force = prog_options()->force || (r->opt->flags & OPT_OUT_ANEW);

	TRY(check_ending(path, r->opt->choices));
	TRY(replace_check_output(path, p->reads));
	return file_out_prove(path, force);
}

static int
prove_gates(const struct opt_list *l)
{
	struct gate g;
	size_t i;

	for (i = 0; i < l->n; i++)
		TRY(gate_parse(&g, l->v[i]));
	return 0;
}

/* What file an output becomes, so that two names of one are told; caller frees.
 * NULL: none that another could be. */
static char *
identity(const struct prog_row *r)
{
	const char *path;
	char *dir, *real, *out = NULL;

	if (!r->given || !(r->opt->flags & OPT_OUT))
		return NULL;
	path = *(const char *const *)r->dest;
	if (strcmp(path, "-") == 0 ||
	    (file_exists(path) && !file_is_regular(path)))
		return NULL;
	dir = path_dir(path);
	real = realpath(dir, NULL);
	if (real != NULL)
		out = path_join(real, path_base(path));
	free(real);
	mem_free(dir);
	return out;
}

static int
prove_apart(const struct prog_row *rows, const struct prog_row *r)
{
	char *mine = identity(r), *other;
	const struct prog_row *q;
	int rc = 0;

	for (q = rows; mine != NULL && rc == 0 && q != r; q++) {
		other = identity(q);
		if (other != NULL && strcmp(mine, other) == 0)
			rc = err_set(ERR_USAGE, "%s is also the output of --%s",
			    *(const char *const *)r->dest, q->opt->name);
		mem_free(other);
	}
	mem_free(mine);
	return rc;
}

int
prog_prove(const struct prog *p, const struct prog_row *rows)
{
	const struct prog_row *r;
	int rc = 0;

	for (r = rows; r->opt != NULL && rc >= 0; r++) {
		if (!r->given)
			continue;
		if (r->opt->flags & OPT_OUT)
			rc = prove_out(p, r, *(const char *const *)r->dest);
		if (rc >= 0 && (r->opt->flags & OPT_OUT))
			rc = prove_apart(rows, r);
		if (rc >= 0 && (r->opt->flags & OPT_OUT_DIR))
			rc = file_dir_prove(*(const char *const *)r->dest);
		if (rc >= 0 && (r->opt->flags & OPT_GATE))
			rc = prove_gates(r->dest);
		if (rc < 0)
			rc = in_option(rc, r->opt);
	}
	return rc;
}
