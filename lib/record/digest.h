/*
 * The digest of a database: SHA-256 over the fingerprints (pixels.h) of its
 * records in order, so that it can be taken while writing, on all threads, and
 * is the same for the same records whatever wrote the file.  A record is the
 * bytes of its value (LMDB) or its floats (HDF5), and its several labels, if
 * any.  It finds damage; it does not stop a forger.
 */
#ifndef RECORD_DIGEST_H
#define RECORD_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "record/db.h"

struct record_digest;
struct record_digest *record_digest_new(void);
void record_digest_free(struct record_digest *d); /* accepts NULL */
/* The fingerprints of one record: of its bytes and, if n > 0, its n labels. */
struct record_print {
	uint64_t value[2], labels[2];
	int has_labels;
};
void record_print(struct record_print *out, const void *p, size_t n,
    const float *labels, size_t nlabels);
void record_digest_add(struct record_digest *d, const struct record_print *p);
/* "nnutils-1:" and 64 hex digits. */
enum { DIGEST_MAX = 11 + HASH_HEX_MAX };
void record_digest_text(struct record_digest *d, char out[DIGEST_MAX]);

/* The fingerprints of a record that was read from db. */
int record_print_item(struct record_print *out, const struct record_db *db,
    const struct record_item *it);

#endif
