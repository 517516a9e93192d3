/* The way of pixels and back: see place.h. */
#include "infer/place.h"

#include <math.h>

struct infer_place
infer_place_whole(int width, int height)
{
	return (struct infer_place){ .width = width,
		.height = height,
		.in_w = width,
		.in_h = height,
		.scale_x = 1,
		.scale_y = 1 };
}

static void
then(struct infer_place *p, const struct image_place *next, int to_w, int to_h)
{
	p->scale_x *= next->scale_x;
	p->scale_y *= next->scale_y;
	p->left = p->left * next->scale_x + next->left;
	p->top = p->top * next->scale_y + next->top;
	p->in_w = to_w;
	p->in_h = to_h;
}

void
infer_place_fit(struct infer_place *p, int to_w, int to_h, enum image_mode mode)
{
	const struct image_place fit =
	    image_fit_place(p->in_w, p->in_h, to_w, to_h, mode);

	then(p, &fit, to_w, to_h);
}

void
infer_place_middle(struct infer_place *p, const int fit[2], const int to[2])
{
	const int in[2] = { p->in_w, p->in_h };
	const struct image_place middle = image_middle_place(in, fit, to);

	then(p, &middle, to[0], to[1]);
}

void
infer_place_window(struct infer_place *p, int x, int y, int w, int h)
{
	p->left -= x;
	p->top -= y;
	p->in_w = w;
	p->in_h = h;
}

void
infer_place_part(struct infer_place *p, int x, int y, int width, int height)
{
	p->left -= x * p->scale_x;
	p->top -= y * p->scale_y;
	p->width = width;
	p->height = height;
}

void
infer_place_back(const struct infer_place *p, double *x, double *y)
{
	*x = (*x - p->left) / p->scale_x;
	*y = (*y - p->top) / p->scale_y;
}

void
infer_place_forth(const struct infer_place *p, double *x, double *y)
{
	*x = *x * p->scale_x + p->left;
	*y = *y * p->scale_y + p->top;
}

bool
infer_place_box(const struct infer_place *p, struct metric_box *b)
{
	infer_place_back(p, &b->left, &b->top);
	infer_place_back(p, &b->right, &b->bottom);
	if (!(isfinite(b->left) && isfinite(b->top) && isfinite(b->right) &&
		isfinite(b->bottom)))
		return false;
	b->left = fmax(b->left, 0);
	b->top = fmax(b->top, 0);
	b->right = fmin(b->right, p->width);
	b->bottom = fmin(b->bottom, p->height);
	return b->right > b->left && b->bottom > b->top;
}
