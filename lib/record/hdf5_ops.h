/*
 * What the module nnutils-hdf5.so does for rows.h and hdf5.h, whose comments
 * hold here; it exports both tables.  Its structs begin with those below.
 */
#ifndef RECORD_HDF5_OPS_H
#define RECORD_HDF5_OPS_H

#include <stddef.h>
#include <stdint.h>

#include "record/hdf5.h"
#include "record/rows.h"

struct record_rows {
	const struct record_rows_ops *ops;
};

enum { RECORD_ROWS_ABI = 2, RECORD_HDF5_ABI = 2 };

struct record_rows_ops {
	int abi; /* RECORD_ROWS_ABI */
	/* paths: the files, one at least.  names NULL: all arrays. */
	int (*open)(struct record_rows **out, char *const *paths, size_t npaths,
	    const char *const *names, int n);
	void (*close)(struct record_rows *r);
	size_t (*count)(const struct record_rows *r);
	int (*arrays)(const struct record_rows *r);
	const char *(*name)(const struct record_rows *r, int array);
	int (*shape)(
	    const struct record_rows *r, int array, int64_t dim[ROWS_DIMS]);
	int (*read)(struct record_rows *r, int array, size_t first, size_t n,
	    float *out);
};

struct record_hdf5_out {
	const struct record_hdf5_ops *ops;
};

struct record_hdf5_ops {
	int abi; /* RECORD_HDF5_ABI */
	int (*create)(struct record_hdf5_out **out, const char *dir,
	    const struct record_array *arrays, int n, int gzip, uint64_t limit);
	int (*put)(struct record_hdf5_out *h, const float *const *rows);
	int (*finish)(struct record_hdf5_out **h);
	void (*abort)(struct record_hdf5_out **h);
};

extern const struct record_rows_ops record_rows_ops;
extern const struct record_hdf5_ops record_hdf5_ops;

#endif
