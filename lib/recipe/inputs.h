/* The files that a net names, noted as inputs (file/replace.h). */
#ifndef RECIPE_INPUTS_H
#define RECIPE_INPUTS_H

#include "caffe/caffe.pb-c.h"

void inputs_note(const Caffe__NetParameter *net);

#endif
