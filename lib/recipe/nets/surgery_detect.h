/* DetectNet for other pictures and other classes than those it was published for. */
#ifndef RECIPE_SURGERY_DETECT_H
#define RECIPE_SURGERY_DETECT_H

#include "caffe/caffe.pb-c.h"
#include "dset/dset.h"

/*
 * net is the standard DetectNet, d what it is to be trained on.  Pictures get the size
 * that the records have, whose sides must be multiples of the net's stride; each
 * class but "dontcare" a map of coverage.  Of several classes DIGITS's Python layers
 * make no lists: AveragePrecision and model-infer read the maps.  ERR_FORMAT: the
 * size is none for the net, or there is no class.
 */
int surgery_detect(Caffe__NetParameter *net, const struct dset *d);

#endif
