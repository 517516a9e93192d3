/*
 * What a file of ONNX says in its metadata of how pictures are prepared, and of its
 * classes: the keys nnutils.* (nnutils-onnx(7)), or names, imgsz, stride and task as
 * files of YOLO have them, whose pictures are R G B of 0 to 1.
 */
#ifndef MODEL_IMPORTS_NOTES_H
#define MODEL_IMPORTS_NOTES_H

#include "model/imports/prepare.h"
#include "onnx/file.h"

/* What is not said stays as it is; p->from is set where it is. */
int model_notes_take(struct model_prepared *p, const struct onnx_file *f);

#endif
