/* The step from V0 (2013) to V1 (2014); see upgrade.h. */
#ifndef CAFFE_UPGRADE_V0_H
#define CAFFE_UPGRADE_V0_H

#include "caffe/caffe.pb-c.h"

/* Every layers(i).layer becomes the fields of layers(i); "padding" layers go
 * into the convolution or pooling that reads them. */
int caffe_upgrade_v0(Caffe__NetParameter *net);

/* The message in field name of m, made when absent. */
void *caffe_msg_sub(void *m, const char *name);

#endif
