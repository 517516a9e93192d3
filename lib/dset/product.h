/* The folders that dset programs make, as -f knows them again. */
#ifndef DSET_PRODUCT_H
#define DSET_PRODUCT_H

#include "file/replace.h"

extern const struct replace_kind
    dset_kind; /* a data set: dataset.json says so */
/* Pictures as files, fetched or exported; their list is in the folder. */
extern const struct replace_kind dset_pictures_kind;

#endif
