/*
 * Pulling one model out of a store, into a folder that appears whole.
 *
 * What is fetched gathers in OUT/.NAME.pull, where a later run goes on; when
 * every file is there and right the folder becomes OUT/NAME, and OUT/models.lock
 * says what was got and from where.  The next pull checks against it: files
 * that are right are kept, damaged ones fetched again, and a store that now
 * offers something else under the name is refused unless force is given.
 */
#ifndef STORE_PULL_H
#define STORE_PULL_H

#include "store/store.h"

struct pull_options {
	const char *out; /* the folder the model's folder comes into */
	int force;       /* take what the store has now, replace what is here */
	const char
	    *verify;     /* keys that must have signed the manifest, or NULL */
	const char *pin; /* the digest the model must have, or NULL */
	uint64_t max_size; /* cap for each file; 0: the free disk */
	/* asked before anything is fetched: 0 goes on; or NULL */
	int (*agree)(
	    void *ctx, const struct store *s, const struct store_model *m);
	/* a file that info.json names and the store has not */
	void (*missing)(
	    void *ctx, const struct store_model *m, const char *file);
	void *ctx;
};

struct pull_result {
	char *path; /* OUT/NAME; the caller's */
	char digest[HASH_HEX_MAX];
	int was_there; /* nothing had to be done */
	size_t files, missing;
	uint64_t fetched; /* bytes over the network */
	uint64_t size;
};

/* 0, or an error.  Files that are missing are no error: see the result. */
int store_pull(struct pull_result *r, struct http *h, struct store *s,
    struct store_model *m, const struct pull_options *o);

/* What is known of a model from the cache is asked for again; what a listing has
 * just told is not. */
int store_model_refresh(struct http *h, struct store *s, struct store_model *m);

#endif
