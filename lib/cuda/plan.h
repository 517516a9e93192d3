/*
 * Inside of a plan on the device: steps over buffers.
 *
 * Compiling turns each op into a step, with conversions before it where an input
 * lies in another form than the op wants.  Values take the form of the op that
 * makes them: convolutions and products give half types (and channels last) when
 * the precision asks for it, elementwise ops and pooling follow their input, the
 * rest is plain float.  Params, inputs, gradients of params and what the solver
 * keeps are plain float always: master weights.
 *
 * When all steps exist, the buffers' lives are known and they are placed in one
 * arena.  Then pointers never change, and a run can be captured.
 */
#ifndef CUDA_PLAN_H
#define CUDA_PLAN_H

#include "base/err.h"
#include "base/mem.h"
#include "cuda/rt.h"
#include "graph/backend.h"
#include "graph/lower.h"
#include "graph/place.h"

enum { CU_NONE = -1, CU_ALTS = 4, CU_HOST_OP = 1 };

struct cu_device {
	struct device base;
	struct cu_rt *rt;
	bool deterministic, autotune;
};

struct cu_buf {
	struct place_block
	    at;        /* by steps; fixed: lives on, outside the arena */
	bool borrowed; /* of the plan that shares */
	void *ptr;
};

struct cu_view {
	int buf;
	struct cu_form form;
};

struct cu_val {
	struct cu_view home, alt[CU_ALTS];
	int nalt;
	struct cu_view wide; /* with channels added (cu_want_wide) */
	bool scaled;         /* a gradient times the loss scale */
};

struct cu_step {
	cu_kernel *run;
	struct cu_call call;
	int *in, *out; /* buffers */
	size_t scratch;
	bool backward, prologue;
	double seconds; /* spent so far, when profiled */
	void (*drop)(void *extra);
};

/* Conversions that become one step (cast.c). */
struct cu_cast_of {
	int t;
	struct cu_view from, to;
	bool scaled;
};
struct cu_together {
	struct cu_cast_of *v;
	int n;
	size_t cap, bytes; /* floats of what waits, in bytes */
};

/* What a run is made of; each sum of them is captured apart. */
enum {
	CU_BACKWARD = 1,
	CU_ADDS = 2,     /* gradients are added to those there are */
	CU_NOTES = 4,    /* what is watched is noted */
	CU_UPDATES = 8,  /* the solver's update */
	CU_REDUCES = 16, /* means over ranks; the update comes apart */
	CU_VARIANTS = 32,
	CU_ALL = -1
};

/* Steps whose notes the device holds. */
enum { CU_SLOTS = 64 };

struct cu_plan {
	struct plan base;
	struct cu_device *dev;
	struct cu_rt *rt;
	struct arena *mem;
	enum cu_type type; /* of convolutions and products */
	bool tf32;
	bool measure; /* takes no memory */
	bool scaled;  /* gradients carry env->scale */
	struct lower low;
	struct cu_val *vals;
	struct cu_buf *bufs;
	size_t nbufs, capbufs;
	struct cu_step *steps;
	size_t nsteps, capsteps;
	struct cu_together param_casts, grad_casts;
	int now;        /* op being built */
	bool host_ops;  /* some op runs on the host: nothing is captured */
	bool profile;   /* each step is waited for, and its time taken */
	bool refused;   /* capturing failed once: nothing is */
	bool *reported; /* by kind: host ops named already */
	void *fixed, *block, *scratch;
	size_t fixed_size, block_size, scratch_size, params_size;
	struct cu_env *env;
	uint64_t seed, iteration;
	uint64_t version, seen; /* of PARAMs; what the prologue was run for */
	bool ready;
	struct cu_plan *share;
	void *graph[CU_VARIANTS];
	int runs[CU_VARIANTS];
	float *side; /* GRADs of earlier runs while one accumulates */
	void *reading;
	size_t reading_size;
	/* of iterate.c: what is watched, and the notes not yet fetched */
	struct cu_metric *watched; /* on the device */
	int nwatched, noted;
	size_t watched_most;          /* elements of the largest */
	struct cu_ring *ring, *notes; /* on the device; here */
	/* of reduce.c */
	struct plan_reducer *reducer; /* or NULL */
	struct cu_grad *grads;        /* in the order they are done */
	struct cu_bucket *buckets;
	int ngrads, nbuckets;
	int vote; /* the buffer behind the last */
	/* of update.c: what it was made for, its pieces on the device */
	struct update_param *params;
	struct cu_piece *pieces;
	float *update_scratch;
	struct cu_update update;
};

/* -- form.c -- */
struct cu_form cu_canon(const struct shape *s, struct cu_form f);
size_t cu_form_size(const struct shape *s, struct cu_form f); /* bytes */
int cu_buf_new(struct cu_plan *p, size_t size, bool fixed);
/* The tensor's own view, made for tensors from outside. */
int cu_home(struct cu_plan *p, int t, struct cu_view *v);
/* The tensor in a form, by a conversion if need be. */
int cu_want(struct cu_plan *p, int t, struct cu_form f, struct cu_view *v);
/* A half form with channels last and CU_WIDE channels, the added ones zeros, of
 * a tensor that has fewer; *s: its shape, in the plan's memory. */
int cu_want_wide(struct cu_plan *p, int t, struct cu_form f, struct cu_view *v,
    const struct shape **s);
/* Room for such a tensor, from which cu_finish_wide brings t home. */
int cu_out_wide(struct cu_plan *p, int t, struct cu_form f, struct cu_view *v,
    const struct shape **s);
int cu_finish_wide(
    struct cu_plan *p, int t, const struct cu_view *v, const struct shape *s);
/* Where the op being built writes tensor t. */
int cu_out(struct cu_plan *p, int t, struct cu_form f, struct cu_view *v);
/* After the op's steps: a GRAD is brought home. */
int cu_finish_out(struct cu_plan *p, int t, const struct cu_view *v);

/* -- cast.c -- */
/* A conversion to be done with others: of a PARAM before all steps, of a GRAD to
 * its home after them.  false: it must be a step of its own. */
bool cu_cast_take(struct cu_plan *p, int t, const struct cu_view *from,
    const struct cu_view *to, bool scaled);
void cu_cast_read(struct cu_plan *p, int t); /* the next step reads GRAD t */
void cu_cast_end(struct cu_plan *p);         /* all steps exist */
int cu_cast_bring(struct cu_plan *p);        /* and have their places */

/* -- step.c -- */
/* A step with its views; NONE views have p NULL.  Borrowed until the next. */
struct cu_step *cu_step_new(struct cu_plan *p, cu_kernel *run, int nin,
    const struct cu_view *in, const int *tin, int nout,
    const struct cu_view *out, const int *tout);
int cu_place(struct cu_plan *p);

/* -- traffic.c -- */
/* Under -vv, by kind of op: bytes that a run reads and writes. */
void cu_say_traffic(const struct cu_plan *p);

/* -- fuse.c: after graph_fuse, on the plan's own graph -- */
void cu_fuse(struct cu_plan *p);

/* -- compile.c -- */
int cu_compile(struct cu_plan *p, const struct graph *g, struct plan *share);

/* -- conv.c, matmul.c: 0, CU_HOST_OP or an error -- */
int cu_build_conv(struct cu_plan *p, const struct op *op);
int cu_build_matmul(struct cu_plan *p, const struct op *op);

/* -- iterate.c -- */
int cu_run(struct plan *p, const struct plan_run *r);
int cu_profile(struct plan *p);
int cu_step_time(const struct plan *p, size_t i, struct plan_time *out);
int
cu_metrics_set(struct plan *p, const struct plan_metric *w, int n, int *room);
int cu_step(struct plan *p, const struct plan_step *s);
int cu_metrics_read(struct plan *p, double *sums, int *steps);
int cu_scale(struct plan *p, struct plan_scale *s, bool set);
/* Captured runs that have any of `which` are made again. */
void cu_forget(struct cu_plan *p, int which);
/* ERR_FORMAT when an op met a bad label or index; then it is forgotten. */
int cu_bad_op(struct cu_plan *p, int bad_op, float value);

/* -- feed.c -- */
/* INPUTs are fed in every form in which they are read; no run converts them. */
int cu_feed_floats(struct cu_plan *p, int t, const float *src);
/* One of these forms: where it lies, and its shape, which may have more
 * channels. */
void cu_fed(struct cu_plan *p, int t, struct cu_view *v, struct shape *s);
extern const struct ring_ops cu_ring_ops;

/* -- reduce.c -- */
/* GRADs in the order they are done, for cu_place to put them in; then buckets of
 * them.  Nothing without a reducer. */
void cu_reduce_order(struct cu_plan *p);
/* Where number i of them lies; the last, number ngrads, is no GRAD. */
int cu_reduce_buf(const struct cu_plan *p, int i);
void cu_reduce_cut(struct cu_plan *p);
/* After step number `step`: means of the buckets that are done with it, but for
 * the last, which cu_reduce_end puts after the losses were noted.  adds: what
 * earlier runs gave is added before. */
int cu_reduce_after(struct cu_plan *p, int step, bool adds);
/* What follows waits for them, and does nothing when a rank is halted. */
int cu_reduce_end(struct cu_plan *p, bool adds);
/* Until the run is done; ERR_STOPPED when it never will be. */
int cu_reduce_wait(struct cu_plan *p);
/* After a run that failed with rc: gives the reducer up; rc. */
int cu_reduce_fail(struct cu_plan *p, int rc);

/* -- update.c -- */
/* Makes p->update for u, and its numbers. */
int cu_update_prepare(
    struct cu_plan *p, const struct update *u, struct cu_rates *r);
int cu_update_plan(struct plan *p, const struct update *u);
void cu_update_free(struct cu_plan *p);
int cu_mix_plan(struct plan *p, int to, int from, float keep);
int cu_swap_plan(struct plan *p, int a, int b);
/* The device's memory of tensor t, plain float, here or where it is shared. */
float *cu_where(struct cu_plan *p, int t);

static inline const struct shape *
cu_shape(const struct cu_plan *p, int t)
{
	return graph_shape(p->base.graph, t);
}

#endif
