/*
 * HDF5 data sets, laid out as DIGITS and Caffe's HDF5Data layer have them: a
 * folder with list.txt, which names files; each file has data (N, C, H, W) and
 * label (N) or (N, K), both float32, the pixels 0..255 in R G B order.  Other
 * arrays of as many rows are columns too.
 *
 * Files are read in a process of their own (hdf5/apart.h): libhdf5 trusts them
 * more than this project does, and a crash of it is an error here.  Calls for one
 * set are taken one after the other.
 */
#ifndef RECORD_HDF5_H
#define RECORD_HDF5_H

#include <stddef.h>
#include <stdint.h>

#include "record/rows.h"

struct record_hdf5;
/* path: the folder, or its list. */
int record_hdf5_open(struct record_hdf5 **out, const char *path);
void record_hdf5_close(struct record_hdf5 *h); /* accepts NULL */
size_t record_hdf5_count(const struct record_hdf5 *h);
/* The arrays by number: data is 0, label 1, then the others by name.  data has
 * three axes behind the first, and neither it nor label one of nothing. */
int record_hdf5_arrays(const struct record_hdf5 *h);
const char *record_hdf5_name(const struct record_hdf5 *h, int array);
/* Axes behind the first, into dim; how many there are. */
int record_hdf5_dims(
    const struct record_hdf5 *h, int array, int64_t dim[ROWS_DIMS]);
int record_hdf5_row(struct record_hdf5 *h, int array, size_t i, float *out);

/*
 * Writing: a new file begins when the next picture would make the elements of
 * data pass limit (DIGITS: 2^31); files are called after the number of pictures
 * before them: 0.h5, ….
 */
struct record_hdf5_out;

/* A row of an array: (dim[0], …), of floats; rank 0: one number. */
struct record_array {
	const char *name;
	int rank; /* 3 at most */
	int64_t dim[3];
};

/* The first of the n arrays (ROWS_ARRAYS at most) is what limit is about. */
int record_hdf5_create(struct record_hdf5_out **out, const char *dir,
    const struct record_array *arrays, int n, int gzip, uint64_t limit);
/* A row of each. */
int record_hdf5_put(struct record_hdf5_out *h, const float *const *rows);
/* Closes files and list; frees, also on failure. */
int record_hdf5_finish(struct record_hdf5_out **h);
void record_hdf5_abort(struct record_hdf5_out **h);

#endif
