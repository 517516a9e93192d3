/* Silence: reads blobs so that they are no outputs of the net. */
#include "nn/layers/types.h"

static int
emit(struct layer *l)
{
	(void)l;
	return 0;
}

const struct layer_type layer_silence = { "Silence", 1, -1, 0, 0, .emit = emit,
	.role = LAYER_SINK };
