/* Changes to the losses of a net that is trained: smoothed labels and weights of
 * classes.  They hold in phase TRAIN alone, so that validation measures the same
 * with and without. */
#ifndef RECIPE_SURGERY_LOSS_H
#define RECIPE_SURGERY_LOSS_H

#include <stddef.h>

#include "caffe/caffe.pb-c.h"

struct inputs;

/*
 * Each SoftmaxWithLoss of the net becomes one for TRAIN, with loss_param's
 * label_smoothing and class_weighting, and one for TEST as it was.  n weights,
 * 0: none.  ERR_USAGE when the net has no such loss.
 */
int surgery_loss(
    Caffe__NetParameter *net, double smoothing, const float *weights, size_t n);

/*
 * Weights of n classes (0: as many as there are): "auto", the records of the
 * train net's Data layer counted, total / (classes * count), or a file with a
 * number a line.  Caller's.  in: where the database is opened.
 */
int surgery_class_weights(float **out, size_t *n, const char *how,
    const Caffe__NetParameter *net, size_t classes, struct inputs *in);

#endif
