/*
 * The digest of a database: SHA-256 over the fingerprints (pixels.h) of its
 * records in order, so that it can be taken while writing, on all threads, and
 * is the same for the same records whatever wrote the file.  A record is the
 * bytes of its value (LMDB) or its floats (HDF5), and its several labels, if
 * any.  It finds damage; it does not stop a forger.
 */
#ifndef DSET_DIGEST_H
#define DSET_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "dset/db.h"

struct dset_digest;
struct dset_digest *dset_digest_new(void);
void dset_digest_free(struct dset_digest *d); /* accepts NULL */
/* print: of the record's bytes.  labels: n, may be 0. */
void dset_digest_add(struct dset_digest *d, const uint64_t print[2],
    const float *labels, size_t n);
/* "nnutils-1:" and 64 hex digits. */
enum { DIGEST_MAX = 11 + HASH_HEX_MAX };
void dset_digest_text(struct dset_digest *d, char out[DIGEST_MAX]);

/* Record i of a database. */
int dset_digest_record(struct dset_digest *d, struct dset_db *db, size_t i,
    struct dset_scratch *s);

#endif
