/*
 * Classes that lists call by their names: names to numbers, in the order in which
 * they come, or those of a set that is given.
 */
#ifndef DSET_NAMES_H
#define DSET_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct dset_names;

/* n = 0: any name is taken; else those known, and no other.  Copied. */
struct dset_names *dset_names_new(const char *const *known, size_t n);
void dset_names_free(struct dset_names *t); /* accepts NULL */
/* The number of name, of a new one the next; -1: it is not among the known. */
int32_t dset_names_number(struct dset_names *t, const char *name);
size_t dset_names_count(const struct dset_names *t);
/* Name i; borrowed. */
const char *dset_names_at(const struct dset_names *t, size_t i);
/* Put them into the order of folders; now[i] is where name i went. */
void dset_names_sort(struct dset_names *t, int32_t *now);

#endif
