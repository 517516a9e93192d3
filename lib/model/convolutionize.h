/*
 * A net's fully connected layers as convolutions (Long, Shelhamer, Darrell, "Fully
 * Convolutional Networks", CVPR 2015, section 3.1): an InnerProduct whose bottom is
 * (N, C, H, W) becomes a Convolution with a window of H x W, one that follows it a
 * Convolution of 1 x 1, and weights (O, C H W) are the same numbers as (O, C, H, W).
 * The outputs of a picture of the net's size are the same; larger pictures give a map
 * of them.  A Flatten between is left out.
 */
#ifndef MODEL_CONVOLUTIONIZE_H
#define MODEL_CONVOLUTIONIZE_H

#include "model/model.h"

/*
 * In the folder dir, which info is of: its nets are changed, and its weights, which
 * are written as a caffemodel.  How many layers were.  ERR_FORMAT where the net has
 * none, or one that cannot be a convolution, which is named; nothing is whole then.
 */
int model_convolutionize(struct model_info *info, const char *dir);

#endif
