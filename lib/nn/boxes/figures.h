/*
 * How well a net's boxes are where they should be: the figures of metric/detect.h
 * and metric/digits_map.h, of truths as records have them.
 *
 * Truths are DIGITS's rows of 16 numbers: left, top, width, height first, the sixth
 * the class, the seventh the class of one that is aside (difficult, a crowd).  A
 * row of class `dontcare` is of no class: no guess, whatever its class, is wrong
 * that lies in it, and none is missed.
 */
#ifndef NN_BOXES_FIGURES_H
#define NN_BOXES_FIGURES_H

#include <stdint.h>

#include "metric/detect.h"
#include "metric/digits_map.h"
#include "nn/boxes/boxes.h"

/* Shares 0..1; NAN where there is nothing to be counted. */
enum boxes_figure {
	BOXES_AP, /* COCO's twelve, in the order of metric/detect.h */
	BOXES_AP50,
	BOXES_AP75,
	BOXES_VOC07 = DETECT_FIGURES, /* at IoU 0.5: VOC's of 2007, */
	BOXES_VOC10,                  /* and of 2010 on */
	BOXES_PRECISION, /* at IoU 0.5, of boxes that are printed */
	BOXES_RECALL,
	BOXES_DIGITS_MAP, /* DIGITS's, of those too; divided by 100 */
	BOXES_DIGITS_PRECISION,
	BOXES_DIGITS_RECALL,
	BOXES_FIGURES
};
/* "ap" "ap50" … "voc07" … "digits_map" … */
extern const char *const boxes_figure_names[BOXES_FIGURES];

struct boxes_figures {
	struct detect coco, voc;
	struct digits_map *digits; /* of each class */
	size_t classes;
	int dontcare; /* the class that is none; -1: there is no such */
	double shown; /* boxes of less score are not printed */
	uint64_t *truths, *guesses; /* of each class; guesses that are shown */
	uint64_t pictures;
	uint64_t outside; /* guesses of classes that there are not */
	uint64_t unsound; /* truths that are no boxes */
};

/* ERR_RANGE: no classes.  f is to be cleared whatever is returned. */
int boxes_figures_init(
    struct boxes_figures *f, size_t classes, int dontcare, double shown);
void boxes_figures_clear(struct boxes_figures *f);
/* A picture: n rows, and guesses in the same pixels. */
int boxes_figures_add(struct boxes_figures *f, const float *rows, size_t n,
    const struct net_boxes *guesses);
/* The end of a batch, which DIGITS's figures are means of. */
void boxes_figures_batch(struct boxes_figures *f);
/* Of class c, or with c = classes over all. */
void boxes_figures_values(
    struct boxes_figures *f, size_t c, double out[BOXES_FIGURES]);

#endif
