/*
 * What a net costs: parameters, multiplications, memory, by layer and in all.
 */
#ifndef NN_DESCRIBE_H
#define NN_DESCRIBE_H

#include <stdint.h>

#include "nn/net.h"
#include "nn/nets.h"

struct net_line {
	uint64_t
	    params; /* values of its blobs; shared ones count with their owner */
	uint64_t learned; /* those that a solver changes */
	uint64_t macs;    /* multiplications with addition of a forward run */
	uint64_t memory;  /* bytes of what it makes, float32 */
};

/* Of layer i; i < 0: of all layers. */
void net_line(const struct net *n, int i, struct net_line *out);

/* Of a standard net for one picture of its intended input. */
int net_standard_line(const struct net_standard *s, struct net_line *out);
/* The same for each of net_standards, in their order: worked out when nnutils
 * is built (scripts/net-costs.c). */
extern const struct net_line net_standard_costs[];

/*
 * What is suspicious in a net that can be built: blobs that nothing reads,
 * weights that start at 0, losses that reach no parameter.  say is called with
 * a sentence each; returns how many.
 */
int net_check(const struct net *n, void (*say)(void *ctx, const char *sentence),
    void *ctx);

#endif
