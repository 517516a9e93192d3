/*
 * LMDB's file format, version 1, as its documentation and header lay it out:
 * fixed-size pages; pages 0 and 1 are metas of which the one with the higher
 * transaction number counts; branch pages hold (key, page), leaf pages hold
 * (key, value) or (key, first page of a run of overflow pages): mdb_tree.c.  Not
 * here: writing (lmdb_out.c uses liblmdb), free lists, sub-databases.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"
#include "file/sniff.h"
#include "record/mdb_int.h"

enum {
	MDB_MAGIC_OFFSET = 16, /* after the page header */
	MDB_META_SIZE = 16 + 24 + 2 * 48 + 16,
	MDB_PAGE_MIN = 256,
	MDB_PAGE_MAX = 65536,
	DB_DUPSORT = 0x04
};

static const uint32_t mdb_magic = 0xBEEFC0DE;
static const uint64_t no_page = ~(uint64_t)0;

/* Is there a meta at p (its page header included)? */
static bool
meta_good(const uint8_t *p)
{
	return get32(p + 16) == mdb_magic && (get32(p + 20) & 0xffff) == 1;
}

/* The meta that counts; fills page size, root, entries. */
static int
read_meta(struct record_mdb *m)
{
	const uint8_t *a = m->map, *b, *meta;

	if (m->size < MDB_META_SIZE)
		return err_set(ERR_FORMAT, "too short for an LMDB file");
	if (get32(a + 12) == mdb_magic)
		return err_set(
		    ERR_UNSUPPORTED, "an LMDB file of a 32-bit machine");
	if (get32(a + MDB_MAGIC_OFFSET) == __builtin_bswap32(mdb_magic))
		return err_set(
		    ERR_UNSUPPORTED, "an LMDB file of the other byte order");
	if (get32(a + MDB_MAGIC_OFFSET) != mdb_magic)
		return err_set(ERR_FORMAT, "not an LMDB file");
	if (!meta_good(a))
		return err_set(ERR_UNSUPPORTED, "LMDB format version %u",
		    (unsigned)(get32(a + 20) & 0xffff));
	m->page = get32(a + 40);
	if (m->page < MDB_PAGE_MIN || m->page > MDB_PAGE_MAX ||
	    (m->page & (m->page - 1)))
		return err_set(ERR_FORMAT, "page size %zu", m->page);
	m->pages = m->size / m->page;
	if (m->pages < 2)
		return err_set(ERR_FORMAT, "cut short");
	meta = a;
	b = a + m->page;
	/* Transaction numbers are the last word of a meta. */
	if (meta_good(b) &&
	    get64(b + MDB_META_SIZE - 8) > get64(a + MDB_META_SIZE - 8))
		meta = b;
	meta += 16 + 24 + 48; /* the main database's descriptor */
	m->flags = get16(meta + 4);
	m->entries = get64(meta + 32);
	m->root = get64(meta + 40);
	if (m->flags & DB_DUPSORT)
		return err_set(
		    ERR_UNSUPPORTED, "an LMDB with several values for one key");
	return 0;
}

static int
map_file(struct record_mdb *m, const char *path)
{
	const void *p;
	char *file;
	int rc;

	file =
	    file_is_dir(path) ? path_join(path, "data.mdb") : mem_strdup(path);
	m->path = file;
	rc = file_map(&p, &m->size, file);
	if (rc < 0)
		return rc;
	m->map = p;
	return 0;
}

int
record_mdb_begin(struct record_mdb **out, const char *path)
{
	struct record_mdb *m = mem_new(struct record_mdb);
	int rc;

	*out = NULL;
	m->sorted = true;
	rc = map_file(m, path);
	if (rc < 0)
		goto done;
	rc = read_meta(m);
	if (rc == ERR_FORMAT && sniff(m->map, m->size) != NULL)
		rc = err_set(ERR_FORMAT, "is %s, not an LMDB file",
		    sniff(m->map, m->size));
	if (rc == 0 && m->root == no_page && m->entries > 0)
		rc =
		    err_set(ERR_FORMAT, "0 records found, the header says %llu",
			(unsigned long long)m->entries);
	if (rc == 0 && m->root != no_page && m->entries > 0)
		rc = record_mdb_tree_first(m);
	if (rc < 0) {
		rc = err_in(rc, "%s", m->path);
		goto done;
	}
	*out = m;
	m = NULL;
done:
	record_mdb_close(m);
	return rc;
}

int
record_mdb_walk(struct record_mdb *m)
{
	int rc = 0;

	if (m->walked)
		return 0;
	m->n = 0;
	m->sorted = true;
	if (m->root != no_page)
		rc = record_mdb_tree_walk(m);
	if (rc == 0 && m->n != m->entries)
		rc = err_set(ERR_FORMAT,
		    "%zu records found, the header says %llu", m->n,
		    (unsigned long long)m->entries);
	if (rc < 0)
		return err_in(rc, "%s", m->path);
	m->walked = true;
	log_debug("%s: walked, %zu %s", m->path, m->n,
	    num_plural(m->n, "record", "records"));
	return 0;
}

int
record_mdb_open(struct record_mdb **out, const char *path)
{
	int rc = record_mdb_begin(out, path);

	if (rc == 0)
		rc = record_mdb_walk(*out);
	if (rc < 0) {
		record_mdb_close(*out);
		*out = NULL;
	}
	return rc;
}

void
record_mdb_close(struct record_mdb *m)
{
	if (m == NULL)
		return;
	if (m->map != NULL)
		file_unmap(m->map, m->size);
	mem_free(m->v);
	mem_free(m->path);
	mem_free(m);
}

size_t
record_mdb_count(const struct record_mdb *m)
{
	return (size_t)m->entries;
}

void
record_mdb_get(
    struct record_mdb_record *out, const struct record_mdb *m, size_t i)
{
	const struct record_mdb_place *at = &m->v[i];

	out->key = (const char *)m->map + at->key;
	out->key_len = at->key_len;
	out->value = m->map + at->value;
	out->value_len = at->value_len;
}

int
record_mdb_find(
    size_t *out, const struct record_mdb *m, const char *key, size_t len)
{
	size_t lo = 0, hi = m->n, mid;
	int c;

	while (m->sorted && lo < hi) {
		mid = lo + (hi - lo) / 2;
		c = record_mdb_key_cmp(m, &m->v[mid], key, len);
		if (c == 0) {
			*out = mid;
			return 0;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (mid = 0; !m->sorted && mid < m->n; mid++) {
		if (record_mdb_key_cmp(m, &m->v[mid], key, len) == 0) {
			*out = mid;
			return 0;
		}
	}
	return err_set(
	    ERR_MISSING, "%s: no record %.*s", m->path, (int)len, key);
}

void
record_mdb_ahead(const struct record_mdb *m, size_t i)
{
	size_t system_page = (size_t)sysconf(_SC_PAGESIZE);
	size_t from = m->v[i].value & ~(system_page - 1);
	size_t to = m->v[i].value + m->v[i].value_len;

	/* Advice: a failure changes nothing. */
	(void)madvise((void *)(m->map + from), to - from, MADV_WILLNEED);
}

int
record_mdb_count_quick(uint64_t *out, const char *path)
{
	struct record_mdb *m = mem_new(struct record_mdb);
	int rc = map_file(m, path);

	if (rc == 0) {
		rc = read_meta(m);
		if (rc < 0)
			rc = err_in(rc, "%s", m->path);
		*out = m->root == no_page ? 0 : m->entries;
	}
	record_mdb_close(m);
	return rc;
}
