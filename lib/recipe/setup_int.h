/*
 * Inside recipe: one setup on its way.  It is made of a data set and a network
 * text (setup_recipe.c), of a Caffe solver (setup_solver.c) or of a folder that is
 * gone on with (setup_resume.c); setup.c fits it to the device, makes the folder
 * and runs it.
 */
#ifndef RECIPE_SETUP_INT_H
#define RECIPE_SETUP_INT_H

#include <stddef.h>

#include "file/file.h"
#include "dset/dset.h"
#include "model/model.h"
#include "recipe/nets/carry.h"
#include "recipe/folder.h"
#include "train/need.h"
#include "recipe/recipe.h"
#include "recipe/setup.h"

/* What a setup holds on to while it is made. */
struct making {
	const struct setup *setup;
	struct dset *d;
	struct folder folder;
	struct train_job job;
	struct inputs *sources; /* of the job, if it came without; or NULL */
	struct recipe_opts
	    recipe; /* the setup's, and what the model's pictures bring */
	struct model *base;    /* of -n, where that is a model; or NULL */
	struct model **models; /* of -p, closed at the end */
	const char **weights;
	char **named;        /* weights that the solver names, or NULL */
	struct carried data; /* of the solver's net */
	size_t nmodels;
	const Caffe__NetParameter **tests;
	char **names; /* of classes, for the job */
	size_t nnames;
	char *mean, *train_db, *val_db; /* absolute paths put into d */
	struct file_dir *place;         /* the folder that is made, or NULL */
	int lock; /* on the folder that is gone on with, or -1 */
};

/* -- setup_recipe.c -- */

/* The nets and the solver of a network text and a data set. */
int setup_from_recipe(struct making *k);
/* --batch-size auto: the recipe again, with the parts that fit the device. */
int setup_divide_batch(struct making *k);

/* -- nets/prepared.c -- */

/* The text for all uses of a model, which stays open as k->base. */
int setup_read_model(struct making *k, const char *path);
/* A net that is only for use gets what a training needs (nets/surgery_use.h). */
int setup_open_for_training(struct making *k);

/* Into k->recipe and the job, what no option says: how the pictures of the model that
 * gives the net, or weights, were prepared, if that is a model of another program
 * (model/imports/prepare.h) or was trained from one. */
void setup_take_preparation(struct making *k);
/* judge_order, where the order of a model's channels is not what is taken. */
void setup_judge_order(
    const struct making *k, const struct model_info *m, const char *name);

/* -- setup_solver.c -- */

/* A Caffe solver as it is: its nets, its intervals, sequential records. */
int setup_from_solver(struct making *k);
/* Epochs are counted from the data where the net says how much there is. */
void setup_count_epochs(struct making *k, const struct need *need);

/* -- setup_resume.c -- */

/* The rest of the folder's training. */
int setup_from_folder(struct making *k);

/* -- setup_info.c -- */

/* What info.json says of the training; r NULL: there is no recipe. */
void setup_describe(struct making *k, const struct recipe *r);
/* And how it came about (model/origin.h), once weights and data are known. */
int setup_describe_origin(struct making *k);
/* The same of a folder that is gone on with: a run more. */
int setup_describe_resumed(struct making *k);

/* -- setup_first.c -- */

/* What the training begins with into the folder that is made, to be looked at.  That
 * it cannot be drawn is no reason to stop; that it cannot be written is. */
int setup_show_first(const struct making *k);

/* -- setup.c -- */

/* Weights to start from, files or models, into the job. */
int setup_open_weights(struct making *k, const char *const *paths, size_t n);
/* Label smoothing and class weights, into the losses of train_val. */
int setup_change_losses(struct making *k);

#endif
