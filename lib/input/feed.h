/*
 * Feeds: where the tops of Data-like layers come from.
 *
 * A feed answers by position: "the n items from position g on".  Positions are
 * plain numbers, step * batch, so a feed has no state that a snapshot would have
 * to hold.  feed_table.c lists the types by layer type; each is one file.  What a
 * feed reads is a source that is opened once for all nets (input.h): a net is made
 * of shapes alone, and threads and buffers come when the feed starts.
 *
 * A feeder drives all feeds of one net from a thread of its own, some steps ahead
 * of the device, in the slots of a ring (graph/ring.h).  How a picture travels:
 *
 * - as bytes where the device takes them (CUDA) and nothing is done to them but
 *   crop, mirror, mean and scale: Data of byte Datums, raw or encoded, and
 *   ImageData.  They are read and decoded here by all CPUs, into the slot; the
 *   device does the rest.  What fits in a quarter of the device's free memory is
 *   held there: each record travels once.
 * - as floats else: DIGITS's other augmentations (flip, rotation, zoom, noise,
 *   hue, contrast) and whitening, float Datums, windows, HDF5, arrays, fillers;
 *   and to other devices.
 *
 * Both give the same numbers, bit for bit.  To compare them, NNUTILS_FEED=streamed
 * in the environment holds nothing, and NNUTILS_FEED=floats sends floats.
 */
#ifndef INPUT_FEED_H
#define INPUT_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "graph/backend.h"
#include "graph/ring.h"
#include "nn/net.h"
#include "input/input.h"
#include "input/transform.h"

enum { FEED_TOPS = INPUT_TOPS };

/* Rows for a layer whose data a program hands over (MemoryData, Input): all of
 * top `name`, read from a .npy file. */
struct feed_array {
	const char *name, *path;
};

struct feed_opts {
	bool train;
	bool shuffle;
	uint64_t seed;
	int threads; /* decoding; 0: the reader's choice */
	int batch;   /* > 0: instead of the layer's */
	/* > 0: the net resizes pictures to that (input/augment/rescale.h) */
	int height, width;
	uint64_t base;        /* position of step 0 */
	uint64_t rank, ranks; /* this worker of how many; ranks 0 or 1: alone */
	bool rgb;             /* the net wants R G B, records are B G R */
	const struct augment *augment; /* or NULL; of images, random in TRAIN */
	const struct feed_array *arrays;
	size_t narrays;
	struct inputs *inputs; /* sources, also of other nets; NULL: its own */
};

struct feed {
	const struct feed_type *type;
	struct input *input; /* what it reads; NULL: of a late type */
	struct feed_opts opts;
	bool started;
	const char *layer; /* its name, which need not be its alone */
	int index;         /* the layer, in the net */
	int batch;
	int ntop;
	struct shape shape[FEED_TOPS];
	uint64_t items; /* items in the source; 0: endless */
	/* Top 0 may come as pictures: feed_offer. */
	bool offers;
	struct picture_rule rule;
	size_t picture_bytes; /* of one, at most */
	size_t records;       /* > 0: there are so many, all of that size */
};

/* Where a feed writes a batch of pictures. */
struct feed_pictures {
	struct ring_picture *list; /* of the batch; zeroed */
	uint8_t *bytes;
	size_t room;   /* from one picture to the next */
	uint8_t *held; /* by record: is it on the device?  NULL: none is */
	size_t n;      /* pictures in bytes so far */
};

struct feed_type {
	const char *name; /* the layer type: "Data" */
	size_t size;      /* of its struct, which begins with a struct feed */
	/* Opens what layers of these parameters read, and says so in ->spec.
	 * pictures: those that it gives the labels of, or NULL. */
	int (*source)(struct input **out, const Caffe__LayerParameter *p,
	    struct input *pictures, struct inputs *in,
	    const struct feed_opts *o);
	void (*release)(struct input *in);
	/* Gives what is stored as it is stored: opts.rgb has no effect. */
	bool as_stored;
	/* The prototxt states the shapes: it has no source, and starts once the
	 * net is made, when the layer's tops are there to be asked. */
	bool late;
	/* Before the first batch: what it works with.  Where offers is to be
	 * set, it is set here. */
	int (*start)(struct feed *f, const struct layer *l);
	/* The items from position g on; top[i] has room for shape[i]. */
	int (*fill)(struct feed *f, uint64_t g, float *const *top);
	/* As fill, top 0 as pictures (top[0] is NULL); where offers was set.
	 * FEED_FLOATS: this batch cannot come that way. */
	int (*pictures)(struct feed *f, uint64_t g, float *const *top,
	    struct feed_pictures *b);
	/* What start made, also a part of it; the struct itself is the core's.
	 */
	void (*stop)(struct feed *f);
};
enum { FEED_FLOATS = 1 };
extern const struct feed_type *const feed_types[]; /* ends with NULL */

/* All feeds of a net in the making: give feeds_shape and this to net_opts. */
struct feeds {
	struct feed_opts opts;
	struct inputs *own; /* where opts has none */
	struct feed **v;
	int n;
};
void feeds_init(struct feeds *f, const struct feed_opts *o);
void feeds_clear(struct feeds *f);
int
feeds_shape(void *feeds, const struct layer *l, struct shape *top, int ntop);

/* This worker's share of a layer's batch, or what opts say instead. */
int feed_batch(int *out, const struct feed_opts *o, uint32_t layers);
/* Where item i of the batch that begins at this worker's position g stands in
 * the stream that all workers share. */
uint64_t feed_place(const struct feed_opts *o, uint64_t g, size_t i);

/* The tops of a feed may be pictures of `bytes` at most, if t has what a device
 * can do; records: all are whole, of that size, and there are so many; else 0. */
void feed_offer(
    struct feed *f, const struct transform *t, size_t bytes, size_t records);
/* Picture i of the batch is this record: are its bytes wanted, at
 * b->list[i].at?  Sets that, held and keep; the rest of it is the feed's. */
bool feed_wants(struct feed_pictures *b, size_t i, size_t record);
/* Once the net is made: all feeds, those of late types too, can fill. */
int feeds_start(struct feeds *f, const struct net *net);

/* -- feeder.c -- */
struct feeder_opts {
	struct device *device; /* NULL: one that takes floats */
	bool hold;             /* what fits is held on the device */
	uint64_t steps;        /* > 0: then again from step 0 */
};
struct feeder;
/* net, feeds and device must outlive it; o may be NULL.  Thread-safe only as the
 * plan is. */
int feeder_new(struct feeder **out, const struct net *net, struct feeds *feeds,
    const struct feeder_opts *o);
void feeder_free(struct feeder *f); /* accepts NULL */
/* From now on plans are of this net, which has the same layers. */
void feeder_aim(struct feeder *f, const struct net *net);
/* Give the inputs of this step to the plan.  Those that follow it are made
 * meanwhile; any other takes longer. */
int feeder_step(struct feeder *f, struct plan *plan, uint64_t step);
/*
 * Seconds that the device has waited for data so far: from the end of its work,
 * or from the call of feeder_step when that came later, to the arrival of the
 * step's inputs, by the device's clock.  Where it has none (CPU): what
 * feeder_step has waited.
 */
double feeder_waited(const struct feeder *f);

#endif
