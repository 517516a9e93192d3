/* Pooling over one to three axes as ONNX has it; ref/pool.c is Caffe's. */
#include <float.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "ref/kernel.h"

/* Three spatial axes; those before the op's own have one place. */
struct plane {
	int64_t x[3], y[3], kernel[3], stride[3], pad[3], pad_end[3],
	    dilation[3];
	size_t nx, ny;
	bool max, padded, columns;
};

static void
plane_of(struct plane *p, const struct op_windows *w, const struct shape *x)
{
	*p = (struct plane){ .max = w->fn == POOL_MAX,
		.padded = w->padded,
		.columns = w->columns };
	for (int i = 0; i < 3; i++) {
		const int k = i - (3 - w->nd);

		p->x[i] = k < 0 ? 1 : x->d[2 + k];
		p->y[i] = k < 0 ? 1 : w->size[k];
		p->kernel[i] = k < 0 ? 1 : w->kernel[k];
		p->stride[i] = k < 0 ? 1 : w->stride[k];
		p->pad[i] = k < 0 ? 0 : w->pad[k];
		p->pad_end[i] = k < 0 ? 0 : w->pad_end[k];
		p->dilation[i] = k < 0 ? 1 : w->dilation[k];
	}
	p->nx = (size_t)(p->x[0] * p->x[1] * p->x[2]);
	p->ny = (size_t)(p->y[0] * p->y[1] * p->y[2]);
}

/* Along an axis, window o: where it begins, the taps [lo, hi) inside of x, and how
 * many are inside of x or its padding. */
struct span {
	int64_t at, step, lo, hi, counted;
};

static struct span
span_of(const struct plane *p, int i, int64_t o)
{
	struct span s = { .at = o * p->stride[i] - p->pad[i],
		.step = p->dilation[i] };

	s.lo = s.at < 0 ? (-s.at + s.step - 1) / s.step : 0;
	s.hi = s.at < p->x[i] ? (p->x[i] - s.at + s.step - 1) / s.step : 0;
	if (s.hi > p->kernel[i])
		s.hi = p->kernel[i];
	if (s.lo > s.hi)
		s.lo = s.hi;
	s.counted = (p->x[i] + p->pad_end[i] - s.at + s.step - 1) / s.step;
	if (s.counted > p->kernel[i])
		s.counted = p->kernel[i];
	return s;
}

struct window {
	struct span s[3];
	double divisor;
};

static struct window
window_of(const struct plane *p, size_t o)
{
	struct window w;

	w.divisor = 1;
	for (int i = 2; i >= 0; i--) {
		w.s[i] = span_of(p, i, (int64_t)o % p->y[i]);
		o /= (size_t)p->y[i];
		w.divisor *= (double)(p->padded ? w.s[i].counted
						: w.s[i].hi - w.s[i].lo);
	}
	return w;
}

/* The place of tap (a, b, c) in the plane. */
static size_t
place(const struct plane *p, const struct window *w, int64_t a, int64_t b,
    int64_t c)
{
	const int64_t d = w->s[0].at + a * w->s[0].step;
	const int64_t h = w->s[1].at + b * w->s[1].step;

	return (size_t)((d * p->x[1] + h) * p->x[2] + w->s[2].at +
	    c * w->s[2].step);
}

#define FOR_TAPS(w, a, b, c)                                                   \
	for (int64_t a = (w)->s[0].lo; a < (w)->s[0].hi; a++)                  \
		for (int64_t b = (w)->s[1].lo; b < (w)->s[1].hi; b++)          \
			for (int64_t c = (w)->s[2].lo; c < (w)->s[2].hi; c++)

/* The greatest, and its place or SIZE_MAX. */
static float
greatest(
    const struct plane *p, const struct window *w, const float *x, size_t *at)
{
	float max = -FLT_MAX;

	*at = SIZE_MAX;
	FOR_TAPS(w, a, b, c)
	{
		const size_t k = place(p, w, a, b, c);

		if (x[k] > max || *at == SIZE_MAX) {
			*at = k;
			max = x[k];
		}
	}
	return max;
}

static float
mean(const struct plane *p, const struct window *w, const float *x)
{
	double sum = 0;

	FOR_TAPS(w, a, b, c)
	sum += (double)x[place(p, w, a, b, c)];
	return w->divisor > 0 ? (float)(sum / w->divisor) : 0;
}

/* A place as `index` counts it. */
static float
index_of(const struct plane *p, size_t plane, size_t at)
{
	const size_t d = (size_t)p->x[0], h = (size_t)p->x[1],
		     w = (size_t)p->x[2];

	if (at == SIZE_MAX)
		return -1;
	if (p->columns)
		at = (at % w * h + at / w % h) * d + at / (w * h);
	return (float)(plane * p->nx + at);
}

/* x (N,C,S) -> y (N,C,S') [, index] */
KERNEL(ref_windows)
{
	const struct shape *x = in_shape(g, op, 0);
	const size_t planes = shape_count_axes(x, 0, 2);
	struct plane p;

	UNUSED_ENV;
	plane_of(&p, &op->a.windows, x);
	for (size_t o = 0; o < planes * p.ny; o++) {
		const struct window w = window_of(&p, o % p.ny);
		const float *plane = in[0] + o / p.ny * p.nx;
		size_t at = SIZE_MAX;

		out[0][o] =
		    p.max ? greatest(&p, &w, plane, &at) : mean(&p, &w, plane);
		if (op->nout > 1)
			out[1][o] = index_of(&p, o / p.ny, at);
	}
	return 0;
}

/* dy, x -> dx */
KERNEL(ref_windows_grad)
{
	const struct shape *x = in_shape(g, op, 1);
	const size_t planes = shape_count_axes(x, 0, 2);
	struct plane p;
	double *dx;

	UNUSED_ENV;
	plane_of(&p, &op->a.windows, x);
	TRY(mem_take((void **)&dx, p.nx + 1, sizeof(*dx), SIZE_MAX,
	    "gradient of a pooling"));
	for (size_t k = 0; k < planes; k++) {
		memset(dx, 0, p.nx * sizeof(*dx));
		for (size_t o = 0; o < p.ny; o++) {
			const struct window w = window_of(&p, o);
			const double dy = (double)in[0][k * p.ny + o];
			size_t at;

			if (!p.max) {
				FOR_TAPS(&w, a, b, c)
				dx[place(&p, &w, a, b, c)] += dy / w.divisor;
				continue;
			}
			greatest(&p, &w, in[1] + k * p.nx, &at);
			if (at != SIZE_MAX)
				dx[at] += dy;
		}
		for (size_t i = 0; i < p.nx; i++)
			out[0][k * p.nx + i] = (float)dx[i];
	}
	mem_free(dx);
	return 0;
}
