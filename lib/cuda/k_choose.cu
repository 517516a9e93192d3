/*
 * Kernels that take places along axes by a rule, bring axes to other sizes, or choose
 * between tensors: one thread for each number that is made, which finds where it comes
 * from by itself (graph/ops/axis.h).  A gradient looks for the places that it went to.
 */
#include "cuda/wide.cuh"

#define AXIS_FN static MEMBER
#include "graph/ops/axis.h"

/* c, x, y of up to SHAPE_MAX axes, of which some stretch. */
struct chooser {
	int n;
	struct split size[SHAPE_MAX];
	size_t step[3][SHAPE_MAX];
};

/* Axes that go on alike in all three are one. */
static struct chooser
chooser_of(const struct cu_call *c)
{
	const struct shape *z = c->out[0].s;
	size_t d[SHAPE_MAX], step[3];
	struct chooser q;

	q.n = 0;
	for (int k = 0; k < z->n; k++) {
		bool one = q.n > 0;

		if (z->d[k] == 1)
			continue;
		for (int i = 0; i < 3; i++) {
			const struct shape *s = c->in[i].s;

			step[i] = s->d[k] == 1 ? 0 : count_axes(s, k + 1, s->n);
			one = one &&
			    q.step[i][q.n - 1] == step[i] * (size_t)z->d[k];
		}
		if (!one)
			d[q.n++] = 1;
		d[q.n - 1] *= (size_t)z->d[k];
		for (int i = 0; i < 3; i++)
			q.step[i][q.n - 1] = step[i];
	}
	for (int k = 0; k < q.n; k++)
		q.size[k] = split_by(d[k]);
	return q;
}

extern "C" int
cu_choose(const struct cu_call *c)
{
	const struct chooser q = chooser_of(c);
	const float *cond = (const float *)c->in[0].p;
	const float *x = (const float *)c->in[1].p;
	const float *y = (const float *)c->in[2].p;
	float *z = (float *)c->out[0].p;

	return each(c->stream, count(&c->out[0]), [=] DEV(size_t i) {
		size_t at[3] = { 0, 0, 0 }, rest = i, here;

		for (int k = q.n - 1; k >= 0; k--) {
			rest = q.size[k].apart(rest, &here);
			for (int m = 0; m < 3; m++)
				at[m] += here * q.step[m][k];
		}
		z[i] = cond[at[0]] != 0 ? x[at[1]] : y[at[2]];
	});
}

/* The axes of what is made, and of what it is made of. */
struct axes {
	int n;
	struct split size[SHAPE_MAX];
	int64_t from[SHAPE_MAX], to[SHAPE_MAX]; /* sizes */
	size_t step[SHAPE_MAX];                 /* in what it is made of */
};

static struct axes
axes_of_shapes(const struct shape *to, const struct shape *from)
{
	struct axes a;
	size_t step = 1;

	a.n = to->n;
	for (int k = a.n - 1; k >= 0; k--) {
		a.size[k] = split_by((size_t)to->d[k]);
		a.to[k] = to->d[k];
		a.from[k] = from->d[k];
		a.step[k] = step;
		step *= (size_t)from->d[k];
	}
	return a;
}

extern "C" int
cu_take(const struct cu_call *c)
{
	const struct axes a = axes_of_shapes(c->out[0].s, c->in[0].s);
	const struct op_take t = c->op->a.take;
	const float *x = (const float *)c->in[0].p;
	float *y = (float *)c->out[0].p;

	return each(c->stream, count(&c->out[0]), [=] DEV(size_t i) {
		size_t at = 0, rest = i, here;
		bool there = true;

		for (int k = a.n - 1; k >= 0; k--) {
			int64_t p;

			rest = a.size[k].apart(rest, &here);
			p = axis_take(t.edge,
			    t.start[k] +
				(here > 0 ? (int64_t)here * t.step[k] : 0),
			    a.from[k]);
			there = there && p >= 0;
			at += (size_t)p * a.step[k];
		}
		y[i] = there ? x[at] : t.value;
	});
}

/* Of places that are taken once at most: no edge is repeated, no step is 0. */
extern "C" int
cu_take_grad(const struct cu_call *c)
{
	const struct axes a = axes_of_shapes(c->out[0].s, c->in[0].s);
	const struct op_take t = c->op->a.take;
	const float *dy = (const float *)c->in[0].p;
	float *dx = (float *)c->out[0].p;

	return each(c->stream, count(&c->out[0]), [=] DEV(size_t i) {
		size_t at = 0, rest = i, here;
		bool there = true;

		for (int k = a.n - 1; k >= 0; k--) {
			const int64_t step = a.from[k] > 1 ? t.step[k] : 1;
			int64_t p;

			rest = a.size[k].apart(rest, &here);
			p = (int64_t)here - t.start[k];
			there = there && p % step == 0 && p / step >= 0 &&
			    p / step < a.from[k];
			at += (size_t)(p / step) * a.step[k];
		}
		dx[i] = there ? dy[at] : 0;
	});
}

struct resizer {
	struct axes a;
	uint32_t touched;
	struct axis_resize axis[SHAPE_MAX];
	/* places of y are first + i each, in those of x; 0: not that simple */
	double first[SHAPE_MAX], each[SHAPE_MAX];
	float value;
};

static struct resizer
resizer_of(const struct cu_call *c)
{
	const struct op_resize *o = &c->op->a.resize;
	struct resizer r;

	r.a = axes_of_shapes(c->out[0].s, c->in[0].s);
	r.touched = o->axes;
	r.value = o->extrapolation;
	for (int k = 0; k < r.a.n; k++) {
		if ((o->axes >> k & 1) == 0)
			continue;
		axis_of(&r.axis[k], o, k);
		r.first[k] = axis_coordinate(&r.axis[k], 0);
		r.each[k] = axis_coordinate(&r.axis[k], 1) - r.first[k];
	}
	return r;
}

/* The taps of a place, of each axis that is touched. */
struct taps_of_place {
	int n;
	int axis[SHAPE_MAX], count[SHAPE_MAX];
	double at[SHAPE_MAX], first[SHAPE_MAX], sum[SHAPE_MAX];
};

DEVFN double
sum_of_weights(const struct axis_resize *x, double first, int n, double v)
{
	double sum = 0;

	if (!axis_divides(x))
		return 1;
	for (int k = 0; k < n; k++)
		sum += axis_weight(x, first + k, v);
	return sum != 0 ? sum : 1;
}

extern "C" int
cu_resize(const struct cu_call *c)
{
	const struct resizer r = resizer_of(c);
	const float *x = (const float *)c->in[0].p;
	float *y = (float *)c->out[0].p;

	return each(c->stream, count(&c->out[0]), [=] DEV(size_t i) {
		size_t base = 0, rest = i, here;
		struct taps_of_place t;
		bool outside = false;
		double sum = 0;
		int all = 1;

		t.n = 0;
		for (int k = r.a.n - 1; k >= 0; k--) {
			const struct axis_resize *q = &r.axis[k];
			double v;

			rest = r.a.size[k].apart(rest, &here);
			if ((r.touched >> k & 1) == 0) {
				base += here * r.a.step[k];
				continue;
			}
			v = axis_coordinate(q, (int64_t)here);
			outside = outside || axis_outside(q, v);
			if (q->fn == RESIZE_NEAREST) {
				base +=
				    (size_t)axis_nearest(q, v) * r.a.step[k];
				continue;
			}
			t.axis[t.n] = k;
			t.at[t.n] = v;
			t.first[t.n] = floor(v) - axis_reach(q) + 1;
			t.count[t.n] = 2 * (int)axis_reach(q);
			t.sum[t.n] =
			    sum_of_weights(q, t.first[t.n], t.count[t.n], v);
			all *= t.count[t.n++];
		}
		for (int tap = 0; tap < all; tap++) {
			size_t at = base;
			double w = 1;
			int left = tap;

			for (int m = 0; m < t.n; m++) {
				const struct axis_resize *q =
				    &r.axis[t.axis[m]];
				const double p = t.first[m] + left % t.count[m];

				left /= t.count[m];
				w *= axis_weight(q, p, t.at[m]) / t.sum[m];
				at += (size_t)axis_clamp(p, q->from) *
				    r.a.step[t.axis[m]];
			}
			sum += w * (double)x[at];
		}
		y[i] = outside ? r.value : (float)sum;
	});
}

/* What place i of y has of place p of x. */
DEVFN double
share(const struct axis_resize *x, int64_t i, int64_t p)
{
	const double v = axis_coordinate(x, i);
	const double first = floor(v) - axis_reach(x) + 1;
	const int n = 2 * (int)axis_reach(x);
	double sum = 0;

	if (axis_outside(x, v))
		return 0;
	if (x->fn == RESIZE_NEAREST)
		return axis_nearest(x, v) == p ? 1 : 0;
	if (p > 0 && p < x->from - 1) {
		if ((double)p < first || (double)p >= first + n)
			return 0;
		sum = axis_weight(x, (double)p, v);
	} else
		for (int k = 0; k < n; k++)
			if (axis_clamp(first + k, x->from) == p)
				sum += axis_weight(x, first + k, v);
	return sum != 0 ? sum / sum_of_weights(x, first, n, v) : 0;
}

/* The places [lo, hi) of y that may have some of place p of x. */
DEVFN void
takers(const struct resizer *r, int k, int64_t p, int64_t *lo, int64_t *hi)
{
	const struct axis_resize *x = &r->axis[k];
	const double far = axis_reach(x), by = r->each[k];

	*lo = 0;
	*hi = x->to;
	if (!(by > 1e-9))
		return;
	if (p > 0)
		*lo = axis_clamp(
		    floor(((double)p - far - r->first[k]) / by) - 1, x->to);
	if (p < x->from - 1)
		*hi = axis_clamp(ceil(((double)p + far - r->first[k]) / by) + 1,
			  x->to) +
		    1;
}

extern "C" int
cu_resize_grad(const struct cu_call *c)
{
	const struct resizer r = resizer_of(c);
	const float *dy = (const float *)c->in[0].p;
	float *dx = (float *)c->out[0].p;

	return each(c->stream, count(&c->out[0]), [=] DEV(size_t i) {
		int64_t p[SHAPE_MAX], lo[SHAPE_MAX], size[SHAPE_MAX], all = 1;
		size_t base = 0, rest = i, here;
		int axis[SHAPE_MAX], n = 0;
		double sum = 0;

		for (int k = r.a.n - 1; k >= 0; k--) {
			int64_t hi;

			rest = r.a.size[k].apart(rest, &here);
			if ((r.touched >> k & 1) == 0) {
				base += here * r.a.step[k];
				continue;
			}
			p[n] = (int64_t)here;
			axis[n] = k;
			takers(&r, k, p[n], &lo[n], &hi);
			size[n] = hi - lo[n];
			all *= size[n++];
		}
		for (int64_t m = 0; m < all; m++) {
			size_t at = base;
			int64_t left = m;
			double w = 1;

			for (int j = 0; j < n && w != 0; j++) {
				const int64_t o = lo[j] + left % size[j];

				left /= size[j];
				w *= share(&r.axis[axis[j]], o, p[j]);
				at += (size_t)o * r.a.step[axis[j]];
			}
			if (w != 0)
				sum += w * (double)dy[at];
		}
		dx[i] = (float)sum;
	});
}
