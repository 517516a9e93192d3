/*
 * Augmentation: what is done to the samples of a training at random.  In memory
 * struct augment, in a prototxt transform_param.augment_param, whose fields have
 * the same names; one table knows both.
 *
 * What moves pixels moves their masks and boxes by the same draw.  All zero: none
 * of it is done.
 */
#ifndef INPUT_AUGMENT_PARAM_H
#define INPUT_AUGMENT_PARAM_H

#include <stdbool.h>

#include "caffe/caffe.pb-c.h"

enum augment_quad { QUAD_NONE, QUAD_QUARTER, QUAD_HALF, QUAD_ALL };

struct augment {
	/* DIGITS's (lib/input/augment.c) */
	bool mirror;     /* left-right with probability 1/2 */
	bool flip;       /* up-down with probability 1/2 */
	int quad_rotate; /* enum augment_quad: by one of these angles */
	double rotate;   /* degrees, uniform in +- */
	double scale;    /* standard deviation of the zoom */
	double noise;    /* standard deviation, as a share of 255 */
	double hsv[3];   /* standard deviations of hue, saturation, value */
	double contrast; /* factor uniform in 1 +- this */
	bool whiten;     /* zero mean, unit deviation per picture; TEST too */
	/* deviations by which channels are divided after mean and scale, in the
	 * order of what comes out; 0: not; TEST too */
	double std[4];

	/* Newer ones (augment/scene.h) */
	double zoom[2];   /* the factor, uniform between them; 1, 1: not */
	double translate; /* share of height and width, uniform in +- */
	/* random resized crop: share of the picture's area, width by height,
	 * (log) uniform between them; 1, 1: not */
	double area[2], aspect[2];
	/* What lies outside the picture: this value of 0..255.  Not has_fill:
	 * 114 where pictures are zoomed, shifted or put together, else the border
	 * is repeated. */
	double fill;
	bool has_fill;
	/* the same of masks, whatever the pictures have; not: their border is
	 * repeated, or 0 where that of the pictures is not */
	int fill_label;
	bool has_fill_label;
	double min_box; /* boxes of which less than this share is left go */

	double mosaic; /* probability: four samples, one in each corner */
	double mixup, cutmix; /* alpha of Beta(alpha, alpha); 0: off */
	double mix_share;     /* of the samples are mixed; 0: all */
	double mix_epochs;    /* after so many, none of these three; 0: never */
	int classes;          /* of labels that are mixed as shares of them */

	double erase;  /* probability that a part is covered by noise */
	int rand_n;    /* RandAugment: so many operations, */
	double rand_m; /* of this magnitude, 0 to 30 */
};

/* What lies outside where nothing else is said: as YOLOX has it. */
enum { AUGMENT_FILL = 114 };

/* p may be NULL.  ERR_RANGE names the field. */
int augment_read(struct augment *a, const Caffe__AugmentParameter *p);
/* What a sets that is not the default; mirror is no field of it. */
void augment_write(Caffe__AugmentParameter *p, const struct augment *a);
/* Is there anything that is done to samples of TRAIN, or to all? */
bool augment_random(const struct augment *a);
/* Does it need more than one sample, or moves that scenes draw? */
bool augment_is_scene(const struct augment *a);
bool augment_mixes(const struct augment *a); /* mixup or cutmix */
bool augment_zooms(const struct augment *a);
bool augment_crops(const struct augment *a); /* area or aspect */

#endif
