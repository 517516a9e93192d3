/* Cases of the ops with windows and of the matrix product. */
#ifndef TESTS_GRAPH_CASES_WINDOW_H
#define TESTS_GRAPH_CASES_WINDOW_H

#include "case.h"

/* A window that fits an input of the size it also chooses. */
static void
random_conv(struct rng *r, struct op_conv *q, int64_t *size)
{
	q->nd = below(r, 4) == 0 ? between(r, 1, 3) : 2;
	q->group = below(r, 3) == 0 ? between(r, 2, 3) : 1;
	for (int i = 0; i < q->nd; i++) {
		int extent;

		q->kernel[i] = between(r, 1, q->nd == 3 ? 3 : 5);
		q->stride[i] = between(r, 1, 3);
		q->pad[i] = between(r, 0, q->kernel[i] - 1);
		q->dilation[i] = below(r, 3) == 0 ? 2 : 1;
		extent = q->dilation[i] * (q->kernel[i] - 1) + 1;
		size[i] = between(r, 1, 9);
		if (size[i] + 2 * q->pad[i] < extent)
			size[i] = extent;
	}
}

static struct shape
image(const struct op_conv *q, int64_t n, int64_t c, const int64_t *size)
{
	struct shape s = { .n = q->nd + 2, .d = { n, c } };

	for (int i = 0; i < q->nd; i++)
		s.d[2 + i] = size[i];
	return s;
}

static void
out_sizes(const struct op_conv *q, const int64_t *size, int64_t *out)
{
	for (int i = 0; i < q->nd; i++)
		out[i] = (size[i] + 2 * q->pad[i] -
			     (q->dilation[i] * (q->kernel[i] - 1) + 1)) /
			q->stride[i] +
		    1;
}

static struct shape
filter(const struct op_conv *q, int o, int c)
{
	struct shape s = { .n = q->nd + 2, .d = { o, c / q->group } };

	for (int i = 0; i < q->nd; i++)
		s.d[2 + i] = q->kernel[i];
	return s;
}

static int
random_batch(struct rng *r)
{
	return below(r, 6) == 0 ? between(r, 5, 17) : between(r, 1, 3);
}

static void
make_conv(struct rng *r, struct kase *c)
{
	struct op_conv *q = &c->a.conv;
	int64_t size[3] = { 0 }, out[3] = { 0 };
	int ins, outs, n = random_batch(r);

	random_conv(r, q, size);
	if (below(r, 8) == 0) /* depthwise */
		q->group = between(r, 2, 9);
	ins = q->group * between(r, 1, 3);
	outs = q->group * between(r, 1, 4);
	if (below(r, 5) == 0) { /* wide enough for blocked layouts */
		q->group = 1;
		ins = between(r, 15, 33);
		outs = between(r, 15, 33);
	}
	out_sizes(q, size, out);
	input(c, image(q, n, ins, size), FILL_ANY, true);
	input(c, filter(q, outs, ins), FILL_SMALL, true);
	if (below(r, 4) == 0)
		no_input(c);
	else
		input(c, shape_of(1, outs), FILL_ANY, true);
	if (below(r, 5) == 0) { /* as graph_fuse leaves it: forward only */
		input(c, image(q, n, outs, out), FILL_ANY, false);
		q->relu = below(r, 2);
		q->slope = below(r, 2) ? 0.25F : 0;
		c->want = 0;
	}
}

static void
make_conv_data(struct rng *r, struct kase *c)
{
	struct op_conv *q = &c->a.conv;
	int64_t size[3] = { 0 }, out[3] = { 0 };
	int ins, outs, n = random_batch(r);

	random_conv(r, q, size);
	ins = q->group * between(r, 1, 4);
	outs = q->group * between(r, 1, 4);
	out_sizes(q, size, out);
	memcpy(q->size, size, sizeof(size));
	input(c, image(q, n, outs, out), FILL_ANY, true);
	input(c, filter(q, outs, ins), FILL_SMALL, true);
	if (below(r, 2))
		input(c, shape_of(1, ins), FILL_ANY, true);
}

static void
make_conv_weight(struct rng *r, struct kase *c)
{
	struct op_conv *q = &c->a.conv;
	int64_t size[3] = { 0 }, out[3] = { 0 };
	int ins, outs, n = random_batch(r);

	random_conv(r, q, size);
	ins = q->group * between(r, 1, 4);
	outs = q->group * between(r, 1, 4);
	out_sizes(q, size, out);
	q->bias = below(r, 2);
	input(c, image(q, n, ins, size), FILL_ANY, false);
	input(c, image(q, n, outs, out), FILL_ANY, false);
}

static void
make_im2col(struct rng *r, struct kase *c)
{
	int64_t size[3] = { 0 };

	random_conv(r, &c->a.conv, size);
	c->a.conv.group = 1;
	input(c, image(&c->a.conv, between(r, 1, 3), between(r, 1, 3), size),
	    FILL_ANY, true);
}

static void
make_matmul(struct rng *r, struct kase *c)
{
	struct op_matmul *m = &c->a.matmul;
	int mm = between(r, 1, 17), k = between(r, 1, 40);
	int nn = between(r, 1, 20), batch = between(r, 2, 4);
	bool batched = below(r, 3) == 0;

	m->ta = below(r, 2);
	m->tb = below(r, 2);
	if (batched) {
		input(c,
		    m->ta ? shape_of(3, batch, k, mm)
			  : shape_of(3, batch, mm, k),
		    FILL_ANY, true);
		input(c,
		    m->tb ? shape_of(3, batch, nn, k)
			  : shape_of(3, batch, k, nn),
		    FILL_ANY, true);
	} else {
		input(c, m->ta ? shape_of(2, k, mm) : shape_of(2, mm, k),
		    FILL_ANY, true);
		input(c, m->tb ? shape_of(2, nn, k) : shape_of(2, k, nn),
		    FILL_ANY, true);
	}
	if (below(r, 2))
		input(c, shape_of(1, nn), FILL_ANY, true);
	if (below(r, 5) == 0) {
		m->relu = true;
		c->want = 0;
	}
}

static void
make_pool(struct rng *r, struct kase *c)
{
	struct op_pool *p = &c->a.pool;
	int size[2];

	p->fn = below(r, 2) ? POOL_MAX : POOL_AVE;
	p->floor = below(r, 3) == 0;
	p->mask = p->fn == POOL_MAX && below(r, 2);
	for (int i = 0; i < 2; i++) {
		p->kernel[i] = between(r, 1, 4);
		p->stride[i] = between(r, 1, p->kernel[i]);
		p->pad[i] = below(r, (p->kernel[i] + 1) / 2);
		size[i] = between(r, p->kernel[i], 9);
	}
	if (below(r, 6) == 0) { /* one pixel; global */
		size[0] = size[1] = 1 + below(r, 2) * 6;
		p->kernel[0] = p->kernel[1] = size[0];
		p->stride[0] = p->stride[1] = 1;
		p->pad[0] = p->pad[1] = 0;
	}
	input(c,
	    shape_of(4, random_batch(r), channels(r, 1, 5), size[0], size[1]),
	    FILL_DISTINCT, true);
}

static void
make_lrn(struct rng *r, struct kase *c)
{
	struct op_lrn *l = &c->a.lrn;

	l->region = below(r, 2) ? LRN_ACROSS : LRN_WITHIN;
	l->size = 1 + 2 * below(r, 3);
	l->alpha = below(r, 2) ? 1 : 0.05F;
	l->beta = below(r, 2) ? 0.75F : 0.5F;
	l->k = l->region == LRN_ACROSS && below(r, 2) ? 2 : 1;
	input(c,
	    shape_of(4, between(r, 1, 3), channels(r, 1, 9), between(r, 1, 6),
		between(r, 1, 6)),
	    FILL_ANY, true);
	c->opaque = 2;
}

/* Windows of which some hang over both ends, and of which none is empty. */
static void
make_windows(struct rng *r, struct kase *c)
{
	struct op_windows *w = &c->a.windows;
	struct shape s = { .d = { random_batch(r), between(r, 1, 5) } };

	w->nd = between(r, 1, 3);
	s.n = w->nd + 2;
	w->fn = below(r, 2) ? POOL_MAX : POOL_AVE;
	w->padded = below(r, 2);
	w->index = w->fn == POOL_MAX && below(r, 2);
	w->columns = below(r, 2);
	for (int i = 0; i < w->nd; i++) {
		int extent, room;

		w->kernel[i] = between(r, 1, 4);
		w->stride[i] = between(r, 1, 3);
		w->dilation[i] = below(r, 3) == 0 ? 2 : 1;
		extent = w->dilation[i] * (w->kernel[i] - 1) + 1;
		s.d[2 + i] = between(r, 2, w->nd == 3 ? 4 : 6);
		if (w->dilation[i] == 1) {
			w->pad[i] = below(r, w->kernel[i]);
			w->pad_end[i] = below(r, w->kernel[i]);
		}
		if (s.d[2 + i] < extent)
			s.d[2 + i] = extent;
		room = (int)s.d[2 + i] + w->pad[i] + w->pad_end[i] - extent;
		w->size[i] = room / w->stride[i] + 1;
	}
	input(c, s, w->fn == POOL_MAX ? FILL_DISTINCT : FILL_ANY, true);
}

#endif
