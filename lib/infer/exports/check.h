/* Is a file of ONNX the model that it was made of?  Read by our own reader and run. */
#ifndef INFER_EXPORTS_CHECK_H
#define INFER_EXPORTS_CHECK_H

#include "infer/inside.h"
#include "onnx/export/export.h"

/*
 * Both nets run once on the CPU with the same random inputs.  o: as the file was
 * written; its preparation and its mean image are in the graph.  limit: how much a
 * number of an output may be off, of the largest one.  ERR_FORMAT names the output
 * that is off by more.
 */
int infer_onnx_check(const struct infer *f, const char *path,
    const struct onnx_export *o, double limit);

#endif
