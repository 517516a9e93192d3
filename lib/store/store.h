/*
 * Model stores, as DIGITS has them: a static folder tree behind any web server
 * (or just a folder), one folder per model with info.json, aux.json and files,
 * and master.json that lists them; where that is missing, the server's
 * directory listing does.
 *
 *	struct store_options o;
 *	struct stores *s = NULL;
 *	store_options_init(&o);
 *	rc = stores_list(&s, http, urls, n, &o);
 *	... s->v[i].models.v[j] ...
 *	stores_free(s);
 *
 * Listings are kept in the cache ($NNUTILS_CACHE/store) with the validators of
 * every file they were made from, so that a refresh asks only what has changed,
 * and a store that is down can still be listed.
 *
 * A broken model or store has rc < 0 and a sentence; the others are complete.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "model/model.h"
#include "store/manifest.h"

struct http;

/* What DIGITS asks when it is told nothing. */
#define STORE_DEFAULT                                                          \
	"http://developer.download.nvidia.com/compute/machine-learning/"       \
	"modelstore/6.0"

enum {
	STORE_MODELS_MAX = 20000,
	STORE_INFO_MAX = 1 << 20,   /* bytes of an info.json or aux.json */
	STORE_MASTER_MAX = 16 << 20 /* bytes of a master.json */
};

struct store_doc {  /* one small file of a store and what to ask next time */
	char *text; /* NULL: it is not there */
	char *etag;
	char *modified;
};

struct store_model {
	char *dir; /* its folder: the name it is pulled by */
	struct store_doc info_doc, aux_doc;
	struct model_info info;
	char *dataset, *licence, *logo; /* of aux.json, or NULL */
	char *licence_file;             /* license.txt, if aux.json is there */
	uint64_t size;                  /* bytes; UINT64_MAX: not known */
	int size_is_weights;            /* size counts the snapshot only */
	size_t files;
	char digest[HASH_HEX_MAX]; /* "" when there is no manifest */
	int rc;                    /* < 0: broken */
	struct err_saved error;
};

struct store {
	char *url;     /* ends in '/'; a folder's path otherwise */
	char *label;   /* short and unique among the listed */
	char *welcome; /* "msg" of master.json */
	int is_dir;
	struct store_doc master_doc, manifest_doc;
	struct manifest *manifest; /* or NULL */
	char *verified;            /* the keys that it was found signed by */
	struct {
		struct store_model *v; /* by dir */
		size_t n, cap;
	} models;
	time_t fetched; /* when it was asked; 0: never */
	int cached;     /* this is from the cache */
	int asked;      /* the manifest was asked for since it was read there */
	int down;       /* ... because it could not be asked: see error */
	int rc;         /* < 0: nothing is known about it */
	struct err_saved error;
};

struct stores {
	struct store *v;
	size_t n;
};

struct store_options {
	int refresh;       /* ask, however new the cache is */
	double max_age;    /* seconds a cached listing is good for (86400) */
	const char *cache; /* folder; NULL: the usual one; "": none */
};

void store_options_init(struct store_options *o);

/* The stores to ask when none is named: $DIGITS_MODEL_STORE_URL at its commas,
 * else STORE_DEFAULT. */
char **store_urls(size_t *n);
void store_urls_free(char **urls, size_t n); /* accepts NULL */

/* Everything that is on offer.  An error only for wrong usage; look at rc of
 * each store and model. */
int stores_list(struct stores **out, struct http *h, const char *const *urls,
    size_t n, const struct store_options *o);
void stores_free(struct stores *s); /* accepts NULL */

/* One small file of a store, whole, past any cache; ERR_MISSING when it is not
 * there. */
int store_read(struct buf *b, struct http *h, const struct store *s,
    const char *dir, const char *name);
/* Where a file of a model is: a URL or a path; the caller's. */
char *store_place(const struct store *s, const char *dir, const char *name);

/* Inside the module. */
void store_clear(struct store *s);
void store_doc_clear(struct store_doc *d);
/* Add a model; a name that may not be makes it a broken one. */
struct store_model *store_model_add(struct store *s, const char *dir);
void store_model_drop(struct store_model *m); /* free what is in it */
void store_models_sort(struct store *s);
/* Make info, dataset … from the documents; sets rc and error. */
void store_model_read(struct store_model *m, const struct store *s);
/* master.json: the welcome and a model for each child. */
int store_master_read(struct store *s);
int store_manifest_read(struct store *s);
void store_list_folder(struct store *s);
void store_list_network(struct http *h, struct store *const *v, size_t n);
/* The documents of a model again, and the manifest if that was not asked for,
 * unless they are as they were. */
int store_ask_again(struct http *h, struct store *s, struct store_model *m);
int store_cache_read(struct store *s, const char *cache);
int store_cache_write(const struct store *s, const char *cache);

#endif
