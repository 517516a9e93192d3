/* DummyData, for the feed that fills it. */
#ifndef NN_LAYERS_DUMMY_DATA_H
#define NN_LAYERS_DUMMY_DATA_H

#include "nn/layer.h"

/* The filler of top i, NULL: constant 0.  Borrowed from the layer. */
const Caffe__FillerParameter *layer_dummy_filler(const struct layer *l, int i);

#endif
