/* Probabilities of the classes of a model whose last layer gives scores. */
#ifndef MODEL_IMPORTS_CLASSES_H
#define MODEL_IMPORTS_CLASSES_H

#include "model/model.h"

/*
 * The folder's net, whose only output is a score for each of as many classes as
 * labels.txt names, gets a Softmax "prob" at its end, as exporters leave it to those
 * who use the net.  Any other net stays as it is, also without labels.
 */
int model_add_probabilities(const char *dir, const struct model_info *info);

#endif
