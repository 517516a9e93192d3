/* Lists of boxes: see boxes.h. */
#include "nn/boxes/boxes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
net_boxes_clear(struct net_boxes *b)
{
	mem_free(b->v);
	memset(b, 0, sizeof(*b));
}

void
net_boxes_add(struct net_boxes *b, const struct net_box *box)
{
	mem_grow(&b->v, &b->cap, b->n + 1);
	b->v[b->n++] = *box;
}

/* A box and its place, so that equals keep their order. */
struct ordered {
	struct net_box box;
	size_t at;
};

static int
by_score(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	if (x->box.score != y->box.score)
		return x->box.score < y->box.score ? 1 : -1;
	return (x->at > y->at) - (x->at < y->at);
}

void
net_boxes_sort(struct net_boxes *b)
{
	struct ordered *v = mem_array(struct ordered, b->n + 1);

	for (size_t i = 0; i < b->n; i++)
		v[i] = (struct ordered){ b->v[i], i };
	qsort(v, b->n, sizeof(*v), by_score);
	for (size_t i = 0; i < b->n; i++)
		b->v[i] = v[i].box;
	mem_free(v);
}

static double
overlap(const struct net_box *a, const struct net_box *b)
{
	double iou = metric_box_iou(&a->box, &b->box);

	if (a->piece == b->piece)
		return iou;
	return fmax(iou,
	    fmax(metric_box_cover(&a->box, &b->box),
		metric_box_cover(&b->box, &a->box)));
}

void
net_boxes_suppress(struct net_boxes *b, double nms)
{
	size_t kept = 0, k;

	for (size_t i = 0; i < b->n; i++) {
		for (k = 0; k < kept; k++)
			if (b->v[k].class == b->v[i].class &&
			    overlap(&b->v[k], &b->v[i]) > nms)
				break;
		if (k == kept)
			b->v[kept++] = b->v[i];
	}
	b->n = kept;
}
