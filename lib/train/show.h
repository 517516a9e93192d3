/* Inside of train/: what is seen of a training while it runs, on the progress
 * line, and above it a line for each epoch. */
#ifndef TRAIN_SHOW_H
#define TRAIN_SHOW_H

#include "train/session.h"

struct show {
	double loss;  /* the newest */
	double sum;   /* of the losses since the last line that stays */
	int64_t n;    /* how many */
	double since; /* stop_clock of that line */
};

void show_begin(struct show *w, const struct session *s);
/* The loss of an iteration. */
void show_loss(struct show *w, double loss);
/* An iteration was done with this learning rate. */
void show_step(const struct show *w, const struct session *s, float rate);
/* A line that stays, where this iteration ends an epoch or was validated. */
void show_epoch(struct show *w, const struct session *s);
/* Items in one iteration, on all ranks. */
int64_t show_items(const struct session *s);

#endif
