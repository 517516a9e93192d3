/*
 * Rings: how a plan's INPUTs get to the device, some steps ahead of it.
 *
 * A ring has slots; a slot has room for the INPUTs of one step, in memory that
 * the device copies from by itself (pinned) where there is such.  One thread
 * fills slots in turn:
 *
 *	ring_wait(r, k);          what was in the slot has been copied
 *	… ring_floats, ring_list, ring_bytes: write there; ring_set_new …
 *
 * and another, that of the plan, hands them over in the same order:
 *
 *	ring_mark(r);             before it waits for the slot to be filled
 *	plan_feed(p, r, k, tensors);
 *
 * which returns before the device has taken them.  Who fills may begin with the
 * slot again once plan_feed has returned.
 *
 * An INPUT comes as floats, whole, in NCHW, which every backend takes; or as
 * pictures: bytes as a data set stores them, of which the device makes floats
 * (float(byte) - mean) * scale, of a part, mirrored or not, operation by operation
 * as input/transform.h does it here, so that both give the same bits.  Pictures
 * may be held: bytes that came once stay on the device, and later steps name
 * them by their record.
 */
#ifndef GRAPH_RING_H
#define GRAPH_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "graph/graph.h"

struct device;
struct plan;

enum { RING_MEANS = 4 };

/* What is the same for all pictures of an INPUT (N, C, h, w). */
struct picture_rule {
	float scale;
	/* (C, mean_height, mean_width), or NULL; pictures are of that size
	 * then */
	const float *mean;
	int mean_height, mean_width;
	float mean_value[RING_MEANS];
	int nmean_value; /* 0, 1 or C; not with mean */
	/* bytes are (height, width, C), the last channel first, as decoders
	 * give R G B for B G R; else (C, height, width) */
	bool packed;
};

/* One of a batch. */
struct ring_picture {
	uint64_t at;           /* where it begins in ring_bytes */
	uint32_t record;       /* which one of those that may be held */
	int32_t height, width; /* as stored */
	int32_t y, x; /* upper left corner of the h x w that are taken */
	bool mirror;
	bool held; /* lies on the device; at means nothing */
	bool keep; /* from now on the device holds it as `record` */
};

struct ring_input {
	struct shape shape; /* the INPUT's; N is the number of pictures */
	const struct picture_rule *rule; /* NULL: floats.  Copied. */
	size_t bytes;                    /* of one picture, at most */
	size_t records; /* > 0: so many pictures of `bytes` are worth holding */
};

/* A ring as its backend sees it. */
struct ring_lay {
	struct ring_input in;
	struct picture_rule rule;
	size_t at;   /* of the floats or the list in a slot */
	size_t room; /* of a picture; a multiple of RING_ALIGN */
	size_t bytes;
	bool held; /* there is memory for all records; the backend says */
};
enum { RING_ALIGN = 16 };

struct ring {
	const struct ring_ops *ops; /* NULL: plain memory, floats only */
	struct device *device;
	int depth, n;
	struct ring_lay *lay; /* n */
	size_t size, head;    /* of a slot; of its floats and lists */
	void **slot;          /* depth: where they lie here */
	size_t *fresh; /* (depth, n): pictures whose bytes are in the slot */
	void *own;     /* the backend's */
};

/* What a backend that takes pictures has; those without leave backend.ring
 * NULL. */
struct ring_ops {
	/* Sets slot, held and own from all the rest. */
	int (*open)(struct ring *r);
	void (*close)(struct ring *r); /* also after open failed */
	int (*wait)(struct ring *r, int slot);
	int (*mark)(struct ring *r);
	int (*feed)(
	    struct plan *p, struct ring *r, int slot, const int *tensors);
	double (*idle)(struct ring *r);
};

/* Does this device take pictures as bytes? */
bool ring_pictures(const struct device *d);
int ring_new(struct ring **out, struct device *d, const struct ring_input *in,
    int n, int depth);
void ring_free(struct ring *r); /* accepts NULL */

int ring_wait(struct ring *r, int slot);
float *ring_floats(struct ring *r, int slot, int input);
struct ring_picture *ring_list(struct ring *r, int slot, int input);
uint8_t *ring_bytes(struct ring *r, int slot, int input);
/* Bytes from one picture in ring_bytes to the next. */
size_t ring_room(const struct ring *r, int input);
/* Are the pictures of this input to be held?  And in how many bytes. */
bool ring_holds(const struct ring *r, int input, size_t *bytes);
/* How many pictures, the first of ring_bytes, are in the slot. */
void ring_set_new(struct ring *r, int slot, int input, size_t n);

/* From now on the device is idle for want of data, once its work is done. */
int ring_mark(struct ring *r);
/* Slot's inputs into the plan's tensors (-1: nobody reads it). */
int plan_feed(struct plan *p, struct ring *r, int slot, const int *tensors);
/* Seconds that the device has been idle between a mark and the arrival of what
 * was fed next, as far as it is known; < 0: this device does not tell. */
double ring_idle(struct ring *r);

#endif
