/* A score for nets that label pixels and have none of their own. */
#ifndef RECIPE_SURGERY_SCORE_H
#define RECIPE_SURGERY_SCORE_H

#include "caffe/caffe.pb-c.h"

/*
 * net is a train_val whose labels are masks.  Each loss of its validation that takes
 * them (SoftmaxWithLoss, SigmoidCrossEntropyLoss, DiceLoss, FocalLoss), and whose bottoms no score takes,
 * gets one behind it, with the loss's ignore_label: Accuracy, which counts pixels
 * where labels are maps, or SegAccuracy, which also takes one score a pixel.  Says so
 * (log_info).
 */
void surgery_score(Caffe__NetParameter *net);

#endif
