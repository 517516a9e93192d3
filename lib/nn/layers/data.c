/* Data: records of a database, and labels; fed by the trainer. */
#include "nn/layers/types.h"

const struct layer_type layer_data = { "Data", 0, 0, 1, 2, .emit = layer_feed,
	.feed = true };
