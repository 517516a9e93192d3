/* A net's file: caffe_net_parse (caffe/upgrade.h), which knows fields but no types. */
#ifndef NN_READ_H
#define NN_READ_H

#include "caffe/caffe.pb-c.h"

/*
 * The net of a prototxt, upgraded; "-" is standard input.  *out is the caller's
 * (caffe_msg_free).  One without layers is an error.  Where the text fails as a net
 * and has a layer whose type is not here, that type is the error: what forks write
 * in their layers is of no use without them.
 */
int net_read(Caffe__NetParameter **out, const char *path);

#endif
