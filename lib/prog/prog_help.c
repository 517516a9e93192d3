/* --help and --help=exit: the option table for people, in 80 columns. */
#include "prog/prog.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "prog/prog_int.h"

enum { COLUMNS = 79, INDENT = 28 };

const struct prog_exit_row prog_exit_table[] = {
	{ 0, "done" },
	{ 1, "done, but some items were bad; each was named" },
	{ 2, "wrong usage" },
	{ 3, "bad data, or more bad items than allowed" },
	{ 4, "not found" },
	{ 5, "input or output error, or a full disk" },
	{ 6, "network error" },
	{ 7, "no such device, or it failed" },
	{ 8,
	    "refused: an output exists, or a path, digest or signature is not what it should be" },
	{ 9, "a gate given with --require was not met" },
	{ 75,
	    "stopped by a signal or a time budget; what was done is kept, run again with --resume" },
	{ 130, "stopped at once by a second SIGINT" },
	{ 0, NULL },
};

static bool
in_range(const struct opt *o, double v)
{
	if (isnan(v))
		return false;
	if (o->lo == 0 && o->hi == 0)
		return v != 0;
	return v >= o->lo && (o->hi < o->lo || v <= o->hi);
}

void
prog_default(const struct prog_row *row, char *out, size_t size)
{
	const struct opt *o = row->opt;
	char t[NUM_TEXT_MAX];
	const char *word;
	const int *pair = row->dest;
	size_t len;

	out[0] = '\0';
	if (o->flags & OPT_OPTARG)
		return;
	if (o->type == OPT_INT && in_range(o, *(const int *)row->dest))
		snprintf(out, size, "%d", *(const int *)row->dest);
	else if (o->type == OPT_I64)
		snprintf(out, size, "%" PRId64, *(const int64_t *)row->dest);
	else if (o->type == OPT_DOUBLE &&
	    in_range(o, *(const double *)row->dest))
		snprintf(out, size, "%s",
		    num_double_text(t, *(const double *)row->dest));
	else if (o->type == OPT_DURATION && *(const double *)row->dest > 0)
		snprintf(out, size, "%s",
		    num_time_text(t, *(const double *)row->dest));
	else if (o->type == OPT_SIZE && *(const uint64_t *)row->dest > 0)
		snprintf(out, size, "%s",
		    num_bytes_text(t, *(const uint64_t *)row->dest));
	else if (o->type == OPT_STR && *(const char *const *)row->dest != NULL)
		snprintf(out, size, "%s", *(const char *const *)row->dest);
	else if (o->type == OPT_PAIR && pair[0] > 0)
		snprintf(out, size, "%dx%d", pair[0], pair[1]);
	else if (o->type == OPT_CHOICE &&
	    (word = prog_choice(o->choices, *(const int *)row->dest, &len)))
		snprintf(out, size, "%.*s", (int)len, word);
	else if (o->type == OPT_FLAG && *(const bool *)row->dest)
		snprintf(out, size, "on");
}

/* Words of text from column at, wrapped, continued at column indent. */
static void
wrap(FILE *f, const char *text, int at, int indent)
{
	int n;

	for (;;) {
		text += strspn(text, " \n");
		n = (int)strcspn(text, " \n");
		if (n == 0)
			break;
		if (at + 1 + n > COLUMNS && at > indent) {
			fprintf(f, "\n%*s", indent, "");
			at = indent;
		} else if (at > indent) {
			fputc(' ', f);
			at++;
		}
		fwrite(text, 1, (size_t)n, f);
		at += n;
		text += n;
	}
	fputc('\n', f);
}

static void
option(FILE *f, const struct prog_row *r)
{
	const struct opt *o = r->opt;
	char left[160], text[1024], value[512];
	const char *arg = o->type == OPT_CHOICE ? o->choices : o->arg;
	int n;

	prog_default(r, value, sizeof(value));
	n = snprintf(left, sizeof(left), "  %c%c%s --%s%s", o->c ? '-' : ' ',
	    o->c ? o->c : ' ', o->c ? "," : " ",
	    o->type == OPT_FLAG && value[0] ? "[no-]" : "", o->name);
	if (arg != NULL && n < (int)sizeof(left))
		snprintf(left + n, sizeof(left) - (size_t)n, "%s%s%s",
		    o->flags & OPT_OPTARG ? "[=" : " ", arg,
		    o->flags & OPT_OPTARG ? "]" : "");
	fputs(left, f);
	n = (int)strlen(left);
	if (n + 2 > INDENT)
		fprintf(f, "\n%*s", INDENT, "");
	else
		fprintf(f, "%*s", INDENT - n, "");
	snprintf(text, sizeof(text), "%s%s%s%s", o->help, value[0] ? " [" : "",
	    value, value[0] ? "]" : "");
	wrap(f, text, INDENT, INDENT);
}

/* Paragraphs; lines that begin with two spaces as they are. */
static void
prose(FILE *f, const char *text)
{
	const char *line = text, *end;
	char para[8192];
	size_t n = 0, len;

	for (; *line != '\0'; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		len = (size_t)(end - line);
		if (len >= 2 && line[0] == ' ' && line[1] == ' ') {
			if (n > 0)
				wrap(f, para, 0, 0);
			n = 0;
			fprintf(f, "%.*s\n", (int)len, line);
		} else if (len == 0) {
			if (n > 0)
				wrap(f, para, 0, 0);
			n = 0;
			fputc('\n', f);
		} else if (n + len + 2 < sizeof(para)) {
			memcpy(para + n, line, len);
			n += len;
			para[n++] = ' ';
			para[n] = '\0';
		}
	}
	if (n > 0)
		wrap(f, para, 0, 0);
}

void
prog_help(const struct prog *p, const struct prog_row *rows, FILE *f)
{
	const struct prog_example *e;
	const struct prog_row *r;
	bool first = true;

	fprintf(f, "usage: %s [OPTION]...%s%s\n%s: %s\n", p->name,
	    p->operands != NULL ? " " : "",
	    p->operands != NULL ? p->operands : "", p->name, p->summary);
	if (p->about != NULL) {
		fputc('\n', f);
		prose(f, p->about);
	}
	for (r = rows; r->opt != NULL; r++) {
		if (r->opt->flags & OPT_HIDDEN)
			continue;
		if (r->opt->type == OPT_HEAD)
			fprintf(f, "\n%s:\n", r->opt->help);
		else if (first)
			fputs("\nOptions:\n", f);
		if (r->opt->type != OPT_HEAD)
			option(f, r);
		first = false;
	}
	if (p->examples != NULL && p->examples->command != NULL)
		fputs("\nExamples:\n", f);
	for (e = p->examples; e != NULL && e->command != NULL; e++) {
		if (e->what != NULL)
			fprintf(f, "  # %s\n", e->what);
		fprintf(f, "  %s\n", e->command);
	}
}

void
prog_help_exit(FILE *f)
{
	const struct prog_exit_row *e;

	for (e = prog_exit_table; e->what != NULL; e++)
		fprintf(f, "%4d  %s\n", e->status, e->what);
}
