/* zoo-publish: a model folder as a gist, for Caffe's model zoo. */
#include <stdio.h>

#include "base/stop.h"
#include "http/args.h"
#include "json/line.h"
#include "prog/prog.h"
#include "zoo/zoo.h"

struct args {
	struct http_args http;
	struct publish_options publish;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 0, "public", OPT_FLAG, AT(publish.public_gist), NULL,
	    "list a new gist publicly (default: only those who have its address see it)" },
	{ 0, "dry-run", OPT_FLAG, AT(publish.dry_run), NULL,
	    "show what would be sent, but send nothing" },
	{ 0, "api", OPT_STR, AT(publish.api), "URL", "the gist API" },
	HTTP_OPTS(AT(http)),
	{ 0 },
};

static const struct prog_env env[] = {
	{ "GITHUB_TOKEN", "a token, if --token-file is not given" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "zoo-publish --dry-run model", "What would be published?" },
	{ "GITHUB_TOKEN=$(cat token) zoo-publish --public model",
	    "Publish, or update what was published:" },
	{ 0 },
};

static const struct prog prog = {
	.name = "zoo-publish",
	.summary = "publish a model folder as a gist",
	.operands = "DIR",
	.min_operands = 1,
	.max_operands = 1,
	.opts = opts,
	.about =
	    "Sends the text files of DIR (no weights, databases or hidden files) to the gist API: a new gist or, if readme.md has a "
	    "gist_id, an update of that one. The id of a new gist is written into readme.md.\n\n"
	    "The token comes from --token-file, $GITHUB_TOKEN or ~/.netrc; it is sent to the API's host only and never shown. "
	    "The files that were sent and their sizes are printed, then the address of the gist.",
	.examples = examples,
	.common = PROG_JSON,
	.json = "One object.\n\n"
		"  gist      its address; null with --dry-run\n"
		"  request   what --dry-run would send; null without it\n"
		"  files     name and bytes of each file",
	.env = env,
	.more_env = prog_env_http,
	.files =
	    "DIR/readme.md is the card; the id of the gist is written into it.",
	.see_also = "zoo-fetch(1), model-pack(1)",
};

static int
tell_json(const struct publish_report *r)
{
	struct json_line line;
	struct json_w *w = json_line_begin(&line);

	json_w_kstr(w, "gist", r->address);
	json_w_kstr(w, "request", r->request);
	json_w_key(w, "files");
	json_w_array(w);
	for (size_t i = 0; i < r->n; i++) {
		json_w_object(w);
		json_w_kstr(w, "name", r->v[i].name);
		json_w_kint(w, "bytes", (int64_t)r->v[i].bytes);
		json_w_object_end(w);
	}
	json_w_array_end(w);
	return json_line_end(&line, stdout);
}

static int
tell(const struct publish_report *r)
{
	if (prog_options()->format == PROG_FMT_JSON)
		return tell_json(r);
	for (size_t i = 0; i < r->n; i++)
		printf("%s\t%zu\n", r->v[i].name, r->v[i].bytes);
	puts(r->request != NULL ? r->request : r->address);
	return 0;
}

static int
run(struct args *a, const char *dir)
{
	struct publish_report report = { 0 };
	struct http *h = NULL;
	int rc = http_open(&h, &a->http, a->publish.api, "GITHUB_TOKEN");

	stop_install();
	if (rc >= 0)
		rc = zoo_publish(h, dir, &a->publish, &report);
	if (rc >= 0)
		rc = tell(&report);
	publish_report_clear(&report);
	http_free(h);
	return rc;
}

int
main(int argc, char **argv)
{
	struct args a = { .http = HTTP_ARGS, .publish.api = ZOO_API };
	int rc = prog_parse(&prog, &a, &argc, &argv);

	if (rc > 0)
		rc = run(&a, argv[0]);
	return prog_end(&prog, rc);
}
