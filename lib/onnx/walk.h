/*
 * The nodes of a graph, a function or a branch, made into layers in their order.  For
 * the inside of this module.
 */
#ifndef ONNX_WALK_H
#define ONNX_WALK_H

#include "onnx/node.h"

struct onnx_walk {
	struct onnx_import *imp;
	struct onnx_scope *scope; /* with inputs and constants in it */
	Onnx__NodeProto *const *nodes;
	size_t nnodes;
	int opset;
	bool inner;                               /* a function or a branch */
	const Onnx__AttributeProto *const *outer; /* of the call */
	size_t nouter;
	/* the rest is for walk.c */
	bool *needed;
	struct onnx_value **made; /* outputs of all nodes, in a row */
	size_t *first;            /* where those of a node begin */
};

/* Make values for what the nodes make, and find which nodes these outputs need. */
int onnx_walk_outputs(
    struct onnx_walk *w, Onnx__ValueInfoProto *const *v, size_t n);
int onnx_walk_names(struct onnx_walk *w, char *const *names, size_t n);
int onnx_walk(struct onnx_walk *w);
void onnx_walk_clear(struct onnx_walk *w);

#endif
