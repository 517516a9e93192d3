/* Inside hub: what the hub says of a repository. */
#ifndef STORE_HUB_REPO_H
#define STORE_HUB_REPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "file/hash.h"

struct hub_options;
struct http;

struct hub_file {
	char *name;      /* may have folders in front */
	const char *url; /* of a file of no repository; NULL: of this */
	uint64_t size;   /* UINT64_MAX: not known */
	char sha256[HASH_HEX_MAX]; /* of large files; "" */
	char sha1[HASH_HEX_MAX];   /* of git's blob; "" */
};

struct hub_repo {
	char *endpoint; /* without a slash at its end */
	char *id;       /* "ORG/NAME" */
	char *asked;    /* the revision that was asked for, "main" */
	char *commit;   /* which that is */
	char *licence;  /* or NULL */
	char *cache;    /* the folder of this repository in the cache */
	struct hub_file *v;
	size_t n;
};

/* name: as hub_is.  ERR_USAGE. */
int hub_repo_name(struct hub_repo *r, const char *name);
/* Ask the hub, or the cache. */
int
hub_repo_ask(struct hub_repo *r, struct http *h, const struct hub_options *o);
void hub_repo_clear(struct hub_repo *r);
const struct hub_file *
hub_repo_find(const struct hub_repo *r, const char *name);
/* The URL of a file, of the commit; the caller's. */
char *hub_repo_url(const struct hub_repo *r, const struct hub_file *f);

/* From the hub's answer, the n bytes of text. */
int hub_repo_parse(struct hub_repo *r, const char *text, size_t n);

/*
 * The files that are wanted: the one with the weights first (what: that one, or NULL),
 * those that belong to it, and those that say how it is used.  ERR_MISSING: there are
 * none.  *out is the caller's.
 */
int hub_choose(const struct hub_file ***out, size_t *n,
    const struct hub_repo *r, const char *what);

/* The name of the standard net that weights of timm's are of, by the config.json in
 * the folder dir; NULL: none. */
const char *hub_standard_net(const char *dir);

#endif
