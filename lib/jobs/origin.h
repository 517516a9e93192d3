/*
 * How a data set or a model came about, as its dataset.json or info.json says
 * (model/origin.h): the runs that made it, and what it was made of.
 */
#ifndef JOBS_ORIGIN_H
#define JOBS_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "json/json.h"

struct origin_run {
	const char **words; /* up to a NULL; words[0] is the program */
	size_t n;
	const char *directory; /* or NULL */
};

struct origin_weights {
	const char *path;
	const char *file, *sha256; /* or NULL */
};

struct origin {
	bool model;          /* else a data set */
	const char *version; /* of nnutils; or NULL */
	const char *created; /* when; or NULL */
	double seed;         /* -1: not known */
	struct origin_run *runs;
	size_t nruns; /* 0: that is not known */
	/* of a model: what it learned from */
	const char *dataset, *digest; /* path as it was given; or NULL */
	struct origin_weights *weights;
	size_t nweights;
	/* its own */
	struct json *j;
	struct arena *room;
};

/* Of the folder.  ERR_MISSING: it is neither; ERR_FORMAT.  o is to be closed
 * whatever is returned. */
int origin_open(struct origin *o, const char *dir);
void origin_close(struct origin *o);

/* The value of an option, "--NAME=VALUE", of that run; or NULL. */
const char *origin_option(const struct origin_run *r, const char *name);
/* path as the run meant it: below its directory, unless it begins with a slash.
 * The caller's. */
char *origin_path(const struct origin_run *r, const char *path);

#endif
