/*
 * Making a store of a folder of model folders: master.json, manifest.json, a
 * signature, a page for browsers; and looking whether all of it is right.  Any
 * static web server then serves the folder.
 */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include <stddef.h>

#include "store/store.h"

struct index_options {
	const char *message; /* "msg"; NULL: as it was, else a default */
	const char *sign;    /* private key, or NULL */
	int html;            /* write index.html too */
	int threads;
	/* a folder that is no model, a file that may not be; then left out */
	void (*problem)(void *ctx, const char *path, const char *what);
	void *ctx;
};

struct index_result {
	size_t models, files;
	uint64_t bytes;
	int unsigned_now; /* an old signature was removed */
};

int store_index(
    struct index_result *r, const char *dir, const struct index_options *o);

/*
 * Check a store, URL or folder, by pulling every model of it into a temporary
 * folder: missing files, bad JSON, digests, models that do not load.  The
 * number of problems, or an error.
 */
int store_check(struct http *h, const char *url, const char *verify,
    void (*problem)(void *ctx, const char *path, const char *what), void *ctx);

/* index.html for the manifest; infos are those of its models, in its order. */
int index_page(struct buf *out, const struct manifest *m,
    const struct store_model *models, const char *message);

#endif
