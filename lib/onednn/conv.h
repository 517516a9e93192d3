/* Inside of convolutions and their gradients: conv.c, conv_grad.c, conv_pick.c. */
#ifndef ONEDNN_CONV_H
#define ONEDNN_CONV_H

#include "onednn/plan.h"

enum { OD_CONV_TILES = 8 }; /* for which Winograd pays */

struct od_conv {
	int nd;
	struct od_md x, w, b, y; /* plain, of the plan's data type */
	struct od_window window;
};

/* xs and ys: shapes on CONV's side, so of dx and dy for its gradients. */
void od_conv_geometry(const struct od_plan *p, const struct op_conv *a,
    const struct shape *xs, const struct shape *ys, struct od_conv *c);

/* The home of t when it is blocked and of the plan's type, else "any". */
int od_conv_liked(
    struct od_plan *p, int t, const struct od_md *any, struct od_md *md);

/* Squares of side a that the (two-dimensional) output is made of. */
int64_t od_conv_tiles(const struct od_conv *c, int a);

/* Does Winograd's algorithm pay for it? */
bool od_conv_winograd(
    const struct od_plan *p, const struct op_conv *a, const struct od_conv *c);

/* Layouts asked for. */
struct od_conv_ask {
	struct od_md x, w, y;
	const struct od_md *b; /* NULL: no bias */
};

/* All left to oneDNN, for q's kind: gradients of weights are float32. */
void od_conv_any(const struct od_conv *c, dnnl_prop_kind_t kind,
    dnnl_data_type_t dt, const struct od_md *b, struct od_conv_ask *a);

/* What the gradients' descriptors want to see: the forward one. */
int od_conv_hint(struct od_plan *p, const struct od_conv *c,
    dnnl_alg_kind_t alg, dnnl_data_type_t dt, dnnl_primitive_desc_t *pd);

/* The best so far. */
enum od_conv_rank {
	OD_CONV_NONE,
	OD_CONV_PLAIN,   /* oneDNN's plain loops, its "reference" */
	OD_CONV_COLUMNS, /* windows cut into columns, and a product */
	OD_CONV_LOOPS,   /* made for the CPU, but not the best it has */
	OD_CONV_FINE,
};
struct od_conv_best {
	dnnl_primitive_desc_t pd;
	enum od_conv_rank rank;
};

/* Put a to the test, unless the best is fine; the worse one is destroyed. */
int
od_conv_try(struct od_plan *p, const struct od_conv *c, const struct od_ask *q,
    const struct od_conv_ask *a, struct od_conv_best *best);
/*
 * When oneDNN has nothing but plain loops or columns for what was tried: other
 * layouts and, in a plan in bf16, float32.  Its own choice of implementation
 * goes by the layouts and the type asked for, however slow it is.
 */
int od_conv_rest(struct od_plan *p, const struct od_conv *c,
    const struct od_ask *q, const struct od_md *b, struct od_conv_best *best);
/* With Winograd where that pays; else the best stays none. */
int od_conv_try_winograd(struct od_plan *p, const struct op *op,
    const struct od_conv *c, const struct od_ask *q, const struct od_md *b,
    struct od_conv_best *best);

#endif
