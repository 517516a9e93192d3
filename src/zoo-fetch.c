/* zoo-fetch: models of Caffe's model zoo: gists, readme.md cards, BVLC's own. */
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"
#include "http/args.h"
#include "json/line.h"
#include "prog/line.h"
#include "prog/prog.h"
#include "zoo/zoo.h"

struct args {
	struct http_args http;
	struct zoo_options zoo;
	bool list;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 'o', "output", OPT_STR, AT(zoo.out), "DIR",
	    "the model folder to make (default: the name or id)",
	    .flags = OPT_OUT_DIR, .needs = "!list" },
	{ 0, "list", OPT_FLAG, AT(list), NULL, "list BVLC's own models" },
	{ 0, "no-weights", OPT_FLAG, AT(zoo.no_weights), NULL,
	    "do not fetch the .caffemodel", .needs = "!list" },
	{ 0, "max-size", OPT_SIZE, AT(zoo.max_size), "BYTES",
	    "refuse weights larger than this; 0: larger than the free disk "
	    "space, or than 4 GiB when a server does not say how long they are",
	    .needs = "!list|no-weights" },
	{ 0, "api", OPT_STR, AT(zoo.api), "URL", "the gist API",
	    .needs = "!list" },
	HTTP_OPTS(AT(http)),
	{ 0 },
};

static const struct prog_env env[] = {
	{ "GITHUB_TOKEN", "a token, if --token-file is not given" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "zoo-fetch bvlc_alexnet -o alexnet", "One of BVLC's own models:" },
	{ "zoo-fetch 034c6ac3865563b69e60 -o flickr", "A gist:" },
	{ "zoo-fetch models/caffenet",
	    "The weights of a folder whose readme.md says where they are:" },
	{ 0 },
};

static const struct prog prog = {
	.name = "zoo-fetch",
	.summary = "fetch a model of Caffe's model zoo",
	.operands = "[NAME|GIST|URL|FOLDER]...",
	.max_operands = -1,
	.opts = opts,
	.about =
	    "NAME is one of BVLC's models (--list). GIST is the id or the "
	    "address of a gist, or the address of the zip that a gist server "
	    "offers; its files become a model folder. FOLDER is a folder that has a readme.md already.\n\n"
	    "The readme.md begins with lines \"key: value\" between two lines "
	    "of dashes, or below a heading; caffemodel_url says where the "
	    "weights are (links of Dropbox and Google Drive are followed to the file), sha1 is their digest. Weights that are there and right are kept; a fetch "
	    "that was interrupted is continued by the next one. Weights that differ from sha1 are refused with status 8.\n\n"
	    "The folder of each model is printed; model-infer takes it.",
	.examples = examples,
	.json = "One object for each model, with --tsv the same as columns.\n\n"
		"  asked     the operand\n"
		"  model     its folder\n"
		"  weights   they were fetched, or were there and right\n\n"
		"With --list: name, license and title of each.",
	.env = env,
	.more_env = prog_env_http,
	.files =
	    "A folder of the zoo holds readme.md, the card, with the nets and the solver; the weights are fetched into it.",
	.see_also = "zoo-publish(1), store-pull(1), model-infer(1)",
	.common = PROG_JSON | PROG_FORCE | PROG_PROGRESS,
};

/* name, license, title; to each other's sides, or as JSON. */
static int
list_one(const struct zoo_model *m)
{
	struct line l = { .out = stdout, .tsv = 1 };
	struct json_line line;
	struct json_w *w;

	if (prog_options()->format == PROG_TEXT) {
		printf("%-30s %-15s %s\n", m->name, m->license, m->title);
		return 0;
	}
	if (prog_options()->format == PROG_FMT_TSV) {
		line_cell(&l, "%s", m->name);
		line_cell(&l, "%s", m->license);
		line_cell(&l, "%s", m->title);
		line_end(&l);
		return 0;
	}
	w = json_line_begin(&line);
	json_w_kstr(w, "name", m->name);
	json_w_kstr(w, "license", m->license);
	json_w_kstr(w, "title", m->title);
	return json_line_end(&line, stdout);
}

static int
list(void)
{
	for (const struct zoo_model *m = zoo_models; m->name != NULL; m++)
		TRY(list_one(m));
	return 0;
}

/* weights: the card says where they are. */
static int
tell(const char *what, const char *dir, bool weights)
{
	struct line l = { .out = stdout, .tsv = 1 };
	struct json_line line;
	struct json_w *w;

	if (prog_options()->format == PROG_TEXT) {
		puts(dir);
		return 0;
	}
	if (prog_options()->format == PROG_FMT_TSV) {
		line_cell(&l, "%s", what);
		line_cell(&l, "%s", dir);
		line_cell(&l, "%d", weights);
		line_end(&l);
		return 0;
	}
	w = json_line_begin(&line);
	json_w_kstr(w, "asked", what);
	json_w_kstr(w, "model", dir);
	json_w_kbool(w, "weights", weights);
	return json_line_end(&line, stdout);
}

static int
fetch(struct args *a, int argc, char **argv)
{
	struct http *h = NULL;
	int rc = http_open(&h, &a->http, a->zoo.api, "GITHUB_TOKEN");
	int worst = 0;

	a->zoo.force = prog_options()->force;
	for (int i = 0; rc >= 0 && i < argc; i++) {
		char *dir = NULL;
		int one = zoo_fetch(&dir, h, argv[i], &a->zoo);

		if (one < 0 && one != ERR_ITEMS)
			rc = one;
		if (one == ERR_ITEMS) {
			log_warn("%s", err_text());
			worst = one;
		}
		if (dir != NULL && rc >= 0)
			rc = tell(argv[i], dir, one == 0 && !a->zoo.no_weights);
		mem_free(dir);
	}
	http_free(h);
	return rc < 0 ? rc : worst;
}

static int
run(struct args *a, int argc, char **argv)
{
	if (a->list)
		return list();
	if (argc == 0)
		return err_set(
		    ERR_USAGE, "name a model (--list), a gist or a folder");
	if (argc > 1 && a->zoo.out != NULL)
		return err_set(ERR_USAGE, "-o is for one model");
	stop_install();
	return fetch(a, argc, argv);
}

int
main(int argc, char **argv)
{
	struct args a = { .http = HTTP_ARGS, .zoo.api = ZOO_API };
	int rc = prog_parse(&prog, &a, &argc, &argv);

	if (rc > 0)
		rc = run(&a, argc, argv);
	return prog_end(&prog, rc);
}
