/*
 * From a file of ONNX to a net of layers with their weights.
 *
 * Nodes become layers in the order of the file: one or several each, with the names
 * that the file gives.  What is constant is worked out here, shapes among it; what
 * no output needs is left out.  The net takes any batch size unless the file states
 * one on which it depends.
 */
#ifndef ONNX_IMPORT_H
#define ONNX_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "caffe/caffe.pb-c.h"
#include "onnx/array.h"
#include "onnx/file.h"

/* What is known of an input besides the file. */
struct onnx_given {
	const char *name;
	/* Its shape, where the file leaves it open; and its numbers, where a layer
	 * can only be made with them (sizes, places, weights). */
	const struct onnx_array *value;
};

struct onnx_opts {
	int64_t
	    size[2]; /* height, width of pictures the file leaves open; or 0 */
	bool fixed_batch; /* sizes are what given and the file say */
	const struct onnx_given *given;
	size_t ngiven;
};

/* An input or output of the file, and the blob of the net that it is. */
struct onnx_port {
	char *name, *blob;
	int type;
	struct onnx_dims dims; /* N: the batch size */
	/* Outputs of rows that the data choose: the blob that says how many come; the
	 * rest of the blob is 0.  Else NULL. */
	char *rows;
	int rows_axis;
	bool used; /* inputs: it is a bottom; else its numbers are in the net */
};

struct onnx_net {
	Caffe__NetParameter *net; /* for use; layers with blobs; batch size 1 */
	struct onnx_port *inputs, *outputs;
	size_t ninputs, noutputs;
	bool batch_free;
};

/* Errors name the file and the node.  ERR_UNSUPPORTED: an operator, or a use of
 * one, that is not offered. */
int onnx_import(
    struct onnx_net **out, struct onnx_file *f, const struct onnx_opts *o);
void onnx_net_free(struct onnx_net *n); /* accepts NULL */

#endif
