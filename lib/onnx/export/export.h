/*
 * A net for use and its weights as a file of ONNX.
 *
 * Blobs keep their names as tensors, layers as nodes; weights are called LAYER/K.  The
 * axis of items is free (called "N") wherever the net is the same for any number of
 * them.  man/nnutils-onnx.7 says what becomes of each type of layer.
 */
#ifndef ONNX_EXPORT_EXPORT_H
#define ONNX_EXPORT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "caffe/caffe.pb-c.h"

enum {
	ONNX_EXPORT_OPSET_MIN = 13,
	ONNX_EXPORT_OPSET = 17,
	ONNX_EXPORT_OPSET_MAX = 21
};

/* How pictures become the net's first input: 0 to 255, less the mean, times scale, each
 * channel over its deviation. */
struct onnx_preparation {
	int channels, height, width; /* of the input; 0 channels: no pictures */
	bool rgb;                    /* channels are R G B, else B G R */
	float scale;
	float mean[4];           /* of each channel, in the net's order */
	const float *mean_image; /* (C, H, W), before mean; NULL: none */
	float deviation[4];      /* 1: none */
	bool whiten; /* then each picture to mean 0 and deviation 1 */
};

/* What metadata_props say. */
struct onnx_note {
	const char *key, *value;
};

struct onnx_export {
	const Caffe__NetParameter *net; /* for use, upgraded */
	const Caffe__NetParameter *weights;
	int classes; /* for num_output left out; 0: not known */
	int opset;   /* 0: ONNX_EXPORT_OPSET */
	bool
	    half; /* weights and arithmetic in float16; inputs and outputs are not */
	bool fold_batchnorm; /* into the convolution before it */
	/* NULL: the input is prepared already; else it is a picture (N, H, W, C) of
	 * bytes, R G B, of the net's size */
	const struct onnx_preparation *prepare;
	/* (C, H, W): subtracted from the first input, where that is not prepared; or
	 * NULL */
	const float *mean_image;
	const struct onnx_note *notes;
	size_t nnotes;
	const char *version; /* of the program */
	/* Told why the number of items is fixed, if it is; or NULL. */
	void (*fixed)(void *ctx, int64_t items);
	void *ctx;
};

/*
 * Into path, whole or not at all.  ERR_UNSUPPORTED names a layer that has no form in
 * ONNX; ERR_FORMAT weights that are not the net's, or not all of them.
 */
int onnx_export(const struct onnx_export *o, const char *path, int force);

#endif
