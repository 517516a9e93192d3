/*
 * Writing one LMDB from the start, keys ascending: large transactions of
 * appended records, one sync at the end.  The bytes of data.mdb depend on the
 * records alone; no lock file is left.  Nobody else may open it meanwhile.
 */
#ifndef RECORD_LMDB_OUT_H
#define RECORD_LMDB_OUT_H

#include <stddef.h>

struct record_lmdb_out;
int record_lmdb_create(struct record_lmdb_out **out, const char *dir);
int record_lmdb_put(struct record_lmdb_out *o, const char *key, size_t key_len,
    const void *value, size_t value_len);
/* Frees, sets NULL, also on failure. */
int record_lmdb_finish(struct record_lmdb_out **o);
void record_lmdb_abort(struct record_lmdb_out **o); /* accepts NULL in it */

#endif
