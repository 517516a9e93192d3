/* The files that a net names, noted as inputs (base/replace.h). */
#ifndef TRAIN_INPUTS_H
#define TRAIN_INPUTS_H

#include "caffe/caffe.pb-c.h"

void inputs_note(const Caffe__NetParameter *net);

#endif
