/*
 * What differs between two nets that are built: layers that only one has, that differ,
 * or that have but another name.
 *
 * Layers belong together that have one name (of several with it, the first with the
 * first); of those that are left, the ones between the same neighbours that are the same
 * in all but names: they were renamed.
 */
#ifndef NN_DIFF_H
#define NN_DIFF_H

#include <stdio.h>

#include "nn/net.h"
#include "prog/prog.h"

enum net_mark {
	NET_SAME,
	NET_ADDED,
	NET_REMOVED,
	NET_CHANGED,
	NET_RENAMED,
	NET_MARKS
};
const char *net_mark_name(enum net_mark mark); /* "added" */
const char *net_mark_sign(enum net_mark mark); /* "+ "; of NET_SAME "" */

struct net_diff_field {
	char *
	    name; /* "convolution_param.num_output", "type", "output", "weights" */
	char *a, *b; /* as text */
};

struct net_diff_row {
	enum net_mark mark;
	int a, b;        /* layers of the nets, or -1 */
	const char *was; /* its name in a; borrowed from that */
	struct net_diff_field *field;
	size_t nfields, cap;
};

struct net_diff {
	const struct net *a, *b; /* borrowed */
	struct net_diff_row
	    *row; /* in the order of b, with those of a between */
	size_t nrows, cap;
	size_t count[NET_MARKS];
};

/* From a to b. */
void
net_diff_make(struct net_diff *d, const struct net *a, const struct net *b);
void net_diff_clear(struct net_diff *d);
bool net_diff_same(const struct net_diff *d);
/* All that is not the same, as a table, TSV or JSON. */
int
net_diff_print(FILE *out, const struct net_diff *d, enum prog_format format);

/* A hash of all that a layer is but its name and those of its blobs, from h on. */
uint64_t net_layer_print(uint64_t h, const struct layer *l);
/* Inside: fields of the parameters in which the layers of r differ are added. */
void net_diff_fields(
    struct net_diff_row *r, const struct layer *a, const struct layer *b);
void net_diff_field(
    struct net_diff_row *r, const char *name, const char *a, const char *b);

#endif
