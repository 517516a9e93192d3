/*
 * The solver: which parameters of a net are updated how, and the history that
 * makes a training resumable.
 *
 *	solver_new(&s, net, sp);      before the plan: adds STATE tensors
 *	device_plan(..., net->graph)
 *	solver_step(s, plan, it, rate);
 *	solver_save(s, plan, &state); a Caffe SolverState, readable by Caffe
 *
 * The net must have its gradient (net_backward) and outlive the solver.
 */
#ifndef TRAIN_SOLVER_H
#define TRAIN_SOLVER_H

#include <stdint.h>

#include "caffe/caffe.pb-c.h"
#include "graph/backend.h"
#include "nn/net.h"

struct exchange;
struct solver;

/* Types: SGD Nesterov AdaGrad RMSProp AdaDelta Adam (Caffe's), AdamW, LAMB.
 * ERR_FORMAT for an unknown type or values Caffe refuses. */
int solver_new(struct solver **out, const struct net *net,
    const Caffe__SolverParameter *sp);
void solver_free(struct solver *s); /* accepts NULL */

/* The update of iteration it, for plan_step; borrowed until the next call. */
const struct update *solver_update(struct solver *s, uint64_t it, float rate);
/* It alone, after a backward run. */
int solver_step(struct solver *s, struct plan *plan, uint64_t it, float rate);

/* The gradients of all ranks' means into the plan, before solver_step. */
int solver_exchange(
    struct solver *s, struct plan *plan, struct exchange *x, int (*stop)(void));

/* The history as Caffe orders it: one blob per learnable parameter, then, for
 * AdaDelta and Adam, a second of each.  *out: caffe_msg_free. */
int solver_save(const struct solver *s, struct plan *plan, int64_t it,
    const char *learned_net, Caffe__SolverState **out);
/* The same into a file (HDF5 when its name ends in ".h5"), with no more in memory
 * than one blob; HDF5 takes the whole. */
int solver_write(const struct solver *s, struct plan *plan, int64_t it,
    const char *learned_net, const char *path);
/* ERR_FORMAT when number or shapes of the blobs are not this net's. */
int solver_load(
    const struct solver *s, struct plan *plan, const Caffe__SolverState *state);

#endif
