/*
 * Figures of a whole pass, of what a net counts batch by batch.
 *
 * The mean of a figure over batches is not the figure of the pass: IoU is a ratio of
 * sums, average precision needs all detections in one order.  So a net's score layer
 * gives counts, floats of any shape (nn/layer.h, .tally), and a tally takes those of
 * each batch and works the figures out when they are asked for.
 *
 * A tally is a struct that begins with struct tally:
 *
 *	struct my_tally { struct tally tally; ... };
 */
#ifndef METRIC_TALLY_H
#define METRIC_TALLY_H

#include <stddef.h>

#include "prog/gate.h"

/* One tensor of a batch. */
struct tally_counts {
	const float *v;
	size_t n;
};

struct tally;

struct tally_type {
	const char *name; /* for sentences */
	/* The counts of a batch, n tensors of them; 0, or an error: they cannot be
	 * such counts. */
	int (*add)(struct tally *t, const struct tally_counts *c, size_t n);
	/* At most `room` figures; how many.  Which ones, their names (the tally's)
	 * and their order are the same before anything was added, when their values
	 * are NAN.  What people look at first comes first; a name with a "/" is a
	 * detail ("iou/cat"), which summaries leave out (score_detail). */
	size_t (*figures)(
	    const struct tally *t, struct gate_value *v, size_t room);
	void (*reset)(struct tally *t); /* nothing was added */
	void (*free)(struct tally *t);
};

struct tally {
	const struct tally_type *type;
};

int tally_add(struct tally *t, const struct tally_counts *c, size_t n);
size_t tally_figures(const struct tally *t, struct gate_value *v, size_t room);
void tally_reset(struct tally *t);
void tally_free(struct tally *t); /* accepts NULL */

#endif
