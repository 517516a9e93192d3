/*
 * What a model folder takes over from the data layers of its nets, so that
 * pictures are prepared for use as they were for validation: labels and way of
 * resizing of the data set, the mean, the size of the pictures.
 */
#ifndef RECIPE_CARRY_H
#define RECIPE_CARRY_H

#include <stdbool.h>
#include <stdint.h>

#include "caffe/caffe.pb-c.h"
#include "model/model.h"

struct carried {
	bool known;                    /* the shape of the pictures */
	int channels, height, width;   /* before they are cropped */
	int crop;                      /* 0: none */
	char *labels, *mean;           /* files, or NULL */
	char *dataset, *resize, *task; /* of the data set, or NULL */
	const char *subtracted;        /* "image" "pixel" "none" */
};

/* Of one data layer; what is not there stays unset, what cannot be read is an
 * error. */
int carry_layer(struct carried *out, const Caffe__LayerParameter *l);
/* Of the first layer with pictures of a net in phase TEST (else TRAIN); extra:
 * the solver's state for it, or NULL. */
int carry_net(struct carried *out, const Caffe__NetParameter *net,
    const Caffe__NetState *extra);
void carry_clear(struct carried *c);
/* Into info.json's fields; files are named as a model folder has them. */
void carry_info(struct model_info *info, const struct carried *c);

#endif
