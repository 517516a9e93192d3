/* HDF5Data: datasets of HDF5 files, one per top; fed by the trainer. */
#include "nn/layers/types.h"

const struct layer_type layer_hdf5_data = { "HDF5Data", 0, 0, 1, -1,
	.emit = layer_feed, .feed = true };
