/* The B-tree of an LMDB: pages, nodes and values, each offset checked. */
#include "base/err.h"
#include "base/mem.h"
#include "record/mdb_int.h"

enum {
	PAGE_HEADER = 16,
	NODE_HEADER = 8,
	DEPTH_MAX = 32,
	PAGE_BRANCH = 0x01,
	PAGE_LEAF = 0x02,
	PAGE_OVERFLOW = 0x04,
	PAGE_KINDS = 0x6f, /* with meta, leaf2 and sub-page, without dirty */
	NODE_BIGDATA = 0x01
};

/* A page of the file, or an error. */
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

	if (lower < PAGE_HEADER || lower > upper || upper > m->page ||
	    (lower & 1))
		return err_set(ERR_FORMAT, "page %llu: bounds %zu, %zu",
		    (unsigned long long)pgno, lower, upper);
	return (int)((lower - PAGE_HEADER) / 2);
}

/* Node i of page p: its header and key lie inside the page, or an error. */
static int
find_node(const uint8_t **out, const struct record_mdb *m, const uint8_t *p,
    uint64_t pgno, int i)
{
	size_t at = get16(p + PAGE_HEADER + 2 * (size_t)i);

	if (at < PAGE_HEADER || at + NODE_HEADER > m->page ||
	    at + NODE_HEADER + get16(p + at + 6) > m->page)
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
find_value(struct record_mdb_place *out, const struct record_mdb *m,
    const uint8_t *p, const uint8_t *node)
{
	unsigned flags = get16(node + 4);
	size_t at = (size_t)(node - p) + NODE_HEADER + get16(node + 6);
	size_t len = get16(node) | (size_t)get16(node + 2) << 16;
	const uint8_t *big = NULL;

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
	out->value = (uint64_t)(big - m->map) + PAGE_HEADER;
	if (out->value + len > m->size)
		return err_set(
		    ERR_FORMAT, "a value passes the end of the file");
	return 0;
}

int
record_mdb_key_cmp(const struct record_mdb *m, const struct record_mdb_place *a,
    const char *key, size_t len)
{
	size_t n = a->key_len < len ? a->key_len : len;
	int c = memcmp(m->map + a->key, key, n);

	return c ? c : (a->key_len > len) - (a->key_len < len);
}

static int
add_leaf(struct record_mdb *m, const uint8_t *p, uint64_t pgno, int nodes)
{
	const uint8_t *node;
	struct record_mdb_place *at;
	int i;

	if (m->n + (size_t)nodes > m->entries)
		return err_set(ERR_FORMAT,
		    "more records than the %llu of the header",
		    (unsigned long long)m->entries);
	mem_grow(&m->v, &m->cap, m->n + (size_t)nodes);
	for (i = 0; i < nodes; i++) {
		at = &m->v[m->n];
		TRY(find_node(&node, m, p, pgno, i));
		at->key = (uint64_t)(node - m->map) + NODE_HEADER;
		at->key_len = get16(node + 6);
		TRY(find_value(at, m, p, node));
		if (m->n > 0 &&
		    record_mdb_key_cmp(m, at - 1,
			(const char *)m->map + at->key, at->key_len) >= 0)
			m->sorted = false;
		m->n++;
	}
	return 0;
}

/* A branch or a leaf of the tree: its number of nodes, or an error. */
static int
tree_page(
    const uint8_t **out, bool *leaf, const struct record_mdb *m, uint64_t pgno)
{
	unsigned kind;

	TRY(find_page(out, m, pgno));
	kind = get16(*out + 10) & PAGE_KINDS;
	if (kind != PAGE_BRANCH && kind != PAGE_LEAF)
		return err_set(ERR_FORMAT,
		    "page %llu is of kind %#x in the tree",
		    (unsigned long long)pgno, kind);
	*leaf = kind == PAGE_LEAF;
	return page_nodes(m, *out, pgno);
}

/*
 * Depth first with a stack of our own.  A page is looked at once at most: the
 * number of pages seen never passes the number of pages there are, so a cycle
 * ends in an error.
 */
int
record_mdb_tree_walk(struct record_mdb *m)
{
	struct {
		const uint8_t *p;
		uint64_t pgno;
		int i, n;
	} stack[DEPTH_MAX], *t;
	const uint8_t *node;
	uint64_t pgno = m->root;
	size_t seen = 0;
	int depth = 0, nodes;
	bool leaf;

	for (;;) {
		t = &stack[depth];
		TRY(nodes = tree_page(&t->p, &leaf, m, pgno));
		if (++seen > m->pages)
			return err_set(ERR_FORMAT, "pages form a circle");
		if (leaf) {
			TRY(add_leaf(m, t->p, pgno, nodes));
		} else {
			t->pgno = pgno;
			t->i = 0;
			t->n = nodes;
			if (++depth == DEPTH_MAX)
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

/* By the leftmost path. */
int
record_mdb_tree_first(struct record_mdb *m)
{
	uint64_t pgno = m->root;
	const uint8_t *p, *node;
	int nodes;
	bool leaf;

	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		TRY(nodes = tree_page(&p, &leaf, m, pgno));
		if (nodes == 0)
			return err_set(ERR_FORMAT, "page %llu is empty",
			    (unsigned long long)pgno);
		if (leaf)
			return add_leaf(m, p, pgno, 1);
		TRY(find_node(&node, m, p, pgno, 0));
		pgno = child_page(node);
	}
	return err_set(ERR_FORMAT, "the tree is too deep");
}
