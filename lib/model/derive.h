/* The net for use of a model that came without one, from its net for training. */
#ifndef MODEL_DERIVE_H
#define MODEL_DERIVE_H

#include "model/model.h"

/*
 * Where info names no deploy file and the train_val or model file of the folder
 * dir is a net for training: DIR/deploy.prototxt is made of it (nn/deploy.h), and
 * info gets its name and, unless it has them, the mean and scale that the data
 * layer states.  A size that neither info->dims nor the data layer tells is warned
 * of, and there is no deploy.prototxt then.
 */
int model_derive_deploy(struct model_info *info, const char *dir);

#endif
