/*
 * RandAugment (Cubuk et al. 2020): n operations, drawn from 14 with equal chances,
 * of one magnitude m of 0..30, on a picture of bytes or floats of 0..255:
 *
 *	identity, autocontrast, equalize
 *	rotate      30 m/30 degrees, either way
 *	shear x, y  0.3 m/30, either way
 *	translate   0.45 m/30 of width or height, either way
 *	color, contrast, brightness, sharpness
 *	            by a factor 1 + 0.9 m/30 or 1 - 0.9 m/30
 *	posterize   8 - 4 m/30 bits, rounded, are kept
 *	solarize    values from 256 - 256 m/30 on are turned into 255 - value
 *
 * What comes from outside the picture is gray (AUGMENT_FILL).
 */
#ifndef INPUT_AUGMENT_RAND_H
#define INPUT_AUGMENT_RAND_H

#include <stdint.h>

#include "input/transform.h"

enum rand_op {
	RAND_IDENTITY,
	RAND_AUTOCONTRAST,
	RAND_EQUALIZE,
	RAND_ROTATE,
	RAND_SHEAR_X,
	RAND_SHEAR_Y,
	RAND_TRANSLATE_X,
	RAND_TRANSLATE_Y,
	RAND_COLOR,
	RAND_CONTRAST,
	RAND_BRIGHTNESS,
	RAND_SHARPNESS,
	RAND_POSTERIZE,
	RAND_SOLARIZE,
	RAND_OPS
};

/* One of them, of strength 0..1, or -1..1 where it goes either way; x (C, H, W) in
 * place, planes B G R or grey, spare as large. */
void rand_apply(enum rand_op op, double strength, float *x, float *spare,
    int channels, int height, int width);

/* The operations drawn for part `tile` of the scene at place g: the picture of
 * item becomes floats in the scratch, where it then points to. */
void rand_augment(const struct transform *t, uint64_t g, int tile,
    struct transform_scratch *s, struct record_item *item);

#endif
