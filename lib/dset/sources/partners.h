/*
 * The second folder of pairs, masks or targets: which file of it belongs to which
 * picture, and whether all have one size.
 */
#ifndef DSET_SOURCES_PARTNERS_H
#define DSET_SOURCES_PARTNERS_H

#include <stdbool.h>

#include "dset/list.h"
#include "dset/sources/pairs.h"

struct dset_partner {
	struct dset_stem stem; /* "sub/a" of sub/a.png */
	const char *path;
	const char *taken; /* by this picture, or NULL */
};

struct dset_partners {
	const struct dset_pairs *from; /* whose labels is the folder */
	const char *what;              /* "mask" */
	struct dset_list found;
	struct dset_partner *v; /* by stem */
};

/* Look the folder through; to be cleared also where that fails. */
int dset_partners_find(
    struct dset_partners *p, const struct dset_pairs *from, const char *what);
void dset_partners_clear(struct dset_partners *p);
/* The one of a picture, below the same folder or at the top; it is not given a
 * second time. */
int dset_partners_take(
    struct dset_partner **out, struct dset_partners *p, const char *picture);
/* Those that belong to no picture are told to bad. */
int
dset_partners_lonely(const struct dset_partners *p, const struct dset_bad *bad);

/* The size that all pictures of a folder have. */
struct dset_one_size {
	int width, height; /* of the first; 0: there was none yet */
	char *first;       /* its path; owned */
	bool differ;       /* others have another */
};
/* One more picture.  alike: it is ERR_FORMAT where it has another size, with the
 * option that would bring all to one in the sentence. */
int dset_one_size(struct dset_one_size *s, const struct image_info *info,
    const char *path, bool alike, const char *option);

#endif
