/*
 * A test net that shares the weights of a training plan, and passes over its
 * data.
 *
 * With `items` known, a pass covers each item exactly once: the last, smaller
 * batch runs in a plan of its own size.  Otherwise it is Caffe's: test_iter
 * batches, averaged.
 */
#ifndef TRAIN_EVAL_H
#define TRAIN_EVAL_H

#include "graph/backend.h"
#include "nn/net.h"
#include "input/feed.h"
#include "train/journal.h"
#include "train/need.h"

enum { NET_STAGES = 64 };
/* Level and stages of a net's own state and of the solver's for it (either may be
 * missing) into o; stages holds the list.  ERR_RANGE: too many. */
int net_state(struct net_opts *o, const char *stages[NET_STAGES],
    const Caffe__NetParameter *net, const Caffe__NetState *extra);

struct eval;

struct eval_opts {
	struct device *device;
	const struct plan_opts *plan; /* share is set to `share` */
	struct plan *share;
	const Caffe__NetParameter *net;
	const char *net_name;          /* for sentences, or NULL */
	const Caffe__NetState *state;  /* stages of the solver's, or NULL */
	const struct feed_opts *feeds; /* train is set to false */
	int classes;
	const char *const *names; /* of classes, as far as they are known */
	size_t nnames;
	int64_t test_iter;       /* batches a pass */
	size_t items;            /* 0: unknown */
	struct journal *journal; /* to be ticked, or NULL */
};

int eval_new(struct eval **out, const struct eval_opts *o);
void eval_free(struct eval *e); /* accepts NULL */
/* One pass; outputs averaged into m, and behind them the figures of what score
 * layers counted (train/tallies.h) (names borrowed from the eval).  Returns
 * ERR_STOPPED when stop() says so on the way (base/stop.h). */
int eval_run(struct eval *e, struct measurement *m, int (*stop)(void));
/* Names of the outputs, into m behind those there. */
void eval_names(const struct eval *e, struct measurement *m);
/* Adds what it takes, made for a plan that is only measured. */
void eval_need(const struct eval *e, struct need *n);
/* Images of one pass. */
size_t eval_items(const struct eval *e);

#endif
