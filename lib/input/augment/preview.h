/*
 * What a training will see of its pictures, as one picture: samples of its feed with
 * their boxes, masks, targets or classes drawn.
 *
 * The data layers are those of the net, and the samples come from the feed itself,
 * by the same seed and places; only what is done to numbers and moves nothing (mean,
 * scale, deviations, whitening) is left out, so that they can be looked at.
 */
#ifndef INPUT_AUGMENT_PREVIEW_H
#define INPUT_AUGMENT_PREVIEW_H

#include "caffe/caffe.pb-c.h"
#include "dset/dset.h"
#include "image/image.h"
#include "input/feed.h"

enum { PREVIEW_SIDE = 512 }; /* pixels that a sample has at most */

/*
 * The first `count` samples of the layers of net in phase TRAIN (state: its stages,
 * or NULL), fed as o says, none larger than side pixels.  d: what their labels are
 * called, or NULL.  ERR_UNSUPPORTED: no layer gives pictures that can be looked at.
 */
int preview_draw(struct image *out, const Caffe__NetParameter *net,
    const Caffe__NetState *state, const struct dset *d,
    const struct feed_opts *o, int count, int side);

/* The same of a part of a data set, in an order of seed 0, with this
 * transform_param. */
int preview_dset(struct image *out, const struct dset *d, enum dset_part part,
    const Caffe__TransformationParameter *t, int threads, int count, int side);

#endif
