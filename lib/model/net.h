/* The net that a name stands for. */
#ifndef MODEL_NET_H
#define MODEL_NET_H

#include "nn/use.h"

/*
 * A standard net, a prototxt of any age ("-": stdin), or a model folder or
 * archive, of whose nets the one for `use` (< 0: deploy) is taken.  Upgraded;
 * the caller's: caffe_msg_free.
 *
 * A standard net brings the size of its pictures and its number of classes:
 * they go into d where it leaves them open.
 */
int model_net_read(
    Caffe__NetParameter **out, const char *name, int use, struct net_data *d);

#endif
