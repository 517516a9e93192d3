/*
 * A training at several sizes of its pictures (darknet's random=1, YOLOX's
 * random_size): every few iterations another size is drawn.
 *
 * Each size has a net and a plan of its own, which work on the weights, running
 * statistics and history of the training's own plan; the net resizes the pictures
 * that it is fed (input/augment/rescale.h).  Plans are made when they are first
 * needed and kept while the device has room for them: what is drawn follows from
 * the seed and the iteration alone.
 */
#ifndef TRAIN_SCALES_H
#define TRAIN_SCALES_H

#include <stdbool.h>
#include <stdint.h>

#include "train/need.h"

/* The longer side is min, min + step, ... or max; the other one as the nominal
 * size has it, rounded to a multiple of step. */
struct train_scales {
	int min, max, step;
	int every; /* iterations; 0: one size, the nominal */
};
enum { SCALES_STEP = 32, SCALES_EVERY = 10, SCALES_MOST = 64 };

/* "MIN-MAX[/STEP][@EVERY]"; ERR_USAGE. */
int scales_parse(struct train_scales *out, const char *text);
/* How many there are. */
int scales_count(const struct train_scales *o);
/* Height and width of size i, for pictures of nominal height and width. */
void scales_size(
    int out[2], const struct train_scales *o, int i, const int nominal[2]);
/* Which of them this iteration is made at. */
int scales_draw(const struct train_scales *o, uint64_t seed, int64_t iter);

struct session;
struct scales;
/* Of a session whose own net and plan are there: the nets of all sizes, which must
 * have its weights, and the plan of the largest one, so that what has no room is
 * known at once. */
int scales_open(struct scales **out, struct session *s);
void scales_free(struct scales *c); /* accepts NULL */
/* s->now becomes what iteration s->iter is made with.  Nothing of the steps before
 * may be waited for (metrics_fetch) where that is another one: scales_turns. */
int scales_turn(struct scales *c, struct session *s);
bool scales_turns(const struct scales *c, const struct session *s);
/* Adds what they need at least: the largest, beside the training's own. */
void scales_need(const struct scales *c, struct need *n, int iter_size);

#endif
