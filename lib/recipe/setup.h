/*
 * From what a user asks for to a training: the network is found, the recipe made
 * (or a Caffe solver taken as it is), the model folder written, and train_run
 * called; with --resume the folder's own files say what to do.
 */
#ifndef RECIPE_SETUP_H
#define RECIPE_SETUP_H

#include <stdbool.h>

#include "recipe/recipe.h"
#include "train/train.h"

struct train_setup {
	const char *dataset; /* data set; NULL with solver_file */
	/* standard name, prototxt or model; may be NULL when pretrained is a
	 * model */
	const char *net;
	const char *model;             /* folder to make */
	const char *solver_file;       /* a Caffe solver as it is, or NULL */
	const char *const *pretrained; /* weights, model folders, tarballs */
	size_t npretrained;
	const char *const *freeze; /* patterns of layer names (fnmatch) */
	size_t nfreeze;
	struct recipe_opts recipe;
	double warmup;             /* epochs */
	double smoothing;          /* of labels; 0: none */
	const char *class_weights; /* "auto", a file, or NULL */
	const char *note, *group;
	bool force, resume, dry_run;
	bool batch_auto; /* the net's batch, in parts where it does not fit */
	bool set_epochs; /* resume: recipe.epochs was given */
	/* device, threads, gates, …; dir, nets, solver and weights are set
	 * by train_setup_run */
	struct train_job job;
};

/* May the folder be made, or gone on with?  Asked before anything is read. */
int train_setup_check(const struct train_setup *setup);
/* As train_run. *out is valid (to be cleared) whatever is returned. */
int train_setup_run(const struct train_setup *setup, struct train_result *out);

#endif
