/*
 * dset-fetch: get a standard data set as class folders of PNG files and lists,
 * ready for dset-create.
 */
#include <stdio.h>

#include "base/stop.h"
#include "dset/fetch/fetch.h"
#include "dset/table.h"
#include "http/args.h"
#include "prog/prog.h"

struct args {
	struct http_args http;
	const char *out, *from;
	bool coarse, invert;
	uint64_t max_size;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 'o', "output", OPT_STR, AT(out), "DIR", "the folder to make",
	    .flags = OPT_REQUIRED | OPT_OUT_DIR },
	{ 0, "from", OPT_STR, AT(from), "URL|DIR",
	    "where the idx or CIFAR binary files are: a folder, an archive, or a URL of either",
	    .flags = OPT_INPUT },
	{ 0, "coarse", OPT_FLAG, AT(coarse), NULL,
	    "cifar100: use the 20 coarse classes, not the 100 fine ones" },
	{ 0, "invert", OPT_FLAG, AT(invert), NULL,
	    "swap light and dark, as DIGITS does with MNIST" },
	{ 0, "max-size", OPT_SIZE, AT(max_size), "BYTES",
	    "refuse downloads larger than this; 0: larger than the free disk "
	    "space, or than 4 GiB when a server does not say how long they are" },
	HTTP_OPTS(AT(http)),
	{ 0 },
};

static const struct prog_env env[] = {
	{ "NNUTILS_CACHE",
	    "the cache folder, whose dset/ holds downloads (default: $XDG_CACHE_HOME/nnutils, else ~/.cache/nnutils)" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "dset-fetch mnist -o mnist", "From the data set's own server:" },
	{ "dset-fetch cifar10 --from cifar-10-binary.tar.gz -o cifar",
	    "From a file that is here already:" },
	{ 0 },
};

static const struct prog prog = {
	.name = "dset-fetch",
	.summary = "get a standard data set as folders of pictures",
	.operands = "NAME",
	.min_operands = 1,
	.max_operands = 1,
	.operand_words = "mnist|fashion-mnist|cifar10|cifar100",
	.opts = opts,
	.common = PROG_JSON | PROG_FORCE | PROG_THREADS | PROG_PROGRESS,
	.about =
	    "NAME is mnist, fashion-mnist, cifar10 or cifar100. With --from it "
	    "may be any name: files in the same formats are recognised by "
	    "their content, and by train, t10k or test in their names.\n\n"
	    "Downloads are resumed, and kept in the cache.",
	.examples = examples,
	.json =
	    "One object for each class: label, class, and how many train and test have of it.",
	.files =
	    "DIR/ appears whole or not at all and holds\n"
	    "  train/CLASS/*.png test/CLASS/*.png   the pictures\n"
	    "  train.txt test.txt                   lines \"path label\"\n"
	    "  labels.txt                           class names\n"
	    "Downloads: $NNUTILS_CACHE/dset/NAME-*, else ~/.cache/nnutils/dset/NAME-*.",
	.env = env,
	.more_env = prog_env_http,
	.see_also = "dset-create(1)",
};

static int
run(const struct args *a, const char *name)
{
	const struct prog_options *common = prog_options();
	struct dset_fetch_options o = { .name = name,
		.out = a->out,
		.from = a->from,
		.coarse = a->coarse,
		.invert = a->invert,
		.force = common->force,
		.threads = common->threads,
		.max_size = a->max_size };
	struct dset_fetched made;
	struct buf text;
	int rc;

	stop_install();
	TRY(http_open(&o.http, &a->http, a->from, NULL));
	buf_init(&text, 1 << 20);
	rc = dset_fetch(&made, &o);
	if (rc == 0) {
		uint64_t *counts[DSET_PARTS] = { made.per_class[0], NULL,
			made.per_class[1] };

		rc = dset_table_classes(&text, "pictures", made.labels,
		    made.nlabels, counts, common->format);
	}
	if (rc == 0)
		fputs(buf_str(&text), stdout);
	buf_clear(&text);
	dset_fetched_clear(&made);
	http_free(o.http);
	return rc;
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
