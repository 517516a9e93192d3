/*
 * The file: the messages, and behind the rest of the graph its numbers, which are
 * fetched one array at a time.  A large model is so in memory but once.
 */
#ifndef ONNX_EXPORT_WRITE_H
#define ONNX_EXPORT_WRITE_H

#include "onnx/export/finish.h"

/* head: the model without its graph.  ERR_RANGE past 2 GB, which protobuf's readers
 * do not take; a name of "-" is standard output. */
int export_write(const Onnx__ModelProto *head, const struct export_graph *g,
    const char *path, int force);

/* IEEE half precision, rounded to nearest even; what is too large becomes the largest
 * number there is. */
uint16_t export_half(float v);

#endif
