/*
 * The backend that defines what each op means: obvious loops over plain NCHW
 * floats, sums in double, one thread.  Every other backend is compared with it
 * and borrows from it (backend.op) the ops that it leaves out.  Speed is no goal.
 */
#ifndef REF_REF_H
#define REF_REF_H

#include "graph/backend.h"

extern const struct backend backend_ref;

#endif
