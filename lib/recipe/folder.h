/* The model folder of a training: what is written before and after it. */
#ifndef RECIPE_FOLDER_H
#define RECIPE_FOLDER_H

#include "file/file.h"
#include "model/model.h"
#include "recipe/setup.h"
#include "recipe/solver_file.h"

/* Everything that the folder holds but the snapshots. */
struct folder {
	Caffe__NetParameter *original, *train_val,
	    *deploy; /* deploy may be NULL */
	Caffe__SolverParameter *solver;
	struct solver_nets nets;   /* only its tests are used */
	const char *labels, *mean; /* files to copy, or NULL */
	char *const *names;        /* classes of labels.txt that no file has */
	size_t nnames;
	bool rgb; /* the mean is B G R, the model's is to be R G B */
	struct model_info info;
};

/*
 * Made whole, and in place unless force lets it replace a model that is there:
 * that stays until file_dir_publish.  Locked until *out is freed.
 */
int folder_create(struct file_dir **out, const struct folder *f,
    const char *path, bool force);
/* What a resumed training needs: train_val, solver, info. */
int folder_read(struct folder *f, const char *path);
void folder_clear(struct folder *f);
/* --dry-run: the solver's text, or an object with it. */
int folder_tell_solver(const struct folder *f, FILE *out);

#endif
