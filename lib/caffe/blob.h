/*
 * BlobProto: shapes and values of the arrays in caffemodels, solverstates and
 * mean files.
 *
 * A shape is in the field shape, or in num, channels, height, width (files of
 * before 2015: always four numbers, (1, 1, 1, n) for a bias).  Values are
 * floats, doubles, or NVcaffe's raw bytes (float, double, half).
 */
#ifndef CAFFE_BLOB_H
#define CAFFE_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caffe/caffe.pb-c.h"

enum { CAFFE_BLOB_DIMS = 32 }; /* Caffe's kMaxBlobAxes */

struct caffe_shape {
	int ndim;
	int64_t dim[CAFFE_BLOB_DIMS];
	size_t count; /* product; 1 for ndim 0 */
	bool legacy;  /* from num, channels, height, width */
};

/* ERR_FORMAT when a size is negative, there are too many, or the product
 * overflows; the sentence has no name in front. */
int caffe_blob_shape(struct caffe_shape *out, const Caffe__BlobProto *b);

/* "2 3 4 (24)" as Caffe prints shapes. */
enum { CAFFE_SHAPE_TEXT = 32 * 22 };
char *caffe_shape_text(char out[CAFFE_SHAPE_TEXT], const struct caffe_shape *s);

/* The values (diff: the gradients) as n floats into out; n must be both the
 * count of the shape and the number of values. */
int caffe_blob_floats(float *out, size_t n, const Caffe__BlobProto *b);
int caffe_blob_diffs(float *out, size_t n, const Caffe__BlobProto *b);
/* The same without a copy where the values are floats, else NULL. */
const float *caffe_blob_view(const Caffe__BlobProto *b);

/* A new blob of that shape with a copy of data (NULL: zeros). */
Caffe__BlobProto *
caffe_blob_new(const int64_t *dim, int ndim, const float *data);
/* The same in the old form, as mean.binaryproto has it. */
Caffe__BlobProto *caffe_blob_new_legacy(
    int num, int channels, int height, int width, const float *data);

#endif
