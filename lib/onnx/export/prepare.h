/* What is done to a picture before the net's first layer, as nodes. */
#ifndef ONNX_EXPORT_PREPARE_H
#define ONNX_EXPORT_PREPARE_H

#include "onnx/export/build.h"
#include "onnx/export/export.h"

/* The INPUT tensor is what becomes of a picture; *io, which is of the tensor, becomes
 * that of the picture.  ERR_UNSUPPORTED where the net takes no pictures. */
int export_prepare(struct export *e, const struct onnx_preparation *p,
    int tensor, struct export_io *io);

#endif
