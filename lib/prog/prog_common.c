/*
 * The options all programs share: their table, what they mean together, and
 * the list of rows made of a program's options and these.
 */
#include "prog/prog.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/progress.h"
#include "base/queue.h"
#include "file/deps.h"
#include "file/replace.h"
#include "prog/prog_int.h"

#define RAW(field) offsetof(struct prog_raw, field)

struct prog_raw prog_raw;
static struct prog_options options;

const struct opt prog_common_opts[] = {
	{ .type = OPT_HEAD, .help = "Common options" },
	{ 0, "json", OPT_FLAG, RAW(json), NULL,
	    "print one JSON object per line" },
	{ 0, "tsv", OPT_FLAG, RAW(tsv), NULL, "print TAB-separated columns" },
	{ 'f', "force", OPT_FLAG, RAW(force), NULL,
	    "replace outputs that exist: files, and folders that are wholly of this program's kind" },
	{ 0, "seed", OPT_I64, RAW(seed), "N",
	    "seed for all random choices; the same input and seed give the same bytes" },
	{ 'j', "threads", OPT_INT, RAW(threads), "N",
	    "number of threads; 0: all cores, or make's job slots",
	    .hi = 1024 },
	{ 0, "progress", OPT_STR, RAW(progress), "HOW",
	    "show progress even without a terminal; HOW is bar, json or off",
	    "bar|json|off", .flags = OPT_OPTARG },
	{ 0, "events", OPT_STR, RAW(events), "FD|FILE",
	    "write every event as a JSON line to a descriptor or file" },
	{ 0, "bad", OPT_STR, RAW(bad), "FILE",
	    "write a JSON line for each bad item: path, record, reason",
	    .flags = OPT_OUT | OPT_OUT_ANEW },
	{ 0, "max-bad", OPT_STR, RAW(max_bad), "N|P%",
	    "give up once more items than this are bad" },
	{ 0, "deps", OPT_STR, RAW(deps), "FILE",
	    "write a make rule that names every file that was read",
	    .flags = OPT_OUT | OPT_OUT_ANEW },
	{ 0, "deps-target", OPT_LIST, RAW(deps_target), "NAME",
	    "target of the rule that --deps writes, as make spells it "
	    "(default: what -o and similar options name); may be given again" },
	{ '0', "null", OPT_FLAG, RAW(nul), NULL,
	    "names in lists end with a NUL byte" },
	{ 'v', "verbose", OPT_COUNT, RAW(verbose), NULL,
	    "say more; given twice, say everything" },
	{ 'q', "quiet", OPT_FLAG, RAW(quiet), NULL, "say nothing but errors" },
	{ 0, "args", OPT_LIST, RAW(args), "FILE",
	    "take options from a file, one per line: name = value; - is standard input",
	    .flags = OPT_INPUT },
	{ 'h', "help", OPT_STR, RAW(help_topic), "TOPIC",
	    "show this help; TOPIC is all, man (the manual page), exit (the exit statuses), or the first word of a heading",
	    "all|man|exit", .flags = OPT_OPTARG, .seen = RAW(help) },
	{ 0, "completion", OPT_STR, RAW(completion), "SHELL",
	    "print a completion script for bash, zsh or fish",
	    "bash|zsh|fish" },
	{ 'V', "version", OPT_FLAG, RAW(version), NULL,
	    "show the version; with -v, also the commit, libraries and modules" },
	{ 0 },
};

/* Which bit of prog.common brings the row of prog_common_opts; 0: always. */
static const struct {
	const char *name;
	int bit;
} bits[] = {
	{ "json", PROG_JSON },
	{ "tsv", PROG_JSON },
	{ "force", PROG_FORCE },
	{ "seed", PROG_SEED },
	{ "threads", PROG_THREADS },
	{ "progress", PROG_PROGRESS },
	{ "events", PROG_EVENTS },
	{ "bad", PROG_BAD },
	{ "max-bad", PROG_BAD },
	{ "null", PROG_NUL },
};

const struct prog_env_row prog_env_table[] = {
	{ PROG_THREADS, "NNUTILS_THREADS",
	    "the number of threads, if --threads is not given" },
	{ PROG_THREADS, "MAKEFLAGS",
	    "names the jobserver of GNU make, whose job slots are then used; "
	    "the recipe line must begin with +, or a warning is given and all cores are used" },
	{ 0, "NO_COLOR", "no colour, even on a terminal" },
	{ 0, NULL, NULL },
};

const struct prog_env prog_env_nets[] = {
	{ "NNUTILS_DEVICE", "the device, if --device is auto or not given" },
	{ "NNUTILS_MODULES",
	    "the folder that is searched first for nnutils-cuda.so and other modules" },
	{ "GOMP_SPINCOUNT, OMP_WAIT_POLICY",
	    "how long idle CPU threads stay awake; if unset, long, but only briefly while other programs want the CPUs" },
	{ NULL, NULL },
};

const struct prog_env prog_env_stores[] = {
	{ "DIGITS_MODEL_STORE_URL",
	    "the stores to use if none is given, separated by commas" },
	{ "NNUTILS_TOKEN",
	    "a bearer token for the first store, if --token-file is not given" },
	{ "NNUTILS_CACHE",
	    "the cache folder, whose store/ holds listings (default: $XDG_CACHE_HOME/nnutils, else ~/.cache/nnutils)" },
	{ NULL, NULL },
};

const struct prog_env prog_env_http[] = {
	{ "CURL_CA_BUNDLE, SSL_CERT_FILE",
	    "certificates to trust in place of the system's" },
	{ "http_proxy, https_proxy, no_proxy",
	    "proxies, as curl(1) reads them" },
	{ NULL, NULL },
};

bool
prog_common_has(const struct prog *p, size_t index)
{
	const char *name = prog_common_opts[index].name;
	size_t i;

	for (i = 0; name != NULL && i < LENGTH(bits); i++)
		if (strcmp(bits[i].name, name) == 0)
			return (p->common & bits[i].bit) != 0;
	return true;
}

static size_t
add_row(struct prog_row *rows, size_t n, const struct opt *o, void *base)
{
	rows[n].opt = o;
	if (o->type != OPT_HEAD) {
		rows[n].dest = (char *)base + o->at;
		if (o->seen != 0)
			rows[n].seen = (void *)((char *)base + o->seen);
	}
	return n + 1;
}

struct prog_row *
prog_rows(const struct prog *p, void *args)
{
	struct prog_row *rows;
	size_t n = 0, i;

	while (p->opts != NULL && p->opts[n].type != 0)
		n++;
	rows = mem_array(struct prog_row, n + LENGTH(prog_common_opts) + 1);
	for (i = 0, n = 0; p->opts != NULL && p->opts[i].type != 0; i++)
		n = add_row(rows, n, &p->opts[i], args);
	for (i = 0; prog_common_opts[i].type != 0; i++)
		if (prog_common_has(p, i))
			n = add_row(rows, n, &prog_common_opts[i], &prog_raw);
	return rows;
}

static int
apply_bad(void)
{
	char text[64];
	const char *s = prog_raw.max_bad;
	size_t n;
	int64_t count;
	double share;

	options.bad = prog_raw.bad;
	options.max_bad = -1;
	options.max_bad_share = false;
	if (s == NULL)
		return 0;
	n = strlen(s);
	if (n > 1 && n < sizeof(text) && s[n - 1] == '%') {
		memcpy(text, s, n - 1);
		text[n - 1] = '\0';
		if (num_double(&share, text, 0, 100) < 0)
			return err_in(ERR_USAGE, "--max-bad");
		options.max_bad = share / 100;
		options.max_bad_share = true;
		return 0;
	}
	if (num_int(&count, s, 0, INT64_MAX) < 0)
		return err_in(ERR_USAGE, "--max-bad");
	options.max_bad = (double)count;
	return 0;
}

static int
apply_progress(void)
{
	static const struct {
		const char *word;
		enum progress_mode mode;
	} words[] = {
		{ "", PROGRESS_BAR },
		{ "bar", PROGRESS_BAR },
		{ "json", PROGRESS_JSON },
		{ "off", PROGRESS_OFF },
	};
	size_t i;

	progress_mode(prog_raw.quiet ? PROGRESS_OFF : PROGRESS_AUTO);
	if (prog_raw.progress == NULL)
		return 0;
	for (i = 0; i < LENGTH(words); i++)
		if (strcmp(words[i].word, prog_raw.progress) == 0) {
			progress_mode(words[i].mode);
			return 0;
		}
	prog_unknown_choice("bar|json|off", prog_raw.progress);
	return err_in(ERR_USAGE, "--progress");
}

static int
apply_threads(void)
{
	const char *env = getenv("NNUTILS_THREADS");
	int64_t n = prog_raw.threads;

	if (n == 0 && env != NULL && env[0] != '\0' &&
	    num_int(&n, env, 0, 1024) < 0)
		return err_in(ERR_USAGE, "NNUTILS_THREADS");
	if (n == 0)
		n = prog_jobserver_take(queue_cpus());
	options.threads = n > 0 ? (int)n : queue_cpus();
	return 0;
}

int
prog_common_apply(const struct prog *p, const struct prog_row *rows)
{
	options.verbosity = prog_raw.quiet ? -1
	    : prog_raw.verbose > 2         ? 2
					   : prog_raw.verbose;
	if (prog_raw.json && prog_raw.tsv)
		return err_set(
		    ERR_USAGE, "--json and --tsv are mutually exclusive");
	options.format = prog_raw.json ? PROG_FMT_JSON
	    : prog_raw.tsv             ? PROG_FMT_TSV
				       : PROG_TEXT;
	options.force = prog_raw.force;
	options.seed = prog_raw.seed;
	options.nul = prog_raw.nul;
	log_init(p->name, options.verbosity);
	TRY(apply_bad());
	TRY(apply_progress());
	TRY(prog_prove(p, rows));
	TRY(prog_deps_begin(rows));
	for (size_t i = 0; i < prog_raw.args.n; i++)
		deps_add(prog_raw.args.v[i]);
	TRY(prog_needs_check(rows));
	options.threads = 1;
	if (p->common & PROG_THREADS)
		TRY(apply_threads());
	if (prog_raw.bad != NULL)
		TRY(prog_bad_open(prog_raw.bad));
	if (prog_raw.events != NULL)
		TRY(replace_check_file(prog_raw.events));
	if (prog_raw.events != NULL)
		TRY(log_events_open(prog_raw.events));
	return 0;
}

const struct prog_options *
prog_options(void)
{
	return &options;
}
