/*
 * A model as a file of ONNX, with what onnx/export/export.h does not know of: class
 * names, how pictures are prepared, and what the outputs mean, as metadata.
 *
 * Keys of the metadata are those of man/nnutils-onnx.7.
 */
#ifndef INFER_EXPORTS_ONNX_H
#define INFER_EXPORTS_ONNX_H

#include <stdbool.h>

#include "model/model.h"

struct infer_onnx {
	int opset;           /* 0: onnx/export/export.h's */
	bool half;           /* --fp16 */
	bool fold_batchnorm; /* --fold-batchnorm */
	bool prepare;        /* --with-preparation */
	bool check; /* read it again and run both before it is written */
};

/* Whole or not at all; "-" is standard output.  A number of items that is fixed is
 * warned of. */
int infer_export_onnx(const struct model *m, const struct infer_onnx *o,
    const char *path, int force);

#endif
