/*
 * --help, --help=TOPIC and --help=exit: the option table for people, in 80
 * columns.  Where there are many options only the main ones are shown unless all
 * are asked for, or those below one heading.
 */
#include "prog/prog.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "prog/prog_int.h"

enum { COLUMNS = 79, INDENT = 28, MANY = 40, TOPIC_MAX = 64 };

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

/* As it would be typed: "30s", "1h30m". */
static void
duration_text(char *out, size_t size, double seconds)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
	int64_t rest = (int64_t)seconds;
	char t[NUM_TEXT_MAX];
	size_t n = 0;

	if ((double)rest != seconds) {
		snprintf(out, size, "%ss", num_double_text(t, seconds));
		return;
	}
	for (size_t i = 0; i < LENGTH(units) && n < size; i++) {
		if (rest >= units[i].seconds)
			n +=
			    (size_t)snprintf(out + n, size - n, "%" PRId64 "%c",
				rest / units[i].seconds, units[i].unit);
		rest %= units[i].seconds;
	}
}

/* As it would be typed: "64M", "1000". */
static void
size_text(char *out, size_t size, uint64_t bytes)
{
	static const char units[] = "KMGT";
	size_t i = 0;

	while (i < 4 && bytes % 1024 == 0) {
		bytes /= 1024;
		i++;
	}
	snprintf(
	    out, size, "%" PRIu64 "%.*s", bytes, i > 0, units + i - (i > 0));
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
		duration_text(out, size, *(const double *)row->dest);
	else if (o->type == OPT_SIZE && *(const uint64_t *)row->dest > 0)
		size_text(out, size, *(const uint64_t *)row->dest);
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

/* Bold on a terminal. */
static void
heading(FILE *f, const char *text, const char *more)
{
	const bool bold = f == stdout && log_colour(STDOUT_FILENO);

	fprintf(f, "\n%s%s%s%s%s%s:\n", bold ? "\033[1m" : "", text,
	    bold ? "\033[0m" : "", more != NULL ? " (all: --help=" : "",
	    more != NULL ? more : "", more != NULL ? ")" : "");
}

/* "How long": "how-long". */
static char *
topic_of(char out[TOPIC_MAX], const char *head)
{
	size_t i;

	for (i = 0; head[i] != '\0' && i + 1 < TOPIC_MAX; i++)
		out[i] = head[i] == ' ' ? '-'
					: (char)tolower((unsigned char)head[i]);
	out[i] = '\0';
	return out;
}

static bool
is_shown(const struct prog_row *r)
{
	return r->opt->type != OPT_HEAD && !(r->opt->flags & OPT_HIDDEN);
}

static bool
is_common(const struct prog_row *r)
{
	const char *at = r->dest, *raw = (const char *)&prog_raw;

	return at >= raw && at < raw + sizeof(prog_raw);
}

/* Is the name one of the words? */
static bool
is_word(const char *words, const char *name)
{
	const size_t n = strlen(name);

	for (const char *w = words; w != NULL && *w != '\0';
	     w += strspn(w, " ")) {
		const size_t len = strcspn(w, " ");

		if (len == n && strncmp(w, name, n) == 0)
			return true;
		w += len;
	}
	return false;
}

static bool
is_main(const struct prog *p, const struct prog_row *r)
{
	if (is_common(r))
		return is_word("json force help", r->opt->name);
	return r->opt->c != 0 || (r->opt->flags & OPT_REQUIRED) ||
	    is_word(p->main_options, r->opt->name);
}

/* The options of the group that begins at r (its heading, or the first option);
 * only the main ones where it is said of which program.  Returns where the next
 * group begins. */
static const struct prog_row *
group(FILE *f, const struct prog_row *r, const struct prog *p)
{
	const bool headed = r->opt->type == OPT_HEAD;
	const struct prog_row *first = headed ? r + 1 : r, *at;
	const char *name = headed ? r->opt->help : "Options";
	char topic[TOPIC_MAX];
	int shown = 0, left = 0;

	for (at = first; at->opt != NULL && at->opt->type != OPT_HEAD; at++)
		if (is_shown(at)) {
			const bool take =
			    p == NULL || !headed || is_main(p, at);

			shown += take;
			left += !take;
		}
	if (shown == 0)
		return at;
	heading(f, name, left > 0 ? topic_of(topic, name) : NULL);
	for (r = first; r != at; r++)
		if (is_shown(r) && (p == NULL || !headed || is_main(p, r)))
			option(f, r);
	return at;
}

int
prog_help_group(const struct prog_row *rows, const char *topic, FILE *f)
{
	const struct prog_row *r;
	const size_t n = strlen(topic);
	char name[TOPIC_MAX];
	bool found = false;

	for (r = rows; r->opt != NULL; r++) {
		const char *head = r->opt->type == OPT_HEAD ? r->opt->help
		    : r == rows                             ? "Options"
							    : NULL;

		if (head == NULL ||
		    strncasecmp(topic_of(name, head), topic, n) != 0)
			continue;
		group(f, r, NULL);
		found = true;
	}
	return found ? 0 : ERR_USAGE;
}

char *
prog_help_topics(const struct prog_row *rows)
{
	char name[TOPIC_MAX], *text;
	struct buf b;

	buf_init(&b, 4096);
	buf_adds(&b, "all|man|exit");
	if (rows->opt != NULL && rows->opt->type != OPT_HEAD)
		buf_adds(&b, "|options");
	for (; rows->opt != NULL; rows++)
		if (rows->opt->type == OPT_HEAD)
			buf_printf(&b, "|%s", topic_of(name, rows->opt->help));
	text = mem_strdup(buf_str(&b));
	buf_clear(&b);
	return text;
}

static void
examples(const struct prog *p, FILE *f)
{
	const struct prog_example *e;

	if (p->examples != NULL && p->examples->command != NULL)
		heading(f, "Examples", NULL);
	for (e = p->examples; e != NULL && e->command != NULL; e++) {
		if (e->what != NULL)
			fprintf(f, "  # %s\n", e->what);
		fprintf(f, "  %s\n", e->command);
	}
}

static void
usage(const struct prog *p, FILE *f)
{
	fprintf(f, "usage: %s [OPTION]...%s%s\n%s: %s\n", p->name,
	    p->operands != NULL ? " " : "",
	    p->operands != NULL ? p->operands : "", p->name, p->summary);
}

void
prog_help_all(const struct prog *p, const struct prog_row *rows, FILE *f)
{
	const struct prog_row *r = rows;

	usage(p, f);
	if (p->about != NULL) {
		fputc('\n', f);
		prose(f, p->about);
	}
	while (r->opt != NULL)
		r = group(f, r, NULL);
	examples(p, f);
}

/* The main options, and where the others are. */
static void
help_short(const struct prog *p, const struct prog_row *rows, FILE *f)
{
	const char *end = p->about != NULL ? strstr(p->about, "\n\n") : NULL;
	const struct prog_row *r = rows;
	char *first, *topics, *at;

	usage(p, f);
	if (p->about != NULL) {
		first = mem_strndup(p->about,
		    end != NULL ? (size_t)(end - p->about) : strlen(p->about));
		fputc('\n', f);
		prose(f, first);
		mem_free(first);
	}
	while (r->opt != NULL)
		r = group(f, r, p);
	examples(p, f);
	topics = prog_help_topics(rows);
	for (at = topics; (at = strchr(at, '|')) != NULL;)
		*at = ' ';
	heading(f, "More with --help=TOPIC", NULL);
	fputs("  ", f);
	wrap(f, topics, 2, 2);
	mem_free(topics);
}

void
prog_help(const struct prog *p, const struct prog_row *rows, FILE *f)
{
	const struct prog_row *r;
	int n = 0;

	for (r = rows; r->opt != NULL; r++)
		n += is_shown(r);
	if (n > MANY || p->main_options != NULL)
		help_short(p, rows, f);
	else
		prog_help_all(p, rows, f);
}

void
prog_help_exit(FILE *f)
{
	const struct prog_exit_row *e;

	for (e = prog_exit_table; e->what != NULL; e++)
		fprintf(f, "%4d  %s\n", e->status, e->what);
}
