/*
 * What mdb.c (the file and its records) and mdb_tree.c (the pages of the B-tree)
 * share; nobody else includes this.
 */
#ifndef RECORD_MDB_INT_H
#define RECORD_MDB_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "record/mdb.h"

/* Where one record lies in the file. */
struct record_mdb_place {
	uint64_t key, value;
	uint32_t value_len;
	uint16_t key_len;
};

struct record_mdb {
	char *path;
	const uint8_t *map;
	size_t size;
	size_t page;  /* bytes of a page */
	size_t pages; /* whole ones in the file */
	uint64_t entries;
	uint64_t root;
	unsigned flags;
	bool sorted; /* keys ascend by memcmp */
	bool walked;
	struct record_mdb_place *v; /* all records, before the walk the first */
	size_t n, cap;
};

static inline uint16_t
get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static inline uint32_t
get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static inline uint64_t
get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* The place of all records below the root into v, or of the first alone; errors
 * do not name the file. */
int record_mdb_tree_walk(struct record_mdb *m);
int record_mdb_tree_first(struct record_mdb *m);
/* As memcmp; a shorter key that is the beginning of the other comes first. */
int record_mdb_key_cmp(const struct record_mdb *m,
    const struct record_mdb_place *a, const char *key, size_t len);

#endif
