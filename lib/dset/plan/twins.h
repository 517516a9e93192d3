/*
 * Pictures that are the same: found by a 128-bit fingerprint of the pixels as
 * they go into the data set, so that a copy is found whatever its file format.
 * A picture that stands in train and in val makes the validation worth less;
 * one with two labels teaches nothing.
 */
#ifndef DSET_TWINS_H
#define DSET_TWINS_H

#include <stddef.h>
#include <stdint.h>

struct dset_print {
	uint64_t a, b;
};
/* The fingerprint of n bytes.  Not for use against an adversary. */
struct dset_print dset_print_of(const void *p, size_t n);

/* Where a picture was seen first. */
struct dset_seen {
	uint32_t part, index; /* entry index of that part's list */
	int32_t label;
	/* A fingerprint of its values, 0 where it has but a class. */
	uint64_t values;
};

struct dset_twins;
struct dset_twins *dset_twins_new(void);
void dset_twins_free(struct dset_twins *t); /* accepts NULL */
/* The first one with this fingerprint (borrowed until the next call), or NULL:
 * it was new, and is remembered as here. */
const struct dset_seen *dset_twins_add(
    struct dset_twins *t, struct dset_print print, struct dset_seen here);

#endif
