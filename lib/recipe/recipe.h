/*
 * The recipe: from one network text and a data set to the files that training
 * needs, as DIGITS makes them.
 *
 * A network holds train, val and deploy in one file, told apart by include and
 * exclude rules with stage: "train", "val", "deploy" (and phase).  Out come
 * train_val (data layers with source, mean, crop, batch filled in), deploy (an
 * input and the layers of that stage) and the solver.
 */
#ifndef RECIPE_RECIPE_H
#define RECIPE_RECIPE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "caffe/caffe.pb-c.h"
#include "dset/dset.h"
#include "input/augment/param.h"

struct inputs;

/* The choices of model-train's options, in the order of their numbers. */
#define RECIPE_SOLVERS  "sgd|nesterov|adagrad|rmsprop|adadelta|adam|adamw|lamb"
#define RECIPE_POLICIES "step|fixed|multistep|exp|inv|poly|sigmoid|cosine"

enum recipe_solver {
	RECIPE_SGD,
	RECIPE_NESTEROV,
	RECIPE_ADAGRAD,
	RECIPE_RMSPROP,
	RECIPE_ADADELTA,
	RECIPE_ADAM,
	RECIPE_ADAMW,
	RECIPE_LAMB
};
enum recipe_policy {
	RECIPE_STEP,
	RECIPE_FIXED,
	RECIPE_MULTISTEP,
	RECIPE_EXP,
	RECIPE_INV,
	RECIPE_POLY,
	RECIPE_SIGMOID,
	RECIPE_COSINE
};
enum recipe_mean { RECIPE_MEAN_IMAGE, RECIPE_MEAN_PIXEL, RECIPE_MEAN_NONE };

/* Numbers are percent of the training where DIGITS has them so. */
struct recipe_opts {
	const char
	    *net_name; /* what the user calls it, for sentences; or NULL */
	double epochs;
	int batch;      /* 0: the network's, else 16 */
	int accumulate; /* iter_size, >= 1 */
	bool again;     /* what there is to warn of was said before */
	int solver;     /* enum recipe_solver */
	double lr;
	int policy;               /* enum recipe_policy */
	double gamma, power;      /* NAN: the policy's default */
	double step;              /* percent; NAN: the default */
	const double *stepvalues; /* percent */
	size_t nstepvalues;
	double momentum, weight_decay;
	double momentum2, rms_decay, clip; /* NAN: Caffe's default */
	int mean;                          /* enum recipe_mean */
	bool mean_given;                   /* by the user, not by the net */
	/* instead of mean: R G B, or one for all channels; none: n is 0 */
	double mean_value[3];
	int nmean_value;
	double std[3]; /* the same */
	int nstd;
	double input_scale; /* 0: the network's own */
	int crop;           /* 0: the network's own */
	bool rgb;           /* the net wants R G B */
	bool mirror;
	/* of the training's pictures; std is found here; or NULL */
	const struct augment *augment;
	double snapshot_interval, val_interval; /* epochs */
	int64_t seed;
};

/* What they are when none is given: an initializer. */
#define RECIPE_OPTS_DEFAULT                                                    \
	{                                                                      \
		.epochs = 30, .accumulate = 1, .lr = 0.01, .gamma = NAN,       \
		.power = NAN, .step = NAN, .momentum = 0.9,                    \
		.weight_decay = 0.0005, .momentum2 = NAN, .rms_decay = NAN,    \
		.clip = NAN, .snapshot_interval = 1, .val_interval = 1,        \
	}

struct recipe {
	Caffe__NetParameter *train_val, *deploy;
	Caffe__SolverParameter *solver;
	int batch, val_batch;
	int64_t iters_per_epoch, max_iter;
	size_t train_items, val_items;
	int crop;
	/* what the layer of pictures and boxes (AnnotatedData) brings them to,
	 * where it does */
	int resize_height, resize_width;
	/* what options set of them, in the order of the net's channels */
	double mean[3], std[3];
	int nmean, nstd;
	double scale; /* 0: not set */
};

/*
 * net is upgraded (nn/read.h).  in: where d's databases are opened, and stay
 * (input/input.h).  ERR_FORMAT names the layer that does not
 * fit; ERR_USAGE for options that contradict the data set.
 */
int recipe_make(struct recipe *out, const Caffe__NetParameter *net,
    const struct dset *d, struct inputs *in, const struct recipe_opts *o);
void recipe_clear(struct recipe *r);

#endif
