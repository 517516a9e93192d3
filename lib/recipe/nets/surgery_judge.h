/* Is a net that is only for use good for a data set? */
#ifndef RECIPE_SURGERY_JUDGE_H
#define RECIPE_SURGERY_JUDGE_H

#include "recipe/nets/surgery_use.h"

/* For its task, the size of its pictures (of input, the net's Input layer), and batches
 * of any size; errors are those of surgery_for_use. */
int surgery_judge(const Caffe__NetParameter *net,
    const Caffe__LayerParameter *input, const char *scores,
    const struct surgery_use *u);

#endif
