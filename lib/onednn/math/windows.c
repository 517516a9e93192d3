/*
 * WINDOWS: pooling over 1 to 3 axes as ref/windows.c defines it, a plane to a thread.
 * Sums are in float.  With index, the places of the maxima are ref's.
 */
#include <float.h>

#include "onednn/kern.h"
#include "onednn/plan.h"

/* Three axes; those before the op's own have one place. */
struct windows {
	size_t planes, nx, ny;
	int64_t x[3], y[3], kernel[3], stride[3], pad[3], pad_end[3], step[3];
	bool max, padded;
};

/* Along an axis, window o: its first place and taps [lo, hi) inside of x. */
struct span {
	int64_t at, lo, hi, counted;
};

static struct span
span_of(const struct windows *w, int i, int64_t o)
{
	struct span s = { .at = o * w->stride[i] - w->pad[i] };
	const int64_t step = w->step[i];

	s.lo = s.at < 0 ? (-s.at + step - 1) / step : 0;
	s.hi = s.at < w->x[i] ? (w->x[i] - s.at + step - 1) / step : 0;
	s.hi = s.hi > w->kernel[i] ? w->kernel[i] : s.hi;
	s.lo = s.lo > s.hi ? s.hi : s.lo;
	s.counted = (w->x[i] + w->pad_end[i] - s.at + step - 1) / step;
	s.counted = s.counted > w->kernel[i] ? w->kernel[i] : s.counted;
	if (!w->padded)
		s.counted = s.hi - s.lo;
	return s;
}

/* The sum or the greatest of a window. */
static float
gather(const struct windows *w, const struct span *s, const float *x)
{
	float v = w->max ? -FLT_MAX : 0;
	int64_t a, b, c;

	for (a = s[0].lo; a < s[0].hi; a++)
		for (b = s[1].lo; b < s[1].hi; b++) {
			const float *row = x +
			    ((s[0].at + a * w->step[0]) * w->x[1] + s[1].at +
				b * w->step[1]) *
				w->x[2] +
			    s[2].at;

			for (c = s[2].lo; c < s[2].hi; c++) {
				const float u = row[c * w->step[2]];

				v = !w->max ? v + u : u > v ? u : v;
			}
		}
	return v;
}

static void
plane(const struct windows *w, const float *x, float *y)
{
	struct span s[3];
	int64_t d, h, k;

	for (d = 0; d < w->y[0]; d++) {
		s[0] = span_of(w, 0, d);
		for (h = 0; h < w->y[1]; h++) {
			s[1] = span_of(w, 1, h);
			for (k = 0; k < w->y[2]; k++) {
				float v, n;

				s[2] = span_of(w, 2, k);
				v = gather(w, s, x);
				n = (float)(s[0].counted * s[1].counted *
				    s[2].counted);
				*y++ = w->max ? v : n > 0 ? v / n : 0;
			}
		}
	}
}

static int
run_windows(struct od_plan *p, const struct od_step *s)
{
	const struct windows *w = s->arg;
	size_t i;

	(void)p;
#pragma omp parallel for schedule(static) if (w->planes * w->nx > OD_GRAIN)
	for (i = 0; i < w->planes; i++)
		plane(w, (const float *)s->ptr[0] + i * w->nx,
		    (float *)s->ptr[1] + i * w->ny);
	return 0;
}

int
od_build_windows(struct od_plan *p, int i)
{
	const struct op *op = od_op(p, i);
	const struct op_windows *a = &op->a.windows;
	const struct shape *x = od_shape(p, op->in[0]);
	struct windows w = { .max = a->fn == POOL_MAX, .padded = a->padded };
	struct od_view v[2];

	if (a->index)
		return OD_REF;
	w.planes = shape_count_axes(x, 0, 2);
	w.nx = w.ny = 1;
	for (int k = 0; k < 3; k++) {
		const int at = k - (3 - a->nd);

		w.x[k] = at < 0 ? 1 : x->d[2 + at];
		w.y[k] = at < 0 ? 1 : a->size[at];
		w.kernel[k] = at < 0 ? 1 : a->kernel[at];
		w.stride[k] = at < 0 ? 1 : a->stride[at];
		w.pad[k] = at < 0 ? 0 : a->pad[at];
		w.pad_end[k] = at < 0 ? 0 : a->pad_end[at];
		w.step[k] = at < 0 ? 1 : a->dilation[at];
		w.nx *= (size_t)w.x[k];
		w.ny *= (size_t)w.y[k];
	}
	TRY(od_want_plain(p, op->in[0], &v[0]));
	TRY(od_out_plain(p, op->out[0], &v[1]));
	return od_step_own(p, run_windows, &w, sizeof(w), 0, v, 2);
}
