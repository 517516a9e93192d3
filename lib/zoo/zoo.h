/*
 * Caffe's model zoo: models as gists, or as folders whose readme.md says where
 * the weights are (card.h).
 *
 * A model's folder appears whole; its weights are then fetched into it, resumed
 * when a run was stopped, and checked against the card's SHA-1.
 */
#ifndef ZOO_ZOO_H
#define ZOO_ZOO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/http.h"

#define ZOO_API "https://api.github.com"

/* BVLC's own models: nets that we have, weights where BVLC put them. */
struct zoo_model {
	const char *name; /* "bvlc_alexnet" */
	const char *title;
	const char *net;  /* our standard net of the same layers */
	const char *file; /* name of the weights */
	const char *url, *sha1, *license, *commit;
	const char *labels; /* what its classes are, for people */
	int classes;
	const char *last,
	    *renamed; /* a layer that has another name there, or NULL */
};
extern const struct zoo_model zoo_models[]; /* ends with a NULL name */
const struct zoo_model *zoo_model_find(const char *name); /* or NULL */

struct zoo_options {
	const char *api; /* gist API, ZOO_API */
	const char *out; /* folder to make; NULL: the name or id, here */
	bool force;
	bool no_weights;   /* leave the caffemodel where it is */
	uint64_t max_size; /* of the weights; 0: the free disk */
};

/*
 * what: a built-in name, a folder with a readme.md, a gist id, the URL of a gist
 * or of the zip that gist servers give.  *dir is the model folder (caller's).
 * ERR_ITEMS when it has no weights to fetch (no caffemodel_url).
 */
int zoo_fetch(
    char **dir, struct http *h, const char *what, const struct zoo_options *o);

/* Fetch the weights that the card of dir names into it. */
int
zoo_fetch_weights(struct http *h, const char *dir, const struct zoo_options *o);

/* The hexadecimal id in "ID" or ".../USER/ID...", caller's; NULL: none. */
char *zoo_gist_id(const char *text);
/* The files of a gist into the (existing, empty) folder dir. */
int zoo_gist_files(
    struct http *h, const char *api, const char *id, const char *dir);

struct publish_options {
	const char *api;
	bool public_gist, dry_run;
};
/* What would go, or went. */
struct publish_report {
	struct publish_file {
		char *name;
		size_t bytes;
	} * v;
	size_t n, cap;
	char *request; /* dry_run: "POST https://..." */
	char *address; /* else: of the gist, or its id */
};
void publish_report_clear(struct publish_report *r);
/* report is to be cleared, whatever is returned. */
int zoo_publish(struct http *h, const char *dir,
    const struct publish_options *o, struct publish_report *report);

#endif
