/*
 * Feeds: where the tops of Data-like layers come from.
 *
 * A feed answers by position: "the n items from position g on".  Positions are
 * plain numbers, step * batch, so a feed has no state that a snapshot would have
 * to hold.  feed_table.c lists the types by layer type; each is one file.
 *
 * A feeder drives all feeds of one net from a thread of its own, one step ahead
 * of the device.
 */
#ifndef TRAIN_FEED_H
#define TRAIN_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "graph/backend.h"
#include "nn/net.h"
#include "dset/transform.h"

enum { FEED_TOPS = 8 };

/* Rows for a layer whose data a program hands over (MemoryData, Input): all of
 * top `name`, read from a .npy file. */
struct feed_array {
	const char *name, *path;
};

struct feed_opts {
	bool train;
	bool shuffle;
	uint64_t seed;
	int threads;          /* decoding; 0: the reader's choice */
	int batch;            /* > 0: instead of the layer's */
	uint64_t base;        /* position of step 0 */
	uint64_t rank, ranks; /* this worker of how many; ranks 0 or 1: alone */
	const struct augment *augment; /* or NULL; TRAIN feeds of images only */
	const struct feed_array *arrays;
	size_t narrays;
};

struct feed {
	const struct feed_type *type;
	const char *layer; /* borrowed from the net's message */
	int batch;
	int ntop;
	struct shape shape[FEED_TOPS];
	uint64_t items; /* items in the source; 0: endless */
	uint64_t base;
};

struct feed_type {
	const char *name; /* the layer type: "Data" */
	int (*open)(struct feed **out, const struct layer *l,
	    const struct feed_opts *o);
	/* The prototxt states the shapes: opened once the net is made, when the
	 * layer's tops are there to be asked. */
	bool late;
	/* The items from position g on; top[i] has room for shape[i]. */
	int (*fill)(struct feed *f, uint64_t g, float *const *top);
	void (*close)(struct feed *f);
};
extern const struct feed_type *const feed_types[]; /* ends with NULL */

/* All feeds of a net in the making: give feeds_shape and this to net_opts. */
struct feeds {
	struct feed_opts opts;
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

struct feeder;
/* net and feeds must outlive it.  Thread-safe only as the plan is. */
int feeder_new(struct feeder **out, const struct net *net, struct feeds *feeds);
void feeder_free(struct feeder *f); /* accepts NULL */
/* Write the inputs of this step into the plan, and begin preparing the step
 * `next` (usually step + 1; UINT64_MAX: none). */
int
feeder_step(struct feeder *f, struct plan *plan, uint64_t step, uint64_t next);
/* Seconds that feeder_step has waited for data so far. */
double feeder_waited(const struct feeder *f);

#endif
