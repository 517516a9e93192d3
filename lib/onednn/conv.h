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

/* A forward descriptor; *pd is NULL where oneDNN has none, of that name if one
 * is given. */
int od_conv_forward(struct od_plan *p, const struct od_conv *c,
    const struct od_md *x, const struct od_md *w, const struct od_md *b,
    const struct od_md *y, dnnl_alg_kind_t alg, const char *name,
    const struct od_post *post, dnnl_primitive_desc_t *pd);

/* What the gradients' descriptors want to see: the forward one. */
int od_conv_hint(struct od_plan *p, const struct od_conv *c,
    dnnl_alg_kind_t alg, dnnl_primitive_desc_t *pd);

/* Good enough to look no further?  In bf16 AMX, where there is one, is worth a
 * reorder. */
bool od_conv_fine(const struct od_plan *p, const_dnnl_primitive_desc_t pd);

/*
 * Of two descriptors the better one: the first unless it is absent, or not fine
 * and the second is.  The other is destroyed.
 */
dnnl_primitive_desc_t od_conv_better(
    const struct od_plan *p, dnnl_primitive_desc_t a, dnnl_primitive_desc_t b);

#endif
