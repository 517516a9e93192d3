/* The net that a name stands for. */
#ifndef MODEL_NET_H
#define MODEL_NET_H

#include "nn/use.h"

/* A use of model_net_read besides enum net_use: of a model the one text for all
 * uses, original.prototxt, from which another training can start. */
enum { MODEL_NET_TEXT = -2 };

/*
 * A prototxt of any age ("-": stdin), a model folder, or an archive (by its
 * name), of whose nets the one for `use` (-1: deploy) is taken; or, where there
 * is no such file, a standard net.  Upgraded; the caller's: caffe_msg_free.
 *
 * A standard net brings the size of its pictures and its number of classes:
 * they go into d, if not NULL, where it leaves them open.
 */
int model_net_read(
    Caffe__NetParameter **out, const char *name, int use, struct net_data *d);

#endif
