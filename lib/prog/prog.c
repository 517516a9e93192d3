/*
 * The parser, and the beginning and end of every program.  Words are taken in
 * one pass over argv; operands are collected in place.
 */
#include "prog/prog.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/progress.h"
#include "base/stop.h"
#include "base/text.h"
#include "base/tidy.h"
#include "file/replace.h"
#include "prog/prog_int.h"

enum { COMMAND_MAX = 1 << 20 };

static struct buf command = { .max = COMMAND_MAX };
static double started;

static bool
has_arg(const struct opt *o)
{
	return o->type != OPT_FLAG && o->type != OPT_COUNT;
}

/* Store one option; arg is NULL when none was given. */
static int
take_option(struct prog_row *r, const char *arg, bool off)
{
	const struct opt *o = r->opt;

	prog_given_note(r, arg, off);
	r->given = true;
	if (r->seen != NULL)
		*r->seen = true;
	if (o->type == OPT_FLAG) {
		*(bool *)r->dest = !off;
		return 0;
	}
	if (o->type == OPT_COUNT) {
		*(int *)r->dest += 1;
		return 0;
	}
	if (prog_value(r, arg != NULL ? arg : "") < 0) {
		if (o->name != NULL)
			return err_in(ERR_USAGE, "--%s", o->name);
		return err_in(ERR_USAGE, "-%c", o->c);
	}
	return 0;
}

/*
 * The row of a long option named by n bytes: its whole name, or a beginning
 * that fits only one.  *off: "no-" stood in front of a flag.
 */
static int
find_long(struct prog_row **out, struct prog_row *rows, const char *name,
    size_t n, bool *off)
{
	struct prog_row *r, *partial = NULL;
	const char *have;
	bool many = false, no;
	int k;

	for (r = rows; r->opt != NULL; r++) {
		have = r->opt->name;
		if (have == NULL)
			continue;
		for (k = 0; k < (r->opt->type == OPT_FLAG ? 2 : 1); k++) {
			no = k == 1;
			if (no && (n < 4 || strncmp(name, "no-", 3) != 0))
				continue;
			if (strncmp(have, name + 3 * no, n - 3 * no) != 0)
				continue;
			if (have[n - 3 * no] == '\0') {
				*out = r;
				*off = no;
				return 0;
			}
			many = partial != NULL;
			partial = r;
			*off = no;
		}
	}
	if (many)
		return err_set(ERR_USAGE,
		    "option --%.*s is ambiguous; write it in full", (int)n,
		    name);
	if (partial == NULL)
		return prog_unknown_option(rows, name, n);
	*out = partial;
	return 0;
}

/* argv[*i] begins with "--" and more; takes the next word when needed. */
static int
parse_long(struct prog_row *rows, int argc, char **argv, int *i)
{
	const char *word = argv[*i] + 2, *value = strchr(word, '=');
	size_t n = value != NULL ? (size_t)(value - word) : strlen(word);
	struct prog_row *r = NULL;
	bool off = false;

	TRY(find_long(&r, rows, word, n, &off));
	if (value != NULL)
		value++;
	if (!has_arg(r->opt)) {
		if (value != NULL)
			return err_set(ERR_USAGE,
			    "option --%s takes no argument", r->opt->name);
	} else if (value == NULL && !(r->opt->flags & OPT_OPTARG)) {
		if (*i + 1 >= argc)
			return err_set(ERR_USAGE,
			    "option --%s needs an argument", r->opt->name);
		value = argv[++*i];
	}
	return take_option(r, value, off);
}

/* argv[*i] is "-x", "-xyz", "-xARG". */
static int
parse_short(struct prog_row *rows, int argc, char **argv, int *i)
{
	const char *p;
	struct prog_row *r;

	for (p = argv[*i] + 1; *p != '\0'; p++) {
		for (r = rows; r->opt != NULL && r->opt->c != *p; r++)
			;
		if (r->opt == NULL)
			return err_set(ERR_USAGE, "unknown option -%c", *p);
		if (!has_arg(r->opt) || (r->opt->flags & OPT_OPTARG)) {
			TRY(take_option(r, NULL, false));
			continue;
		}
		if (p[1] != '\0')
			return take_option(r, p + 1, false);
		if (*i + 1 >= argc)
			return err_set(
			    ERR_USAGE, "option -%c needs an argument", *p);
		return take_option(r, argv[++*i], false);
	}
	return 0;
}

/* One option with what belongs to it, of argv[*i] and behind. */
static int
parse_option(struct prog_row *rows, int argc, char **argv, int *i)
{
	return argv[*i][1] == '-' ? parse_long(rows, argc, argv, i)
				  : parse_short(rows, argc, argv, i);
}

/* A line of --args, as a word that stands alone. */
static int
parse_line(void *ctx, char *word)
{
	const size_t n = prog_raw.args.n;
	int i = 0;

	TRY(parse_option(ctx, 1, &word, &i));
	return prog_raw.args.n == n
	    ? 0
	    : err_set(ERR_USAGE,
		  "a file of options cannot name another with --args");
}

/* Options into rows; operands stay in argv[0..*argc). */
static int
parse_words(struct prog_row *rows, int *argc, char **argv)
{
	size_t files = 0;
	int i, n = 0, rc = 0;

	for (i = 1; i < *argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			while (++i < *argc)
				argv[n++] = argv[i];
			break;
		}
		if (argv[i][0] != '-' || argv[i][1] == '\0')
			argv[n++] = argv[i];
		else
			rc = parse_option(rows, *argc, argv, &i);
		if (rc == 0 && prog_raw.args.n > files)
			rc = prog_args_read(
			    prog_raw.args.v[files++], parse_line, rows);
		/* Help and the version win over what is wrong behind them; of
		 * a version it may stand there how much is to be said. */
		if (rc < 0 && !prog_raw.version)
			return rc;
		if (prog_raw.help || prog_raw.completion != NULL)
			return 0;
	}
	*argc = n;
	return 0;
}

static int
check_given(const struct prog *p, const struct prog_row *rows, int n)
{
	const struct prog_row *r;

	for (r = rows; r->opt != NULL; r++)
		if (r->opt->alone != NULL && r->given &&
		    (strcmp(r->opt->alone, "*") == 0 ||
			strcmp(*(const char **)r->dest, r->opt->alone) == 0))
			return 0;
	for (r = rows; r->opt != NULL; r++)
		if ((r->opt->flags & OPT_REQUIRED) && !r->given)
			return err_set(ERR_USAGE, "option --%s %s is needed",
			    r->opt->name, r->opt->arg);
	if (n < p->min_operands)
		return err_set(ERR_USAGE,
		    n == 0 ? "%s is missing" : "too few operands: %s",
		    p->operands);
	if (p->max_operands >= 0 && n > p->max_operands)
		return err_set(ERR_USAGE, "too many operands");
	return 0;
}

static void
start_event(const struct prog *p)
{
	struct buf b;

	if (!log_events_on())
		return;
	buf_init(&b, 8 * COMMAND_MAX);
	buf_adds(&b, "{\"event\": \"start\", \"program\": ");
	buf_add_json(&b, p->name, strlen(p->name));
	buf_printf(&b, ", \"version\": \"%s\", \"pid\": %ld, \"command\": ",
	    nnutils_version, (long)getpid());
	buf_add_json(&b, buf_str(&command), command.len);
	buf_addc(&b, '}');
	log_event(buf_str(&b), b.len);
	buf_clear(&b);
}

static void
end_event(int rc, int status)
{
	struct buf b;
	char t[NUM_TEXT_MAX];

	if (!log_events_on())
		return;
	buf_init(&b, 16 * ERR_TEXT_MAX);
	buf_printf(&b, "{\"event\": \"end\", \"status\": %d, \"seconds\": %s",
	    status, num_float_text(t, (float)(stop_clock() - started)));
	if (rc < 0) {
		buf_adds(&b, ", \"error\": ");
		buf_add_json(&b, err_text(), strlen(err_text()));
	}
	buf_addc(&b, '}');
	log_event(buf_str(&b), b.len);
	buf_clear(&b);
}

/* Any of these may be the path: the argument, what is behind "X=", a part
 * between commas.  What is none does not exist, and is left out. */
static void
note_input(const char *arg)
{
	const char *at = arg != NULL ? strchr(arg, '=') : NULL;
	char *one;

	if (arg == NULL)
		return;
	replace_input(arg);
	if (at != NULL)
		replace_input(at + 1);
	for (at = strchr(arg, ',') != NULL ? arg : ""; *at != '\0';
	     at += *at == ',') {
		one = mem_strndup(at, strcspn(at, ","));
		replace_input(one);
		mem_free(one);
		at += strcspn(at, ",");
	}
}

/* What nothing that is written may replace. */
static void
note_inputs(
    const struct prog *p, const struct prog_row *rows, int n, char **operands)
{
	const struct prog_row *r;
	const struct opt_list *l;
	size_t k;
	int i;

	for (r = rows; r->opt != NULL; r++) {
		if (!(r->opt->flags & OPT_INPUT))
			continue;
		if (r->opt->type == OPT_STR)
			note_input(*(const char **)r->dest);
		l = r->opt->type == OPT_LIST ? r->dest : NULL;
		for (k = 0; l != NULL && k < l->n; k++)
			note_input(l->v[k]);
	}
	for (i = 0; p->reads_operands && i < n; i++)
		replace_input(operands[i]);
}

/* For prog_words. */
static void
note_operands(int n, char **operands)
{
	bool dash = false;

	for (int i = 0; i < n; i++)
		dash |= operands[i][0] == '-' && operands[i][1] != '\0';
	if (dash)
		prog_words_add(mem_strdup("--"));
	for (int i = 0; i < n; i++)
		prog_words_add(mem_strdup(operands[i]));
}

int
prog_parse(const struct prog *p, void *args, int *argc, char ***argv)
{
	struct prog_row *rows;
	int rc;

	started = stop_clock();
	tidy_install(p->name);
	prog_std_open();
	log_init(p->name, 0);
	prog_command_set(*argc, *argv);
	memset(&prog_raw, 0, sizeof(prog_raw));
	prog_given_keep(NULL);
	prog_words_add(mem_strdup(p->name));
	rows = prog_rows(p, args);
	rc = parse_words(rows, argc, *argv);
	if (rc == 0)
		rc = prog_answer(p, rows);
	/* Help is our own text; results may hold anything. */
	text_guard_stdout();
	if (rc > 0) {
		note_operands(*argc, *argv);
		rc = check_given(p, rows, *argc);
		if (rc == 0)
			note_inputs(p, rows, *argc, *argv);
		if (rc == 0)
			rc = prog_common_apply(p, rows);
		if (rc == 0) {
			start_event(p);
			rc = 1;
		}
	}
	prog_given_keep(rows);
	return rc;
}

/* Of a product that is there, also where items were bad or a gate not met. */
static int
write_deps(int rc)
{
	struct err_saved why;
	int wrote;

	if (rc < 0 && rc != ERR_ITEMS && rc != ERR_GATE)
		return rc;
	err_save(&why, rc);
	wrote = prog_deps_end();
	return wrote < 0 ? wrote : err_restore(&why);
}

int
prog_end(const struct prog *p, int rc)
{
	int status, bad;

	progress_end();
	prog_bad_rest();
	if (rc < 0)
		prog_bad_abort();
	bad = prog_bad_close();
	if (rc >= 0 && bad < 0)
		rc = bad;
	rc = prog_std_close(rc);
	rc = write_deps(rc);
	status = err_exit(rc);
	if (rc < 0) {
		log_error("%s", err_text());
		prog_hint_path(err_text(), rc);
		if (rc == ERR_USAGE)
			log_error("see '%s --help'", p->name);
	}
	end_event(rc, status);
	log_events_close();
	prog_jobserver_give();
	return status;
}

int
prog_quote(struct buf *b, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-./=:,+@%";

	if (word[0] != '\0' && word[strspn(word, plain)] == '\0')
		return buf_adds(b, word);
	TRY(buf_addc(b, '\''));
	for (; *word != '\0'; word++)
		TRY(*word == '\'' ? buf_adds(b, "'\\''") : buf_addc(b, *word));
	return buf_addc(b, '\'');
}

void
prog_command_set(int argc, char **argv)
{
	const char *slash;
	int i;

	buf_reset(&command);
	for (i = 0; i < argc; i++) {
		slash = i == 0 ? strrchr(argv[0], '/') : NULL;
		/* A command line past the cap is cut: it is only a record. */
		if ((i > 0 && buf_addc(&command, ' ') < 0) ||
		    prog_quote(&command, slash != NULL ? slash + 1 : argv[i]) <
			0)
			break;
	}
}

const char *
prog_command(void)
{
	return buf_str(&command);
}
