/*
 * Writing one LMDB from the start, keys ascending: large transactions of
 * appended records, one sync at the end.  The bytes of data.mdb depend on the
 * records alone; no lock file is left.  Nobody else may open it meanwhile.
 */
#ifndef DSET_LMDB_OUT_H
#define DSET_LMDB_OUT_H

#include <stddef.h>

struct dset_lmdb_out;
int dset_lmdb_create(struct dset_lmdb_out **out, const char *dir);
int dset_lmdb_put(struct dset_lmdb_out *o, const char *key, size_t key_len,
    const void *value, size_t value_len);
/* Frees, sets NULL, also on failure. */
int dset_lmdb_finish(struct dset_lmdb_out **o);
void dset_lmdb_abort(struct dset_lmdb_out **o); /* accepts NULL in it */

#endif
