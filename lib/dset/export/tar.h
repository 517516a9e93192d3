/*
 * A tar stream of plain files (POSIX ustar), written as it comes: owner 0, mode
 * 644, time 0, so that the same files give the same bytes.
 */
#ifndef DSET_EXPORT_TAR_H
#define DSET_EXPORT_TAR_H

#include <stddef.h>
#include <stdio.h>

struct tar {
	FILE *f; /* borrowed */
};

/* Names of at most 255 bytes that ustar can split. */
int tar_add(struct tar *t, const char *name, const void *p, size_t n);
int tar_end(struct tar *t); /* and flush */

#endif
