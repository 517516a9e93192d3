/*
 * Rows of named arrays that lie in one HDF5 file or in several, one behind the
 * other: what Caffe's HDF5Data layer reads.  An array's first axis counts rows;
 * all arrays of a file have as many, and all files the same shapes behind it.
 *
 * As record/hdf5.h says, libhdf5 runs in a process of its own.  One thread at a time.
 */
#ifndef RECORD_ROWS_H
#define RECORD_ROWS_H

#include <stddef.h>
#include <stdint.h>

enum { ROWS_DIMS = 7, ROWS_ARRAYS = 16 };

struct record_rows;
/* list: a text file with one path a line, as it is or beside the list; or one
 * HDF5 file itself.  names: the n arrays; NULL: data, label, and the other arrays
 * of numbers that all files have, in as many rows; at most ROWS_ARRAYS of them. */
int record_rows_open(struct record_rows **out, const char *list,
    const char *const *names, int n);
void record_rows_close(struct record_rows *r); /* accepts NULL */
size_t record_rows_count(const struct record_rows *r);
/* Axes behind the first, into dim; how many there are. */
int record_rows_shape(
    const struct record_rows *r, int array, int64_t dim[ROWS_DIMS]);
/* n rows from `first` on (first + n <= count) as floats. */
int record_rows_read(
    struct record_rows *r, int array, size_t first, size_t n, float *out);

#endif
