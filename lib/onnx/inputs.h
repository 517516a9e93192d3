/* The inputs of a file's graph.  For the inside of this module. */
#ifndef ONNX_INPUTS_H
#define ONNX_INPUTS_H

#include "onnx/node.h"

/* Input layers and values, and n->inputs.  Sizes that the file leaves open: the first
 * axis is the batch's, others are as imp->o says. */
int
onnx_inputs(struct onnx_import *imp, struct onnx_scope *s, struct onnx_net *n);

#endif
