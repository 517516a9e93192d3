/*
 * Pictures that are the same: found by a 128-bit fingerprint of the pixels as
 * they go into the data set, so that a copy is found whatever its file format.
 * A picture that stands in train and in val makes the validation worth less;
 * one with two labels teaches nothing.
 */
#ifndef DSET_DUPLICATES_H
#define DSET_DUPLICATES_H

#include <stddef.h>
#include <stdint.h>

struct dset_fingerprint {
	uint64_t a, b;
};
/* The fingerprint of n bytes.  Not for use against an adversary. */
struct dset_fingerprint dset_fingerprint_of(const void *p, size_t n);

/* Where a picture was seen first. */
struct dset_seen {
	uint32_t part, index; /* entry index of that part's list */
	int32_t label;
	/* A fingerprint of its values, 0 where it has but a class. */
	uint64_t values;
};

struct dset_duplicates;
struct dset_duplicates *dset_duplicates_new(void);
void dset_duplicates_free(struct dset_duplicates *t); /* accepts NULL */
/* The first one with this fingerprint (borrowed until the next call), or NULL:
 * it was new, and is remembered as here. */
const struct dset_seen *dset_duplicates_add(struct dset_duplicates *t,
    struct dset_fingerprint print, struct dset_seen here);

#endif
