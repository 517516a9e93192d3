/*
 * Deflate (RFC 1951) with dynamic Huffman codes, literals, and matches at
 * distance 1 only, in a zlib envelope (RFC 1950).
 *
 * Blocks of BLOCK bytes: first the tokens are found and counted, then code
 * lengths made from the counts, then all is written.  A block that would not
 * shrink is stored.
 */
#include "image/deflate.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
	BLOCK = 64 << 10, /* a stored block takes 65535 bytes at most */
	SYMBOLS = 286,    /* 256 literals, end, 29 lengths */
	END = 256,
	MATCH_MIN = 4, /* shorter runs are as cheap as literals */
	MATCH_MAX = 258,
	MATCH = 256, /* token: MATCH + length; below: a literal */
	CODE_MAX = 15,
	ORDERS = 19, /* symbols of the code that codes the lengths */
	ORDER_MAX = 7
};

struct code {
	uint8_t length[SYMBOLS];
	uint16_t bits[SYMBOLS]; /* reversed: first bit lowest */
};

/* A length of a match: its symbol, and extra bits. */
struct match {
	uint16_t symbol;
	uint8_t extra_bits, extra;
};

struct work {
	uint32_t counts[SYMBOLS];
	struct code code;
	struct match matches[MATCH_MAX + 1];
	size_t n; /* tokens */
	uint16_t tokens[BLOCK];
};

struct bit_writer {
	uint8_t *p;
	uint64_t acc;
	unsigned bits; /* in acc, < 8 after flush */
};

static void
put_bits(struct bit_writer *w, uint32_t v, unsigned bits)
{
	w->acc |= (uint64_t)v << w->bits;
	w->bits += bits;
}

/* Whole bytes out; 8 are stored, of which those that count are kept. */
static void
flush_bytes(struct bit_writer *w)
{
	uint64_t v = w->acc;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	memcpy(w->p, &v, 8);
	w->p += w->bits / 8;
	w->acc >>= w->bits & ~7u;
	w->bits &= 7;
}

/* RFC 1951, 3.2.5: lengths 3..258 in groups whose width doubles every four. */
static void
fill_matches(struct match *m)
{
	int length = 3;

	for (int symbol = 257; symbol < 285; symbol++) {
		int bits = symbol < 265 ? 0 : (symbol - 261) / 4;

		for (int i = 0; i < 1 << bits && length < MATCH_MAX; i++)
			m[length++] = (struct match){ (uint16_t)symbol,
				(uint8_t)bits, (uint8_t)i };
	}
	m[MATCH_MAX] = (struct match){ 285, 0, 0 };
}

/* How many bytes from p on equal c, up to n and MATCH_MAX. */
static size_t
run_of(const uint8_t *p, uint8_t c, size_t n)
{
	size_t i = 0;

	if (n > MATCH_MAX)
		n = MATCH_MAX;
	while (i < n && p[i] == c)
		i++;
	return i;
}

/* Tokens of in[at .. at+n). */
static void
find_tokens(struct work *k, const uint8_t *in, size_t at, size_t n)
{
	const uint8_t *p = in + at, *end = p + n;
	uint16_t *to = k->tokens;

	memset(k->counts, 0, sizeof(k->counts));
	if (at == 0) {
		k->counts[*p]++;
		*to++ = *p++;
	}
	while (end - p >= MATCH_MIN) {
		uint32_t four;

		memcpy(&four, p, 4);
		if (four == p[-1] * 0x01010101u) {
			size_t run = run_of(p, p[-1], (size_t)(end - p));

			k->counts[k->matches[run].symbol]++;
			*to++ = (uint16_t)(MATCH + run);
			p += run;
			continue;
		}
		k->counts[*p]++;
		*to++ = *p++;
	}
	for (; p < end; p++) {
		k->counts[*p]++;
		*to++ = *p;
	}
	k->counts[END]++;
	k->n = (size_t)(to - k->tokens);
}

struct leaf {
	uint32_t count;
	uint16_t symbol;
};

static int
by_count(const void *a, const void *b)
{
	const struct leaf *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	return x->symbol < y->symbol ? -1 : 1;
}

/*
 * Depths of the leaves of a Huffman tree over counts in rising order, by the
 * method of two queues: leaves, and inner nodes in the order they are made.
 */
static void
tree_depths(const struct leaf *leaves, int n, uint8_t *depth)
{
	uint32_t sum[SYMBOLS];
	int parent_of_leaf[SYMBOLS] = { 0 }, parent[SYMBOLS] = { 0 };
	int levels[SYMBOLS] = { 0 }, made = 0, leaf = 0, inner = 0;

	while (made < n - 1) {
		sum[made] = 0;
		for (int child = 0; child < 2; child++) {
			int take_leaf = leaf < n &&
			    (inner == made || leaves[leaf].count <= sum[inner]);

			if (take_leaf) {
				sum[made] += leaves[leaf].count;
				parent_of_leaf[leaf++] = made;
			} else {
				sum[made] += sum[inner];
				parent[inner++] = made;
			}
		}
		made++;
	}
	levels[made - 1] = 0;
	for (int i = made - 2; i >= 0; i--)
		levels[i] = levels[parent[i]] + 1;
	for (int i = 0; i < n; i++) {
		int d = levels[parent_of_leaf[i]] + 1;

		depth[i] = (uint8_t)(d < 255 ? d : 255);
	}
}

/*
 * Cut depths to max and make the code complete again: units of 1 / 2^max are
 * counted, too many are won back by lengthening the longest codes that are
 * not yet at max, what is left over shortens the most frequent at max.
 */
static void
limit_depths(uint8_t *depth, int n, int max)
{
	int units = 0, full = 1 << max;

	for (int i = 0; i < n; i++) {
		if (depth[i] > max)
			depth[i] = (uint8_t)max;
		units += 1 << (max - depth[i]);
	}
	/* Leaves are in rising order of count: the first are the longest. */
	for (int i = 0; i < n && units > full;)
		if (depth[i] < max) {
			units -= 1 << (max - depth[i] - 1);
			depth[i]++;
		} else
			i++;
	for (int i = n - 1; i >= 0 && units < full; i--)
		while (
		    depth[i] > 1 && units + (1 << (max - depth[i])) <= full) {
			units += 1 << (max - depth[i]);
			depth[i]--;
		}
}

/* Canonical codes for the lengths, RFC 1951 3.2.2, each reversed. */
static void
assign_bits(const uint8_t *length, uint16_t *bits, int n)
{
	unsigned used[CODE_MAX + 1] = { 0 }, next[CODE_MAX + 2] = { 0 };

	for (int i = 0; i < n; i++)
		used[length[i]]++;
	used[0] = 0;
	for (int i = 1; i <= CODE_MAX; i++)
		next[i + 1] = (next[i] + used[i]) << 1;
	for (int i = 0; i < n; i++) {
		unsigned v = next[length[i]]++, r = 0;

		for (int k = 0; k < length[i]; k++, v >>= 1)
			r = r << 1 | (v & 1);
		bits[i] = (uint16_t)r;
	}
}

/* A code for n symbols of at most max bits. */
static void
make_code(
    const uint32_t *counts, uint8_t *length, uint16_t *bits, int n, int max)
{
	struct leaf leaves[SYMBOLS];
	uint8_t depth[SYMBOLS];
	int m = 0;

	for (int i = 0; i < n; i++)
		if (counts[i] > 0)
			leaves[m++] = (struct leaf){ counts[i], (uint16_t)i };
	memset(length, 0, (size_t)n);
	if (m == 1) {
		length[leaves[0].symbol] = 1;
	} else if (m > 1) {
		qsort(leaves, (size_t)m, sizeof(leaves[0]), by_count);
		tree_depths(leaves, m, depth);
		limit_depths(depth, m, max);
		for (int i = 0; i < m; i++)
			length[leaves[i].symbol] = depth[i];
	}
	assign_bits(length, bits, n);
}

/* The lengths of the codes, run-length coded: symbol, and value of its extra
 * bits (16: repeat 3..6, 17: zeros 3..10, 18: zeros 11..138). */
struct order {
	uint8_t symbol, extra;
};

static int
code_lengths(struct order *to, const uint8_t *length, int n)
{
	int m = 0;

	for (int i = 0; i < n;) {
		int run = 1, most = length[i] == 0 ? 138 : 7;

		while (
		    i + run < n && run < most && length[i + run] == length[i])
			run++;
		if (length[i] == 0 && run >= 3)
			to[m++] = run >= 11
			    ? (struct order){ 18, (uint8_t)(run - 11) }
			    : (struct order){ 17, (uint8_t)(run - 3) };
		else if (run >= 4) {
			to[m++] = (struct order){ length[i], 0 };
			to[m++] = (struct order){ 16, (uint8_t)(run - 4) };
		} else {
			run = 1;
			to[m++] = (struct order){ length[i], 0 };
		}
		i += run;
	}
	return m;
}

/* The head of a dynamic block; the distance code is the one symbol 0. */
static void
put_head(struct bit_writer *w, const struct work *k, int last)
{
	static const uint8_t places[ORDERS] = { 16, 17, 18, 0, 8, 7, 9, 6, 10,
		5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
	static const uint8_t extra_bits[ORDERS] = {
		[16] = 2, [17] = 3, [18] = 7
	};
	uint8_t all[SYMBOLS + 1], length[ORDERS];
	uint16_t bits[ORDERS];
	uint32_t counts[ORDERS] = { 0 };
	struct order orders[SYMBOLS + 1];
	int m, n = ORDERS;

	memcpy(all, k->code.length, SYMBOLS);
	all[SYMBOLS] = 1;
	m = code_lengths(orders, all, SYMBOLS + 1);
	for (int i = 0; i < m; i++)
		counts[orders[i].symbol]++;
	make_code(counts, length, bits, ORDERS, ORDER_MAX);
	while (n > 4 && length[places[n - 1]] == 0)
		n--;
	put_bits(w, (uint32_t)last | 2 << 1, 3);
	put_bits(w, SYMBOLS - 257, 5);
	put_bits(w, 0, 5); /* one distance code */
	put_bits(w, (uint32_t)n - 4, 4);
	flush_bytes(w);
	for (int i = 0; i < n; i++) {
		put_bits(w, length[places[i]], 3);
		flush_bytes(w);
	}
	for (int i = 0; i < m; i++) {
		int s = orders[i].symbol;

		put_bits(w, bits[s], length[s]);
		put_bits(w, orders[i].extra, extra_bits[s]);
		flush_bytes(w);
	}
}

static void
put_tokens(struct bit_writer *out, const struct work *k)
{
	const struct code *c = &k->code;
	struct bit_writer w = *out; /* in registers */
	const uint16_t *t = k->tokens, *end = t + k->n;

	while (t < end) {
		const struct match *m;

		/* Three literals of 15 bits and 7 left over fit. */
		if (end - t >= 3 && t[0] < MATCH && t[1] < MATCH &&
		    t[2] < MATCH) {
			put_bits(&w, c->bits[t[0]], c->length[t[0]]);
			put_bits(&w, c->bits[t[1]], c->length[t[1]]);
			put_bits(&w, c->bits[t[2]], c->length[t[2]]);
			flush_bytes(&w);
			t += 3;
			continue;
		}
		if (*t < MATCH)
			put_bits(&w, c->bits[*t], c->length[*t]);
		else {
			m = &k->matches[*t - MATCH];
			put_bits(&w, c->bits[m->symbol], c->length[m->symbol]);
			put_bits(&w, m->extra, m->extra_bits);
			put_bits(&w, 0, 1); /* distance 1 */
		}
		flush_bytes(&w);
		t++;
	}
	put_bits(&w, c->bits[END], c->length[END]);
	flush_bytes(&w);
	*out = w;
}

/* Bits that the tokens take. */
static size_t
cost(const struct work *k)
{
	size_t bits = 0;

	for (int i = 0; i < SYMBOLS; i++)
		bits += (size_t)k->counts[i] * k->code.length[i];
	/* A match has a distance and up to 5 bits more. */
	for (int i = END + 1; i < SYMBOLS; i++)
		bits += (size_t)k->counts[i] * 6;
	return bits;
}

static void
put_stored(struct bit_writer *w, const uint8_t *p, size_t n, int last)
{
	put_bits(w, (uint32_t)last, 3);
	w->bits = (w->bits + 7) & ~7u;
	flush_bytes(w);
	put_bits(w, (uint32_t)n | (uint32_t)(n ^ 0xffff) << 16, 32);
	flush_bytes(w);
	memcpy(w->p, p, n);
	w->p += n;
}

size_t
deflate_bound(size_t n)
{
	/* A block's head, and what flush may store past the end. */
	return n + (n / (BLOCK - 1) + 1) * 1024 + 64;
}

size_t
deflate_runs(uint8_t *to, const uint8_t *in, size_t n)
{
	struct work *k = mem_new(struct work);
	struct bit_writer w = { .p = to };
	uint32_t sum = libdeflate_adler32(1, in, n);
	size_t at = 0;

	fill_matches(k->matches);
	*w.p++ = 0x78; /* deflate, 32 K window */
	*w.p++ = 0x01; /* fastest; the two are a multiple of 31 */
	do {
		size_t m = n - at < BLOCK - 1 ? n - at : BLOCK - 1;

		find_tokens(k, in, at, m);
		make_code(
		    k->counts, k->code.length, k->code.bits, SYMBOLS, CODE_MAX);
		if (cost(k) / 8 + 400 > m && m > 1000)
			put_stored(&w, in + at, m, at + m == n);
		else {
			put_head(&w, k, at + m == n);
			put_tokens(&w, k);
		}
		at += m;
	} while (at < n);
	w.bits = (w.bits + 7) & ~7u;
	flush_bytes(&w);
	for (int i = 0; i < 4; i++)
		*w.p++ = (uint8_t)(sum >> (24 - 8 * i));
	mem_free(k);
	return (size_t)(w.p - to);
}
