/*
 * Classes by name: the labels file, and the map that renames and merges them
 * (--class-map FILE: lines "name TAB new name"; an empty new name leaves the
 * class out; names that are not in the file stay as they are).
 */
#ifndef DSET_CLASSMAP_H
#define DSET_CLASSMAP_H

#include <stddef.h>

struct dset_classmap;
int dset_classmap_read(struct dset_classmap **out, const char *path);
void dset_classmap_free(struct dset_classmap *m); /* accepts NULL */
/* The name to use; "" = leave out.  m may be NULL.  Borrowed. */
const char *dset_classmap_name(const struct dset_classmap *m, const char *name);

/* Names the lines that no class was found for. */
void dset_classmap_warn(const struct dset_classmap *m, const char *path);

/* Names sorted for finding; v is borrowed and must stay. */
struct dset_index;
struct dset_index *dset_index_new(char *const *v, size_t n);
void dset_index_free(struct dset_index *x); /* accepts NULL */
/* The first place of name in v, or -1. */
long dset_index_find(const struct dset_index *x, const char *name);
/* A place whose name stands in v twice, or -1. */
long dset_index_twice(const struct dset_index *x);

#endif
