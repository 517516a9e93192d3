/* What nn/hdf5_ops.h calls arrays. */
#ifndef HDF5_ARRAYS_H
#define HDF5_ARRAYS_H

#include "nn/hdf5_ops.h"

int
h5_write_arrays(const char *path, int force, const struct hdf5_array *v, int n);

#endif
