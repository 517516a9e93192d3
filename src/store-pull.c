/*
 * store-pull: models out of stores, whole, verified.  Which models are meant is
 * found in lib/store/order.c, what happens to one is lib/store/pull.c; those of the
 * Hugging Face hub are lib/store/hub.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/stop.h"
#include "base/text.h"
#include "http/args.h"
#include "json/line.h"
#include "model/check.h"
#include "prog/prog.h"
#include "store/hub/hub.h"
#include "store/order.h"
#include "store/show.h"

struct args {
	struct http_args http;
	struct opt_list stores;
	const char *out, *verify, *file;
	bool all, confirm;
	uint64_t max_size;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 's', "store", OPT_LIST, AT(stores), "URL|FOLDER",
	    "the store to pull from; may be given again", .flags = OPT_INPUT },
	{ 'o', "output", OPT_STR, AT(out), "DIR",
	    "the folder to put the models' folders in", .flags = OPT_OUT_DIR },
	{ 'a', "all", OPT_FLAG, AT(all), NULL,
	    "pull all models of the stores" },
	{ 0, "verify", OPT_STR, AT(verify), "KEYS",
	    "pull only models whose manifest is signed by an Ed25519 key in this .pub or allowed_signers file",
	    .flags = OPT_INPUT },
	{ 0, "file", OPT_STR, AT(file), "PATH",
	    "of a model of the hub, the file with the weights; without, a file of ONNX is taken, else one of safetensors" },
	{ 0, "confirm", OPT_FLAG, AT(confirm), NULL,
	    "show licence and size, and ask before pulling" },
	{ 0, "max-size", OPT_SIZE, AT(max_size), "BYTES",
	    "refuse files larger than this; 0: larger than the free disk "
	    "space, or than 4 GiB when a server does not say how long they are" },
	HTTP_OPTS(AT(http)),
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "store-pull lenet -o models",
	    "One model into models/lenet, for model-infer -m models/lenet:" },
	{ "store-pull lenet@sha256:9c1f0a… -s https://models.example.org/",
	    "Exactly this model, or none:" },
	{ "store-pull hf:timm/resnet18.a1_in1k -o models",
	    "A model of the Hugging Face hub:" },
	{ "store-pull --all --verify allowed_signers -s ./mirror",
	    "All models that a trusted key has signed:" },
	{ 0 },
};

static const struct prog_env env[] = {
	{ "DIGITS_MODEL_STORE_URL",
	    "the stores to use if none is given, separated by commas" },
	{ "NNUTILS_TOKEN",
	    "a bearer token for the first store, if --token-file is not given" },
	{ "HF_ENDPOINT", "the hub (default: https://huggingface.co)" },
	{ "HF_TOKEN", "a token for it; it is sent nowhere else" },
	{ "HF_HOME",
	    "the folder whose file token has it otherwise (default: ~/.cache/huggingface)" },
	{ "NNUTILS_CACHE",
	    "the cache folder, whose store/ holds listings and hub/ files of the hub (default: $XDG_CACHE_HOME/nnutils, else ~/.cache/nnutils)" },
	{ NULL, NULL },
};

static const struct prog prog = {
	.name = "store-pull",
	.summary = "fetch models from model stores",
	.operands =
	    "[[STORE:]NAME[@sha256:DIGEST]|hf:ORG/NAME[@REVISION]|URL...]",
	.min_operands = 0,
	.max_operands = -1,
	.opts = opts,
	.common = PROG_JSON | PROG_FORCE | PROG_PROGRESS,
	.about =
	    "NAME is what store-list shows. If several stores have it, STORE: "
	    "in front, as in the first column there, says which one is meant. "
	    "Every file that info.json names is fetched, several at once; with "
	    "a manifest.json in the store, all files of the manifest.\n\n"
	    "The folder DIR/NAME (of a/b/NAME its last part) appears once all of it is there and right. A "
	    "pull that was interrupted, however that happened, is continued by "
	    "the next one. Digests are those of the store's manifest.json; a "
	    "file that differs is repaired block by block. DIR/models.lock "
	    "records what was pulled. The next pull keeps files that are right, repairs the others, and touches nothing else in the "
	    "folder. If the store has something else under that name by then, "
	    "it is refused with exit status 8, unless --force is given. If two processes pull the same model, the second waits.\n\n"
	    "hf:ORG/NAME is a model of the Hugging Face hub, of a branch, tag or commit if @REVISION is given. Its weights and the files that say how pictures are prepared are fetched into the cache, sha256 and git's digests are checked, and a model folder is made of them: of a file of ONNX, or of timm's weights of a net that is a standard net here. "
	    "Where that cannot be, the files are kept in the folder under their own names. info.json says from which commit they are, and the licence that is stated there. URL is the address of a single file, treated alike. With --offline, what is in the cache is taken.\n\n"
	    "Each line printed is the folder of a model. A file that info.json "
	    "names but the store lacks is reported, as are weights that are "
	    "not the net's; the exit status is then 1. Models of frameworks "
	    "other than Caffe are fetched whole; they cannot be run here.",
	.examples = examples,
	.json =
	    "One object for each model:\n\n"
	    "  name, store, path     what came from where, and its folder\n"
	    "  digest                of its files\n"
	    "  framework, license    as info.json and the store say\n"
	    "  size, files           bytes, and how many\n"
	    "  missing               files that the store lacks\n"
	    "  fetched               bytes that came over the network\n"
	    "  was_there             nothing had to be fetched\n\n"
	    "and for models of the hub and of single addresses name, path, framework, license, size, files, fetched and was_there as above, and\n\n"
	    "  revision              the commit\n"
	    "  file                  the one that the weights are of",
	.files =
	    "DIR/models.lock: what was pulled, in the form of a manifest.json\n\n"
	    "DIR/.NAME.pull: what is being pulled\n\n"
	    "$HF_HOME/token, ~/.cache/huggingface/token: the token for the hub, if HF_TOKEN is not set",
	.env = env,
	.more_env = prog_env_http,
	.see_also = "store-list(1), store-index(1), model-infer(1)",
};

static int
ask(const char *what, const char *licence, const char *size, size_t files)
{
	char *said = mem_strdup(licence != NULL ? licence : "not stated");
	char *question;
	int rc;

	text_tame(said);
	question = mem_printf("%s\nlicence: %s\nsize: %s, %zu %s\npull it?",
	    what, said, size, files, num_plural(files, "file", "files"));
	rc = prog_ask(question);
	mem_free(question);
	mem_free(said);
	return rc == 0 ? err_set(ERR_REFUSED, "not agreed to")
	    : rc < 0   ? rc
		       : 0;
}

static int
licence_agree(void *ctx, const struct store *s, const struct store_model *m)
{
	char *what = mem_printf("%s from %s", m->dir, s->label);
	char size[NUM_TEXT_MAX];
	int rc;

	(void)ctx;
	rc = ask(what, m->licence,
	    m->size == UINT64_MAX ? "not known" : num_bytes_text(size, m->size),
	    m->files);
	mem_free(what);
	return rc;
}

static void
missing(void *ctx, const struct store_model *m, const char *file)
{
	(void)ctx;
	log_warn("%s: the store does not have %s", m->dir, file);
}

static void
failed(void *ctx)
{
	(void)ctx;
	log_error("%s", err_text());
}

/* What was pulled is what the store has; is it a model that runs? */
static bool
fits(const char *name, const char *path)
{
	struct model *m = NULL;
	bool good = model_open(&m, path, MODEL_NEWEST) >= 0 &&
	    model_judge(m, NULL, NULL) >= 0;

	if (!good)
		log_warn("%s: %s", name, err_text());
	model_close(m);
	return good;
}

static int
pulled(void *ctx, const struct store *s, const struct store_model *m,
    const struct pull_result *r)
{
	enum prog_format format = prog_options()->format;
	struct buf b;
	int rc = 0;

	(void)ctx;
	buf_init(&b, 1 << 20);
	if (format == PROG_TEXT)
		rc = buf_adds(&b, r->path);
	else if (format == PROG_FMT_TSV)
		rc = buf_printf(
		    &b, "%s\tsha256:%s\t%" PRIu64, r->path, r->digest, r->size);
	else
		rc = store_pulled_json(&b, s, m, r);
	if (rc == 0)
		puts(buf_str(&b));
	buf_clear(&b);
	if (rc < 0)
		return rc;
	if (m->info.framework != NULL &&
	    strcmp(m->info.framework, "caffe") != 0) {
		log_warn("%s: a model of %s, which cannot be run here", m->dir,
		    m->info.framework);
		return 0;
	}
	return fits(m->dir, r->path) ? 0 : 1;
}

/* ---- the hub, and single addresses ---- */

static int
ask_hub(void *ctx, const struct hub_offer *o)
{
	char size[NUM_TEXT_MAX];

	(void)ctx;
	return ask(o->name, o->licence,
	    o->size == 0 ? "not known" : num_bytes_text(size, o->size),
	    o->files);
}

static int
tell_hub(const char *name, const struct hub_result *r)
{
	struct json_line line;
	struct json_w *w;

	if (prog_options()->format == PROG_TEXT)
		puts(r->path);
	else if (prog_options()->format == PROG_FMT_TSV)
		printf("%s\t%s\t%" PRIu64 "\n", r->path,
		    r->revision != NULL ? r->revision : "", r->size);
	if (prog_options()->format != PROG_FMT_JSON)
		return 0;
	w = json_line_begin(&line);
	json_w_kstr(w, "name", name);
	json_w_kstr(w, "path", r->path);
	json_w_kstr(w, "revision", r->revision);
	json_w_kstr(w, "file", r->file);
	json_w_kstr(w, "framework", r->framework);
	json_w_kstr(w, "license", r->licence);
	json_w_kint(w, "size", (int64_t)r->size);
	json_w_kint(w, "files", (int64_t)r->files);
	json_w_kint(w, "fetched", (int64_t)r->fetched);
	json_w_kbool(w, "was_there", r->was_there);
	return json_line_end(&line, stdout);
}

static int
pull_hub(const struct args *a, const char *name)
{
	const struct hub_options o = { .out = a->out,
		.file = a->file,
		.force = prog_options()->force,
		.offline = a->http.offline,
		.max_size = a->max_size,
		.agree = a->confirm ? ask_hub : NULL };
	struct hub_result r = { 0 };
	struct http *h = NULL;
	int rc;

	rc = hub_is(name) ? hub_http(&h, &a->http)
			  : http_open(&h, &a->http, name, "NNUTILS_TOKEN");
	if (rc >= 0)
		rc = hub_pull(&r, h, name, &o);
	if (rc >= 0 && hub_is(name) && !a->confirm)
		log_warn("%s: licence %s", name,
		    r.licence != NULL ? r.licence : "not stated");
	if (rc >= 0)
		rc = tell_hub(name, &r);
	if (rc >= 0 && strcmp(r.framework, "caffe") == 0 && !fits(name, r.path))
		rc = err_set(ERR_ITEMS, "a model cannot be run");
	hub_result_clear(&r);
	http_free(h);
	return rc;
}

static bool
is_of_hub(const char *name)
{
	return hub_is(name) || path_is_url(name);
}

/* Those operands, which go; of the others there are *argc then.  How many could not
 * be pulled. */
static int
pull_hubs(const struct args *a, int *argc, char **argv)
{
	int left = 0, bad = 0, rc = 0;

	for (int i = 0; i < *argc; i++) {
		if (!is_of_hub(argv[i])) {
			argv[left++] = argv[i];
			continue;
		}
		if (a->verify != NULL)
			return err_set(ERR_USAGE,
			    "--verify: models of the hub are not signed");
		rc = pull_hub(a, argv[i]);
		if (rc == ERR_STOPPED || (rc < 0 && *argc == 1))
			return rc;
		if (rc < 0)
			failed(NULL);
		bad += rc < 0;
	}
	*argc = left;
	return bad;
}

static int
pull_stores(const struct args *a, int argc, char **argv)
{
	struct pull_order o = {
		.urls = a->stores.v,
		.n_urls = a->stores.n,
		.names = argv,
		.n_names = (size_t)argc,
		.pull = {
			.out = a->out,
			.force = prog_options()->force,
			.verify = a->verify,
			.max_size = a->max_size,
			.agree = a->confirm ? licence_agree : NULL,
			.missing = missing,
		},
		.pulled = pulled,
		.failed = failed,
	};
	struct http *h = NULL;
	char **urls = NULL;
	size_t n = 0;
	int rc;

	if (o.n_urls == 0) {
		urls = store_urls(&n);
		o.urls = (const char *const *)urls;
		o.n_urls = n;
	}
	rc = http_open(&h, &a->http, o.urls[0], "NNUTILS_TOKEN");
	if (rc == 0)
		rc = store_pull_order(h, &o);
	http_free(h);
	store_urls_free(urls, n);
	return rc;
}

static int
run(const struct args *a, int argc, char **argv)
{
	int bad;

	if (a->all == (argc > 0))
		return err_set(ERR_USAGE, "name the models to pull, or --all");
	stop_install();
	TRY(bad = pull_hubs(a, &argc, argv));
	if (a->all || argc > 0)
		TRY(pull_stores(a, argc, argv));
	return bad == 0
	    ? 0
	    : err_set(ERR_ITEMS,
		  "models of the hub that could not be pulled: %d", bad);
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
