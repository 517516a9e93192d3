/* WindowData: regions of pictures (R-CNN); fed by the trainer. */
#include "nn/layers/types.h"

const struct layer_type layer_window_data = { "WindowData", 0, 0, 2, 2,
	.emit = layer_feed, .feed = true };
