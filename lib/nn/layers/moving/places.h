/*
 * Inside nn/layers/moving: the places of a tensor that indices name, one for each
 * element of what is gathered from or scattered to it, as GatherElements,
 * GatherND, ScatterElements and ScatterND have them.
 */
#ifndef NN_LAYERS_MOVING_PLACES_H
#define NN_LAYERS_MOVING_PLACES_H

#include "nn/layers/moving/moving.h"

struct places {
	struct shape data, index;
	size_t n;  /* elements */
	int axis;  /* of elements; -1: each last row of index is one place */
	int batch; /* axes that data and index share; of rows only */
};

/* Each element of index names a place along that axis; the others are its own. */
int places_elements(struct places *p, const struct shape *data,
    const struct shape *index, int axis);
/* Each row of the last axis of index names the first axes of a place behind the
 * shared ones; got: the shape of all that is named. */
int places_rows(struct places *p, const struct shape *data,
    const struct shape *index, int batch, struct shape *got);

/* What the indices say; at (n).  Below 0 they count from the end.  ERR_FORMAT: one
 * is outside. */
int places_find(const struct places *p, const float *index, size_t *at);

#endif
