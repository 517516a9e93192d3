/*
 * Inside input/: the feed of Data layers at work.  feed_data.c makes plain items;
 * feed_scene.c those that scenes are drawn for (augment/scene.h).
 */
#ifndef INPUT_FEED_DATA_H
#define INPUT_FEED_DATA_H

#include <stdatomic.h>

#include "base/err.h"
#include "base/queue.h"
#include "input/feed.h"
#include "input/order.h"
#include "input/source_data.h"

/* What a thread works with. */
struct data_worker {
	struct record_scratch record;
	struct transform_scratch transform;
	/* of a scene: the numbers of its samples */
	float *numbers;
	size_t numbers_cap;
};

struct feed_data {
	struct feed feed;
	struct data_source *from;
	struct input_order order;
	struct transform transform; /* of this feed; the mean is the source's */
	struct transform boxes;     /* of the pictures that boxes are on */
	bool scenes;                /* are drawn for each item */
	uint64_t skip;              /* items left out at the beginning */
	struct pool *pool;
	struct data_worker *workers;
	struct err_saved *failed; /* of each item of a batch */
	size_t *at;               /* its record */
	float *labels;            /* of the records that the device holds */
	/* while a batch is made */
	uint64_t g;
	float *const *top;
	struct feed_pictures *pictures; /* NULL: floats */
	atomic_size_t next;
	atomic_bool floats; /* a record is not of bytes */
};

/* Item i of the batch where scenes are drawn, as floats. */
int feed_data_scene(struct feed_data *f, size_t i, struct data_worker *w);
/* Where in the stream it stands. */
uint64_t feed_data_place(const struct feed_data *f, size_t i);

#endif
