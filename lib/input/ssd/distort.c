/*
 * SSD's changes of colours: brightness, contrast, saturation, hue, the order of the
 * channels.  Contrast comes before or after the two of colour, by a coin.  hue_delta
 * is in steps of two degrees, as OpenCV's bytes have them.
 */
#include <math.h>

#include "input/ssd/sample.h"

static uint8_t
byte_of(double v)
{
	return v <= 0 ? 0 : v >= 255 ? 255 : (uint8_t)lrint(v);
}

/* v * factor + more */
static void
change_bytes(struct image *im, double factor, double more)
{
	const size_t n =
	    (size_t)im->width * (size_t)im->height * (size_t)im->channels;
	uint8_t table[256];

	for (int i = 0; i < 256; i++)
		table[i] = byte_of(i * factor + more);
	for (size_t i = 0; i < n; i++)
		im->data[i] = table[im->data[i]];
}

/* A pixel turned by `turn` of the six parts of the colour circle, its saturation
 * multiplied. */
static void
change_pixel(uint8_t *p, double turn, double saturation)
{
	const double r = p[0], g = p[1], b = p[2];
	const double top = fmax(r, fmax(g, b)), low = fmin(r, fmin(g, b));
	const double span = fmin((top - low) * saturation, top);
	double h, part, v[3];

	if (top == low)
		return;
	h = top == r   ? (g - b) / (top - low)
	    : top == g ? (b - r) / (top - low) + 2
		       : (r - g) / (top - low) + 4;
	h = fmod(h + turn + 12, 6);
	for (int i = 0; i < 3; i++) {
		/* how far the channel lies from where it is full */
		part = fabs(h - 2 * i);
		part = fmin(part, 6 - part);
		v[i] = top - span * fmin(fmax(part - 1, 0), 1);
	}
	for (int i = 0; i < 3; i++)
		p[i] = byte_of(v[i]);
}

static void
change_colours(struct image *im, double turn, double saturation)
{
	const size_t n = (size_t)im->width * (size_t)im->height;

	if (im->channels != 3 || (turn == 0 && saturation == 1))
		return;
	for (size_t i = 0; i < n; i++)
		change_pixel(im->data + 3 * i, turn, saturation);
}

static void
shuffle_channels(struct image *im, struct rng *r)
{
	const size_t n = (size_t)im->width * (size_t)im->height;
	uint32_t order[3] = { 0, 1, 2 };

	if (im->channels != 3)
		return;
	rng_shuffle(r, order, 3);
	for (size_t i = 0; i < n; i++) {
		uint8_t *p = im->data + 3 * i;
		const uint8_t v[3] = { p[0], p[1], p[2] };

		for (int k = 0; k < 3; k++)
			p[k] = v[order[k]];
	}
}

void
ssd_distort(
    struct image *im, const Caffe__DistortionParameter *p, struct rng *r)
{
	/* drawn whether used or not, so that one does not move the others */
	const double coin = rng_uniform(r),
		     use[5] = { rng_uniform(r), rng_uniform(r), rng_uniform(r),
			     rng_uniform(r), rng_uniform(r) };
	const double bright = ssd_draw(
	    r, -(double)p->brightness_delta, (double)p->brightness_delta);
	const double contrast =
	    ssd_draw(r, (double)p->contrast_lower, (double)p->contrast_upper);
	const double saturation = ssd_draw(
	    r, (double)p->saturation_lower, (double)p->saturation_upper);
	const double hue =
	    ssd_draw(r, -(double)p->hue_delta, (double)p->hue_delta);

	if (use[0] < (double)p->brightness_prob)
		change_bytes(im, 1, bright);
	for (int turn = 0; turn < 2; turn++)
		if ((coin < 0.5) == (turn == 0)) {
			if (use[1] < (double)p->contrast_prob)
				change_bytes(im, contrast, 0);
		} else {
			change_colours(im,
			    use[3] < (double)p->hue_prob ? hue * 2 / 60 : 0,
			    use[2] < (double)p->saturation_prob ? saturation
								: 1);
		}
	if (use[4] < (double)p->random_order_prob)
		shuffle_channels(im, r);
}
