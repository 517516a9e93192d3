/*
 * Caffe's HDF5 files of weights and solver states.
 *
 *	caffemodel.h5    /data/LAYER/I       float array, blob I of the layer
 *	solverstate.h5   /iter /current_step int; /learned_net string;
 *	                 /history/I          float array
 *
 * A "/" in a layer's name makes nested groups, as in Caffe's own files; groups
 * are walked and names put together again.  A blob that shares its values with
 * an earlier layer is an empty place in Caffe's file: it comes out as a gap (a
 * blob of no values).  Most call model.h, which finds out what a file is.
 */
#ifndef CAFFE_HDF5_H
#define CAFFE_HDF5_H

#include "caffe/caffe.pb-c.h"

int caffe_hdf5_is(const char *path); /* 1, 0, or an error */

int caffe_hdf5_read_weights(Caffe__NetParameter **out, const char *path);
int caffe_hdf5_write_weights(
    const char *path, const Caffe__NetParameter *net, int force);
int caffe_hdf5_read_state(Caffe__SolverState **out, const char *path);
int caffe_hdf5_write_state(
    const char *path, const Caffe__SolverState *state, int force);

#endif
