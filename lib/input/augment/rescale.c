/* Resizing as ops of the net: see rescale.h. */
#include "input/augment/rescale.h"

#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "input/feed.h"
#include "input/geometry.h"

/* Where the pixels of one side go. */
struct side {
	int from, to;
};

static int
permute(struct graph *g, int x, int a, int b, int c)
{
	const union op_attr order = { .permute.order = { a, b, c } };

	return graph_add(g, OP_PERMUTE, &order, &x, 1);
}

/* The shares (from, to) that pixels have in those of the result. */
static int
add_shares(struct graph *g, const struct side *s)
{
	const struct shape shape = shape_of(2, s->from, s->to);
	const double step = (double)s->from / s->to;
	const double wide = fmax(step, 1);
	float *w = mem_array(float, (size_t)s->from *(size_t)s->to);
	int t;

	for (int i = 0; i < s->to; i++) {
		const double middle = (i + 0.5) * step;
		double sum = 0;

		for (int pass = 0; pass < 2; pass++)
			for (int j = 0; j < s->from; j++) {
				const double far = fabs(j + 0.5 - middle);
				const double v = fmax(1 - far / wide, 0);

				if (pass == 0)
					sum += v;
				else
					w[(size_t)j * (size_t)s->to +
					    (size_t)i] = (float)(v / sum);
			}
	}
	t = graph_add_const(g, "shares", &shape, w);
	mem_free(w);
	return t;
}

/* The pixel of each of the result. */
static int
add_nearest(struct graph *g, const struct side *s)
{
	const struct shape shape = shape_of(1, s->to);
	float *at = mem_array(float, (size_t)s->to);
	int t;

	for (int i = 0; i < s->to; i++)
		at[i] = (float)(((int64_t)i * 2 + 1) * s->from / (2 * s->to));
	t = graph_add_const(g, "nearest", &shape, at);
	mem_free(at);
	return t;
}

/* x (maps, n, W) -> (maps, W', n): its rows resized and turned. */
static int
filter_rows(struct graph *g, int x, const struct side *s)
{
	const struct shape was = *graph_shape(g, x);
	const struct shape flat =
	    shape_of(2, (int)(was.d[0] * was.d[1]), s->from);
	const struct shape made =
	    shape_of(3, (int)was.d[0], (int)was.d[1], s->to);
	const union op_attr a = { 0 };
	int in[2];

	TRY(in[0] = graph_reshape(g, x, &flat));
	TRY(in[1] = add_shares(g, s));
	TRY(x = graph_add(g, OP_MATMUL, &a, in, 2));
	TRY(x = graph_reshape(g, x, &made));
	return permute(g, x, 0, 2, 1);
}

/* The same of x (maps, n, W) by the nearest pixel. */
static int
choose_rows(struct graph *g, int x, const struct side *s)
{
	const union op_attr a = { 0 };
	int in[2];

	TRY(in[0] = permute(g, x, 2, 0, 1));
	TRY(in[1] = add_nearest(g, s));
	TRY(x = graph_add(g, OP_GATHER, &a, in, 2));
	return permute(g, x, 1, 0, 2);
}

/* (N, C, H, W): both sides, one after the other. */
static int
resize_planes(struct graph *g, int x, int height, int width, bool nearest)
{
	const struct shape was = *graph_shape(g, x);
	const struct side y = { (int)was.d[2], height };
	const struct side z = { (int)was.d[3], width };
	const struct shape maps =
	    shape_of(3, (int)(was.d[0] * was.d[1]), y.from, z.from);
	const struct shape made =
	    shape_of(4, (int)was.d[0], (int)was.d[1], height, width);

	TRY(x = graph_reshape(g, x, &maps));
	TRY(x = nearest ? choose_rows(g, x, &z) : filter_rows(g, x, &z));
	TRY(x = nearest ? choose_rows(g, x, &y) : filter_rows(g, x, &y));
	return graph_reshape(g, x, &made);
}

/* Lists of boxes, one a picture: all but the first row of each. */
static int
move_boxes(struct graph *g, int x, double by_y, double by_x)
{
	const struct shape was = *graph_shape(g, x);
	const int items = (int)was.d[0];
	const int rows = (int)shape_count_axes(&was, 1, was.n) / GEOMETRY_BOX;
	const struct shape one = shape_of(3, 1, rows, (int)GEOMETRY_BOX);
	const struct shape all = shape_of(3, items, rows, (int)GEOMETRY_BOX);
	float *by = mem_array(float, (size_t)rows *GEOMETRY_BOX + 1);
	int t;

	for (int i = 0; i < rows * GEOMETRY_BOX; i++) {
		const int column = i % GEOMETRY_BOX;

		by[i] = 1;
		if (i >= GEOMETRY_BOX && column < 4)
			by[i] = (float)(column % 2 == 0 ? by_x : by_y);
	}
	t = graph_add_const(g, "scale", &one, by);
	mem_free(by);
	TRY(t);
	TRY(x = graph_reshape(g, x, &all));
	TRY(x = graph_binary(g, x, t, BINARY_MUL));
	return graph_reshape(g, x, &was);
}

static const struct feed *
feed_of(const struct feeds *feeds, int layer)
{
	for (int i = 0; i < feeds->n; i++)
		if (feeds->v[i]->index == layer)
			return feeds->v[i];
	return NULL;
}

/* The pictures that what this feed gives belongs to. */
static const struct shape *
pictures_of(const struct feed *f)
{
	const struct input *in =
	    f->input->pictures != NULL ? f->input->pictures : f->input;

	return &in->spec.shape[0]; /* (C, H, W) */
}

int
feeds_rescaled(void *ctx, struct layer *l, int i, int tensor)
{
	const struct feeds *feeds = ctx;
	const struct feed_opts *o = &feeds->opts;
	const struct feed *f = feed_of(feeds, l->index);
	const struct shape *is, *of;
	int times;

	if (f == NULL || f->input == NULL || o->height == 0)
		return tensor;
	is = &f->shape[i];
	of = pictures_of(f);
	switch (f->input->spec.kind[i]) {
	case INPUT_NUMBERS: return tensor;
	case INPUT_BOXES:
		return move_boxes(l->graph, tensor,
		    (double)o->height / (double)of->d[1],
		    (double)o->width / (double)of->d[2]);
	case INPUT_PICTURE:
	case INPUT_MASK: break;
	}
	times = (int)(is->d[2] / of->d[1]);
	return resize_planes(l->graph, tensor, times * o->height,
	    times * o->width,
	    f->input->spec.kind[i] == INPUT_MASK && is->d[1] == 1);
}

bool
feeds_size(const struct feeds *feeds, int size[2])
{
	for (int i = 0; i < feeds->n; i++) {
		const struct input *in = feeds->v[i]->input;

		if (in == NULL || in->spec.kind[0] != INPUT_PICTURE)
			continue;
		size[0] = (int)in->spec.shape[0].d[1];
		size[1] = (int)in->spec.shape[0].d[2];
		return true;
	}
	return false;
}
