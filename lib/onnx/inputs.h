/* The inputs of a file's graph.  For the inside of this module. */
#ifndef ONNX_INPUTS_H
#define ONNX_INPUTS_H

#include "onnx/node.h"

/* Values, and n->inputs.  Sizes that the file leaves open: the first
 * axis is the batch's, others are as imp->o says. */
int
onnx_inputs(struct onnx_import *imp, struct onnx_scope *s, struct onnx_net *n);

/* The Input layer of one, which a layer is about to read. */
int onnx_input(struct onnx_import *imp, struct onnx_value *v);

#endif
