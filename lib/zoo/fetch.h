/* Inside of zoo/: what fetching a model is made of. */
#ifndef ZOO_FETCH_H
#define ZOO_FETCH_H

#include "zoo/zoo.h"

/* deploy.prototxt, readme.md and info.json of a built-in model into dir. */
int zoo_builtin_files(const struct zoo_model *m, const char *dir);
/* The files of a gist's zip into dir; a single folder around them is left out. */
int zoo_zip_files(struct http *h, const char *url, const char *dir);

#endif
