/* --completion=zsh: _arguments of zshcompsys(1). */
#include <string.h>

#include "base/mem.h"
#include "prog/prog_completion.h"

/* Inside '…' of the script, in a field of _arguments where ":" and brackets mean
 * something. */
static void
field(FILE *f, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			fputs("'\\''", f);
		else if (strchr(":[]\\", *s) != NULL)
			fprintf(f, "\\%c", *s);
		else
			fputc(*s, f);
	}
}

/* name: of the option. */
static void
action(FILE *f, enum complete c, const char *choices, const char *name)
{
	switch (c) {
	case COMPLETE_COMMAS:
		fprintf(f, "_values -s , %s ", name);
		complete_words(f, choices);
		break;
	case COMPLETE_VALUES: fputs("_nnutils_values", f); break;
	case COMPLETE_WORDS:
		fputc('(', f);
		complete_words(f, choices);
		fputc(')', f);
		break;
	case COMPLETE_FILES: fputs("_files", f); break;
	case COMPLETE_FOLDERS: fputs("_files -/", f); break;
	case COMPLETE_NETS: fputs("_nnutils_nets", f); break;
	case COMPLETE_DEVICES: fputs("_nnutils_devices", f); break;
	case COMPLETE_FREE:
	case COMPLETE_NONE: fputc(' ', f); break;
	}
}

static void
option(FILE *f, const struct prog_row *rows, const struct prog_row *r)
{
	const struct opt *o = r->opt;
	const enum complete c = complete_option(o);
	const bool often = o->type == OPT_LIST || o->type == OPT_COUNT;
	const char *eq = c == COMPLETE_NONE ? ""
	    : o->flags & OPT_OPTARG         ? "=-"
					    : "=";
	char *choices = c == COMPLETE_WORDS || c == COMPLETE_COMMAS
	    ? complete_choices(rows, r)
	    : NULL;

	fputs(" \\\n\t    ", f);
	if (often)
		fputs("'*'", f);
	else if (o->c != 0)
		fprintf(f, "'(-%c --%s)'", o->c, o->name);
	if (o->c != 0)
		fprintf(f, "{-%c%s,--%s%s}", o->c,
		    c == COMPLETE_NONE || (o->flags & OPT_OPTARG) ? "" : "+",
		    o->name, eq);
	else
		fprintf(f, "--%s%s", o->name, eq);
	fputs("'[", f);
	field(f, o->help);
	fputc(']', f);
	if (c != COMPLETE_NONE) {
		fputs(o->flags & OPT_OPTARG ? "::" : ":", f);
		field(f, o->arg != NULL ? o->arg : o->name);
		fputc(':', f);
		action(f, c, choices, o->name);
	}
	fputc('\'', f);
	if (complete_no(r))
		fprintf(f, " \\\n\t    '--no-%s[not --%s]'", o->name, o->name);
	mem_free(choices);
}

/* What stands behind "--sweep": an option, "=", and its words with commas. */
static void
values(FILE *f, const struct prog *p)
{
	fputs("_nnutils_values() {\n\tif compset -P '*='; then\n"
	      "\t\tcase $IPREFIX in\n",
	    f);
	for (const struct opt *o = p->opts; o->type != 0; o++) {
		if (!complete_value(o) || o->choices == NULL)
			continue;
		fprintf(f, "\t\t%s=|*[=\\ ]%s=) compset -P '*,'; compadd ",
		    o->name, o->name);
		complete_words(f, o->choices);
		fputs(" ;;\n", f);
	}
	fputs("\t\tesac\n\telse\n\t\tcompadd -S '' -- ", f);
	complete_values(f, p);
	fputs("\n\tfi\n}\n\n", f);
}

void
complete_zsh(const struct prog *p, const struct prog_row *rows, FILE *f)
{
	fprintf(f, "#compdef %s\n\n", p->name);
	fputs("_nnutils_nets() {\n"
	      "\tlocal -a names\n"
	      "\tnames=(${(f)\"$(" COMPLETE_NETS_COMMAND ")\"})\n"
	      "\tcompadd -a names\n"
	      "\t_files\n}\n\n"
	      "_nnutils_devices() {\n"
	      "\tlocal -a names\n"
	      "\tnames=(${(f)\"$(" COMPLETE_DEVICES_COMMAND ")\"})\n"
	      "\tcompadd -a names\n}\n\n",
	    f);
	if (complete_has_values(p))
		values(f, p);
	complete_function(f, p->name);
	fputs("() {\n\t_arguments -s -S", f);
	for (const struct prog_row *r = rows; r->opt != NULL; r++)
		if (complete_shown(r))
			option(f, rows, r);
	if (p->operands != NULL) {
		fprintf(f, " \\\n\t    '%s:", p->max_operands == 1 ? "" : "*");
		field(f, p->operands);
		fputc(':', f);
		action(f, complete_operand(p), p->operand_words, "");
		fputc('\'', f);
	}
	fputs("\n}\n\n", f);
	/* Autoloaded from fpath, or read by source. */
	fputs("if [[ ${funcstack[1]} == ", f);
	complete_function(f, p->name);
	fputs(" ]]; then\n\t", f);
	complete_function(f, p->name);
	fputs(" \"$@\"\nelse\n\tcompdef ", f);
	complete_function(f, p->name);
	fprintf(f, " %s\nfi\n", p->name);
}
