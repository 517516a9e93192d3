/*
 * A net that is only for use (an input, no data layer, no loss: what a file of ONNX
 * becomes, or a deploy.prototxt) made one that can be trained.
 */
#ifndef RECIPE_SURGERY_USE_H
#define RECIPE_SURGERY_USE_H

#include <stdbool.h>
#include <stddef.h>

#include "caffe/caffe.pb-c.h"
#include "dset/dset.h"

bool surgery_for_use_only(const Caffe__NetParameter *net);

struct surgery_use {
	const char *name; /* what the user calls the net, for sentences */
	const struct dset *d;
	int crop;     /* 0: pictures are used whole */
	bool weights; /* there are some to begin with */
};

/*
 * The input becomes a Data layer, whose tops are the input's and "label"; a Softmax
 * at the end goes, and the scores before it get SoftmaxWithLoss and Accuracy; layers
 * that these do not need go.  The last InnerProduct or Convolution leaves its number
 * of outputs to the classes (surgery_retrain gives it a new name where the weights
 * have another number).
 *
 * ERR_UNSUPPORTED: the net has other inputs than pictures, or nothing in it gives a
 * score to each class; the data set is not one of classes, or of masks of the size of
 * the scores.  ERR_FORMAT: the net is not for pictures of that size.  ERR_USAGE: it
 * has constants, which are in the weights, and there are none.
 */
int surgery_for_use(Caffe__NetParameter *net, const struct surgery_use *u);

#endif
