/*
 * From what a user asks for to a training: the network is found, the recipe made
 * (or a Caffe solver taken as it is), the model folder written, and train_run
 * called; with resume the folder's own files say what to do.
 */
#ifndef RECIPE_SETUP_H
#define RECIPE_SETUP_H

#include <stdbool.h>
#include <stdio.h>

#include "prog/prog.h"
#include "recipe/nets/augment.h"
#include "recipe/recipe.h"
#include "train/find/find.h"
#include "train/train.h"

/* Filled by the options of model-train. */
struct setup {
	const char *dataset; /* data set; NULL with solver_file */
	/* standard name, prototxt or model; may be NULL when pretrained has a
	 * model */
	const char *net;
	const char *model;          /* folder to make */
	const char *solver_file;    /* a Caffe solver as it is, or NULL */
	struct opt_list pretrained; /* weights, model folders, tarballs */
	struct opt_list freeze;     /* patterns of layer names (fnmatch) */
	struct recipe_opts recipe;  /* but rgb and seed, which are the job's */
	struct augment_texts augment; /* beside job.augment */
	int precision;    /* enum precision; -1: what the device trains in */
	double warmup;    /* epochs */
	double smoothing; /* of labels; 0: none */
	const char *class_weights; /* "auto", a file, or NULL */
	const char *note, *group;
	const char *on_done; /* a command for sh, or NULL */
	const char *boards;  /* where TensorBoard's folders are, or NULL */
	bool force, resume, dry_run;
	bool batch_auto; /* the net's batch, in parts where it does not fit */
	bool set_epochs; /* resume: recipe.epochs was given */
	/* which of the others were given; a standard net brings the rest */
	struct setup_given {
		bool lr, weight_decay, solver, policy, mean, rgb, warmup, ema;
		bool own_policy, own_augment; /* they are the net's own */
	} set;
	/* device, threads, gates, …; dir, nets, solver, weights and precision
	 * are set by setup_run */
	struct train_job job;
};

/* May the folder be made, or gone on with?  Asked before anything is read. */
int setup_check(const struct setup *setup);
/* As train_run; with dry_run the solver is written to plan instead.  *out is valid
 * (to be cleared) whatever is returned. */
int setup_run(const struct setup *setup, FILE *plan, struct train_result *out);

/* The learning-rate test of that training, which leaves nothing. */
int setup_find(const struct setup *setup, const struct find_opts *o,
    struct find_result *out);

#endif
