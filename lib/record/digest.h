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

#include "file/hash.h"
#include "record/db.h"

struct record_digest;
struct record_digest *record_digest_new(void);
void record_digest_free(struct record_digest *d); /* accepts NULL */
/* The fingerprints of one record: of its bytes and of its labels. */
struct record_print {
	uint64_t value[2], labels[2];
	int has_labels;
};
/* The bytes that stand for a column: of floats themselves; without (p NULL) what
 * is stored. */
struct record_bytes {
	const void *p;
	size_t n;
};
struct record_bytes record_bytes_of(const struct value *v);
/* labels: of the n columns that are not in the record's own bytes. */
void record_print_columns(struct record_print *out, const void *p, size_t n,
    const struct record_bytes *labels, int nlabels);
void record_digest_add(struct record_digest *d, const struct record_print *p);
/* "nnutils-1:" and 64 hex digits. */
enum { DIGEST_MAX = 11 + HASH_HEX_MAX };
void record_digest_text(struct record_digest *d, char out[DIGEST_MAX]);

/* The fingerprints of a record of db, of whose columns these are the values; as
 * stored: pictures are read with RECORD_KEEP. */
int record_print_read(struct record_print *out, const struct record_db *db,
    size_t i, const struct value *values);

#endif
