/*
 * The order of an endless stream of records: position g (from 0) is record
 * order(e)[g mod n] of epoch e = g div n, where n is the number of records and
 * order(e) is the identity or, shuffled, a permutation made from (seed, e) alone.
 * Worker I of N takes the positions I, I + N, I + 2N …, so that all share every
 * epoch and nothing is left out.  A position is a plain number: who keeps it in a
 * snapshot goes on from there as if he had never stopped.
 *
 * Not thread-safe; cheap for positions that ascend.
 */
#ifndef INPUT_ORDER_H
#define INPUT_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input_order {
	size_t n;
	bool shuffle;
	uint64_t seed;
	uint64_t epoch; /* of perm */
	uint32_t *perm; /* n of them, or NULL */
};

/* n >= 1, below 2^32. */
void
input_order_init(struct input_order *o, size_t n, bool shuffle, uint64_t seed);
void input_order_clear(struct input_order *o);
size_t input_order_at(struct input_order *o, uint64_t g);

#endif
