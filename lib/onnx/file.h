/*
 * A file of ONNX: read with bounds, its numbers left where they are until they are
 * asked for (in the mapped file, or in files beside it).
 *
 * Files of IR versions from 1 on are taken; what an operator means depends on the
 * opset.  Data beside the file must lie in its folder or below (ERR_REFUSED).
 */
#ifndef ONNX_FILE_H
#define ONNX_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "onnx/array.h"
#include "onnx/onnx.pb-c.h"

/* The opset up to which operators are known here. */
enum { ONNX_OPSET_MAX = 23, ONNX_NODES_MAX = 100000 };
/* Graphs in attributes, functions in functions. */
enum { ONNX_DEPTH_MAX = 16 };

struct onnx_file {
	char *path; /* as it was named */
	Onnx__ModelProto *model;
	int opset; /* of ONNX's own operators */
	/* the rest is for file.c */
	const void *map;
	size_t size;
	bool mapped;
	struct onnx_beside *beside; /* files with data */
	size_t nbeside, beside_cap;
};

/* Does the name, or what is in the file, say that it is one? */
bool onnx_named(const char *path);

/* Errors name the file.  Every file that is opened is noted as read (file/deps). */
int onnx_file_open(struct onnx_file **out, const char *path);
/* Of bytes that outlive it; the numbers of other files are looked for beside name. */
int onnx_file_parse(
    struct onnx_file **out, const void *p, size_t n, const char *name);
void onnx_file_close(struct onnx_file *f); /* accepts NULL */

/* The numbers of a tensor, which may stay in the file.  ERR_UNSUPPORTED names
 * types that are not read, ERR_FORMAT what does not fit its shape. */
int onnx_file_array(
    struct onnx_array **out, struct onnx_file *f, const Onnx__TensorProto *t);
/* The same of a tensor that stands alone (test data); f NULL. */
int onnx_tensor_read(struct onnx_array **out, const char *path);

/* n bytes, or with raw NULL the tensor's own lists, as numbers (decode.c). */
int onnx_decode(struct onnx_array **out, const Onnx__TensorProto *t,
    const void *raw, size_t n);

/* Is it the domain of ONNX's own operators, by either name or none? */
bool onnx_own_domain(const char *domain);

/* The entry of metadata_props, or NULL. */
const char *onnx_file_note(const struct onnx_file *f, const char *key);

#endif
