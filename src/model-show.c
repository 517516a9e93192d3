/*
 * model-show: a model folder or archive for people: info.json, snapshots and
 * what was measured at each, the weights layer by layer.
 */
#include <stdio.h>

#include "base/err.h"
#include "prog/prog.h"
#include "store/hub/hub.h"
#include "model/check.h"
#include "model/model.h"
#include "model/show.h"

struct args {
	bool best;
	const char *epoch;
};

static const struct opt opts[] = {
	{ 'e', "epoch", OPT_STR, offsetof(struct args, epoch), "EPOCH|best",
	    "show the weights of this epoch, or of the one that validated best (default: those info.json names)",
	    .needs = "!best" },
	{ 0, "best", OPT_FLAG, offsetof(struct args, best), NULL,
	    "show only the snapshot that validated best" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "model-show lenet", NULL },
	{ "model-show --best --tsv lenet | cut -f2",
	    "The epoch that validated best:" },
	{ 0 },
};

static const struct prog prog = {
	.name = "model-show",
	.summary = "show what is in a model folder",
	.operands = "MODEL",
	.min_operands = 1,
	.max_operands = 1,
	.opts = opts,
	.common = PROG_JSON,
	.about =
	    "MODEL is a folder, a snapshot archive, or hf:ORG/NAME, a model of the Hugging Face hub (store-pull(1)). Shows info.json, the last hardware figures of the training (model-train(1)), "
	    "the snapshots with what was measured when they were taken (from train.ndjson), and for each blob of the weights its "
	    "shape, mean, standard deviation, least and greatest value, and share of zeros.\n\n"
	    "Weights that are not the net's are shown too, but named, with exit status 3: those of another net, without some of "
	    "its layers, with other shapes, or with NaN.\n\n"
	    "The best snapshot is the one with the highest miou (mean IoU of segmentation), mean-ap or ap50 (of boxes); else accuracy; or, "
	    "where no output is called so, the lowest first output. "
	    "Figures of single classes (\"iou/cat\") are in train.ndjson and --json. "
	    "With --tsv it is printed as iteration, epoch, file, outputs; the first column tells the tables of --tsv apart.",
	.examples = examples,
	.files =
	    "MODEL/info.json, MODEL/train.ndjson and the snapshots; see nnutils-model(5).",
	.see_also =
	    "model-infer(1), model-pack(1), model-train(1), nnutils-model(5)",
	.json =
	    "One object: info, which is info.json as it is; panel, the last hardware figures; snapshots (iter, epoch, weights, state, best, outputs); weights, the file that is shown; layers, for each blob of it: layer, type, blob, shape, count, mean, std, min, max, zeros (a share), finite.\n\n"
	    "With --best: iter, epoch, weights, state, best, outputs.",
};

static int
run(const struct args *a, const char *path)
{
	enum prog_format format = prog_options()->format;
	struct model_view v = { 0 };
	double epoch;
	int rc;

	TRY(model_epoch_parse(&epoch, a->epoch));
	TRY(hub_resolve(&path));
	rc = model_view_open(&v, path, epoch);
	if (rc >= 0 && a->best)
		rc = model_view_best(&v, stdout, format);
	else if (rc >= 0)
		rc = model_view_all(&v, stdout, format);
	if (rc >= 0 && !a->best)
		rc = model_judge(v.m, NULL, NULL);
	model_view_close(&v);
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
