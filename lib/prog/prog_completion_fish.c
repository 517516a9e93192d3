/* --completion=fish: complete(1) of fish. */
#include <string.h>

#include "base/mem.h"
#include "prog/prog_completion.h"

static void
quoted(FILE *f, const char *s)
{
	fputc('\'', f);
	for (; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			fputc('\\', f);
		fputc(*s, f);
	}
	fputc('\'', f);
}

/* "OPTION=WORD" of each word, with blanks between. */
static void
each_value(FILE *f, const struct opt *o)
{
	for (const char *s = o->choices; *s != '\0';) {
		const int n = (int)strcspn(s, "|");

		fprintf(f, "%s=%.*s ", o->name, n, s);
		s += n + (s[n] == '|');
	}
}

/* What is offered for an argument that is needed (-r); files are where nothing
 * says otherwise. */
static void
offer(FILE *f, enum complete c, const char *choices, const struct prog *p)
{
	switch (c) {
	case COMPLETE_COMMAS:
		fputs(" -f -a '(__fish_append , ", f);
		complete_words(f, choices);
		fputs(")'", f);
		break;
	case COMPLETE_VALUES:
		fputs(" -f -a '", f);
		complete_values(f, p);
		for (const struct opt *o = p->opts; o->type != 0; o++)
			if (complete_value(o) && o->choices != NULL)
				each_value(f, o);
		fputc('\'', f);
		break;
	case COMPLETE_WORDS:
		fputs(" -f -a '", f);
		complete_words(f, choices);
		fputc('\'', f);
		break;
	case COMPLETE_FOLDERS:
		fputs(" -f -a '(__fish_complete_directories)'", f);
		break;
	case COMPLETE_NETS:
		fputs(" -F -a '(" COMPLETE_NETS_COMMAND ")'", f);
		break;
	case COMPLETE_DEVICES:
		fputs(" -f -a '(" COMPLETE_DEVICES_COMMAND ")'", f);
		break;
	case COMPLETE_FREE: fputs(" -f", f); break;
	case COMPLETE_FILES: fputs(" -F", f); break;
	case COMPLETE_NONE: break;
	}
}

void
complete_fish(const struct prog *p, const struct prog_row *rows, FILE *f)
{
	enum complete c = complete_operand(p);
	char *choices;

	fprintf(f, "# fish completion of %s\n", p->name);
	fprintf(f, "complete -c %s", p->name);
	if (c == COMPLETE_NONE)
		fputs(" -f", f);
	else
		offer(f, c, p->operand_words, p);
	fputc('\n', f);
	for (const struct prog_row *r = rows; r->opt != NULL; r++) {
		const struct opt *o = r->opt;

		if (!complete_shown(r))
			continue;
		c = complete_option(o);
		choices = c == COMPLETE_WORDS || c == COMPLETE_COMMAS
		    ? complete_choices(rows, r)
		    : NULL;
		fprintf(f, "complete -c %s", p->name);
		if (o->c != 0)
			fprintf(f, " -s %c", o->c);
		fprintf(f, " -l %s", o->name);
		if (c != COMPLETE_NONE && !(o->flags & OPT_OPTARG)) {
			fputs(" -r", f);
			offer(f, c, choices, p);
		} else if (choices != NULL) {
			/* behind "=" only */
			offer(f, c, choices, p);
		}
		fputs(" -d ", f);
		quoted(f, o->help);
		fputc('\n', f);
		if (complete_no(r))
			fprintf(f, "complete -c %s -l no-%s -d 'not --%s'\n",
			    p->name, o->name, o->name);
		mem_free(choices);
	}
}
