/*
 * What the nets of a run read, each source opened once.
 *
 * A source (a database and its mean image, a list of pictures, a window file) is
 * opened when a data layer first asks for it.  It then serves every net that is
 * made of such a layer: for training and for validation, with batches of other
 * sizes, for plans that are only measured.  What a net has to know of it is its
 * spec.  Opening reads as little as that needs; the tree of an LMDB is walked when
 * a feed starts, or by inputs_walk.
 *
 * Opened and closed by one thread; feeds of several threads may read at once.
 */
#ifndef INPUT_INPUT_H
#define INPUT_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "caffe/caffe.pb-c.h"
#include "record/db.h"
#include "nn/layer.h"

struct feed_opts;
struct feed_type;

enum { INPUT_TOPS = 8 };

/* What has a place in a picture, and what has not. */
enum input_kind {
	INPUT_NUMBERS,
	INPUT_PICTURE,
	INPUT_MASK, /* numbers of classes, or a picture, beside a picture */
	INPUT_BOXES /* DIGITS's lists, in pixels (input/geometry.h) */
};

struct input_spec {
	int ntop;
	enum input_kind kind[INPUT_TOPS];
	/* of one item of each top, without the axis of the batch */
	struct shape shape[INPUT_TOPS];
	/* These are (rows, width), and those of a batch stand one behind the
	 * other: (1, 1, batch * rows, width). */
	bool rows[INPUT_TOPS];
	uint64_t items; /* in the source; 0: endless */
};

/* What a feed type's own struct begins with. */
struct input {
	const struct feed_type *type;
	struct input_spec spec;
	/* the layer without name, rules and batch size: two that are equal are
	 * one source; owned */
	Caffe__LayerParameter *p;
	bool rgb; /* as feed_opts has them */
	uint64_t seed;
	bool train; /* matters where samples are made of several */
	/* of labels: the pictures of the same net that they belong to; or NULL
	 */
	struct input *pictures;
};

struct inputs;
struct inputs *inputs_new(void);
void inputs_free(struct inputs *in); /* accepts NULL */

/* The source of a layer, opened or as it was opened before; borrowed. */
int inputs_find(struct input **out, struct inputs *in, const struct layer *l,
    const struct feed_type *type, const struct feed_opts *o);

/* A database of the set, begun (record/db.h); borrowed. */
int inputs_db(struct record_db **out, struct inputs *in, const char *path);

/* An array of the set, read (input/array.h); borrowed. */
struct input_array;
int inputs_array(
    const struct input_array **out, struct inputs *in, const char *path);

/* Every database that is open is walked: what is damaged is found now. */
int inputs_walk(struct inputs *in);

#endif
