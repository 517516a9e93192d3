/* Boxes of a grid: see cluster.h. */
#include "nn/boxes/cluster.h"

#include <math.h>
#include <stdbool.h>

#include "base/mem.h"

/* Far outside of any picture. */
#define FAR 1e6

static bool
cell_box(struct metric_box *b, const struct cluster *c, const float *boxes,
    int x, int y)
{
	const size_t step = (size_t)c->rows * (size_t)c->columns;
	const float *v = boxes + (size_t)y * (size_t)c->columns + (size_t)x;

	b->left = v[0] + x * c->cell;
	b->top = v[step] + y * c->cell;
	b->right = v[2 * step] + x * c->cell;
	b->bottom = v[3 * step] + y * c->cell;
	return fabs(b->left) < FAR && fabs(b->top) < FAR &&
	    fabs(b->right) < FAR && fabs(b->bottom) < FAR &&
	    b->right > b->left && b->bottom > b->top;
}

static void
collect(struct net_boxes *out, const struct cluster *c, const float *cover,
    const float *boxes, int class)
{
	struct net_box b = { .class = class };

	for (int y = 0; y < c->rows; y++)
		for (int x = 0; x < c->columns; x++) {
			b.score =
			    cover[(size_t)y * (size_t)c->columns + (size_t)x];
			/* Not those that are no number. */
			if (b.score >= c->least && b.score <= FAR &&
			    cell_box(&b.box, c, boxes, x, y))
				net_boxes_add(out, &b);
		}
}

/* The mean of those of v[from..n - 1] that go with v[from], which take no further
 * part. */
static struct net_box
merge(const struct net_boxes *all, size_t from, bool *gone, double least)
{
	const struct net_box *first = &all->v[from];
	struct net_box out = *first;
	double sum = 0, edge[4] = { 0 };

	for (size_t i = from; i < all->n; i++) {
		const struct net_box *b = &all->v[i];

		if (gone[i] ||
		    (i > from && metric_box_iou(&first->box, &b->box) < least))
			continue;
		gone[i] = true;
		sum += b->score;
		edge[0] += b->score * b->box.left;
		edge[1] += b->score * b->box.top;
		edge[2] += b->score * b->box.right;
		edge[3] += b->score * b->box.bottom;
	}
	if (sum > 0)
		out.box = (struct metric_box){ edge[0] / sum, edge[1] / sum,
			edge[2] / sum, edge[3] / sum };
	return out;
}

void
cluster_grid(struct net_boxes *out, const struct cluster *c, const float *cover,
    const float *boxes, int class)
{
	struct net_boxes all = { 0 }, merged = { 0 };
	bool *gone;

	collect(&all, c, cover, boxes, class);
	net_boxes_sort(&all);
	gone = mem_array(bool, all.n + 1);
	for (size_t i = 0; i < all.n; i++) {
		struct net_box b;

		if (gone[i])
			continue;
		b = merge(&all, i, gone, c->merge);
		net_boxes_add(&merged, &b);
	}
	net_boxes_suppress(&merged, c->merge);
	for (size_t i = 0; i < merged.n; i++)
		net_boxes_add(out, &merged.v[i]);
	mem_free(gone);
	net_boxes_clear(&merged);
	net_boxes_clear(&all);
}
