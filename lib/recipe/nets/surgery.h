/* Changes to a network before it is trained: transfer learning and deploy. */
#ifndef RECIPE_SURGERY_H
#define RECIPE_SURGERY_H

#include <stdbool.h>
#include <stddef.h>

#include "caffe/caffe.pb-c.h"

/*
 * Transfer to other classes: when the layers that leave their number of outputs to
 * the classes (where there is none the last InnerProduct or, without one, the last
 * Convolution) have another number in the weights than `classes`, or `other` says
 * that the classes have other names, they get `classes` outputs and the name
 * NAME_retrain, so that they start anew while all other layers keep their weights.  Says so (log_warn).  Nothing happens without weights or classes.
 */
int surgery_retrain(Caffe__NetParameter *net, const char *const *weights,
    size_t n, int classes, bool other);

/* num_output = n of an InnerProduct or Convolution where it is left out, or
 * whatever it is (`over`); of a Deconvolution where it is left out, and one group for
 * each where its filler is bilinear.  Other layers stay as they are. */
void surgery_outputs(Caffe__LayerParameter *l, int n, bool over);

/*
 * The deploy net of a Caffe train_val: its TEST layers with an input in place of
 * the data layer, without labels, losses and accuracies; SoftmaxWithLoss becomes
 * Softmax "prob".  *out NULL when there is no data layer of a known shape.
 * extra: level and stages of the solver's test_state, or NULL.
 */
int surgery_deploy(Caffe__NetParameter **out, const Caffe__NetParameter *net,
    const Caffe__NetState *extra);

struct dset;
/*
 * net is a standard DetectNet, d what it is to be trained on.  Pictures get the size
 * that the records have, whose sides must be multiples of the net's stride; each
 * class but "dontcare" a map of coverage.  Of several classes DIGITS's Python layers
 * make no lists: AveragePrecision and model-infer read the maps.  ERR_FORMAT: the
 * size is none for the net, or there is no class.
 */
int surgery_detect(Caffe__NetParameter *net, const struct dset *d);

#endif
