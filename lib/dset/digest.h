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
/* The fingerprints of one record: of its bytes and, if n > 0, its n labels. */
struct dset_record_print {
	uint64_t value[2], labels[2];
	int has_labels;
};
void dset_record_print(struct dset_record_print *out, const void *p, size_t n,
    const float *labels, size_t nlabels);
void dset_digest_add(struct dset_digest *d, const struct dset_record_print *p);
/* "nnutils-1:" and 64 hex digits. */
enum { DIGEST_MAX = 11 + HASH_HEX_MAX };
void dset_digest_text(struct dset_digest *d, char out[DIGEST_MAX]);

/* The fingerprints of a record that was read from db. */
int dset_record_print_item(struct dset_record_print *out,
    const struct dset_db *db, const struct dset_item *it);

#endif
