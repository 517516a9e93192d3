/* DenseImageData (SegNet): pictures and label maps from a list; fed by the
 * trainer. */
#include "nn/layers/types.h"

const struct layer_type layer_dense_image_data = { "DenseImageData", 0, 0, 2, 2,
	.emit = layer_feed, .feed = true };
