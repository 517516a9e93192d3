/* Colours changed as hue, saturation and value: see hsv.h. */
#include "image/colour/hsv.h"

#include <math.h>

#include "base/clones.h"

/* No branches, so that compilers take several pixels at once. */
static inline float
smaller(float a, float b)
{
	return a < b ? a : b;
}

static inline float
larger(float a, float b)
{
	return a > b ? a : b;
}

/* One part of a colour whose hue is 0..6; which: 1 blue, 3 green, 5 red. */
static inline float
part_of(float hue, float which, float s, float v)
{
	const float far = which + hue;
	const float less = far - 6;
	const float k = far >= 6 ? less : far;

	return 255 * (v * (1 - s * larger(0, smaller(1, smaller(k, 4 - k)))));
}

CLONES("avx2", "default")
void
hsv_change_bgr(const struct hsv_change *change, float *restrict x, size_t plane)
{
	const struct hsv_change c = *change;
	float *restrict blue = x, *restrict green = x + plane,
			*restrict red = x + 2 * plane;

	for (size_t i = 0; i < plane; i++) {
		const float b = blue[i] / 255, g = green[i] / 255,
			    r = red[i] / 255;
		const float hi = larger(r, larger(g, b));
		const float d = hi - smaller(r, smaller(g, b));
		const float gb = g - b, br = b - r, rg = r - g;
		const float from = hi == r ? gb : hi == g ? br : rg;
		const float at = hi == r ? 0 : hi == g ? 2 : 4;
		/* of a grey 0 */
		float h = (from / (d > 0 ? d : 1) + at) / 6;
		float s = d / (hi > 0 ? hi : 1), v;

		h -= floorf(h);
		h += c.hue - floorf(h + c.hue);
		h *= 6;
		s = s * c.factor + c.saturation;
		s = larger(0, smaller(s, c.most));
		v = larger(0, smaller(hi + c.value, c.most));
		blue[i] = part_of(h, 1, s, v);
		green[i] = part_of(h, 3, s, v);
		red[i] = part_of(h, 5, s, v);
	}
}
