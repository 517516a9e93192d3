/*
 * Augmentation as DIGITS does it for Torch (data.lua), with its mistakes left
 * out: the hue has its own deviation, noise is on the scale of the pixels.
 * Pictures are planes B G R (or grey) of 0..255.
 */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "image/colour/hsv.h"
#include "input/transform.h"

static float
clamp(float v, float lo, float hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

/* One draw of the three shifts for the whole picture. */
static void
shift_hsv(const struct augment *a, struct rng *r, float *x, size_t plane)
{
	float dh = (float)(rng_normal(r) * a->hsv[0]);
	float ds = (float)(rng_normal(r) * a->hsv[1]);
	float dv = (float)(rng_normal(r) * a->hsv[2]);

	hsv_change_bgr(&(struct hsv_change){ .hue = dh,
			   .factor = 1,
			   .saturation = ds,
			   .value = dv,
			   .most = 1 },
	    x, plane);
}

/* Each channel is stretched about its own mean. */
static void
stretch(float *x, size_t plane, float f)
{
	double sum = 0;
	float mean;

	for (size_t i = 0; i < plane; i++)
		sum += x[i];
	mean = (float)(sum / (double)plane);
	for (size_t i = 0; i < plane; i++)
		x[i] = (x[i] - mean) * f + mean;
}

void
augment_colour(
    const struct augment *a, struct rng *r, float *x, int c, int h, int w)
{
	size_t plane = (size_t)h * (size_t)w;

	if (c == 3 && (a->hsv[0] > 0 || a->hsv[1] > 0 || a->hsv[2] > 0))
		shift_hsv(a, r, x, plane);
	if (a->contrast > 0) {
		float f = (float)(1 + a->contrast * (2 * rng_uniform(r) - 1));

		for (int k = 0; k < c; k++)
			stretch(x + (size_t)k * plane, plane, f);
	}
	if (a->noise > 0)
		for (size_t i = 0; i < (size_t)c * plane; i++)
			x[i] += (float)(rng_normal(r) * a->noise * 255);
}

/* x at (y, v) between four pixels, the border repeated. */
static float
sample(const float *x, int h, int w, float y, float v)
{
	float cy = clamp(y, 0, (float)(h - 1)),
	      cv = clamp(v, 0, (float)(w - 1));
	int y0 = (int)cy, v0 = (int)cv;
	int y1 = y0 + 1 < h ? y0 + 1 : y0, v1 = v0 + 1 < w ? v0 + 1 : v0;
	float fy = cy - (float)y0, fv = cv - (float)v0;
	float top = x[y0 * w + v0] * (1 - fv) + x[y0 * w + v1] * fv;
	float low = x[y1 * w + v0] * (1 - fv) + x[y1 * w + v1] * fv;

	return top * (1 - fy) + low * fy;
}

void
augment_colour_skip(const struct augment *a, struct rng *r, int c, int h, int w)
{
	if (c == 3 && (a->hsv[0] > 0 || a->hsv[1] > 0 || a->hsv[2] > 0))
		rng_normal_skip(r, 3);
	if (a->contrast > 0)
		(void)rng_uniform(r);
	if (a->noise > 0)
		rng_normal_skip(r, (size_t)c * (size_t)h * (size_t)w);
}

/* x at the pixel nearest to (y, v), the border repeated. */
static float
nearest_of(const float *x, int h, int w, float y, float v)
{
	return x[(int)floorf(clamp(y, 0, (float)(h - 1)) + 0.5f) * w +
	    (int)floorf(clamp(v, 0, (float)(w - 1)) + 0.5f)];
}

void
augment_warp_draw(struct augment_warp *w, const struct augment *a,
    struct rng *r, int height, int width)
{
	double k = rng_normal(r) * a->scale;
	double sy = k * (2 * rng_uniform(r) - 1),
	       sx = k * (2 * rng_uniform(r) - 1);
	double angle = a->rotate * (2 * rng_uniform(r) - 1) * M_PI / 180;

	w->co = (float)cos(angle);
	w->si = (float)sin(angle);
	w->zoom = (float)(1 + k);
	w->cy = (float)(height - 1) / 2;
	w->cx = (float)(width - 1) / 2;
	w->dy = (float)sy * w->cy;
	w->dx = (float)sx * w->cx;
}

void
augment_warp(const struct augment_warp *w, float *out, const float *x,
    int channels, int height, int width, bool nearest)
{
	const size_t plane = (size_t)height * (size_t)width;

	for (int i = 0; i < height; i++)
		for (int j = 0; j < width; j++) {
			float y = ((float)i - w->cy) * w->zoom,
			      v = ((float)j - w->cx) * w->zoom;
			float fy = w->co * y - w->si * v + w->cy + w->dy;
			float fx = w->si * y + w->co * v + w->cx + w->dx;

			for (int p = 0; p < channels; p++) {
				size_t at = (size_t)p * plane;

				out[at + (size_t)(i * width + j)] = nearest
				    ? nearest_of(x + at, height, width, fy, fx)
				    : sample(x + at, height, width, fy, fx);
			}
		}
}

void
augment_warp_point(const struct augment_warp *w, float *y, float *x)
{
	const float fy = *y - 0.5f - w->cy - w->dy;
	const float fx = *x - 0.5f - w->cx - w->dx;

	*y = (w->co * fy + w->si * fx) / w->zoom + w->cy + 0.5f;
	*x = (w->co * fx - w->si * fy) / w->zoom + w->cx + 0.5f;
}

void
augment_whiten(float *x, size_t n)
{
	double sum = 0, sq = 0, mean, dev;

	for (size_t i = 0; i < n; i++) {
		sum += x[i];
		sq += (double)x[i] * x[i];
	}
	mean = sum / (double)n;
	dev = sqrt(fmax(sq / (double)n - mean * mean, 0));
	dev = fmax(dev, 1 / sqrt((double)n));
	for (size_t i = 0; i < n; i++)
		x[i] = (float)((x[i] - mean) / dev);
}
