/*
 * An order of models: operands as store-pull takes them, [STORE:]NAME
 * [@sha256:DIGEST], or all that the stores have, pulled one after the other.
 *
 * The stores are asked once.  A cached listing is good enough to find a model
 * in; what is known of the model, and the store's manifest, are asked for again
 * before it is pulled, the manifest once for each store.
 */
#ifndef STORE_ORDER_H
#define STORE_ORDER_H

#include "store/pull.h"

struct pull_order {
	const char *const *urls; /* of the stores */
	size_t n_urls;
	char **names; /* none: all models */
	size_t n_names;
	struct pull_options pull; /* its pin comes from the names */
	/* a model is there; 1: but it is no good */
	int (*pulled)(void *ctx, const struct store *s,
	    const struct store_model *m, const struct pull_result *r);
	/* one of several could not be had: the sentence is set */
	void (*failed)(void *ctx);
	void *ctx;
};

/* 0, or an error: ERR_ITEMS when some of several, or some of the files, could
 * not be had. */
int store_pull_order(struct http *h, const struct pull_order *o);

struct store_found {
	struct store *s;
	struct store_model *m;
};

/* The model that [STORE:]NAME stands for: by its folder, else by the name in
 * info.json.  ERR_USAGE when several are meant. */
int store_find(struct store_found *f, struct stores *all, const char *name);

#endif
