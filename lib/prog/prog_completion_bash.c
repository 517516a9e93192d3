/* --completion=bash */
#include <string.h>

#include "base/mem.h"
#include "prog/prog_completion.h"

/* What is offered for the word, as a command of the script. */
static void
offer(FILE *f, enum complete c, const char *choices)
{
	switch (c) {
	case COMPLETE_WORDS:
		fputs("COMPREPLY=($(compgen -W '", f);
		complete_words(f, choices);
		fputs("' -- \"$cur\"))", f);
		break;
	case COMPLETE_COMMAS:
		/* behind those that are there already */
		fputs("local front=; [[ $cur != *,* ]] || front=${cur%,*},\n"
		      "\t\tCOMPREPLY=($(compgen -P \"$front\" -W '",
		    f);
		complete_words(f, choices);
		fputs("' -- \"${cur##*,}\"))", f);
		break;
	case COMPLETE_VALUES: break; /* names */
	case COMPLETE_NETS:
		fputs("COMPREPLY=($(compgen -W \"$(" COMPLETE_NETS_COMMAND
		      ")\" -- \"$cur\"))",
		    f);
		break;
	case COMPLETE_DEVICES:
		fputs("COMPREPLY=($(compgen -W \"$(" COMPLETE_DEVICES_COMMAND
		      ")\" -- \"$cur\"))",
		    f);
		break;
	case COMPLETE_FOLDERS:
		fputs("compopt -o filenames +o default; "
		      "mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")",
		    f);
		break;
	case COMPLETE_FREE:
	case COMPLETE_NONE:
		fputs("compopt +o default +o bashdefault", f);
		break;
	case COMPLETE_FILES: /* bash's own completion */ fputs(":", f); break;
	}
}

static enum complete
kind(const struct prog_row *r)
{
	return complete_shown(r) ? complete_option(r->opt) : COMPLETE_NONE;
}

/* "--name|--name=|-n"; an argument that may be left out stands behind "=" only. */
static void
pattern(FILE *f, const struct opt *o)
{
	fprintf(f, "--%s=", o->name);
	if (!(o->flags & OPT_OPTARG))
		fprintf(f, "|--%s", o->name);
	if (o->c != 0 && !(o->flags & OPT_OPTARG))
		fprintf(f, "|-%c", o->c);
}

/* All options of a kind that needs no words, as one case. */
static void
arguments_of(FILE *f, const struct prog_row *rows, enum complete c)
{
	const char *before = "\t";

	for (const struct prog_row *r = rows; r->opt != NULL; r++) {
		if (kind(r) != c)
			continue;
		fputs(before, f);
		pattern(f, r->opt);
		before = "|";
	}
	if (before[0] == '\t')
		return;
	fputs(")\n\t\t", f);
	offer(f, c, NULL);
	fputs("\n\t\treturn ;;\n", f);
}

/* Options that take words: one case each. */
static void
words(FILE *f, const struct prog_row *rows, const struct prog_row *r)
{
	char *choices = complete_choices(rows, r);

	fputc('\t', f);
	pattern(f, r->opt);
	fputs(")\n\t\t", f);
	offer(f, kind(r), choices);
	fputs("\n\t\treturn ;;\n", f);
	mem_free(choices);
}

/* "--sweep OPTION=WORD,...": OPTION, "=" and WORD are words of their own. */
static void
values(FILE *f, const struct prog *p, const struct prog_row *rows)
{
	for (const struct prog_row *r = rows; r->opt != NULL; r++) {
		if (kind(r) != COMPLETE_VALUES)
			continue;
		fputc('\t', f);
		pattern(f, r->opt);
		fputs(")\n\t\tcompopt -o nospace\n"
		      "\t\tCOMPREPLY=($(compgen -W '",
		    f);
		complete_values(f, p);
		fputs("' -- \"$cur\"))\n\t\treturn ;;\n", f);
	}
	if (!complete_has_values(p))
		return;
	for (const struct opt *o = p->opts; o->type != 0; o++) {
		if (!complete_value(o) || o->choices == NULL)
			continue;
		fprintf(f, "\t%s=)\n\t\t", o->name);
		offer(f, COMPLETE_COMMAS, o->choices);
		fputs("\n\t\treturn ;;\n", f);
	}
}

static void
arguments(FILE *f, const struct prog *p, const struct prog_row *rows)
{
	for (const struct prog_row *r = rows; r->opt != NULL; r++)
		if (kind(r) == COMPLETE_WORDS || kind(r) == COMPLETE_COMMAS)
			words(f, rows, r);
	values(f, p, rows);
	for (int c = COMPLETE_FREE; c <= COMPLETE_DEVICES; c++)
		if (c < COMPLETE_WORDS || c > COMPLETE_VALUES)
			arguments_of(f, rows, (enum complete)c);
}

void
complete_bash(const struct prog *p, const struct prog_row *rows, FILE *f)
{
	const enum complete c = complete_operand(p);
	const struct prog_row *r;

	fprintf(f, "# bash completion of %s\n", p->name);
	complete_function(f, p->name);
	fputs("()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} eq= i\n"
	      "\tlocal prev=${COMP_WORDS[COMP_CWORD-1]}\n\n"
	      "\tCOMPREPLY=()\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\t[[ ${COMP_WORDS[i]} != -- ]] || return\n"
	      "\tdone\n"
	      "\t# --name=value are three words\n"
	      "\tif [[ $cur == = ]]; then\n"
	      "\t\tcur= eq==\n"
	      "\telif [[ $prev == = && COMP_CWORD -gt 1 ]]; then\n"
	      "\t\tprev=${COMP_WORDS[COMP_CWORD-2]} eq==\n"
	      "\tfi\n"
	      "\tcase $prev$eq in\n",
	    f);
	arguments(f, p, rows);
	fputs("\tesac\n\tif [[ $cur != -* ]]; then\n\t\t", f);
	if (c == COMPLETE_NETS)
		fputs(
		    "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -W \"$(" COMPLETE_NETS_COMMAND
		    ")\" -- \"$cur\")",
		    f);
	else
		offer(f, c, p->operand_words);
	fputs("\n\t\treturn\n\tfi\n\tCOMPREPLY=($(compgen -W '", f);
	for (r = rows; r->opt != NULL; r++) {
		if (!complete_shown(r))
			continue;
		fprintf(f, "--%s ", r->opt->name);
		if (complete_no(r))
			fprintf(f, "--no-%s ", r->opt->name);
	}
	fputs("' -- \"$cur\"))\n}\ncomplete -o bashdefault -o default -F ", f);
	complete_function(f, p->name);
	fprintf(f, " %s\n", p->name);
}
