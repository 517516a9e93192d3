/* Split: its bottom under several names. */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	int i;

	for (i = 0; i < l->ntop; i++)
		layer_top(l, i, l->bottom[0]);
	return 0;
}

const struct layer_type layer_split = { "Split", 1, 1, 1, -1, .emit = emit };
