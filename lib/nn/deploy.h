/*
 * The net for use, of a net for training.  Caffe's models are often published as a
 * train_val alone, which has data layers, labels and losses where use has an input
 * and probabilities.
 */
#ifndef NN_DEPLOY_H
#define NN_DEPLOY_H

#include <stdbool.h>
#include <stdint.h>

#include "caffe/caffe.pb-c.h"

/*
 * The layers of net in that state, without their rules, with an input of 1 x chw in
 * place of the data layer of pictures, without labels, losses and scores, and
 * without the branches that only they read (GoogLeNet's two other classifiers).
 * SoftmaxWithLoss becomes Softmax "prob", SigmoidCrossEntropyLoss Sigmoid "prob".
 * input: what the pictures are called when net has no data layer that says so.
 * *out is the caller's and stands with input fields: caffe_net_upgrade makes a
 * layer of them.
 */
int net_deploy_derive(Caffe__NetParameter **out, const Caffe__NetParameter *net,
    const Caffe__NetState *state, const char *input, const int64_t chw[3]);

/* The data layer of pictures in that state; NULL: there is none. */
const Caffe__LayerParameter *
net_picture_layer(const Caffe__NetParameter *net, const Caffe__NetState *state);

/* Does a rule of a layer name the stage "deploy", so that the net says itself what
 * it is for use? */
bool net_has_deploy(const Caffe__NetParameter *net);

#endif
