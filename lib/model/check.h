/*
 * Looking at a model's files: do they load, do net and weights belong together,
 * what is in the weights.
 */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

#include <stddef.h>

#include "model/model.h"

/*
 * Load everything that the model (opened with model_open) has: nets, weights,
 * mean, labels.  problem is called for each thing that is wrong.  The number
 * of problems, or an error of the system.
 */
int model_check(const struct model *m,
    void (*problem)(void *ctx, const char *file, const char *what), void *ctx);

/*
 * Do the weights belong to the net?  The verdict of nn/match.h: 0, or ERR_FORMAT
 * with "FILE: is another net's: …".  missing is called for each layer that has no
 * weights; without it they are refused.  Where the net cannot be built here (layers
 * of a plug-in that is not loaded), names and numbers are judged.  Models without
 * weights or net, and those of other frameworks, have nothing to judge.
 */
int model_judge(const struct model *m,
    void (*missing)(void *ctx, const char *file, const char *layer), void *ctx);
/* 0, or ERR_FORMAT: labels.txt has not as many lines as the net has outputs. */
int model_labels_judge(const struct model *m);

struct model_stats {
	const char *layer; /* borrowed, as all here */
	const char *type;  /* "" when the file does not say (HDF5) */
	int blob;          /* 0: weights, 1: bias, … */
	const char *shape; /* "20 1 5 5 (500)" */
	size_t count;
	double mean, std, min, max, zeros; /* zeros: share of exact zeros */
	int finite;                        /* 0: some are NaN or infinite */
	const float *values;               /* count of them */
};

/* Every blob of a weights file, in the order of the file. */
int model_weights_stats(const char *path,
    int (*found)(void *ctx, const struct model_stats *s), void *ctx);

#endif
