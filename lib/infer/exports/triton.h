/*
 * A model in a model repository of the Triton Inference Server:
 *
 *	REPO/NAME/config.pbtxt
 *	REPO/NAME/labels.txt         where there are class names
 *	REPO/NAME/VERSION/model.onnx
 *
 * A version appears whole, under the next number, so that a server which polls the
 * repository never sees a part of one; versions that are there are left as they are.
 */
#ifndef INFER_EXPORTS_TRITON_H
#define INFER_EXPORTS_TRITON_H

#include "infer/exports/onnx.h"

/*
 * name: what the model is called there; letters that a folder of Triton's may not
 * have become "_".  *made is REPO/NAME/VERSION/model.onnx, the caller's.  ERR_REFUSED:
 * a config.pbtxt or labels.txt is there that does not suit the model; with force it is
 * replaced.
 */
int infer_export_triton(const struct model *m, const struct infer_onnx *o,
    const char *repo, const char *name, int force, char **made);

#endif
