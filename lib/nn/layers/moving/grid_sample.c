/*
 * GridSample: bottom 0 (N, C, spatial axes) taken at the places that bottom 1 (N,
 * spatial axes of the top, number of axes) names, the last axis of bottom 0 first:
 * -1 is its beginning, 1 its end.  Between places as ONNX's operator has it; cubic is
 * Keys' convolution (1981) with -0.75.  Host code.
 *
 * What is taken from a place is a product of weights along each axis, so a list of
 * places and weights serves all channels.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/moving/moving.h"

enum { AXES = 3, TAPS = 4, POINTS = 64 };
#define A             (-0.75)
#define MODE(name)    CAFFE__GRID_SAMPLE_PARAMETER__MODE__##name
#define PADDING(name) CAFFE__GRID_SAMPLE_PARAMETER__PADDING__##name

static const Caffe__GridSampleParameter none =
    CAFFE__GRID_SAMPLE_PARAMETER__INIT;

struct sample {
	Caffe__GridSampleParameter__Mode mode;
	Caffe__GridSampleParameter__Padding padding;
	bool align;
	int axes;
	int64_t size[AXES];               /* of bottom 0 */
	size_t items, channels, from, to; /* places of a map, below and above */
};

/* The places along an axis that count: at < 0: none. */
struct taps {
	int n;
	int64_t at[TAPS];
	double weight[TAPS], slope[TAPS]; /* slope: by the grid's number */
};

/* v brought back between low and high; *sign: the way it goes there. */
static double
reflect(double v, double low, double high, double *sign)
{
	const double range = high - low;
	double d = v < low ? low - v : v - high, n, r;

	if (v >= low && v <= high)
		return v;
	if (!(range > 0) || !isfinite(v)) {
		*sign = 0;
		return low;
	}
	n = floor(d / range);
	r = d - n * range;
	*sign = fmod(n, 2) == 0 ? -1 : 1;
	if ((v < low) == (fmod(n, 2) == 0))
		return low + r;
	return high - r;
}

static double
clamp(double v, double low, double high)
{
	return v > low ? fmin(v, high) : low;
}

/* Place p of an axis as one that there is, or -1. */
static int64_t
inside(const struct sample *s, double p, int64_t n)
{
	double sign = 1;

	if (p >= 0 && p <= (double)(n - 1))
		return (int64_t)p;
	if (s->padding == PADDING(ZEROS) || !isfinite(p))
		return -1;
	if (s->padding == PADDING(REFLECTION))
		p = s->align ? reflect(p, 0, (double)n - 1, &sign)
			     : reflect(p, -0.5, (double)n - 0.5, &sign);
	return (int64_t)clamp(p, 0, (double)(n - 1));
}

static void
weights(const struct sample *s, double f, struct taps *t)
{
	const double g = 1 - f;

	if (s->mode == MODE(NEAREST)) {
		*t = (struct taps){ .n = 1, .weight = { 1 } };
		return;
	}
	if (s->mode == MODE(BILINEAR)) {
		*t = (struct taps){
			.n = 2, .weight = { g, f }, .slope = { -1, 1 }
		};
		return;
	}
	*t = (struct taps){ .n = 4,
		.weight = { A * f * g * g, ((A + 2) * f - (A + 3)) * f * f + 1,
		    ((A + 2) * g - (A + 3)) * g * g + 1, A * g * f * f },
		.slope = { A * g * (g - 2 * f),
		    (3 * (A + 2) * f - 2 * (A + 3)) * f,
		    -(3 * (A + 2) * g - 2 * (A + 3)) * g,
		    A * f * (2 * g - f) } };
}

static void
taps_of(const struct sample *s, double v, int64_t size, struct taps *t)
{
	const double n = (double)size;
	const double by = s->align ? (n - 1) / 2 : n / 2;
	const double low = s->align ? 0 : -0.5, high = n - 1 - low;
	double x = s->align ? (v + 1) / 2 * (n - 1) : ((v + 1) * n - 1) / 2;
	double sign = 1, first;

	if (s->mode == MODE(NEAREST))
		x = nearbyint(x);
	if (s->padding == PADDING(REFLECTION))
		x = reflect(x, low, high, &sign);
	if (s->padding == PADDING(BORDER) && !(x >= low && x <= high)) {
		x = clamp(x, 0, n - 1);
		sign = 0;
	}
	first = floor(x);
	weights(s, x - first, t);
	for (int i = 0; i < t->n; i++) {
		t->slope[i] *= sign * by;
		t->at[i] = inside(s, first + i - (t->n == TAPS ? 1 : 0), size);
	}
}

/* What one place of the top is made of. */
struct points {
	int n;
	size_t at[POINTS];
	double weight[POINTS];
	double slope[AXES][POINTS]; /* by each number of the grid */
};

static void
points_of(const struct sample *s, const float *grid, struct points *p)
{
	struct taps t[AXES];
	int all = 1;

	for (int k = 0; k < s->axes; k++) {
		taps_of(s, (double)grid[s->axes - 1 - k], s->size[k], &t[k]);
		all *= t[k].n;
	}
	p->n = 0;
	for (int i = 0; i < all; i++) {
		const int j = p->n;
		bool there = true;
		int rest = i;

		p->at[j] = 0;
		p->weight[j] = 1;
		for (int m = 0; m < s->axes; m++)
			p->slope[m][j] = 1;
		for (int k = 0; k < s->axes; k++) {
			const int tap = rest % t[k].n;

			rest /= t[k].n;
			there = there && t[k].at[tap] >= 0;
			p->at[j] = p->at[j] * (size_t)s->size[k] +
			    (size_t)t[k].at[tap];
			p->weight[j] *= t[k].weight[tap];
			for (int m = 0; m < s->axes; m++)
				p->slope[m][j] *= m == s->axes - 1 - k
				    ? t[k].slope[tap]
				    : t[k].weight[tap];
		}
		p->n += there;
	}
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct sample *s = state;
	struct points p;

	(void)env;
	for (size_t i = 0; i < s->items * s->to; i++) {
		const size_t item = i / s->to * s->channels;
		const float *x = in[0] + item * s->from;
		float *y = out[0] + item * s->to + i % s->to;

		points_of(s, in[1] + i * (size_t)s->axes, &p);
		for (size_t c = 0; c < s->channels; c++, x += s->from) {
			double sum = 0;

			for (int k = 0; k < p.n; k++)
				sum += p.weight[k] * (double)x[p.at[k]];
			y[c * s->to] = (float)sum;
		}
	}
	return 0;
}

/* One place of the top: what it gives to the bottom and to its numbers. */
static void
place_back(const struct sample *s, const struct points *p, const float *dy,
    const float *x, float *dx, float *dgrid)
{
	double sum[AXES] = { 0 };

	for (size_t c = 0; c < s->channels; c++) {
		const double d = (double)dy[c * s->to];

		for (int k = 0; k < p->n && dx != NULL; k++)
			dx[c * s->from + p->at[k]] += (float)(d * p->weight[k]);
		for (int k = 0; k < p->n && dgrid != NULL; k++)
			for (int m = 0; m < s->axes; m++)
				sum[m] += d * p->slope[m][k] *
				    (double)x[c * s->from + p->at[k]];
	}
	for (int m = 0; m < s->axes && dgrid != NULL; m++)
		dgrid[m] = (float)sum[m];
}

static int
backward(void *state, const struct op_env *env, const float *const *dout,
    const float *const *in, const float *const *out, float *const *din)
{
	const struct sample *s = state;
	const size_t n = s->items * s->channels * s->from;
	struct points p;

	(void)env;
	(void)out;
	if (din[0] != NULL && n > 0)
		memset(din[0], 0, n * sizeof(float));
	for (size_t i = 0; i < s->items * s->to; i++) {
		const size_t item = i / s->to * s->channels;
		const size_t at = i * (size_t)s->axes;

		points_of(s, in[1] + at, &p);
		place_back(s, &p, dout[0] + item * s->to + i % s->to,
		    in[0] + item * s->from,
		    din[0] != NULL ? din[0] + item * s->from : NULL,
		    din[1] != NULL ? din[1] + at : NULL);
	}
	return 0;
}

static int
emit(struct layer *l)
{
	const Caffe__GridSampleParameter *p =
	    LAYER_PARAM(l, grid_sample_param, &none);
	const struct shape *x = layer_shape(l, 0), *g = layer_shape(l, 1);
	union op_attr a = { .custom = { .nin = 2,
				.nout = 1,
				.forward = forward,
				.backward = backward } };
	char t[SHAPE_TEXT_MAX], w[SHAPE_TEXT_MAX];
	struct shape *y = &a.custom.shape[0];
	struct sample *s = mem_new(struct sample);

	l->state = a.custom.state = s;
	if (x->n < 3 || x->n > 2 + AXES || g->n != x->n || g->d[0] != x->d[0] ||
	    g->d[g->n - 1] != x->n - 2 || shape_count_axes(x, 2, x->n) == 0)
		return err_set(ERR_FORMAT,
		    "it takes (N, C, spatial axes) and (N, as many axes, their number), not %s and %s",
		    shape_text(t, x), shape_text(w, g));
	s->mode = p->mode;
	s->padding = p->padding;
	s->align = p->align_corners;
	s->axes = x->n - 2;
	*y = *x;
	for (int i = 0; i < s->axes; i++) {
		s->size[i] = x->d[2 + i];
		y->d[2 + i] = g->d[1 + i];
	}
	s->items = (size_t)x->d[0];
	s->channels = (size_t)x->d[1];
	s->from = shape_count_axes(x, 2, x->n);
	s->to = shape_count_axes(y, 2, y->n);
	return layer_top(
	    l, 0, graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_grid_sample = { "GridSample", 2, 2, 1, 1,
	.emit = emit, .free = release };
