/*
 * Inside the oneDNN backend: a tensor as axes that lie one in another, for kernels
 * that take numbers along some of them and leave the others as they are.  Blocks of
 * channels are an axis of their own, the innermost one.
 */
#ifndef ONEDNN_CHOOSE_LAYOUT_H
#define ONEDNN_CHOOSE_LAYOUT_H

#include "onednn/plan.h"

enum { OD_LAYOUT_MAX = SHAPE_MAX + 1 };

struct od_layout {
	int n;                   /* outermost first */
	int axis[OD_LAYOUT_MAX]; /* which of the tensor's */
	size_t d[OD_LAYOUT_MAX];
	size_t size; /* bytes of an element: 4, or 2 of bf16 */
};

/*
 * Tensor t in a layout whose axes of the bits in `touched` are whole: its home if
 * that is one, else plain.  clean: no padded channels, which are to stay zeros.
 */
int od_layout_want(struct od_plan *p, int t, uint32_t touched, bool clean,
    struct od_view *v, struct od_layout *l);
/* An output of the op in the layout of v. */
int od_layout_out(
    struct od_plan *p, int t, const struct od_view *v, struct od_view *out);

/* Elements of the axes [from, to). */
size_t od_layout_count(const struct od_layout *l, int from, int to);

#endif
