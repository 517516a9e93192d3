/*
 * What SSD does with a picture and its boxes before a net sees them (Liu et al.,
 * 2016, section 2.2): colours distorted, the picture set into a larger ground, a part
 * taken that holds enough of an object, brought to one size, mirrored.
 *
 * Everything random comes from the generator that is given.
 */
#ifndef INPUT_SSD_SAMPLE_H
#define INPUT_SSD_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "caffe/caffe.pb-c.h"
#include "image/image.h"
#include "nn/layers/boxes.h"

struct ssd_box {
	int32_t label, instance;
	bool difficult;
	struct layer_box box; /* shares of the picture */
};

/* A picture on its way; what it holds is reused by the next. */
struct ssd_sample {
	struct image im, scratch[2];
	struct ssd_box *box;
	size_t n, cap;
};
void ssd_sample_init(struct ssd_sample *s);
void ssd_sample_clear(struct ssd_sample *s);
void ssd_sample_room(struct ssd_sample *s, size_t n);

struct ssd_rule {
	const Caffe__AnnotatedDataParameter *annotated;  /* or NULL */
	const Caffe__TransformationParameter *transform; /* or NULL */
	int height, width;                               /* of what comes out */
};
/* ERR_FORMAT or ERR_UNSUPPORTED: parameters that cannot be. */
int ssd_rule_check(const struct ssd_rule *q);

/* train false: brought to size, and no more. */
int ssd_sample_make(
    struct ssd_sample *s, const struct ssd_rule *q, bool train, struct rng *r);

/* (distort.c) */
void ssd_distort(
    struct image *im, const Caffe__DistortionParameter *p, struct rng *r);
/* Uniform. */
static inline double
ssd_draw(struct rng *r, double from, double to)
{
	return from + (to - from) * rng_uniform(r);
}

#endif
