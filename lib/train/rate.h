/*
 * Learning-rate policies: the rate of iteration `it` (from 0) as Caffe computes
 * it from a solver (sgd_solver.cpp, GetLearningRate), plus "cosine"
 * (Loshchilov and Hutter, ICLR 2017, without restarts) and a linear warm-up.
 */
#ifndef TRAIN_RATE_H
#define TRAIN_RATE_H

#include <stdint.h>

#include "caffe/caffe.pb-c.h"

/* ERR_FORMAT for an unknown policy or one without what it needs. */
int rate_check(const Caffe__SolverParameter *s);

/* During the first `warmup` iterations the rate is base_lr * (it + 1) / warmup;
 * 0: none.  s must have passed rate_check. */
float rate_at(const Caffe__SolverParameter *s, int64_t it, int64_t warmup);

/* How many steps "step" and "multistep" have made by iteration it: the
 * current_step of Caffe's solver states.  0 for the others. */
int32_t rate_steps(const Caffe__SolverParameter *s, int64_t it);

#endif
