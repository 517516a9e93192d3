/* Colours changed as hue, saturation and value. */
#ifndef IMAGE_HSV_H
#define IMAGE_HSV_H

#include <stddef.h>

/* Hue is 0..1 and goes round; saturation and value are 0..1. */
struct hsv_change {
	float hue; /* is added */
	/* saturation becomes factor times it, and this more */
	float factor, saturation;
	float value; /* is added */
	float most;  /* of saturation and value; INFINITY: any */
};

/* x: planes B G R of 0..255, of so many pixels each. */
void hsv_change_bgr(const struct hsv_change *c, float *x, size_t plane);

#endif
