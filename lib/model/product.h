/* A model folder, as -f knows it again. */
#ifndef MODEL_PRODUCT_H
#define MODEL_PRODUCT_H

#include "file/replace.h"

/* info.json says that it is one, or the list that goes with other files. */
extern const struct replace_kind model_kind;
/* Its own files have no list; those that are there besides get one. */
int model_list_others(const char *dir);
/* Is the file, named from the folder, one that outputs must not replace?  For
 * prog.reads. */
int model_holds(const char *rel);

#endif
