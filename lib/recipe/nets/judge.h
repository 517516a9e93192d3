/* Can the nets of a training be built?  Asked before anything is made, of the
 * builder that all programs use (nn/net.h). */
#ifndef RECIPE_JUDGE_H
#define RECIPE_JUDGE_H

#include "model/model.h"
#include "train/train.h"

/* The net that will answer: the sentence says that it is this one, of the net
 * called name (NULL: no name).  classes as net_opts has it; deploy may be NULL.
 * labels: lines of labels.txt, said where the net has not as many outputs; 0: not
 * known. */
int judge_deploy(const Caffe__NetParameter *deploy, const char *name,
    int classes, size_t labels);

/* A warning where a pretrained model was trained on channels in another order. */
void judge_order(const struct model_info *m, const char *name, bool rgb);
/* A warning: pictures of so many channels have no order that --rgb could change. */
void judge_channels(const char *dataset, int channels);

/* What was asked for of a training that it cannot do: arrays for tops that no
 * layer has (ERR_USAGE), an end by validations that there are not (a warning). */
int judge_asked(const struct train_job *job);

#endif
