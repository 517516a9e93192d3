/* Inside store: which files a pull is made of, and what is known of them. */
#ifndef STORE_PLAN_H
#define STORE_PLAN_H

#include "store/store.h"

enum plan_state { PLAN_FETCH, PLAN_HERE, PLAN_MISSING };

struct plan_file {
	char *name;
	int required;     /* the model is nothing without it */
	int named;        /* info.json or aux.json names it */
	const char *text; /* its content, if it is known already */
	const struct manifest_file *known; /* promised size and digest */
	enum plan_state state;
	int in_place;              /* HERE, and right in the target already */
	char sha256[HASH_HEX_MAX]; /* once it is here */
	uint64_t size;
};

struct pull_plan {
	struct plan_file *v;
	size_t n;
};

/*
 * With a manifest, its files; named ones it does not have are missing.  Without,
 * info.json, what it names, aux.json and what that names.  locked: digests of
 * an earlier pull, which hold where the manifest says nothing.
 */
int pull_plan_make(struct pull_plan *p, const struct store_model *m,
    const struct manifest_model *offered, const struct manifest_model *locked);
void pull_plan_free(struct pull_plan *p);
/* Bytes still to come, 0 when that is not known. */
uint64_t pull_plan_bytes(const struct pull_plan *p);

#endif
