/*
 * The classes of a scan: those that have the same name (after the class map) are
 * one group, and entries are ordered by group.  For plan.c alone.
 */
#ifndef DSET_GROUPS_H
#define DSET_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dset/plan/classmap.h"
#include "dset/sources/source.h"

enum { GROUP_LEFT_OUT = -1 };

struct dset_group {
	const char *name;
	const char *place; /* its (first) folder, "" in lists */
	size_t first, n;   /* in the order array */
	int32_t label;     /* or GROUP_LEFT_OUT */
	size_t was;        /* its number before sorting */
};

struct dset_groups {
	struct dset_scan *scan; /* borrowed */
	struct dset_group *v;
	size_t n, cap;
	int32_t *to;     /* class of the scan -> group, or GROUP_LEFT_OUT */
	uint32_t *order; /* entries, group by group */
};

/*
 * Classes into groups.  The map may name a folder or its class.  Two folders beside
 * each other with the same name, or a name twice in a labels file, are ERR_FORMAT
 * where it does not: they would be merged unseen.
 */
int dset_groups_make(
    struct dset_groups *g, const struct dset_classmap *map, bool folders);
/* Count and order the entries by group, keeping their order within one. */
int dset_groups_order(struct dset_groups *g);
void dset_groups_clear(struct dset_groups *g);

#endif
