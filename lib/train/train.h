/*
 * Training: a net, a solver and data, from the first iteration (or a snapshot)
 * to the last, into a model folder.
 *
 * A training is a function of its job: same job, device and threads, same bytes,
 * also when it was stopped and resumed in between.  It stops between two
 * iterations when stop_asked() says so, in every phase.
 */
#ifndef TRAIN_TRAIN_H
#define TRAIN_TRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "caffe/caffe.pb-c.h"
#include "graph/backend.h"
#include "input/transform.h"
#include "prog/gate.h"
#include "train/scales.h"

struct feed_array;
struct inputs;
struct exchange;
struct file_dir;

struct train_job {
	const char *dir; /* the model folder; exists */
	/* or NULL: the folder that becomes dir with the first snapshot, in
	 * place of an old one */
	struct file_dir *place;
	const Caffe__SolverParameter *solver;
	const Caffe__NetParameter *net; /* upgraded; phase TRAIN */
	const char
	    *net_name; /* what the user calls it, for sentences; or NULL */
	const Caffe__NetParameter *const
	    *test_nets; /* one per solver.test_iter */
	/* stages and levels: the nets' state, then the solver's train_state and
	 * test_state */
	size_t ntest;
	double
	    iters_per_epoch; /* 0: the solver knows no epochs (iterations only) */
	size_t val_items;    /* > 0: measure exactly these, each once */
	int classes;
	const char *const *names; /* of classes, as far as they are known */
	size_t nnames;
	/* how */
	const char *device;
	/* that device, where it is open already: the caller's; or NULL */
	struct device *opened;
	enum precision precision;
	int threads;
	bool deterministic, autotune;
	bool shuffle;
	const struct feed_array *inputs; /* input/feed.h */
	size_t ninputs;
	struct inputs
	    *sources; /* what the nets read (input/input.h), or NULL */
	struct augment augment;
	bool rgb; /* the net wants R G B, records are B G R */
	uint64_t seed;
	int64_t warmup;             /* iterations */
	struct train_scales scales; /* of pictures */
	double average; /* decay of the weights' moving average; 0: none */
	/* from where */
	const char *const *weights; /* files to start from */
	size_t nweights;
	bool resume;          /* the newest snapshot of dir */
	const char *snapshot; /* a .solverstate of elsewhere, or NULL */
	/* until when */
	const struct gate *until, *require;
	size_t nuntil, nrequire;
	double early_stop;         /* epochs without improvement; 0: off */
	int keep;                  /* best snapshots kept; 0: all */
	const char *command;       /* for the journal */
	const char *metrics;       /* file for OpenMetrics, or NULL */
	const char *board;         /* folder for TensorBoard, or NULL */
	struct exchange *exchange; /* with other ranks, or NULL */
};

struct train_result {
	int64_t iter;
	double epoch;
	char *snapshot;    /* file name of the newest weights; owned */
	int64_t best_iter; /* -1: never validated */
	double best_score;
	double seconds; /* all runs */
	uint64_t seed;  /* of all its random choices */
	bool began;     /* all that it needs was there */
	/* "done", "until", "early-stop", "SIGTERM", "error" … */
	const char *reason;
	/* The last validation's outputs.  Nothing here points into the struct,
	 * which may be moved. */
	struct train_output {
		char name[64];
		double value;
	} v[256];
	size_t n;
};

/*
 * 0 done; ERR_STOPPED: stopped, a snapshot was written; ERR_GATE: done, but a
 * --require gate was not met; ERR_FORMAT for NaN, naming the layer.
 */
int train_run(const struct train_job *job, struct train_result *out);
void train_result_clear(struct train_result *r);

#endif
