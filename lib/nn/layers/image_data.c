/* ImageData: pictures and labels from a list; fed by the trainer. */
#include "nn/layers/types.h"

const struct layer_type layer_image_data = { "ImageData", 0, 0, 2, 2,
	.emit = layer_feed, .feed = true };
