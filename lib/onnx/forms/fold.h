/*
 * Batch normalisation by running statistics, with the scale and shift that follow it
 * (Caffe's pair of BatchNorm and Scale), as one: y = gamma (x - mean) / sqrt(var +
 * eps) + beta for each channel; and its way into the convolution before it.
 */
#ifndef ONNX_FORMS_FOLD_H
#define ONNX_FORMS_FOLD_H

#include "onnx/export/build.h"

struct export_fold {
	size_t n; /* channels; each of the four has so many numbers */
	float *gamma, *beta, *mean, *var;
	const char *name[4]; /* of these, for the file; or NULL */
	float eps;
	int top;     /* the tensor that all of this makes */
	int channel; /* the tensor that is normalised */
};

/* Takes the ops behind op that belong to it: they are skipped.  Of a BATCHNORM that
 * uses running statistics. */
int
export_fold_read(struct export_fold *f, struct export *e, const struct op *op);
void export_fold_clear(struct export_fold *f);

/*
 * Into the weights and biases of the node that makes x, where that is a convolution
 * or a matrix product whose output nobody else reads: 1, and x is the result; 0:
 * it cannot be.
 */
int export_fold_into(
    struct export *e, const struct export_fold *f, struct export_value *x);

#endif
