/*
 * NumPy's .npy files (format 1.0 to 3.0) of numbers: float64, float32, float16,
 * signed and unsigned integers of 1 to 8 bytes, bool, either byte order; what is in
 * Fortran order is brought to C's.  Written: little-endian float32, float64, uint8, int32, int64.
 */
#ifndef FILE_NPY_H
#define FILE_NPY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { NPY_DIMS = 32 };
enum npy_type {
	NPY_F32,
	NPY_F64,
	NPY_U8,
	NPY_I32,
	NPY_I64,
	/* these are read only */
	NPY_F16,
	NPY_I8,
	NPY_I16,
	NPY_U16,
	NPY_U32,
	NPY_U64,
	NPY_BOOL
};

struct npy {
	enum npy_type type;
	int ndim;
	size_t dim[NPY_DIMS];
	size_t count;     /* product of dim; 1 for ndim 0 */
	const void *data; /* host byte order; aligned only for npy_read's */
	void *owned;      /* what npy_clear frees */
};

/* Parse bytes; objects are ERR_UNSUPPORTED.  data points into p unless bytes had to
 * be moved.  name is for errors. */
int npy_parse(struct npy *out, const void *p, size_t n, const char *name);
/* A whole file of at most max bytes. */
int npy_read(struct npy *out, const char *path, size_t max);
void npy_clear(struct npy *a);
/* All values as float (doubles and integers rounded). */
void npy_floats(float *out, const struct npy *a);

/* Bytes of one element. */
size_t npy_size(enum npy_type type);
/* Append header (64-byte aligned) and data. */
int npy_add(struct buf *b, enum npy_type type, int ndim, const size_t *dim,
    const void *data);
/* The header alone, for data that follows in pieces. */
int
npy_add_header(struct buf *b, enum npy_type type, int ndim, const size_t *dim);
/* To a file, atomically; "-" is stdout. */
int npy_write(const char *path, enum npy_type type, int ndim, const size_t *dim,
    const void *data, int force);

#endif
