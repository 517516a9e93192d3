/* Where blocks lie in an arena.  Quadratic in their number, which is hundreds. */
#include "graph/place.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

void
place_init(struct place_block *b, size_t size)
{
	*b = (struct place_block){
		.size = size, .offset = SIZE_MAX, .first = INT_MAX, .last = -1
	};
}

void
place_use(struct place_block *b, int step)
{
	if (b->first > step)
		b->first = step;
	if (b->last < step)
		b->last = step;
}

void
place_keep(struct place_block *b)
{
	b->last = INT_MAX;
}

bool
place_kept(const struct place_block *b)
{
	return b->last == INT_MAX;
}

bool
place_used(const struct place_block *b)
{
	return b->first != INT_MAX;
}

struct place_block *
place_root(struct place_block *b)
{
	while (b->as != NULL)
		b = b->as;
	return b;
}

void
place_join(struct place_block *y, struct place_block *x)
{
	y = place_root(y);
	x = place_root(x);
	if (x == y)
		return;
	y->as = x;
	x->size = y->size > x->size ? y->size : x->size;
	x->first = y->first < x->first ? y->first : x->first;
	x->last = y->last > x->last ? y->last : x->last;
	x->fixed |= y->fixed;
}

bool
place_over(struct place_block *y, struct place_block *x, int step)
{
	y = place_root(y);
	x = place_root(x);
	if (x == y || x->fixed || y->fixed || y->first != step ||
	    x->last != step || x->size < y->size)
		return false;
	place_join(y, x);
	return true;
}

/* An order of placing and a choice among gaps. */
struct way {
	int (*order)(const void *a, const void *b);
	bool tightest;
};

/* A block; its number in the caller's list settles ties. */
struct item {
	struct place_block *b;
	size_t size, number; /* size: rounded up */
	size_t at, best; /* offset in this way, and in the best one so far */
};

static int
by_number(const struct item *x, const struct item *y)
{
	return (x->number > y->number) - (x->number < y->number);
}

static int
largest(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	if (x->b->first != y->b->first)
		return x->b->first < y->b->first ? -1 : 1;
	return by_number(x, y);
}

/* As largest, with equals in the order of the list. */
static int
largest_plain(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->b->size != y->b->size)
		return x->b->size > y->b->size ? -1 : 1;
	return by_number(x, y);
}

static int
most_room(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	const double p =
	    (double)x->size * (1.0 + (double)x->b->last - (double)x->b->first);
	const double q =
	    (double)y->size * (1.0 + (double)y->b->last - (double)y->b->first);

	if (p != q)
		return p > q ? -1 : 1;
	return largest(a, b);
}

static bool
blocks_meet(const struct place_block *a, const struct place_block *b)
{
	return a->first <= b->last && b->first <= a->last;
}

/* The lowest or tightest gap for x among the n placed items, which stand in
 * order of their offsets; past all that live beside it where none is wide
 * enough. */
static size_t
find_gap(
    struct item *const *placed, size_t n, const struct item *x, bool tightest)
{
	size_t end = 0, best = SIZE_MAX, width = SIZE_MAX;

	for (size_t i = 0; i < n; i++) {
		const struct item *p = placed[i];

		if (!blocks_meet(p->b, x->b))
			continue;
		if (p->at >= end + x->size && p->at - end < width) {
			best = end;
			width = p->at - end;
			if (!tightest)
				return best;
		}
		if (p->at + p->size > end)
			end = p->at + p->size;
	}
	return best != SIZE_MAX ? best : end;
}

static size_t
try_way(
    struct item *items, struct item **placed, size_t n, const struct way *way)
{
	size_t total = 0;

	qsort(items, n, sizeof(*items), way->order);
	for (size_t i = 0; i < n; i++) {
		struct item *x = &items[i];
		size_t k = i;

		x->at = find_gap(placed, i, x, way->tightest);
		if (x->at + x->b->size > total)
			total = x->at + x->b->size;
		for (; k > 0 && placed[k - 1]->at > x->at; k--)
			placed[k] = placed[k - 1];
		placed[k] = x;
	}
	return total;
}

size_t
place_arena(struct place_block **list, size_t n, size_t align)
{
	static const struct way ways[] = { { largest_plain, false },
		{ largest, true }, { most_room, false }, { most_room, true } };
	struct item *items = mem_array(struct item, n + 1);
	struct item **placed = mem_array(struct item *, n + 1);
	size_t m = 0, least = SIZE_MAX;

	for (size_t i = 0; i < n; i++) {
		struct place_block *b = list[i];

		if (b->fixed || b->as != NULL || !place_used(b))
			continue;
		items[m] = (struct item){ .b = b, .number = m };
		items[m++].size = (b->size + align - 1) / align * align;
	}
	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		const size_t total = try_way(items, placed, m, &ways[w]);

		if (total >= least)
			continue;
		least = total;
		for (size_t i = 0; i < m; i++)
			items[i].best = items[i].at;
	}
	for (size_t i = 0; i < m; i++)
		items[i].b->offset = items[i].best;
	mem_free(placed);
	mem_free(items);
	return m > 0 ? least : 0;
}
