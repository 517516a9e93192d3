/*
 * What the module nnutils-hdf5.so does for who writes what nets put out; it exports
 * nn_hdf5_ops.  For the layer HDF5Output the file is made anew, its arrays grow a
 * batch at a time along their first axis.  One thread at a time.
 */
#ifndef NN_HDF5_OPS_H
#define NN_HDF5_OPS_H

#include <stddef.h>
#include <stdio.h>

#include "graph/shape.h"

struct hdf5_sink;

/* Floats in another file, which is open, from its beginning on. */
struct hdf5_array {
	const char *name;
	int ndim; /* 1 to SHAPE_MAX + 1 */
	size_t dim[SHAPE_MAX + 1];
	FILE *values;
};

enum { NN_HDF5_ABI = 2 };

struct nn_hdf5_ops {
	int abi; /* NN_HDF5_ABI */
	/* Datasets "data" and "label", whose batches have these shapes. */
	int (*open)(struct hdf5_sink **out, const char *path,
	    const struct shape shape[2]);
	/* A batch of each, on the disk when this returns. */
	int (*append)(struct hdf5_sink *k, const float *const v[2]);
	void (*close)(struct hdf5_sink *k); /* accepts NULL */
	/* A file of n arrays, whole or not at all. */
	int (*arrays)(
	    const char *path, int force, const struct hdf5_array *v, int n);
};

extern const struct nn_hdf5_ops nn_hdf5_ops;

#endif
