/*
 * What a training takes of memory, known before it takes any.
 *
 * Plans are compiled and laid out for nothing (plan_opts.measure): their figures
 * are exact.  What surrounds them is either known (batches on their way, the
 * copy that a snapshot is written from) or a stated sum (NEED_PROGRAM,
 * NEED_CONTEXT).
 */
#ifndef TRAIN_NEED_H
#define TRAIN_NEED_H

#include <stdint.h>

#include "base/num.h"
#include "graph/backend.h"

/*
 * What a process has in memory before a net: the program, its libraries and
 * their tables and code made at run time.  What CUDA, cuDNN and cuBLASLt take of
 * a GPU beside the plans: NVIDIA's documents do not say; half a GiB is usual.
 */
#define NEED_PROGRAM ((uint64_t)16 << 20)
#define NEED_CONTEXT ((uint64_t)512 << 20)

struct need {               /* bytes */
	uint64_t params;    /* weights, running statistics */
	uint64_t learning;  /* gradients, their sums, the solver's history */
	uint64_t values;    /* what runs keep, of test nets too */
	uint64_t workspace; /* of convolutions and the like */
	uint64_t feeding;   /* batches on their way */
	uint64_t rest;      /* the program, or the GPU's context; copies */
	int batch;          /* of all ranks together; 0: not known */
	uint64_t items;     /* in the data; 0: not known */
};

uint64_t need_total(const struct need *n);
/* "31.2 GiB", "697 MiB" */
char *need_text(char out[NUM_TEXT_MAX], uint64_t bytes);
/* What it cannot do without: the plans alone. */
uint64_t need_plans(const struct need *n);

/* NEED_PROGRAM or NEED_CONTEXT, as the device has memory of its own or not. */
uint64_t need_around(const struct device *d);
/* A plan that only runs. */
void need_add_plan(struct need *n, const struct plan *p);
/* The plan that is trained, and what is beside it. */
void need_add_training(struct need *n, const struct plan *p, int iter_size);

/*
 * The largest batch of 1 to most whose need is within limit; 0 when none is.
 * ask says what a batch needs.  That is nearly a straight line, so few are asked
 * for; exact as far as larger batches need more.
 */
int need_largest(int *out, int most, uint64_t limit,
    int (*ask)(void *ctx, int batch, uint64_t *bytes), void *ctx);

#endif
