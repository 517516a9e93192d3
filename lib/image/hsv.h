/* Hue, saturation and value of a colour whose parts are 0..1, and back. */
#ifndef IMAGE_HSV_H
#define IMAGE_HSV_H

#include <math.h>

/* p: hue 0..1, saturation, value. */
static inline void
hsv_of_bgr(float p[3], float b, float g, float r)
{
	float hi = fmaxf(r, fmaxf(g, b)), lo = fminf(r, fminf(g, b));
	float d = hi - lo, h = 0;

	if (d > 0) {
		if (hi == r)
			h = (g - b) / d / 6;
		else if (hi == g)
			h = ((b - r) / d + 2) / 6;
		else
			h = ((r - g) / d + 4) / 6;
	}
	p[0] = h - floorf(h);
	p[1] = hi > 0 ? d / hi : 0;
	p[2] = hi;
}

/* One part of the colour: which is HSV_BLUE, HSV_GREEN or HSV_RED. */
enum hsv_part { HSV_BLUE = 1, HSV_GREEN = 3, HSV_RED = 5 };
static inline float
hsv_part(const float p[3], enum hsv_part which)
{
	float k = fmodf((float)which + p[0] * 6, 6);

	return p[2] * (1 - p[1] * fmaxf(0, fminf(1, fminf(k, 4 - k))));
}

#endif
