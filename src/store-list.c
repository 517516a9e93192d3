/*
 * store-list: what model stores have on offer.  Asking, caching and the shape
 * of a store are in lib/store; this is the table.
 */
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/num.h"
#include "http/args.h"
#include "prog/prog.h"
#include "prog/table.h"
#include "store/show.h"
#include "store/store.h"

struct args {
	struct http_args http;
	struct opt_list filter;
	bool refresh;
	double max_age;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 0, "filter", OPT_LIST, AT(filter), "WORD",
	    "list only models with this word in any column; may be given again, for models with all the words" },
	{ 0, "refresh", OPT_FLAG, AT(refresh), NULL,
	    "ask the stores, however recent the cached listing is" },
	{ 0, "max-age", OPT_DURATION, AT(max_age), "TIME",
	    "use a cached listing that is not older than this",
	    .needs = "!refresh" },
	HTTP_OPTS(AT(http)),
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "store-list --filter caffe --filter imagenet",
	    "Caffe models trained on ImageNet:" },
	{ "store-list http://models.example.org/ ./mystore --tsv",
	    "Two stores, one of them a folder, for another program:" },
	{ 0 },
};

static const struct prog prog = {
	.name = "store-list",
	.summary = "list the models of model stores",
	.operands = "[URL|FOLDER...]",
	.min_operands = 0,
	.max_operands = -1,
	.opts = opts,
	.common = PROG_JSON,
	.about =
	    "Without operands the stores of DIGITS_MODEL_STORE_URL (comma-separated) are listed, else DIGITS's own.\n\n"
	    "A store is asked for master.json and, where it has none, for "
	    "its directory listing (Apache, nginx, lighttpd, python3 -m "
	    "http.server); then for info.json and aux.json of each model. The answers are cached for a day; a store that is down is "
	    "listed from the cache, with a warning that says how old that "
	    "is. A model or store that cannot be read is named, the rest is listed, and the exit status is 1; "
	    "where no store at all can be read, it is that of the failure (6 for the network).\n\n"
	    "Columns: store, name (what store-pull takes), contributor, "
	    "framework, data set, note, licence, size, files. A size with ~ is that of the weights only.",
	.examples = examples,
	.json =
	    "One object for each model:\n\n"
	    "  store, url            where it is\n"
	    "  name                  as store-pull takes it\n"
	    "  title, contributor    as info.json says\n"
	    "  framework, dataset    likewise\n"
	    "  note, license         likewise\n"
	    "  size, weights_size    bytes; the latter where only the weights are known\n"
	    "  files, digest         of the manifest; null without one\n"
	    "  fetched               when the listing was fetched, seconds since 1970",
	.files = "$NNUTILS_CACHE/store, else ~/.cache/nnutils/store: listings",
	.env = prog_env_stores,
	.more_env = prog_env_http,
	.see_also = "store-pull(1), store-index(1)",
};

static int
wanted(const struct args *a, const struct store_line *l,
    const struct store_model *m)
{
	size_t i;

	for (i = 0; i < a->filter.n; i++)
		if (!store_line_has(l, m, a->filter.v[i]))
			return 0;
	return 1;
}

static int
json_print(const struct store *s, const struct store_model *m)
{
	struct buf b;
	int rc;

	buf_init(&b, 4 * STORE_INFO_MAX);
	rc = store_model_json(&b, s, m);
	if (rc == 0)
		puts(buf_str(&b));
	buf_clear(&b);
	return rc;
}

/* The models of one store into the table or out; how many were broken. */
static int
store_show(struct table *t, const struct args *a, const struct store *s)
{
	enum prog_format format = prog_options()->format;
	struct store_line l;
	size_t i;
	int bad = 0;

	for (i = 0; i < s->models.n; i++) {
		const struct store_model *m = &s->models.v[i];

		if (m->rc < 0) {
			log_warn("%s: model %s: %s", s->label, m->dir,
			    m->error.text);
			bad++;
			continue;
		}
		store_line_make(&l, s, m, format == PROG_FMT_TSV);
		if (!wanted(a, &l, m))
			continue;
		if (format == PROG_FMT_JSON)
			TRY(json_print(s, m));
		else
			table_row(t, l.cell);
	}
	return bad;
}

static bool
all_failed(const struct stores *s)
{
	size_t failed = 0;

	for (size_t i = 0; i < s->n; i++)
		failed += s->v[i].rc < 0;
	return s->n > 0 && failed == s->n;
}

/* Nothing could be listed: that is no listing with a bad item, but what the last
 * store failed with. */
static int
tell_failed(const struct stores *s)
{
	for (size_t i = 0; i + 1 < s->n; i++)
		log_warn("%s", s->v[i].error.text);
	return err_restore(&s->v[s->n - 1].error);
}

static int
stores_show(const struct args *a, const struct stores *s)
{
	enum prog_format format = prog_options()->format;
	struct table t;
	size_t i;
	int rc = 0, bad = 0;

	if (all_failed(s))
		return tell_failed(s);
	table_init(&t, STORE_COLUMNS);
	t.limit[0] = t.limit[1] = 32;
	t.limit[4] = t.limit[5] = t.limit[6] = 40;
	t.right[7] = t.right[8] = 1;
	if (format == PROG_TEXT)
		table_row(&t, store_columns);
	for (i = 0; i < s->n && rc >= 0; i++) {
		if (s->v[i].rc < 0) {
			log_warn("%s", s->v[i].error.text);
			bad++;
			continue;
		}
		if (s->v[i].down && a->refresh)
			bad++;
		if (s->v[i].welcome != NULL)
			log_info("%s: %s", s->v[i].label, s->v[i].welcome);
		rc = store_show(&t, a, &s->v[i]);
		bad += rc > 0 ? rc : 0;
	}
	if (rc >= 0 && format != PROG_FMT_JSON)
		table_print(&t, stdout, format == PROG_FMT_TSV);
	table_clear(&t);
	if (rc < 0)
		return rc;
	return bad == 0 ? 0
			: err_set(ERR_ITEMS, "%d %s could not be read", bad,
			      num_plural((uint64_t)bad, "store or model",
				  "stores or models"));
}

static int
run(const struct args *a, int argc, char **argv)
{
	struct store_options o;
	struct stores *s = NULL;
	struct http *h = NULL;
	char **urls = NULL;
	size_t n = 0;
	int rc;

	store_options_init(&o);
	o.refresh = a->refresh;
	o.max_age = a->max_age;
	if (argc == 0)
		urls = store_urls(&n);
	rc = http_open(
	    &h, &a->http, argc > 0 ? argv[0] : urls[0], "NNUTILS_TOKEN");
	if (rc == 0)
		rc = stores_list(&s, h,
		    argc > 0 ? (const char *const *)argv
			     : (const char *const *)urls,
		    argc > 0 ? (size_t)argc : n, &o);
	if (rc == 0)
		rc = stores_show(a, s);
	stores_free(s);
	http_free(h);
	store_urls_free(urls, n);
	return rc;
}

int
main(int argc, char **argv)
{
	struct args args = { .http = HTTP_ARGS, .max_age = 86400 };
	int rc = prog_parse(&prog, &args, &argc, &argv);

	if (rc > 0)
		rc = run(&args, argc, argv);
	return prog_end(&prog, rc);
}
