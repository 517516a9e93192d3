/*
 * The files that hold weights: caffemodel, solverstate (each binary or HDF5,
 * told apart by content) and mean.binaryproto.
 *
 * Errors name the file and the place: a byte offset and field for binary files,
 * an object's path for HDF5.  What is returned is the caller's (caffe_msg_free).
 */
#ifndef CAFFE_MODEL_H
#define CAFFE_MODEL_H

#include "caffe/caffe.pb-c.h"

/*
 * A caffemodel of any age, upgraded to today's form (upgrade.h).  From HDF5
 * only names and blobs of layers are known: layer[i].name and .blobs.
 */
int caffe_weights_read(Caffe__NetParameter **out, const char *path);
/* HDF5 when the name ends in ".h5", else binary. */
int caffe_weights_write(
    const char *path, const Caffe__NetParameter *net, int force);

int caffe_state_read(Caffe__SolverState **out, const char *path);
int
caffe_state_write(const char *path, const Caffe__SolverState *state, int force);

/* mean.binaryproto, or a .npy of (C, H, W), (1, C, H, W), (H, W, C), (H, W) or (C)
 * numbers in the channel order of the net's data (B G R); C is 1 or 3 where it is
 * last. */
int caffe_mean_read(Caffe__BlobProto **out, const char *path);
/* The first and third of three channels change places (BGR, RGB); other means stay
 * as they are. */
int caffe_mean_swap(Caffe__BlobProto *mean);
/* By extension: ".npy", else binaryproto. */
int caffe_mean_write(const char *path, const Caffe__BlobProto *mean, int force);

#endif
