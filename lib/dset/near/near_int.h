/* What finding and telling of pictures that look the same share; near/ alone. */
#ifndef DSET_NEAR_INT_H
#define DSET_NEAR_INT_H

#include "dset/near/look.h"
#include "dset/near/near.h"
#include "dset/plan/duplicates.h"

struct near_item {
	struct look look;
	struct dset_fingerprint print;
	char *key; /* or NULL */
	uint32_t index;
	int32_t label;
	uint8_t part;
	size_t group; /* of near_set, once they are found; or NEAR_ALONE */
};
#define NEAR_ALONE SIZE_MAX

struct near_group {
	size_t *item; /* in order of the records */
	size_t n;
	bool across, conflict; /* several parts; several labels */
};

struct near_set {
	const struct dset *d;
	const struct near_options *o;
	struct near_item *v;
	size_t n, cap;
	bool classes; /* labels are classes */
	struct near_group *group;
	size_t ngroups;
	char **names[DSET_PARTS]; /* the files that records were made of */
	size_t nnames[DSET_PARTS];
};

/* Figures over all groups. */
struct near_figures {
	size_t near;      /* pictures that look like an earlier one */
	size_t equal;     /* of these, the same in every pixel */
	size_t leaks;     /* pictures of val and test that look like one of an
		       * earlier part */
	size_t conflicts; /* groups with several labels */
};
void near_count(struct near_figures *f, const struct near_set *s);

/* Join what looks the same: fills group of items and of the set. */
int near_join(struct near_set *s);
int near_say(struct buf *out, const struct near_set *s);

#endif
