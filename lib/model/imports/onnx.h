/* A model of ONNX as the files of a model folder. */
#ifndef MODEL_IMPORTS_ONNX_H
#define MODEL_IMPORTS_ONNX_H

#include "model/model.h"

/* What the file leaves open: 0 and NULL for nothing. */
struct model_onnx {
	int size[2]; /* width and height of pictures */
};

/*
 * Into the folder dir: deploy.prototxt and model.caffemodel, and labels.txt where class
 * names are known; info gets their names and what the file, and those beside it, say of
 * how pictures are prepared (prepare.h; "unknown", where they say nothing and the net
 * takes pictures).  o may be NULL.  Errors name the file.
 */
int model_onnx_take(const char *dir, struct model_info *info, const char *path,
    const struct model_onnx *o);

#endif
