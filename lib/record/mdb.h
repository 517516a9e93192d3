/*
 * An LMDB data file, read without liblmdb.
 *
 * liblmdb trusts the pages of its file, so that a damaged or hostile data.mdb
 * can make it crash, and it writes a lock file beside it.  This reader maps the
 * file, walks the B-tree of the main database once with every offset checked,
 * and keeps the place of each record; after that a record is two additions.  It
 * takes no lock and leaves nothing behind.  It does not see changes made after
 * the opening, and the file must not be changed or cut while it is open: data
 * sets are written once.
 *
 * Read: format version 1 of 64-bit little-endian machines, the one main
 * database, unique keys.  Sub-databases, duplicate keys and files of 32-bit
 * machines are refused with a sentence.  Thread-safe after the opening.
 */
#ifndef RECORD_MDB_H
#define RECORD_MDB_H

#include <stddef.h>
#include <stdint.h>

struct record_mdb;

/* path: the folder with data.mdb, or the file itself. */
int record_mdb_open(struct record_mdb **out, const char *path);
/*
 * The same in two steps, for those who may need no more than the number of
 * records, as the header has it, and record 0: these are there after the first.
 * The second walks the tree, unless that is done; one thread.
 */
int record_mdb_begin(struct record_mdb **out, const char *path);
int record_mdb_walk(struct record_mdb *m);
void record_mdb_close(struct record_mdb *m); /* accepts NULL */
size_t record_mdb_count(const struct record_mdb *m);

struct record_mdb_record {
	const char *key; /* borrowed from the map; not 0-terminated */
	size_t key_len;
	const uint8_t *value;
	size_t value_len;
};
/* Record i < count, in the order of the keys. */
void record_mdb_get(
    struct record_mdb_record *out, const struct record_mdb *m, size_t i);
/* The number of the record with this key; ERR_MISSING. */
int record_mdb_find(
    size_t *out, const struct record_mdb *m, const char *key, size_t len);
/* Tell the kernel that the value of record i will be read soon. */
void record_mdb_ahead(const struct record_mdb *m, size_t i);

/* The number of records according to the file's header alone, without a walk. */
int record_mdb_count_quick(uint64_t *out, const char *path);

#endif
