/*
 * What a backend is: it compiles a graph into a plan and runs the plan.
 *
 *	device_open(&dev, "cpu", &o);  (device/table.c knows the names)
 *	device_plan(dev, &p, g, &po);
 *	plan_write(p, t, data);        INPUT, PARAM, STATE
 *	plan_run(p, &run);
 *	plan_read(p, t, out);          kept tensors, PARAM, STATE, GRAD
 *
 * A training goes by steps, which a device takes without waiting for each:
 *
 *	plan_metrics_set(p, losses, n, &room);
 *	plan_step(p, &step);           at most room times before
 *	plan_metrics_read(p, sums, &steps);    what those tensors were
 *
 * A plan is used by one thread at a time; plans that share parameters too.
 */
#ifndef GRAPH_BACKEND_H
#define GRAPH_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "graph/graph.h"
#include "graph/ring.h"

enum precision {
	PRECISION_FP32,
	PRECISION_TF32,
	PRECISION_BF16,
	PRECISION_FP16
};
const char *precision_name(enum precision p);
int precision_find(enum precision *out, const char *name);

struct device_opts {
	int threads; /* CPU: 0 = all */
	bool deterministic;
	bool autotune;
	/* GPU: a device that is not here, by its name ("H200"), for which plans
	 * can be measured and nothing else; or NULL */
	const char *like;
};

struct device;
struct plan;

/*
 * How the ranks of a training average gradients on their devices, without the
 * host (ranks/reducer.h makes one).  A plan that was given one puts the means on
 * a stream of its own while backward runs, in the step that has an update, and
 * updates once they are there.
 */
struct plan_reducer {
	/* Put on the stream: v, n floats of the device's, becomes the mean over
	 * all ranks; collective, in the same order on all of them. */
	int (*mean)(struct plan_reducer *r, float *v, size_t n, void *stream);
	/* While that is waited for: 0, or why it will never be there, which is
	 * ERR_STOPPED when a rank is gone. */
	int (*look)(struct plan_reducer *r);
	/* Then: streams go on without, what they wait for is never made. */
	void (*abandon)(struct plan_reducer *r);
};

struct plan_opts {
	enum precision precision;
	uint64_t seed; /* dropout */
	/* PARAM and STATE of the same name live there; it must outlive this plan;
	 * or NULL */
	struct plan *share;
	/* Only plan_memory is wanted: the plan is compiled and laid out as ever,
	 * but takes no memory and cannot be run.  Shares with its like. */
	bool measure;
	/* Of a backend that `reduces`; outlives the plan; or NULL. */
	struct plan_reducer *reducer;
};

struct plan_run {
	bool backward;      /* run STAGE_BACKWARD too */
	bool accumulate;    /* GRAD += instead of = */
	uint64_t iteration; /* counter of the random numbers */
};

/* One parameter's update; tensors of the plan that holds them. */
struct update_param {
	int param, grad; /* grad -1: none (frozen), counts as zeros */
	int history[2];  /* STATE tensors, -1 where the solver has none */
	float lr_mult, decay_mult;
};

enum update_fn {
	UPDATE_SGD,
	UPDATE_NESTEROV,
	UPDATE_ADAGRAD,
	UPDATE_RMSPROP,
	UPDATE_ADADELTA,
	UPDATE_ADAM,
	UPDATE_ADAMW,
	UPDATE_LAMB,
	UPDATE_KINDS
};

/*
 * All parameters at once, in Caffe's order of arithmetic (sgd_solver.cpp):
 * 1. clip: if clip > 0 and the L2 norm of all gradients (as accumulated) is
 *    above it, gradients are scaled by clip / norm;
 * 2. gradients times 1 / iter_size;
 * 3. + weight_decay * decay_mult * w (L2) or * sign(w) (L1);
 * 4. the solver's rule with rate * lr_mult; 5. w -= the update.
 * The gradients themselves are left in an unspecified state.
 */
struct update {
	enum update_fn fn;
	float rate, momentum, momentum2, delta, rms_decay, weight_decay, clip;
	bool l1;
	int iter_size;
	uint64_t iteration; /* 0-based; Adam's t is iteration + 1 */
	const struct update_param *params;
	int n;
};

/* A run and, with the last of an iteration, the update, as one piece of work. */
struct plan_step {
	struct plan_run run;
	const struct update *update; /* NULL: gradients are added up only */
};

/*
 * What is noted of each step: the sum of a tensor's elements.  From the first
 * step on where one marked `halts` is not finite, updates do nothing until the
 * next plan_metrics_set, so that weights and history stay those of that step
 * however late its loss is read.
 */
struct plan_metric {
	int tensor; /* kept */
	bool halts;
};

/*
 * The factor that fp16's gradients carry (Micikevicius et al. 2018): an update
 * whose gradients are not finite is left out and halves it, 2000 updates in a
 * row double it, within 1 and 65536.  With weights and history it is what a
 * training goes on from.
 */
struct plan_scale {
	bool used; /* false: there is none, the rest is of no meaning */
	float scale;
	int good;         /* updates since it changed */
	uint64_t skipped; /* updates left out */
};
enum { PLAN_SCALE_MAX = 65536, PLAN_SCALE_DOUBLES = 2000 };

/* Bytes.  What a plan shares counts with its owner. */
struct plan_memory {
	size_t params;    /* PARAMs and STATEs */
	size_t values;    /* the arena, INPUTs, GRADs, CONSTs */
	size_t workspace; /* of one op after the other */
	size_t history;   /* of params: the STATEs */
	size_t grads;     /* of values: the GRADs */
	size_t later;     /* taken besides when a run accumulates */
	size_t feeding;   /* taken besides for batches on their way */
	size_t code;      /* kept of it by the backend's library, about */
};

/* What one step of a plan has taken since plan_profile. */
struct plan_time {
	const char *layer; /* that it comes from; "" for none */
	const char *op;    /* "CONV"; "" for a change of layout between two */
	const char *how;   /* the library's name of what does it, or "" */
	bool backward;
	double seconds; /* of all runs since */
};

/* What --device list tells of a device; "" and 0 where it has none.  Of a
 * processor the name and memory are found by device/list.c. */
struct device_info {
	char name[96];         /* "NVIDIA H200" */
	char arch[32];         /* "sm_90", "avx512_core_amx" */
	char software[64];     /* "CUDA 13.0, cuDNN 9.14.0", "oneDNN 2.6.3" */
	char driver[64];       /* "580.65.06", or "CUDA 13.0" it is made for */
	char bus[32];          /* as in struct device */
	int units;             /* multiprocessors, or processors */
	uint64_t memory, free; /* bytes */
};

/* What an iteration of a training needs beside running a plan, on backends that
 * take steps without waiting for each. */
struct iterate_ops {
	int (*metrics_set)(
	    struct plan *p, const struct plan_metric *w, int n, int *room);
	int (*step)(struct plan *p, const struct plan_step *s);
	int (*metrics_read)(struct plan *p, double *sums, int *steps);
	/* set: from s, else into it. */
	int (*scale)(struct plan *p, struct plan_scale *s, bool set);
	/* Of PARAMs and STATEs of one shape: to = keep to + (1 - keep) from;
	 * both trade places. */
	int (*mix)(struct plan *p, int to, int from, float keep);
	int (*swap)(struct plan *p, int a, int b);
	/* How often the host has waited for the device. */
	uint64_t (*waits)(const struct device *d);
};

/* Raised when a struct of this header or the order of enum op_kind changes. */
enum { BACKEND_ABI = 5 };

/* A backend.  Devices and plans of a backend begin with the structs below. */
struct backend {
	int abi;          /* BACKEND_ABI; first, for modules (base/module.h) */
	const char *name; /* "ref" "onednn" "cuda" */
	enum precision training; /* what a training takes unless told */
	bool reduces;            /* honours plan_opts.reducer */
	bool tunes;              /* and device_opts.autotune */
	/* How many devices there are; NULL: one. */
	int (*count)(int *n);
	int (*open)(
	    struct device **out, int index, const struct device_opts *o);
	void (*close)(struct device *d);
	/* Without opening it; ERR_DEVICE: no such device. */
	int (*info)(struct device_info *out, int index);
	int (*plan)(struct plan **out, struct device *d, const struct graph *g,
	    const struct plan_opts *o);
	int (*run)(struct plan *p, const struct plan_run *r);
	int (*write)(struct plan *p, int t, const float *src);
	int (*read)(struct plan *p, int t, float *dst);
	int (*update)(struct plan *p, const struct update *u);
	void (*memory)(const struct plan *p, struct plan_memory *m);
	/* Bytes that the device has free, and in all; NULL: the machine's. */
	void (*room)(struct device *d, uint64_t *available, uint64_t *total);
	void (*free)(struct plan *p);
	/* NULL: the host runs, reads and updates, one step at a time. */
	const struct iterate_ops *iterate;
	const struct ring_ops *ring; /* NULL: plain memory and write do */
	/* From now on take the time of each step, beginning at 0; then, of step
	 * i, what it was: 1, or 0 when there is none.  NULL: it cannot. */
	int (*profile)(struct plan *p);
	int (*step_time)(const struct plan *p, size_t i, struct plan_time *out);
	/* Run one op on plain NCHW host floats.  Only ref has it; other backends
	 * call it through device.fallback for ops they leave out.  in[i] and out[i]
	 * follow op->in and op->out; in[i] is NULL where op->in[i] is -1. */
	int (*op)(const struct graph *g, const struct op *op,
	    const float *const *in, float *const *out,
	    const struct op_env *env);
};

struct device {
	const struct backend *backend;
	const struct backend *fallback; /* ref */
	char name[96]; /* "cpu (oneDNN 2.6.3, 2 threads, avx512_core_bf16)" */
	char bus[32];  /* a GPU's PCI bus id, "0000:1b:00.0"; else "" */
};

struct plan {
	const struct backend *backend;
	struct device *device;
	struct graph *graph;      /* the plan's own copy; tensor ids as given */
	struct plan_notes *notes; /* iterate.c's, of backends without iterate */
	bool measure;             /* as asked for: holds nothing */
};

int device_plan(struct device *d, struct plan **out, const struct graph *g,
    const struct plan_opts *o);
void device_close(struct device *d); /* accepts NULL */
/* Does it have memory of its own?  Else the machine's (file/ram.h) is meant. */
bool device_has_room(const struct device *d);
/* What plans may still take; UINT64_MAX: not known. */
uint64_t device_room(struct device *d);
int plan_run(struct plan *p, const struct plan_run *r);
/* Whole tensors: shape_count(shape) floats in NCHW. */
int plan_write(struct plan *p, int t, const float *src);
int plan_read(struct plan *p, int t, float *dst);
int plan_update(struct plan *p, const struct update *u);

/* *room: steps that may be taken before what they noted must be fetched. */
int
plan_metrics_set(struct plan *p, const struct plan_metric *w, int n, int *room);
/* ERR_RANGE when there is no room. */
int plan_step(struct plan *p, const struct plan_step *s);
/* The sums of the steps since the last call, oldest first, n of each: room * n
 * at most.  Waits until they are done.  What a step met that ends a run (a bad
 * label) is an error here, if not of plan_step. */
int plan_metrics_read(struct plan *p, double *sums, int *steps);

/* PARAMs and STATEs of as many elements: to becomes keep * to + (1 - keep) * from,
 * with keep 0 a copy; a and b trade places.  After a step whose loss was not finite
 * plan_mix does nothing, as updates do. */
int plan_mix(struct plan *p, int to, int from, float keep);
int plan_swap(struct plan *p, int a, int b);

int plan_scale_get(struct plan *p, struct plan_scale *s);
int plan_scale_set(struct plan *p, const struct plan_scale *s);
uint64_t device_waits(const struct device *d);

/* See struct backend; ERR_UNSUPPORTED: the backend has no times of steps.  What is
 * named is borrowed until plan_free. */
int plan_profile(struct plan *p);
int plan_step_time(const struct plan *p, size_t i, struct plan_time *out);

void plan_memory(const struct plan *p, struct plan_memory *m);
void plan_free(struct plan *p); /* accepts NULL */

#endif
