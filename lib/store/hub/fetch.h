/* Inside hub: files into the cache, right. */
#ifndef STORE_HUB_FETCH_H
#define STORE_HUB_FETCH_H

#include "store/hub/hub.h"
#include "store/hub/repo.h"

/*
 * The files into the folder dir, by their names there.  Those that are there and right
 * are not asked for; what was begun is gone on with.  Adds to r->fetched.  ERR_REFUSED:
 * a digest is another.
 */
int hub_fetch(struct hub_result *r, struct http *h, const struct hub_repo *repo,
    const struct hub_file *const *v, size_t n, const char *dir,
    const struct hub_options *o);

#endif
