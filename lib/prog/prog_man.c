/*
 * --help=man: the program's page in mdoc(7).  Each sentence starts a line, as
 * mdoc wants it; text that could be taken for a macro or an escape is guarded.
 */
#include "prog/prog.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "prog/prog_int.h"

/* The page's date is the release's: the same table gives the same page. */
static const char date[] = "November 21, 2026";

static void
escaped(FILE *f, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '\\')
			fputs("\\e", f);
		else if (s[i] == '-' && i > 0 && s[i - 1] == '-')
			fputs("\\-", f); /* "--" stays two hyphens */
		else
			fputc(s[i], f);
	}
}

/* Does a sentence end at s[i], so that the next word starts a line? */
static bool
ends_sentence(const char *s, size_t i, size_t n)
{
	return i > 0 && strchr(".?!", s[i]) != NULL && i + 1 < n &&
	    s[i + 1] == ' ' && !isspace((unsigned char)s[i - 1]);
}

/* One text line or several: a line for each sentence. */
static void
text_lines(FILE *f, const char *s, size_t n)
{
	size_t i, start = 0;

	for (i = 0; i < n; i++) {
		if (!ends_sentence(s, i, n) && i + 1 < n)
			continue;
		while (start < n && s[start] == ' ')
			start++;
		if (start > i)
			break;
		if (s[start] == '.' || s[start] == '\'')
			fputs("\\&", f);
		escaped(f, s + start, i + 1 - start);
		fputc('\n', f);
		start = i + 1;
	}
}

/* about, json and files: paragraphs, and lines shown as they are. */
static void
prose(FILE *f, const char *text)
{
	const char *line = text, *end;
	bool literal = false, gap = false, any = false, as_is;
	size_t len;

	for (; *line != '\0'; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		len = (size_t)(end - line);
		as_is = len >= 2 && line[0] == ' ' && line[1] == ' ';
		if (len == 0) {
			gap = true;
			continue;
		}
		if (literal && !as_is)
			fputs(".Ed\n", f);
		if (as_is && !literal)
			fputs(any ? ".Bd -literal -offset indent\n"
				  : ".Bd -literal -offset indent -compact\n",
			    f);
		else if (as_is && gap)
			fputc('\n', f);
		else if (!as_is && any && (gap || literal))
			fputs(".Pp\n", f);
		if (as_is) {
			if (line[2] == '.' || line[2] == '\'')
				fputs("\\&", f);
			escaped(f, line + 2, len - 2);
			fputc('\n', f);
		} else {
			text_lines(f, line, len);
		}
		literal = as_is;
		gap = false;
		any = true;
	}
	if (literal)
		fputs(".Ed\n", f);
}

/* An argument of a macro: one word, never the name of a macro. */
static void
argument(FILE *f, const char *s)
{
	fputs("\\&", f);
	for (; *s != '\0'; s++)
		if (*s == '"')
			fputs("\\(dq", f);
		else if (*s == ' ')
			fputs("\\ ", f);
		else
			escaped(f, s, 1);
}

static void
synopsis(FILE *f, const struct prog *p, const struct prog_row *rows)
{
	const struct prog_row *r;

	fputs(".Sh SYNOPSIS\n.Nm\n.Op Ar OPTION ...\n", f);
	for (r = rows; r->opt != NULL; r++) {
		if (!(r->opt->flags & OPT_REQUIRED))
			continue;
		if (r->opt->c != 0)
			fprintf(f, ".Fl %c Ar ", r->opt->c);
		else
			fprintf(f, ".Fl -%s Ar ", r->opt->name);
		argument(f, r->opt->arg);
		fputc('\n', f);
	}
	if (p->operands != NULL) {
		fputs(".Ar ", f);
		argument(f, p->operands);
		fputc('\n', f);
	}
}

static void
option(FILE *f, const struct prog_row *r)
{
	const struct opt *o = r->opt;
	const char *arg = o->type == OPT_CHOICE ? o->choices : o->arg;
	char value[512];

	prog_default(r, value, sizeof(value));
	fputs(".It", f);
	if (o->c != 0)
		fprintf(f, " Fl %c ,", o->c);
	if (o->type == OPT_FLAG && value[0] != '\0')
		fprintf(f, " Fl -\\&[no-]%s", o->name);
	else
		fprintf(f, " Fl -%s", o->name);
	if (arg != NULL && (o->flags & OPT_OPTARG)) {
		fputs(" Ns Oo = Ns Ar ", f);
		argument(f, arg);
		fputs(" Oc", f);
	} else if (arg != NULL) {
		fputs(" Ar ", f);
		argument(f, arg);
	}
	fputc('\n', f);
	text_lines(f, o->help, strlen(o->help));
	if (value[0] != '\0') {
		fputs("(default: ", f);
		escaped(f, value, strlen(value));
		fputs(")\n", f);
	}
}

static void
options(FILE *f, const struct prog_row *rows)
{
	const struct prog_row *r;
	bool open = false;

	for (r = rows; r->opt != NULL; r++) {
		if (r->opt->flags & OPT_HIDDEN)
			continue;
		if (r->opt->type == OPT_HEAD) {
			fprintf(
			    f, "%s.Ss %s\n", open ? ".El\n" : "", r->opt->help);
			fputs(".Bl -tag -width Ds\n", f);
		} else {
			if (!open)
				fputs(".Ss Options\n.Bl -tag -width Ds\n", f);
			option(f, r);
		}
		open = true;
	}
	if (open)
		fputs(".El\n", f);
}

static void
env_rows(FILE *f, const struct prog_env *e)
{
	for (; e != NULL && e->name != NULL; e++)
		fprintf(f, ".It Ev %s\n%s\n", e->name, e->what);
}

static void
environment(FILE *f, const struct prog *p)
{
	const struct prog_env_row *e;

	fputs(".Sh ENVIRONMENT\n.Bl -tag -width Ds\n", f);
	env_rows(f, p->env);
	env_rows(f, p->more_env);
	for (e = prog_env_table; e->name != NULL; e++)
		if (e->bit == 0 || (p->common & e->bit) != 0)
			fprintf(f, ".It Ev %s\n%s\n", e->name, e->what);
	fputs(".El\n", f);
}

static void
exit_status(FILE *f)
{
	const struct prog_exit_row *e;

	fputs(".Sh EXIT STATUS\n.Bl -tag -width Ds\n", f);
	for (e = prog_exit_table; e->what != NULL; e++)
		fprintf(f, ".It %d\n%s\n", e->status, e->what);
	fputs(".El\n", f);
}

static void
examples(FILE *f, const struct prog_example *e)
{
	bool first = true;

	if (e == NULL || e->command == NULL)
		return;
	fputs(".Sh EXAMPLES\n", f);
	for (; e->command != NULL; e++) {
		if (e->what != NULL) {
			if (!first)
				fputs(".Pp\n", f);
			text_lines(f, e->what, strlen(e->what));
		}
		fputs(".Dl ", f);
		argument(f, e->command);
		fputc('\n', f);
		first = false;
	}
}

struct page {
	const char *name; /* in prog.see_also */
	int n;            /* its bytes, without "(1)" */
	char section;
};

/* As mdoc wants them: by section, then by name. */
static int
page_cmp(const void *a, const void *b)
{
	const struct page *x = a, *y = b;
	int c = x->section - y->section;

	if (c == 0)
		c = strncmp(
		    x->name, y->name, (size_t)(x->n < y->n ? x->n : y->n));
	return c != 0 ? c : x->n - y->n;
}

/* "dset-show(1), model-train(1)" as cross references, and the overview. */
static void
see_also(FILE *f, const char *s)
{
	enum { PAGES_MAX = 32 };
	struct page pages[PAGES_MAX];
	int n = 0, i;

	for (; *s != '\0' && n < PAGES_MAX; s += strspn(s, ", ")) {
		pages[n].name = s;
		pages[n].n = (int)strcspn(s, "(");
		s += pages[n].n;
		pages[n].section = s[0] == '(' ? s[1] : '1';
		n++;
		s += strcspn(s, ", ");
	}
	if (n < PAGES_MAX)
		pages[n++] = (struct page){ "nnutils", 7, '7' };
	if (n > 0)
		qsort(pages, (size_t)n, sizeof(pages[0]), page_cmp);
	fputs(".Sh SEE ALSO\n", f);
	for (i = 0; i < n; i++)
		fprintf(f, ".Xr %.*s %c%s\n", pages[i].n, pages[i].name,
		    pages[i].section, i + 1 < n ? " ," : "");
}

static void
title(FILE *f, const char *name)
{
	fprintf(f, ".Dd %s\n.Dt ", date);
	for (; *name != '\0'; name++)
		fputc(toupper((unsigned char)*name), f);
	fprintf(f, " 1\n.Os nnutils %s\n", nnutils_version);
}

void
prog_man(const struct prog *p, const struct prog_row *rows, FILE *f)
{
	fprintf(f, ".\\\" Made by %s --help=man; do not edit.\n", p->name);
	title(f, p->name);
	fprintf(f, ".Sh NAME\n.Nm %s\n.Nd %s\n", p->name, p->summary);
	synopsis(f, p, rows);
	fputs(".Sh DESCRIPTION\n", f);
	if (p->about != NULL)
		prose(f, p->about);
	else
		fprintf(f, ".Nm\n: %s.\n", p->summary);
	options(f, rows);
	if (p->json != NULL) {
		fputs(".Sh JSON OUTPUT\n", f);
		prose(f, p->json);
	}
	environment(f, p);
	if (p->files != NULL) {
		fputs(".Sh FILES\n", f);
		prose(f, p->files);
	}
	exit_status(f);
	examples(f, p->examples);
	see_also(f, p->see_also != NULL ? p->see_also : "");
}
