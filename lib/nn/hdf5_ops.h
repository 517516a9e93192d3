/*
 * What the module nnutils-hdf5.so does for the layer HDF5Output; it exports
 * nn_hdf5_ops.  The file is made anew, its arrays grow a batch at a time along
 * their first axis.  One thread at a time.
 */
#ifndef NN_HDF5_OPS_H
#define NN_HDF5_OPS_H

#include "graph/shape.h"

struct hdf5_sink;

enum { NN_HDF5_ABI = 1 };

struct nn_hdf5_ops {
	int abi; /* NN_HDF5_ABI */
	/* Datasets "data" and "label", whose batches have these shapes. */
	int (*open)(struct hdf5_sink **out, const char *path,
	    const struct shape shape[2]);
	/* A batch of each, on the disk when this returns. */
	int (*append)(struct hdf5_sink *k, const float *const v[2]);
	void (*close)(struct hdf5_sink *k); /* accepts NULL */
};

extern const struct nn_hdf5_ops nn_hdf5_ops;

#endif
