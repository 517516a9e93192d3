/* A model of ONNX as the files of a model folder. */
#ifndef MODEL_IMPORTS_ONNX_H
#define MODEL_IMPORTS_ONNX_H

#include "model/model.h"

/* What the file leaves open: 0 and NULL for nothing. */
struct model_onnx {
	int size[2]; /* width and height of pictures */
};

/*
 * Into the folder dir: deploy.prototxt and model.caffemodel; info gets their names and
 * what the file says of itself.  o may be NULL.  Errors name the file.
 */
int model_onnx_take(const char *dir, struct model_info *info, const char *path,
    const struct model_onnx *o);

#endif
