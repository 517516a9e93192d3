/* The equation of an Einsum: which axis of which bottom has which letter. */
#ifndef NN_LAYERS_ARITH_EQUATION_H
#define NN_LAYERS_ARITH_EQUATION_H

#include "nn/layers/arith/broadcast.h"

/* Letters are numbers: those of the axes of "..." first, counted from its last, then
 * A to Z, then a to z. */
enum { EINSUM_TERMS = 16, EINSUM_LETTERS = SHAPE_MAX + 52 };

struct einsum_term {
	int tensor;
	int n;
	int letter[SHAPE_MAX];
	int64_t size[SHAPE_MAX]; /* where one made of others says it */
};

/* term[i] for each bottom, and the result's letters; ERR_FORMAT says what is wrong
 * with the equation, or where sizes do not agree. */
int einsum_parse(struct layer *l, const char *equation,
    struct einsum_term *term, struct einsum_term *to);

#endif
