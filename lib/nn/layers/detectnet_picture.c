/* Pictures for DetectNet: coloured, flipped, scaled, turned, cut: see detectnet.h. */
#include "nn/layers/detectnet.h"

#include <math.h>
#include <string.h>

#include "image/colour/hsv.h"

/* Within +-most where chance has it, else 0.  Two numbers are drawn always. */
static float
maybe(struct rng *r, float probability, float most)
{
	const bool is = rng_uniform(r) < probability;
	const double u = 2 * rng_uniform(r) - 1;

	return is ? (float)u * most : 0;
}

/* Where the part of a side begins: the middle, or anywhere, and over the edge by
 * half of shift. */
static float
offset(float where, float side, float part, float shift)
{
	return roundf(where * (side - part + shift) - shift / 2);
}

void
detectnet_draw(
    struct detectnet_moves *m, const struct detectnet *d, struct rng *r)
{
	const Caffe__DetectNetAugmentationParameter *a = d->augment;
	float u, angle, where[2];
	bool is;

	*m = (struct detectnet_moves){ .saturation = 1,
		.scale_x = (float)d->out_width / (float)d->width,
		.scale_y = (float)d->out_height / (float)d->height,
		.co = 1 };
	if (!d->train)
		return;
	m->hue = maybe(r, a->hue_rotation_prob, a->hue_rotation) / 360;
	is = rng_uniform(r) < a->desaturation_prob;
	u = (float)rng_uniform(r);
	m->saturation = is ? 1 - u * a->desaturation_max : 1;
	m->flip = rng_uniform(r) < a->flip_prob;
	is = rng_uniform(r) < a->scale_prob;
	u = (float)rng_uniform(r);
	m->scale_x = m->scale_y =
	    is ? a->scale_min + u * (a->scale_max - a->scale_min) : 1;
	angle = maybe(r, a->rotation_prob, a->max_rotate_degree) * (float)M_PI /
	    180;
	m->co = cosf(angle);
	m->si = sinf(angle);
	is = rng_uniform(r) < a->crop_prob;
	for (int i = 0; i < 2; i++) {
		u = (float)rng_uniform(r);
		where[i] = is ? u : 0.5f;
	}
	m->x = offset(where[0], (float)d->width * m->scale_x,
	    (float)d->out_width, (float)a->shift_x);
	m->y = offset(where[1], (float)d->height * m->scale_y,
	    (float)d->out_height, (float)a->shift_y);
}

static void
colour(const struct detectnet *d, const struct detectnet_moves *m, float *x)
{
	const size_t plane = (size_t)d->height * (size_t)d->width;

	if (d->channels != 3 || (m->hue == 0 && m->saturation == 1))
		return;
	hsv_change_bgr(
	    &(struct hsv_change){
		.hue = m->hue, .factor = m->saturation, .most = INFINITY },
	    x, plane);
}

/* Weights of the four pixels around a place t behind the second (Keys, a -0.75,
 * as OpenCV's bicubic). */
static void
cubic(float w[4], float t)
{
	const float a = -0.75f, s = 1 - t;

	w[0] = ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a;
	w[1] = ((a + 2) * t - (a + 3)) * t * t + 1;
	w[2] = ((a + 2) * s - (a + 3)) * s * s + 1;
	w[3] = 1 - w[0] - w[1] - w[2];
}

static int
within(int i, int n)
{
	return i < 0 ? 0 : i >= n ? n - 1 : i;
}

/* Where a point of the output lies in the picture. */
static void
source_of(const struct detectnet *d, const struct detectnet_moves *m, float *x,
    float *y)
{
	const float cx = (float)d->width * m->scale_x / 2;
	const float cy = (float)d->height * m->scale_y / 2;
	const float dx = *x + m->x - cx, dy = *y + m->y - cy;

	*x = (m->co * dx + m->si * dy + cx) / m->scale_x;
	*y = (m->co * dy - m->si * dx + cy) / m->scale_y;
	if (m->flip)
		*x = (float)d->width - *x;
}

static void
sample_cubic(const struct detectnet *d, const float *picture, float x, float y,
    float *out, size_t step)
{
	const size_t plane = (size_t)d->height * (size_t)d->width;
	const int left = (int)floorf(x), top = (int)floorf(y);
	float wx[4], wy[4];

	cubic(wx, x - (float)left);
	cubic(wy, y - (float)top);
	for (int c = 0; c < d->channels; c++) {
		float sum = 0;

		for (int i = 0; i < 4; i++) {
			const float *row = picture + (size_t)c * plane +
			    (size_t)within(top - 1 + i, d->height) *
				(size_t)d->width;

			for (int k = 0; k < 4; k++)
				sum += wy[i] * wx[k] *
				    row[within(left - 1 + k, d->width)];
		}
		out[(size_t)c * step] = sum - d->mean[c];
	}
}

void
detectnet_picture(const struct detectnet *d, const struct detectnet_moves *m,
    float *picture, float *out)
{
	const size_t step = (size_t)d->out_height * (size_t)d->out_width;

	colour(d, m, picture);
	memset(out, 0, (size_t)d->channels * step * sizeof(*out));
	for (int i = 0; i < d->out_height; i++)
		for (int j = 0; j < d->out_width; j++, out++) {
			float x = (float)j + 0.5f, y = (float)i + 0.5f;

			source_of(d, m, &x, &y);
			if (x >= 0 && x < (float)d->width && y >= 0 &&
			    y < (float)d->height)
				sample_cubic(
				    d, picture, x - 0.5f, y - 0.5f, out, step);
		}
}

void
detectnet_move(struct detectnet_box *b, const struct detectnet *d,
    const struct detectnet_moves *m)
{
	const float cx = (float)d->width * m->scale_x / 2;
	const float cy = (float)d->height * m->scale_y / 2;
	struct detectnet_box out = { INFINITY, INFINITY, -INFINITY, -INFINITY,
		b->dst };

	for (int i = 0; i < 4; i++) {
		float x = i & 1 ? b->right : b->left;
		float y = i & 2 ? b->bottom : b->top, dx, dy;

		if (m->flip)
			x = (float)d->width - x;
		dx = x * m->scale_x - cx;
		dy = y * m->scale_y - cy;
		x = m->co * dx - m->si * dy + cx - m->x;
		y = m->co * dy + m->si * dx + cy - m->y;
		out.left = fminf(out.left, x);
		out.right = fmaxf(out.right, x);
		out.top = fminf(out.top, y);
		out.bottom = fmaxf(out.bottom, y);
	}
	*b = out;
}
