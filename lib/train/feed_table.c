/* The feeds that are built in. */
#include <stddef.h>

#include "train/feed.h"

extern const struct feed_type feed_data;

const struct feed_type *const feed_types[] = {
	&feed_data,
	NULL,
};
