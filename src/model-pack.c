/*
 * model-pack: a model folder into the archive that DIGITS makes and takes.
 * What is packed, and how it comes out the same every time: lib/model/pack.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "json/line.h"
#include "model/model.h"
#include "model/pack.h"
#include "model/product.h"
#include "prog/line.h"
#include "prog/prog.h"

struct args {
	const char *epoch, *out;
};

static const struct opt opts[] = {
	{ 'e', "epoch", OPT_STR, offsetof(struct args, epoch), "EPOCH|best",
	    "pack the snapshot of this epoch, or the one that validated best (default: the newest)" },
	{ 'o', "output", OPT_STR, offsetof(struct args, out), "FILE",
	    "the archive: .tar, .tar.gz, .tgz, .tar.bz2, .tar.xz, .zip, or - for a tar.gz on standard output",
	    .choices = "tar|tar.gz|tgz|tar.bz2|tar.xz|zip", .flags = OPT_OUT },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "model-pack lenet -o lenet.tar.gz", "Pack the newest snapshot:" },
	{ "model-pack lenet -e best", "The one that validated best:" },
	{ "model-pack lenet -e 2 -o - | ssh host 'cat > lenet.tar.gz'",
	    "The snapshot of epoch 2, elsewhere:" },
	{ 0 },
};

static const struct prog prog = {
	.name = "model-pack",
	.summary = "pack a model folder as a DIGITS snapshot archive",
	.operands = "MODEL",
	.reads_operands = true,
	.reads = model_holds,
	.min_operands = 1,
	.max_operands = 1,
	.opts = opts,
	.common = PROG_JSON | PROG_FORCE,
	.about =
	    "The archive is flat, as DIGITS makes it: solver, train_val, "
	    "deploy and original .prototxt, labels, mean, the snapshot and "
	    "info.json; also what DIGITS leaves out: palette, class names, licence, readme.\n\n"
	    "Weights that are not the net's (another net's, layers left out, NaN, a file cut short) are refused with status 3.\n\n"
	    "The same folder gives the same bytes. Without -o the name is "
	    "DIGITS's: JOB_epoch_EPOCH.tar.gz in the current folder. The epoch "
	    "is left out when it is not known, as with an imported model.",
	.examples = examples,
	.files =
	    "The archive holds info.json, the nets, the solver, the weights of one snapshot, the labels and the mean of MODEL; see nnutils-model(5).",
	.see_also =
	    "model-import(1), model-show(1), store-index(1), nnutils-model(5)",
	.json =
	    "One object, with --tsv the same as columns; nothing is printed without them.\n\n"
	    "  model     the folder\n"
	    "  archive   the file that was made of it\n"
	    "  bytes     its size",
};

/* With --json and --tsv: which archive it became. */
static int
tell(const char *model, const char *made)
{
	struct line l = { .out = stdout, .tsv = 1 };
	struct json_line line;
	struct json_w *w;
	uint64_t bytes;

	if (prog_options()->format == PROG_TEXT)
		return 0;
	TRY(file_size(&bytes, made));
	if (prog_options()->format == PROG_FMT_TSV) {
		line_cell(&l, "%s", model);
		line_cell(&l, "%s", made);
		line_cell(&l, "%" PRIu64, bytes);
		line_end(&l);
		return 0;
	}
	w = json_line_begin(&line);
	json_w_kstr(w, "model", model);
	json_w_kstr(w, "archive", made);
	json_w_kint(w, "bytes", (int64_t)bytes);
	return json_line_end(&line, stdout);
}

static int
run(const struct args *a, const char *model)
{
	char *made = NULL;
	double epoch;
	int rc;

	if (a->out != NULL && strcmp(a->out, "-") == 0 &&
	    prog_options()->format != PROG_TEXT)
		return err_set(ERR_USAGE,
		    "-o -: standard output gets the archive, and nothing about it");
	TRY(model_epoch_parse(&epoch, a->epoch));
	rc = model_pack(&made, model, epoch, a->out, prog_options()->force);
	if (rc == 0)
		rc = tell(model, made);
	mem_free(made);
	return rc;
}

int
main(int argc, char **argv)
{
	struct args args = { .epoch = NULL };
	int rc = prog_parse(&prog, &args, &argc, &argv);

	if (rc > 0)
		rc = run(&args, argv[0]);
	return prog_end(&prog, rc);
}
