/*
 * store-pull: models out of stores, whole, verified.  What happens to one model
 * is lib/store/pull.c; this finds the ones that are meant.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/prog.h"
#include "base/stop.h"
#include "base/text.h"
#include "http/args.h"
#include "json/json.h"
#include "model/check.h"
#include "store/pull.h"

struct args {
	struct http_args http;
	struct opt_list stores;
	const char *out, *verify;
	bool all, confirm;
	uint64_t max_size;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 's', "store", OPT_LIST, AT(stores), "URL|FOLDER",
	    "the store to pull from; may be given again", .flags = OPT_INPUT },
	{ 'o', "output", OPT_STR, AT(out), "DIR",
	    "the folder that the models' folders come into",
	    .flags = OPT_OUT_DIR },
	{ 'a', "all", OPT_FLAG, AT(all), NULL, "all models of the stores" },
	{ 0, "verify", OPT_STR, AT(verify), "KEYS",
	    "only models of a manifest signed by an Ed25519 key in this .pub "
	    "or allowed_signers file",
	    .flags = OPT_INPUT },
	{ 0, "confirm", OPT_FLAG, AT(confirm), NULL,
	    "show licence and size, go on when y is typed" },
	{ 0, "max-size", OPT_SIZE, AT(max_size), "BYTES",
	    "refuse files larger than this, 0: than the free disk" },
	HTTP_OPTS(AT(http)),
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "store-pull lenet -o models",
	    "One model into models/lenet, for model-infer -m models/lenet:" },
	{ "store-pull lenet@sha256:9c1f0a… -s https://models.example.org/",
	    "That very model, or none:" },
	{ "store-pull --all --verify allowed_signers -s ./mirror",
	    "All that a key we trust has signed:" },
	{ 0 },
};

static const struct prog prog = {
	.name = "store-pull",
	.summary = "fetch models from model stores",
	.operands = "[[STORE:]NAME[@sha256:DIGEST]...]",
	.min_operands = 0,
	.max_operands = -1,
	.opts = opts,
	.common = PROG_JSON | PROG_FORCE | PROG_PROGRESS,
	.about =
	    "NAME is what store-list shows; STORE: in front, as in its first "
	    "column, tells which one where several have it. Every file that "
	    "info.json names is fetched, several at once; with a manifest.json "
	    "in the store, all files of the manifest.\n\n"
	    "The folder DIR/NAME appears when all of it is there and right. A "
	    "pull that was stopped, in whatever way, is gone on with by the "
	    "next one. Digests are those of the store's manifest.json; a file "
	    "that differs is repaired block by block. DIR/models.lock records "
	    "what was got; the next pull keeps files that are right, repairs "
	    "the others, touches nothing else in the folder, and refuses, with "
	    "exit status 8, a store that has "
	    "something else under the name by then (--force takes it). Of "
	    "two pulls of one model at once the second waits.\n\n"
	    "Each line printed is the folder of a model. A file that info.json "
	    "names and the store has not is reported, as are weights that are "
	    "not the net's; the exit status is then 1. Models of frameworks "
	    "other than Caffe are fetched whole; they "
	    "cannot be run here.",
	.examples = examples,
	.files = "DIR/models.lock: what was pulled, in the form of a "
		 "manifest.json\n\n"
		 "DIR/.NAME.pull: what is on its way",
	.env = prog_env_stores,
	.more_env = prog_env_http,
	.see_also = "store-list(1), store-index(1), model-infer(1)",
};

struct found {
	struct store *s;
	struct store_model *m;
};

/* The first character of the line that is typed, or an error. */
static int
answer_read(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char c = '\0', first = '\0';
	ssize_t n;

	while (c != '\n') {
		if (stop_asked())
			return err_set(
			    ERR_STOPPED, "stopped by %s", stop_reason());
		if (poll(&in, 1, 500) <= 0)
			continue;
		n = read(STDIN_FILENO, &c, 1);
		if (n == 0)
			break;
		if (n < 0)
			return err_sys("read the answer");
		if (first == '\0')
			first = c;
	}
	return first;
}

static int
licence_agree(void *ctx, const struct store *s, const struct store_model *m)
{
	char size[NUM_TEXT_MAX], *licence;
	int c;

	(void)ctx;
	licence = mem_strdup(m->licence != NULL ? m->licence : "not stated");
	text_tame(licence);
	fprintf(stderr,
	    "%s from %s\nlicence: %s\nsize: %s, %zu files\n"
	    "pull it? [y/N] ",
	    m->dir, s->label, licence,
	    m->size == UINT64_MAX ? "not known" : num_bytes_text(size, m->size),
	    m->files);
	mem_free(licence);
	c = answer_read();
	if (c < 0)
		return c;
	return c == 'y' || c == 'Y' ? 0 : err_set(ERR_REFUSED, "not agreed to");
}

static void
missing(void *ctx, const struct store_model *m, const char *file)
{
	(void)ctx;
	log_warn("%s: the store does not have %s", m->dir, file);
}

/* Models that an operand can mean: with a store's label in front, by the
 * folder, else by the name in info.json. */
static size_t
matches(struct found *f, struct stores *all, const char *name, int by_title)
{
	size_t i, j, n = 0, k;

	for (i = 0; i < all->n; i++)
		for (j = 0; j < all->v[i].models.n; j++) {
			struct store *s = &all->v[i];
			struct store_model *m = &s->models.v[j];
			const char *title = by_title ? m->info.name : m->dir;
			const char *at = name;

			k = strlen(s->label);
			if (strncmp(name, s->label, k) == 0 && name[k] == ':')
				at = name + k + 1;
			if (title == NULL || strcmp(at, title) != 0)
				continue;
			f->s = s;
			f->m = m;
			n++;
		}
	return n;
}

static int
find(struct found *f, struct stores *all, const char *name)
{
	size_t n = matches(f, all, name, 0), i;

	if (n == 0)
		n = matches(f, all, name, 1);
	if (n == 1)
		return 0;
	if (n > 1)
		return err_set(ERR_USAGE,
		    "%s is in %zu places: write "
		    "STORE:%s, as store-list shows them",
		    name, n, name);
	for (i = 0; i < all->n; i++)
		if (all->v[i].rc < 0)
			return err_restore(&all->v[i].error);
	return err_set(ERR_MISSING, "no model %s in %s", name,
	    all->n == 1 ? all->v[0].url : "the stores");
}

static int
result_print(const struct found *f, const struct pull_result *r)
{
	struct json_w w;
	struct buf b;
	int rc;

	if (prog_options()->format == PROG_TEXT) {
		puts(r->path);
		return 0;
	}
	if (prog_options()->format == PROG_FMT_TSV) {
		printf("%s\tsha256:%s\t%" PRIu64 "\n", r->path, r->digest,
		    r->size);
		return 0;
	}
	buf_init(&b, 1 << 20);
	json_w_init(&w, &b, 0);
	json_w_object(&w);
	json_w_kstr(&w, "name", f->m->dir);
	json_w_kstr(&w, "store", f->s->url);
	json_w_kstr(&w, "path", r->path);
	json_w_kstr(&w, "digest", r->digest);
	json_w_kstr(&w, "framework", f->m->info.framework);
	json_w_kstr(&w, "license", f->m->licence);
	json_w_kint(&w, "size", (int64_t)r->size);
	json_w_kint(&w, "files", (int64_t)r->files);
	json_w_kint(&w, "missing", (int64_t)r->missing);
	json_w_kint(&w, "fetched", (int64_t)r->fetched);
	json_w_kbool(&w, "was_there", r->was_there);
	json_w_object_end(&w);
	rc = json_w_end(&w);
	if (rc == 0)
		puts(buf_str(&b));
	buf_clear(&b);
	return rc;
}

/* What was pulled is what the store has; is it a model that runs? */
static bool
fits(const char *name, const char *path)
{
	struct model *m = NULL;
	bool good =
	    model_open(&m, path, -1) >= 0 && model_judge(m, NULL, NULL) >= 0;

	if (!good)
		log_warn("%s: %s", name, err_text());
	model_close(m);
	return good;
}

/* 0, 1 when files were missing or do not fit, or an error. */
static int
pull_one(const struct args *a, struct http *h, struct found *f, const char *pin)
{
	const struct pull_options o = {
		.out = a->out,
		.force = prog_options()->force,
		.verify = a->verify,
		.pin = pin,
		.max_size = a->max_size,
		.agree = a->confirm ? licence_agree : NULL,
		.missing = missing,
	};
	const char *framework;
	struct pull_result r = { 0 };
	int rc;

	rc = store_model_refresh(h, f->s, f->m);
	if (rc < 0)
		return err_in(rc, "%s: model %s", f->s->label, f->m->dir);
	framework = f->m->info.framework;
	rc = store_pull(&r, h, f->s, f->m, &o);
	if (rc == 0)
		rc = result_print(f, &r);
	if (rc == 0 && framework != NULL && strcmp(framework, "caffe") != 0)
		log_warn("%s: a model of %s: it cannot be run here", f->m->dir,
		    framework);
	if (rc == 0 && r.missing > 0)
		rc = 1;
	if (rc >= 0 && !fits(f->m->dir, r.path))
		rc = 1;
	mem_free(r.path);
	return rc;
}

/* "name@sha256:hex" in two, in place; the pin, or NULL. */
static const char *
pin_split(char *operand)
{
	char *at = strstr(operand, "@sha256:");

	if (at == NULL)
		return NULL;
	*at = '\0';
	return at + strlen("@sha256:");
}

static int
pull_named(const struct args *a, struct http *h, struct stores *all,
    const char *operand)
{
	char *name = mem_strdup(operand);
	const char *pin = pin_split(name);
	struct found f = { 0 };
	int rc;

	if (pin != NULL && strlen(pin) != 64)
		rc = err_set(ERR_USAGE, "%s: a SHA-256 has 64 digits", operand);
	else
		rc = find(&f, all, name);
	if (rc == 0)
		rc = pull_one(a, h, &f, pin);
	mem_free(name);
	return rc;
}

/* One of several: its failure is named and the others go on. */
static int
note(int rc, size_t n, size_t *bad)
{
	if (rc == 0 || rc == ERR_STOPPED)
		return rc;
	++*bad;
	if (rc > 0)
		return 0;
	if (n == 1)
		return rc;
	log_error("%s", err_text());
	return 0;
}

static int
pull_all(const struct args *a, struct http *h, struct stores *all, int argc,
    char **argv)
{
	size_t i, j, bad = 0;
	int rc = 0;

	for (i = 0; i < (size_t)argc && rc == 0; i++)
		rc = note(pull_named(a, h, all, argv[i]), (size_t)argc, &bad);
	for (i = 0; a->all && i < all->n && rc == 0; i++) {
		struct store *s = &all->v[i];

		if (s->rc < 0)
			rc = note(err_restore(&s->error), all->n, &bad);
		for (j = 0; j < s->models.n && rc == 0; j++) {
			struct found f = { s, &s->models.v[j] };

			rc = note(pull_one(a, h, &f, NULL), 2, &bad);
		}
	}
	if (rc < 0)
		return rc;
	return bad == 0
	    ? 0
	    : err_set(ERR_ITEMS,
		  "%zu could not be pulled whole, or are no good", bad);
}

/* Does the listing know every operand?  If not, a cached one may be old. */
static int
all_known(struct stores *all, int argc, char **argv)
{
	struct found f;
	int i, known = 1;

	for (i = 0; i < argc && known; i++) {
		char *name = mem_strdup(argv[i]);

		pin_split(name);
		known = find(&f, all, name) == 0;
		mem_free(name);
	}
	return known;
}

static int
with_stores(const struct args *a, struct http *h, const char *const *urls,
    size_t n, int argc, char **argv)
{
	struct store_options o;
	struct stores *all = NULL;
	int rc;

	store_options_init(&o);
	rc = stores_list(&all, h, urls, n, &o);
	if (rc == 0 && (a->all || !all_known(all, argc, argv)) &&
	    !http_is_offline(h)) {
		stores_free(all);
		o.refresh = 1;
		rc = stores_list(&all, h, urls, n, &o);
	}
	if (rc == 0)
		rc = pull_all(a, h, all, argc, argv);
	stores_free(all);
	return rc;
}

static int
run(const struct args *a, int argc, char **argv)
{
	struct http *h = NULL;
	char **urls = NULL;
	size_t i, n = 0;
	int rc;

	if (a->all == (argc > 0))
		return err_set(ERR_USAGE, "name the models to pull, or --all");
	stop_install();
	if (a->stores.n == 0)
		urls = store_urls(&n);
	rc = http_open(&h, &a->http, a->stores.n > 0 ? a->stores.v[0] : urls[0],
	    "NNUTILS_TOKEN");
	if (rc == 0)
		rc = with_stores(a, h,
		    a->stores.n > 0 ? a->stores.v : (const char *const *)urls,
		    a->stores.n > 0 ? a->stores.n : n, argc, argv);
	http_free(h);
	for (i = 0; i < n; i++)
		mem_free(urls[i]);
	mem_free(urls);
	return rc;
}

int
main(int argc, char **argv)
{
	struct args args = { .http = HTTP_ARGS, .out = "." };
	int rc = prog_parse(&prog, &args, &argc, &argv);

	if (rc > 0)
		rc = run(&args, argc, argv);
	return prog_end(&prog, rc);
}
