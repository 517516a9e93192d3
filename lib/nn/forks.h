/* Layer types that are not here, and whose they are: only for sentences. */
#ifndef NN_FORKS_H
#define NN_FORKS_H

/* "SSD" for "MultiBoxLoss": the project that a type is known from; or NULL. */
const char *layer_project(const char *type);

/* The error of a layer whose type layer_type_find does not know. */
int layer_type_missing(const char *type);

#endif
