/* Inside of train/: what one training holds while it runs. */
#ifndef TRAIN_SESSION_H
#define TRAIN_SESSION_H

#include "train/average.h"
#include "train/eval.h"
#include "ranks/exchange.h"
#include "input/feed.h"
#include "train/journal.h"
#include "train/need.h"
#include "train/scales.h"
#include "train/solver.h"
#include "train/train.h"
#include "train/metrics.h"

/* What a step is taken with: of the one size that a training has, or of the one
 * that its turn it is (train/scales.h). */
struct learner {
	struct net *net;
	struct plan *plan;
	struct solver *solver;
	struct metrics *metrics; /* of plan */
};

struct session {
	const struct train_job *job;
	struct device *device;
	bool measure; /* for session_need: nothing is made but plans' sizes */
	int batch;    /* > 0: instead of the nets' */
	struct inputs *sources; /* the job's, or its own */
	struct feeds feeds;
	struct net *net;
	struct reducer *reducer; /* or NULL: gradients go by the exchange */
	bool whole;              /* the training ended well */
	struct plan *plan;
	struct solver *solver;
	struct average *average; /* or NULL */
	struct feeder *feeder;
	struct metrics *metrics; /* of plan */
	struct scales *scales;   /* or NULL */
	struct learner now;
	struct eval **evals;
	size_t nevals;
	struct journal journal;
	bool journal_open;
	struct panel *panel;
	struct board *board;   /* or NULL */
	int64_t iter;          /* iterations done */
	int64_t first_iter;    /* where this run began */
	int64_t snapshot_iter; /* of the newest snapshot, -1: none */
	char *snapshot;        /* its file name */
	const char *reason;    /* why the loop ended */
};

/* Build everything; the plan holds its starting weights (filled, pretrained or
 * resumed, in which case iter is where it goes on). */
int session_open(struct session *s, const struct train_job *job);
void session_close(struct session *s);
/* What a training of this job would take on d with batches of so many; 0: those
 * that the nets name. */
int session_need(
    struct need *out, const struct train_job *job, struct device *d, int batch);

/* The net of the training for pictures of that height and width (NULL: as they are
 * fed), with its gradient; feeds are made with it. */
int session_net(const struct session *s, const int size[2], struct feeds *feeds,
    struct net **out);
/* A plan of such a net; share: whose weights it works on, or NULL. */
int session_plan(const struct session *s, struct plan **out,
    const struct net *net, struct plan *share);

/* Where the model is written now. */
const char *session_dir(const struct session *s);
/* Epochs after `iter` iterations; the iterations themselves without epochs. */
double session_epoch(const struct session *s, int64_t iter);

/* Snapshots in HDF5 are read back by name: ERR_FORMAT where two layers with
 * weights have the same, or none. */
int snapshot_check(const struct net *n, const Caffe__SolverParameter *sp);
/* Write snapshot_iter_N.{caffemodel,solverstate}, then remove what --keep and
 * DIGITS's rule (one solverstate) say. */
int snapshot_write(struct session *s);
/* Let best.caffemodel lead to the best of those that are there. */
void snapshot_link(const struct session *s);
/* A solver state of Caffe's or ours, with the weights it names (where it says, or
 * beside it), into the plan. */
int snapshot_start(struct session *s, const char *path);
/* Newest complete snapshot of the folder into the plan; ERR_MISSING: none. */
int snapshot_resume(struct session *s);
/* *iter: that of the newest complete snapshot of dir, -1: none. */
int snapshot_newest(int64_t *iter, const char *dir);

/* The loop: until done, stopped, or not a number. */
int loop_run(struct session *s);

/* 0, or ERR_FORMAT: weights are not finite. */
int diagnose_weights(struct session *s);
/* Which layer made the first value that is not a number?  Sets the sentence. */
int diagnose_nan(struct session *s, uint64_t step);

#endif
