/*
 * Nets and weights that a model folder's files are made of, and not copies: a standard
 * net by its name, and weights as arrays (nn/torch/torch.h).
 */
#ifndef MODEL_IMPORTS_BUILT_H
#define MODEL_IMPORTS_BUILT_H

#include "model/pack.h"

/* Is the net none of a file, but a standard one? */
bool import_is_standard(const char *net);

/*
 * original.prototxt, deploy.prototxt (or train_val.prototxt, of a net that is only for
 * training) and model.caffemodel in the folder dir, and what info is to say of them.
 * A classifier gets as many classes as the weights have.  Weights by names of
 * torchvision's or timm's bring how these prepare pictures.
 */
int import_built(
    const struct model_import *o, const char *dir, struct model_info *info);

#endif
