/* The arithmetic of struct update (backend.h) on host floats: what CPU backends
 * run and other backends are compared with. */
#ifndef GRAPH_UPDATE_H
#define GRAPH_UPDATE_H

#include "graph/backend.h"

/* The memory of u->params[i]: n elements each; g and h NULL where there is
 * none. */
struct update_host {
	float *w, *g;
	float *h[2];
	size_t n;
};

struct pool;
/* p[i] belongs to u->params[i].  pool spreads the work, may be NULL; the result
 * does not depend on it. */
void update_on_host(
    const struct update *u, const struct update_host *p, struct pool *pool);

#endif
