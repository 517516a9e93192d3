/* The feeds that are built in. */
#include <stddef.h>

#include "input/feed.h"

extern const struct feed_type feed_annotated;
extern const struct feed_type feed_data;
extern const struct feed_type feed_dummy;
extern const struct feed_type feed_hdf5;
extern const struct feed_type feed_image;
extern const struct feed_type feed_input;
extern const struct feed_type feed_memory;
extern const struct feed_type feed_window;

const struct feed_type *const feed_types[] = {
	&feed_annotated,
	&feed_data,
	&feed_dummy,
	&feed_hdf5,
	&feed_image,
	&feed_input,
	&feed_memory,
	&feed_window,
	NULL,
};
