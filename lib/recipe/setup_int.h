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
	struct model **models;  /* of -p, closed at the end */
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
