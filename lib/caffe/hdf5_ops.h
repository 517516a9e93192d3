/* What the module nnutils-hdf5.so does for hdf5.h; it exports caffe_hdf5_ops. */
#ifndef CAFFE_HDF5_OPS_H
#define CAFFE_HDF5_OPS_H

#include "caffe/caffe.pb-c.h"

enum { CAFFE_HDF5_ABI = 1 };

struct caffe_hdf5_ops {
	int abi; /* CAFFE_HDF5_ABI */
	int (*read_weights)(Caffe__NetParameter **out, const char *path);
	int (*write_weights)(
	    const char *path, const Caffe__NetParameter *net, int force);
	int (*read_state)(Caffe__SolverState **out, const char *path);
	int (*write_state)(
	    const char *path, const Caffe__SolverState *state, int force);
};

extern const struct caffe_hdf5_ops caffe_hdf5_ops;

#endif
