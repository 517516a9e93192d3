/* --completion=bash: option names, and words after those that have choices. */
#include "prog/prog.h"

#include <ctype.h>
#include <string.h>

#include "prog/prog_int.h"

static void
function_name(FILE *f, const char *name)
{
	fputc('_', f);
	for (; *name != '\0'; name++)
		fputc(isalnum((unsigned char)*name) ? *name : '_', f);
}

static void
choices(FILE *f, const struct opt *o)
{
	const char *s;

	fprintf(f, "\t--%s", o->name);
	if (o->c != 0)
		fprintf(f, "|-%c", o->c);
	fputs(")\n\t\tCOMPREPLY=($(compgen -W '", f);
	for (s = o->choices; *s != '\0'; s++)
		fputc(*s == '|' ? ' ' : *s, f);
	fputs("' -- \"$cur\"))\n\t\treturn ;;\n", f);
}

/* Options whose argument is a file or folder: bash's own completion. */
static void
arguments(FILE *f, const struct prog_row *rows)
{
	const struct prog_row *r;
	const char *sep = "\t";

	for (r = rows; r->opt != NULL; r++) {
		const struct opt *o = r->opt;

		if (o->type == OPT_HEAD || o->type == OPT_FLAG ||
		    o->type == OPT_COUNT || o->type == OPT_CHOICE ||
		    (o->flags & (OPT_OPTARG | OPT_HIDDEN)))
			continue;
		fprintf(f, "%s--%s", sep, o->name);
		if (o->c != 0)
			fprintf(f, "|-%c", o->c);
		sep = "|";
	}
	if (sep[0] == '|')
		fputs(")\n\t\treturn ;;\n", f);
}

void
prog_completion(const struct prog *p, const struct prog_row *rows, FILE *f)
{
	const struct prog_row *r;

	fprintf(f, "# bash completion of %s\n", p->name);
	function_name(f, p->name);
	fputs("()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
	      "\tlocal prev=${COMP_WORDS[COMP_CWORD-1]}\n\n"
	      "\tCOMPREPLY=()\n"
	      "\tcase $prev in\n",
	    f);
	for (r = rows; r->opt != NULL; r++)
		if (r->opt->type == OPT_CHOICE && !(r->opt->flags & OPT_HIDDEN))
			choices(f, r->opt);
	arguments(f, rows);
	fputs("\tesac\n\t[[ $cur == -* ]] || return\n"
	      "\tCOMPREPLY=($(compgen -W '",
	    f);
	for (r = rows; r->opt != NULL; r++)
		if (r->opt->type != OPT_HEAD && !(r->opt->flags & OPT_HIDDEN))
			fprintf(
			    f, "%s--%s", r == rows ? "" : " ", r->opt->name);
	fputs("' -- \"$cur\"))\n}\ncomplete -o bashdefault -o default -F ", f);
	function_name(f, p->name);
	fprintf(f, " %s\n", p->name);
}
