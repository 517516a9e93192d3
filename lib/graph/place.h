/*
 * The memory planner of all backends: blocks whose lives do not meet share the
 * bytes of one arena, and what is made of a block that ends there may lie where
 * that block lay.
 *
 *	place_init(&b, size);          a block, not alive yet
 *	place_use(&b, step);           read or written there, in any order
 *	place_keep(&b);                read after the last step, too
 *	place_over(&y, &x, step);      y, made at step, on the bytes of x
 *	total = place_arena(list, n, align);
 *
 * A step is whatever the caller counts: ref's are ops, the others' are kernels.
 */
#ifndef GRAPH_PLACE_H
#define GRAPH_PLACE_H

#include <stdbool.h>
#include <stddef.h>

struct place_block {
	size_t size;     /* bytes */
	size_t offset;   /* once placed; SIZE_MAX: it is not */
	int first, last; /* steps it lives in, both included */
	bool fixed;      /* outside the arena, or not to be written over */
	struct place_block *as; /* the block on whose bytes it lies, or NULL */
};

void place_init(struct place_block *b, size_t size);
void place_use(struct place_block *b, int step);
void place_keep(struct place_block *b);
bool place_kept(const struct place_block *b);
/* Is it alive at any step? */
bool place_used(const struct place_block *b);
/* The block whose bytes b's are: the end of the chain of `as`. */
struct place_block *place_root(struct place_block *b);

/* y and x are the same bytes from now on, as long as either lives. */
void place_join(struct place_block *y, struct place_block *x);
/* The same where it is allowed: y begins at the step, x ends there, is as large
 * and neither is fixed.  Says whether. */
bool place_over(struct place_block *y, struct place_block *x, int step);

/*
 * Offsets, multiples of align, for the n blocks of the list, which is left in
 * another order: those that are used, not fixed and lie on no other.  Several
 * greedy ways are tried, all of them one block after the other: largest first or
 * longest times largest first, each in the lowest gap or the tightest one
 * (Pisarchyk and Lee 2020 measure such ways within a few per cent of the lower
 * bound); the least of their totals is returned, in bytes.  Depends on sizes,
 * lives and the order of the list alone.
 */
size_t place_arena(struct place_block **list, size_t n, size_t align);

#endif
