/*
 * Inside exports: layers that BVLC's Caffe has not, by those that it has and that do
 * the same:
 *
 *	ReLU6		Clip
 *	HardSwish	Power (x + 3), Clip (to 0..6), Power (by 6), Eltwise (product)
 */
#ifndef MODEL_EXPORTS_REWRITE_H
#define MODEL_EXPORTS_REWRITE_H

#include "caffe/caffe.pb-c.h"

/* In place; no layer with weights is touched, and layers of use are without rules. */
void rewrite_for_bvlc(Caffe__NetParameter *net);

#endif
