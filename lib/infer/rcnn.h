/*
 * Inside of infer/: nets of Faster R-CNN and R-FCN as they are published.  They end
 * with windows, the scores and the offsets of each, and what makes boxes of these is
 * Python code behind the net; and they ask for the size of the picture, im_info.
 */
#ifndef INFER_RCNN_H
#define INFER_RCNN_H

#include "infer/inside.h"

/* A layer that makes boxes (RCNNDetectionOutput) goes behind a net for use that ends
 * so: blobs rois, cls_prob and bbox_pred, and the input im_info. */
void infer_rcnn_finish(Caffe__NetParameter *deploy);

/* The shape of im_info for so many pictures into in, where the net has it behind its
 * first input; how many there are: 0 or 1. */
int infer_rcnn_input(struct net_input *in, const struct infer *f, int n);
/* Its numbers, for a plan of so many pictures: height, width, 1 (as they were resized
 * before). */
int infer_rcnn_write(const struct infer *f, struct infer_plan *p, int n);

#endif
