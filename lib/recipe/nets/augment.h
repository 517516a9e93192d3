/*
 * Augmentation that options ask for: their texts, what they are for a data set,
 * and the layer that is told of it.  transform_param.augment_param then holds the
 * whole truth, in train_val.prototxt too (input/augment/param.h).
 */
#ifndef RECIPE_NETS_AUGMENT_H
#define RECIPE_NETS_AUGMENT_H

#include "dset/dset.h"
#include "input/augment/param.h"

/* What options of model-train say that struct augment cannot hold as it is. */
struct augment_texts {
	const char *hsv;    /* "0.02,0.04,0.06", or NULL */
	const char *zoom;   /* "0.5,1.5" */
	const char *area;   /* "0.08,1" */
	const char *aspect; /* "0.75,1.33" */
	const char *rand;   /* "2,9" */
	bool min_box_given;
	/* the last so many epochs are without mosaic and mixing */
	double close;
	bool close_given;
};

/* The texts into a.  ERR_USAGE names the option. */
int augment_take(struct augment *a, const struct augment_texts *t);

/*
 * What goes without saying for a training of so many epochs on d: classes, the
 * label outside of masks (ignore_label, where net's loss has one), which boxes go,
 * when mosaic ends.
 */
int augment_settle(struct augment *a, const struct augment_texts *t,
    const struct dset *d, const Caffe__NetParameter *net, double epochs);

/* Into a data layer of pictures; not train: what is done to all pictures. */
void
augment_layer(Caffe__LayerParameter *l, const struct augment *a, bool train);
/* Into the data layers of pictures of a solver's nets; state may be NULL. */
int augment_net(Caffe__NetParameter *net, const Caffe__NetState *state,
    bool train, const struct augment *a);

/* Names the options that do nothing beside what the layers of net, for which a and t
 * have been taken, do then; d: what they read, or NULL. */
int augment_say_idle(const Caffe__NetParameter *net,
    const Caffe__NetState *state, const struct augment *a,
    const struct augment_texts *t, const struct dset *d);

#endif
