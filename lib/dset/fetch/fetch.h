/*
 * Getting the standard data sets: idx and CIFAR binary files, from a folder, an
 * archive or the network, into class folders of PNG files and lists.
 */
#ifndef DSET_FETCH_H
#define DSET_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;

struct dset_fetch_options {
	const char *name; /* "mnist", … */
	const char *out;
	bool force;
	const char
	    *from;   /* folder, archive or URL; NULL: where the set lives */
	bool coarse; /* CIFAR-100: the 20 classes */
	bool invert; /* 255 - x, as DIGITS does with MNIST */
	int threads;
	struct http *http; /* for downloads */
	uint64_t max_size; /* of each file; 0: the free disk */
};

enum { FETCH_CLASSES_MAX = 256 };

struct dset_fetched {
	char *labels[FETCH_CLASSES_MAX];
	size_t nlabels;
	uint64_t count[2];      /* train, test */
	uint64_t *per_class[2]; /* FETCH_CLASSES_MAX each */
};

int dset_fetch(struct dset_fetched *out, const struct dset_fetch_options *o);
void dset_fetched_clear(struct dset_fetched *f);

/* The known sets, for messages: "mnist, fashion-mnist, cifar10, cifar100". */
const char *dset_fetch_names(void);

#endif
