/*
 * Rows of named arrays that lie in one HDF5 file or in several, one behind the
 * other: what Caffe's HDF5Data layer reads.  An array's first axis counts rows;
 * all arrays of a file have as many, and all files the same shapes behind it.
 *
 * As dset/hdf5.h says, libhdf5 runs in a process of its own.  One thread at a time.
 */
#ifndef DSET_ROWS_H
#define DSET_ROWS_H

#include <stddef.h>
#include <stdint.h>

enum { ROWS_DIMS = 7, ROWS_ARRAYS = 16 };

struct rows;
/* list: a text file with one path a line, as it is or beside the list; or one
 * HDF5 file itself.  names: the n arrays. */
int dset_rows_open(
    struct rows **out, const char *list, const char *const *names, int n);
void dset_rows_close(struct rows *r); /* accepts NULL */
size_t dset_rows_count(const struct rows *r);
/* Axes behind the first, into dim; how many there are. */
int dset_rows_shape(const struct rows *r, int array, int64_t dim[ROWS_DIMS]);
/* n rows from `first` on (first + n <= count) as floats. */
int
dset_rows_read(struct rows *r, int array, size_t first, size_t n, float *out);

#endif
