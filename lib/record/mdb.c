/*
 * LMDB's file format, version 1, as its documentation and header lay it out:
 * fixed-size pages; pages 0 and 1 are metas of which the one with the higher
 * transaction number counts; branch pages hold (key, page), leaf pages hold
 * (key, value) or (key, first page of a run of overflow pages).  Not here:
 * writing (writer.c uses liblmdb), free lists, sub-databases.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"
#include "record/mdb.h"

enum {
	MDB_MAGIC_OFFSET = 16, /* after the page header */
	MDB_META_SIZE = 16 + 24 + 2 * 48 + 16,
	MDB_PAGE_HEADER = 16,
	MDB_NODE_HEADER = 8,
	MDB_DEPTH_MAX = 32,
	MDB_PAGE_MIN = 256,
	MDB_PAGE_MAX = 65536,
	PAGE_BRANCH = 0x01,
	PAGE_LEAF = 0x02,
	PAGE_OVERFLOW = 0x04,
	PAGE_KINDS = 0x6f, /* with meta, leaf2 and sub-page, without dirty */
	NODE_BIGDATA = 0x01,
	DB_DUPSORT = 0x04
};

static const uint32_t mdb_magic = 0xBEEFC0DE;
static const uint64_t no_page = ~(uint64_t)0;

/* Where one record lies in the file. */
struct place {
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
	struct place *v; /* all records, before the walk the first */
	size_t n, cap;
};

static uint16_t
get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static uint32_t
get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static uint64_t
get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

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

/* A page of the kind wanted, or an error. */
static int
find_page(const uint8_t **out, const struct record_mdb *m, uint64_t pgno)
{
	const uint8_t *p;

	if (pgno < 2 || pgno >= m->pages)
		return err_set(ERR_FORMAT, "page %llu lies outside the file",
		    (unsigned long long)pgno);
	p = m->map + pgno * m->page;
	if (get64(p) != pgno)
		return err_set(ERR_FORMAT,
		    "page %llu calls itself %llu: the file is damaged",
		    (unsigned long long)pgno, (unsigned long long)get64(p));
	*out = p;
	return 0;
}

/* Number of nodes of a branch or leaf page, or an error. */
static int
page_nodes(const struct record_mdb *m, const uint8_t *p, uint64_t pgno)
{
	size_t lower = get16(p + 12), upper = get16(p + 14);

	if (lower < MDB_PAGE_HEADER || lower > upper || upper > m->page ||
	    (lower & 1))
		return err_set(ERR_FORMAT, "page %llu: bounds %zu, %zu",
		    (unsigned long long)pgno, lower, upper);
	return (int)((lower - MDB_PAGE_HEADER) / 2);
}

/* Node i of page p: its header and key lie inside the page, or an error. */
static int
find_node(const uint8_t **out, const struct record_mdb *m, const uint8_t *p,
    uint64_t pgno, int i)
{
	size_t at = get16(p + MDB_PAGE_HEADER + 2 * (size_t)i);

	if (at < MDB_PAGE_HEADER || at + MDB_NODE_HEADER > m->page ||
	    at + MDB_NODE_HEADER + get16(p + at + 6) > m->page)
		return err_set(ERR_FORMAT, "page %llu: node %d at %zu",
		    (unsigned long long)pgno, i, at);
	*out = p + at;
	return 0;
}

/* The page below a node of a branch. */
static uint64_t
child_page(const uint8_t *node)
{
	return get16(node) | (uint64_t)get16(node + 2) << 16 |
	    (uint64_t)get16(node + 4) << 32;
}

/* Where the bytes of a value begin: in the node, or on overflow pages. */
static int
find_value(struct place *out, const struct record_mdb *m, const uint8_t *p,
    const uint8_t *node)
{
	unsigned flags = get16(node + 4);
	size_t at = (size_t)(node - p) + MDB_NODE_HEADER + get16(node + 6);
	size_t len = get16(node) | (size_t)get16(node + 2) << 16;
	const uint8_t *big;

	out->value_len = (uint32_t)len;
	if (flags & ~(unsigned)NODE_BIGDATA)
		return err_set(ERR_UNSUPPORTED,
		    "an LMDB with sub-databases (flags %u)", flags);
	if (!(flags & NODE_BIGDATA)) {
		if (at + len > m->page)
			return err_set(ERR_FORMAT, "a value passes its page");
		out->value = (uint64_t)(p - m->map) + at;
		return 0;
	}
	if (at + 8 > m->page)
		return err_set(ERR_FORMAT, "a page number passes its page");
	TRY(find_page(&big, m, get64(p + at)));
	if ((get16(big + 10) & PAGE_KINDS) != PAGE_OVERFLOW)
		return err_set(ERR_FORMAT, "no overflow page at %llu",
		    (unsigned long long)get64(p + at));
	out->value = (uint64_t)(big - m->map) + MDB_PAGE_HEADER;
	if (out->value + len > m->size)
		return err_set(
		    ERR_FORMAT, "a value passes the end of the file");
	return 0;
}

static int
key_cmp(const struct record_mdb *m, const struct place *a, const char *key,
    size_t len)
{
	size_t n = a->key_len < len ? a->key_len : len;
	int c = memcmp(m->map + a->key, key, n);

	return c ? c : (a->key_len > len) - (a->key_len < len);
}

static int
add_leaf(struct record_mdb *m, const uint8_t *p, uint64_t pgno, int nodes)
{
	const uint8_t *node;
	struct place *at;
	int i;

	if (m->n + (size_t)nodes > m->entries)
		return err_set(ERR_FORMAT,
		    "more records than the %llu of the header",
		    (unsigned long long)m->entries);
	mem_grow(&m->v, &m->cap, m->n + (size_t)nodes);
	for (i = 0; i < nodes; i++) {
		at = &m->v[m->n];
		TRY(find_node(&node, m, p, pgno, i));
		at->key = (uint64_t)(node - m->map) + MDB_NODE_HEADER;
		at->key_len = get16(node + 6);
		TRY(find_value(at, m, p, node));
		if (m->n > 0 &&
		    key_cmp(m, at - 1, (const char *)m->map + at->key,
			at->key_len) >= 0)
			m->sorted = false;
		m->n++;
	}
	return 0;
}

/*
 * Depth first with a stack of our own.  A page is looked at once at most: the
 * number of pages seen never passes the number of pages there are, so a cycle
 * ends in an error.
 */
static int
walk_tree(struct record_mdb *m)
{
	struct {
		const uint8_t *p;
		uint64_t pgno;
		int i, n;
	} stack[MDB_DEPTH_MAX], *t;
	const uint8_t *node;
	uint64_t pgno = m->root;
	size_t seen = 0;
	int depth = 0, nodes;
	unsigned kind;

	for (;;) {
		t = &stack[depth];
		TRY(find_page(&t->p, m, pgno));
		if (++seen > m->pages)
			return err_set(ERR_FORMAT, "pages form a circle");
		kind = get16(t->p + 10) & PAGE_KINDS;
		if (kind != PAGE_BRANCH && kind != PAGE_LEAF)
			return err_set(ERR_FORMAT,
			    "page %llu is of kind %#x in the tree",
			    (unsigned long long)pgno, kind);
		nodes = page_nodes(m, t->p, pgno);
		if (nodes < 0)
			return nodes;
		if (kind == PAGE_LEAF) {
			TRY(add_leaf(m, t->p, pgno, nodes));
		} else {
			t->pgno = pgno;
			t->i = 0;
			t->n = nodes;
			if (++depth == MDB_DEPTH_MAX)
				return err_set(
				    ERR_FORMAT, "the tree is too deep");
		}
		while (depth > 0 && stack[depth - 1].i == stack[depth - 1].n)
			depth--;
		if (depth == 0)
			return 0;
		t = &stack[depth - 1];
		TRY(find_node(&node, m, t->p, t->pgno, t->i++));
		pgno = child_page(node);
	}
}

/* The first record alone, by the leftmost path. */
static int
find_first(struct record_mdb *m)
{
	uint64_t pgno = m->root;
	const uint8_t *p, *node;
	int nodes;

	for (int depth = 0; depth < MDB_DEPTH_MAX; depth++) {
		TRY(find_page(&p, m, pgno));
		TRY(nodes = page_nodes(m, p, pgno));
		if (nodes == 0)
			return err_set(ERR_FORMAT, "page %llu is empty",
			    (unsigned long long)pgno);
		if ((get16(p + 10) & PAGE_KINDS) == PAGE_LEAF)
			return add_leaf(m, p, pgno, 1);
		if ((get16(p + 10) & PAGE_KINDS) != PAGE_BRANCH)
			return err_set(ERR_FORMAT,
			    "page %llu is of kind %#x in the tree",
			    (unsigned long long)pgno,
			    get16(p + 10) & PAGE_KINDS);
		TRY(find_node(&node, m, p, pgno, 0));
		pgno = child_page(node);
	}
	return err_set(ERR_FORMAT, "the tree is too deep");
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
	if (rc == 0 && m->root == no_page && m->entries > 0)
		rc =
		    err_set(ERR_FORMAT, "0 records found, the header says %llu",
			(unsigned long long)m->entries);
	if (rc == 0 && m->root != no_page && m->entries > 0)
		rc = find_first(m);
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
		rc = walk_tree(m);
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
	const struct place *at = &m->v[i];

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
		c = key_cmp(m, &m->v[mid], key, len);
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
		if (key_cmp(m, &m->v[mid], key, len) == 0) {
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
