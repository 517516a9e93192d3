/* Who makes what each layer of a net reads. */
#ifndef NN_WIRING_H
#define NN_WIRING_H

#include "nn/net.h"

struct net_wiring {
	int *at;    /* of layer i the bottoms are from[at[i]] on: */
	int *from;  /* layers, or -1; */
	int *top;   /* which of their tops */
	int *reads; /* of layer i: how often its tops are read */
	/* Of layer i: it only changes what one layer makes, in place or each number by
	 * itself, and nobody else reads that. */
	bool *chained;
};

/* Takes time that grows with the blobs times their logarithm. */
void net_wiring_make(struct net_wiring *w, const struct net *n);
void net_wiring_clear(struct net_wiring *w);

#endif
