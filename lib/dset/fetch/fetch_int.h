/*
 * Inside dset-fetch: one fetching on its way, and its two halves.  fetch_find.c
 * gets hold of the files, fetch_write.c takes them apart and writes PNGs;
 * fetch.c, between the two, knows the classes.
 */
#ifndef DSET_FETCH_INT_H
#define DSET_FETCH_INT_H

#include <stddef.h>
#include <stdio.h>

#include "dset/fetch/fetch.h"
#include "dset/fetch/fetch_sets.h"

struct dset_records;

enum { TRAIN, TEST, PHASES };
extern const char *const fetch_phase_names[PHASES];

/* One fetching. */
struct fetching {
	const struct dset_fetch_options *o;
	const struct fetch_set *set; /* or NULL: a name of the user's */
	struct dset_fetched *out;
	char *tmp;    /* the output, not yet under its name */
	char **files; /* found, sorted */
	size_t n, cap;
	char *folders[FETCH_CLASSES_MAX]; /* of the classes */
	/* while writing a phase */
	int phase;
	struct dset_records *records;
	size_t next_file;
	FILE *list;
};

/*
 * From wherever the data are to f->files, sorted by name: downloads into the
 * cache, archives unpacked into unpack_dir (made when there are any).
 */
int fetch_find(struct fetching *f, const char *unpack_dir);

/* The class folders and pictures of one phase on all threads, and its list.
 * Counts into f->out; ERR_MISSING when there is not one picture. */
int fetch_write_phase(struct fetching *f, int phase);

#endif
