/*
 * store-index: a folder of models becomes a store that any web server serves.
 * The work is in lib/store/index.c, the check of a store in check.c.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/stop.h"
#include "file/file.h"
#include "http/args.h"
#include "json/line.h"
#include "prog/line.h"
#include "prog/prog.h"
#include "store/index.h"

struct args {
	struct http_args http;
	const char *message, *sign, *verify;
	bool html, check;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 0, "check", OPT_FLAG, AT(check), NULL,
	    "write nothing; look for missing files, bad JSON, digests that differ, and models that do not load" },
	{ 0, "message", OPT_STR, AT(message), "TEXT",
	    "the store's greeting, \"msg\" in master.json", .needs = "!check" },
	{ 0, "html", OPT_FLAG, AT(html), NULL,
	    "also write index.html, a page for browsers", .needs = "!check" },
	{ 0, "sign", OPT_STR, AT(sign), "KEY",
	    "sign manifest.json with this OpenSSH Ed25519 private key",
	    .needs = "!check" },
	{ 0, "verify", OPT_STR, AT(verify), "KEYS",
	    "with --check: the manifest must be signed by one of these" },
	HTTP_OPTS(AT(http)),
	{ 0 },
};

static const struct prog_env env[] = {
	{ "NNUTILS_TOKEN",
	    "a bearer token for --check, if --token-file is not given" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "model-import lenet.tar.gz -o store/lenet && store-index store",
	    "Add a model to a store:" },
	{ "store-index --sign ~/.ssh/id_ed25519 --html store",
	    "Signed, with a page:" },
	{ "store-index --check https://models.example.org/",
	    "Is everything that is served sound?" },
	{ 0 },
};

static const struct prog prog = {
	.name = "store-index",
	.summary = "make, update or check a model store",
	.operands = "DIR|URL",
	.min_operands = 1,
	.max_operands = 1,
	.opts = opts,
	.common = PROG_JSON | PROG_THREADS | PROG_BAD,
	.about =
	    "Every folder in DIR with an info.json is a model. master.json "
	    "names them, as DIGITS wants it; manifest.json has size, SHA-256 "
	    "and the SHA-256 of each 4 MiB block of every file, against which "
	    "store-pull checks what it gets. Run it again when something has "
	    "changed. Hidden files are left out; so are models whose info.json is invalid, with exit status 1.\n\n"
	    "The signature is that of ssh-keygen -Y sign -n nnutils; store-pull --verify checks it.\n\n"
	    "Any server that serves plain files will do:\n\n"
	    "  python3 -m http.server -d store 8000\n\n"
	    "  nginx:   location /models/ { alias /srv/store/; }\n\n"
	    "  Apache:  Alias /models /srv/store\n"
	    "           <Directory /srv/store>\n"
	    "               Require all granted\n"
	    "           </Directory>\n\n"
	    "nginx and Apache can also resume an interrupted download; with Python's server it starts again.",
	.examples = examples,
	.json =
	    "One object, with --tsv the same as columns.\n\n"
	    "  store          the folder or URL\n"
	    "  models         how many models it has\n"
	    "  files          how many files these have\n"
	    "  bytes          their size\n"
	    "  unsigned_now   an old signature was removed\n\n"
	    "With --check: store, and problems, their number; --bad names them.",
	.files =
	    "DIR/master.json, DIR/manifest.json, DIR/manifest.json.sig, DIR/index.html",
	.env = env,
	.more_env = prog_env_http,
	.see_also =
	    "store-list(1), store-pull(1), model-pack(1), model-import(1), ssh-keygen(1)",
};

static void
problem(void *ctx, const char *path, const char *what)
{
	(void)ctx;
	prog_bad(path, -1, what, 0);
}

/* What --check found. */
static int
tell_check(const char *url)
{
	const int64_t problems = (int64_t)prog_bad_count();
	struct line l = { .out = stdout, .tsv = 1 };
	struct json_line line;
	struct json_w *w;

	if (prog_options()->format == PROG_FMT_TSV) {
		line_cell(&l, "%s", url);
		line_cell(&l, "%" PRId64, problems);
		line_end(&l);
	}
	if (prog_options()->format != PROG_FMT_JSON)
		return 0;
	w = json_line_begin(&line);
	json_w_kstr(w, "store", url);
	json_w_kint(w, "problems", problems);
	return json_line_end(&line, stdout);
}

static int
tell_index(const char *dir, const struct index_result *r)
{
	struct line l = { .out = stdout, .tsv = 1 };
	char size[NUM_TEXT_MAX];
	struct json_line line;
	struct json_w *w;

	if (prog_options()->format == PROG_TEXT)
		printf("%zu %s, %zu %s, %s\n", r->models,
		    num_plural(r->models, "model", "models"), r->files,
		    num_plural(r->files, "file", "files"),
		    num_bytes_text(size, r->bytes));
	if (prog_options()->format == PROG_FMT_TSV) {
		line_cell(&l, "%s", dir);
		line_cell(&l, "%zu", r->models);
		line_cell(&l, "%zu", r->files);
		line_cell(&l, "%" PRIu64, r->bytes);
		line_end(&l);
	}
	if (prog_options()->format != PROG_FMT_JSON)
		return 0;
	w = json_line_begin(&line);
	json_w_kstr(w, "store", dir);
	json_w_kint(w, "models", (int64_t)r->models);
	json_w_kint(w, "files", (int64_t)r->files);
	json_w_kint(w, "bytes", (int64_t)r->bytes);
	json_w_kbool(w, "unsigned_now", r->unsigned_now);
	return json_line_end(&line, stdout);
}

static int
check(const struct args *a, const char *url)
{
	struct http *h = NULL;
	int rc;

	stop_install();
	rc = http_open(&h, &a->http, url, "NNUTILS_TOKEN");
	if (rc == 0)
		rc = store_check(h, url, a->verify, problem, NULL);
	http_free(h);
	if (rc >= 0)
		rc = tell_check(url);
	return rc < 0 ? rc : prog_bad_end();
}

static int
run(const struct args *a, const char *dir)
{
	const struct index_options o = {
		.message = a->message,
		.sign = a->sign,
		.html = a->html,
		.threads = prog_options()->threads,
		.problem = problem,
	};
	struct index_result r;

	if (a->check)
		return check(a, dir);
	if (a->verify != NULL)
		return err_set(ERR_USAGE, "--verify needs --check");
	/* Before all the weights are read for their digests. */
	if (file_is_dir(dir))
		TRY(file_dir_prove(dir));
	TRY(store_index(&r, dir, &o));
	if (r.unsigned_now)
		log_warn(
		    "manifest.json has changed: its signature was removed (--sign KEY makes a new one)");
	TRY(tell_index(dir, &r));
	return prog_bad_end();
}

int
main(int argc, char **argv)
{
	struct args args = { .http = HTTP_ARGS };
	int rc = prog_parse(&prog, &args, &argc, &argv);

	if (rc > 0)
		rc = run(&args, argv[0]);
	return prog_end(&prog, rc);
}
