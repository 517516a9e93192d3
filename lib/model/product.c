/* What a model folder holds: see product.h. */
#include "model/product.h"

#include "base/err.h"
#include "base/mem.h"
#include "json/mark.h"
#include "model/model.h"

static int
judge_folder(struct replace_names *more, const char *dir, const void *ctx)
{
	struct model_files files;
	struct model_info info;
	int rc = replace_list_read(more, dir, model_kind.what), listed = rc;

	(void)ctx;
	if (rc < 0)
		return rc;
	mark_name(more, dir);
	model_info_init(&info);
	rc = model_info_read(&info, dir);
	if (rc == 0)
		rc = model_info_check(&info, "info.json");
	if (rc == 0) {
		model_files_named(&files, &info);
		for (size_t i = 0; i < files.n; i++)
			replace_name_add(more, files.name[i]);
		model_files_free(&files);
	}
	model_info_clear(&info);
	return rc == ERR_MISSING && listed == 1 ? 0 : rc;
}

static const char *const names[] = { "info.json", "original.prototxt",
	"train_val.prototxt", "deploy.prototxt", "solver.prototxt",
	"test_[0-9]*.prototxt", "labels.txt", "mean.binaryproto", "mean.npy",
	"train.ndjson", "train.log", "aux.json", MODEL_FIRST_BATCH,
	"snapshot_iter_[0-9]*.caffemodel", "snapshot_iter_[0-9]*.caffemodel.h5",
	"snapshot_iter_[0-9]*.solverstate",
	"snapshot_iter_[0-9]*.solverstate.h5", "model.caffemodel",
	"model.caffemodel.h5", MODEL_BEST_LINK, MODEL_BEST_LINK ".h5", NULL };

const struct replace_kind model_kind = { "model", names, judge_folder, NULL };

int
model_list_others(const char *dir)
{
	struct replace_names others = { 0 };
	int rc = replace_others(&others, dir, &model_kind);

	if (rc == 0 && others.n > 0)
		rc = replace_list_write(dir, model_kind.what, NULL);
	replace_names_clear(&others);
	return rc;
}

int
model_holds(const char *rel)
{
	return replace_holds(&model_kind, rel);
}
