/* The standard data sets: names of files and classes.  For fetch.c alone. */
#ifndef DSET_FETCH_SETS_H
#define DSET_FETCH_SETS_H

#include <stddef.h>

struct fetch_set {
	const char *name;
	const char *url;            /* a folder */
	const char *const *files;   /* in it; NULL at the end */
	const char *const *classes; /* NULL at the end; NULL: numbers */
	const char *const *coarse;  /* CIFAR-100 */
	int label_bytes;            /* CIFAR: 1 or 2; idx: 0 */
};

/* By name; NULL: not a known one. */
const struct fetch_set *fetch_set_find(const char *name);

#endif
