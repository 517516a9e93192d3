/*
 * The order of a stream of records: which record stands at position g.  See
 * reader.h for the rule.  Not thread-safe; cheap for positions that ascend.
 */
#ifndef DSET_ORDER_H
#define DSET_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dset_order {
	size_t n;
	bool shuffle;
	uint64_t seed;
	uint64_t epoch; /* of perm */
	uint32_t *perm; /* n of them, or NULL */
};

/* n >= 1, below 2^32. */
void
dset_order_init(struct dset_order *o, size_t n, bool shuffle, uint64_t seed);
void dset_order_clear(struct dset_order *o);
size_t dset_order_at(struct dset_order *o, uint64_t g);

#endif
