/* Is every record sound, and are two data sets the same? */
#ifndef DSET_CHECK_H
#define DSET_CHECK_H

#include <stdint.h>

#include "base/buf.h"
#include "dset/dset.h"
#include "dset/list.h"
#include "prog/prog.h"

struct dset_verified {
	uint64_t records, bad;
	int digests; /* of parts that were compared */
};

/*
 * Decode every record of the part (-1: all), and compare with the digests of
 * dataset.json where there is one.  Bad records are told to bad; a digest that
 * differs is ERR_REFUSED.
 */
int dset_verify(struct dset_verified *out, const struct dset *d, int part,
    int threads, const struct dset_bad *bad);

struct dset_difference {
	/* encoding: the same picture and label, other bytes */
	uint64_t same, differ, only_a, only_b, encoding;
};

/*
 * Compare the records with the same keys (HDF5: numbers); each that differs
 * becomes a line of out (or of JSON): part, key, what differs.
 */
int
dset_diff(struct dset_difference *sum, struct buf *out, const struct dset *a,
    const struct dset *b, int part, enum prog_format format);

#endif
