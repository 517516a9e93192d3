/*
 * What the module nnutils-hdf5.so does for rows.h and hdf5.h, whose comments
 * hold here; it exports both tables.  Its structs begin with those below.
 */
#ifndef DSET_HDF5_OPS_H
#define DSET_HDF5_OPS_H

#include <stddef.h>
#include <stdint.h>

#include "dset/hdf5.h"
#include "dset/rows.h"

struct rows {
	const struct dset_rows_ops *ops;
};

enum { DSET_ROWS_ABI = 1, DSET_HDF5_ABI = 1 };

struct dset_rows_ops {
	int abi; /* DSET_ROWS_ABI */
	/* paths: the files, one at least. */
	int (*open)(struct rows **out, char *const *paths, size_t npaths,
	    const char *const *names, int n);
	void (*close)(struct rows *r);
	size_t (*count)(const struct rows *r);
	int (*shape)(const struct rows *r, int array, int64_t dim[ROWS_DIMS]);
	int (*read)(
	    struct rows *r, int array, size_t first, size_t n, float *out);
};

struct dset_hdf5_out {
	const struct dset_hdf5_ops *ops;
};

struct dset_hdf5_ops {
	int abi; /* DSET_HDF5_ABI */
	int (*create)(struct dset_hdf5_out **out, const char *dir, int channels,
	    int height, int width, size_t labels, int gzip, uint64_t limit);
	int (*put)(
	    struct dset_hdf5_out *h, const float *data, const float *labels);
	int (*finish)(struct dset_hdf5_out **h);
	void (*abort)(struct dset_hdf5_out **h);
};

extern const struct dset_rows_ops dset_rows_ops;
extern const struct dset_hdf5_ops dset_hdf5_ops;

#endif
