/*
 * Inside train: one setup on its way.  setup.c makes it of a recipe, or of a
 * folder that is gone on with, and runs it; setup_solver.c makes it of a Caffe
 * solver.
 */
#ifndef RECIPE_SETUP_INT_H
#define RECIPE_SETUP_INT_H

#include <stddef.h>

#include "base/file.h"
#include "dset/dset.h"
#include "model/model.h"
#include "recipe/carry.h"
#include "recipe/folder.h"
#include "train/need.h"
#include "recipe/recipe.h"
#include "recipe/setup.h"

/* What a setup holds on to while it is made. */
struct making {
	const struct train_setup *setup;
	struct dset *d;
	struct folder folder;
	struct train_job job;
	struct model **models; /* of -p, closed at the end */
	const char **weights;
	char **named;        /* weights that the solver names, or NULL */
	struct carried data; /* of the solver's net */
	size_t nmodels;
	const Caffe__NetParameter **tests;
	char *mean, *train_db, *val_db; /* absolute paths put into d */
	struct file_dir *place;         /* the folder that is made, or NULL */
	int lock; /* on the folder that is gone on with, or -1 */
};

/* -- setup.c -- */

/* Weights to start from, files or models, into the job. */
int setup_open_weights(struct making *k, const char *const *paths, size_t n);
/* What info.json says of the training; r NULL: there is no recipe. */
void setup_describe(struct making *k, const struct recipe *r);
/* Label smoothing and class weights, into the losses of train_val. */
int setup_change_losses(struct making *k);

/* -- setup_solver.c -- */

/* A Caffe solver as it is: its nets, its intervals, sequential records. */
int setup_from_solver(struct making *k);
/* Epochs are counted from the data where the net says how much there is. */
void setup_count_epochs(struct making *k, const struct need *need);

#endif
