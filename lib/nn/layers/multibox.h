/*
 * Inside nn/layers: which priors MultiBoxLoss (SSD, Liu et al., 2016) trains, and on
 * what.  multibox_loss.c is the layer, multibox_match.c finds the true box of each
 * prior, multibox_mine.c chooses among those without one.
 *
 * N pictures, P priors, C classes; S sets of offsets, 1 or one for each class.
 */
#ifndef NN_LAYERS_MULTIBOX_H
#define NN_LAYERS_MULTIBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caffe/caffe.pb-c.h"
#include "nn/layers/boxes.h"

enum { MULTIBOX_ROW = 8 }; /* item, class, instance, the edges, difficult */

/* Values of a match. */
enum {
	MULTIBOX_NONE = -1,
	MULTIBOX_LEFT_OUT = -2 /* beyond the picture's edge: not looked at */
};

struct multibox {
	const Caffe__MultiBoxLossParameter *p;
	Caffe__MultiBoxLossParameter__MiningType mining;
	int norm; /* a LossParameter's NormalizationMode */
	int items, priors, classes, sets;
	int64_t rows; /* of the true boxes */
};

struct multibox_truth {
	int item, label;
	struct layer_box box;
};

/* One picture. */
struct multibox_item {
	const struct multibox *m;
	const float *loc;      /* (P, S, 4) */
	const float *conf;     /* (P, C) */
	const float *prior;    /* (P, 4) */
	const float *variance; /* (P, 4) */
	const struct multibox_truth *truth;
	size_t ntruth;
	int *match;     /* (S, P): a truth, or see above */
	float *overlap; /* (P): the highest with any truth */
	bool *negative; /* (P): chosen as background */
};

static inline struct layer_box
multibox_prior(const struct multibox_item *it, int i)
{
	const float *v = it->prior + (size_t)i * 4;

	return (struct layer_box){ v[0], v[1], v[2], v[3] };
}

/* The variances that offsets are coded with: 1 where targets are divided. */
static inline const float *
multibox_variance(const struct multibox_item *it, int i)
{
	return it->m->p->encode_variance_in_target
	    ? layer_box_ones
	    : it->variance + (size_t)i * 4;
}

/* The class that a prior of this truth learns. */
static inline int
multibox_label(const struct multibox_item *it, int truth)
{
	return it->m->p->map_object_to_agnostic
	    ? (int)it->m->p->background_label_id + 1
	    : it->truth[truth].label;
}

/* The box that prior i and offsets of a set make. */
struct layer_box
multibox_decode(const struct multibox_item *it, int set, int i);

/* (multibox_match.c) All rows, checked, those of an item together, in place;
 * begin[i] is where item i's begin, begin[items] how many there are.  ERR_FORMAT
 * names the row. */
int multibox_truths(const struct multibox *m, const float *rows,
    struct multibox_truth *out, size_t *begin);
/* Fills match and overlap. */
void multibox_match(struct multibox_item *it);

/* Target and factor of offsets of prior i, matched with a truth: the loss is of
 * factor * prediction - target. */
void multibox_targets(const struct multibox_item *it, int set, int i,
    float target[4], float factor[4]);

/* (multibox_mine.c) Fills negative; takes matches back where the hardest are chosen
 * among all. */
void multibox_mine(struct multibox_item *it);

#endif
