/*
 * How well the outlines of labelled regions are met: the F measure of boundaries
 * ("BF"; Csurka, Larlus, Perronnin, "What is a good evaluation measure for semantic
 * segmentation?", BMVC 2013, after Martin, Fowlkes, Malik, PAMI 2004).
 *
 * In a picture, the boundary of a class is those of its pixels that have a pixel of
 * another class above, below, left or right of them; the picture's edge makes none,
 * nor does a pixel that is ignored.  With B_t of the truth, B_a of the answer, d the
 * distance between the centres of pixels and D the tolerance,
 *
 *	precision = |{x in B_a : d(x, B_t) <= D}| / |B_a|
 *	recall    = |{x in B_t : d(x, B_a) <= D}| / |B_t|
 *	F         = 2 precision recall / (precision + recall)
 *
 * F is 0 where only one of the two has a boundary, and a class is left out of a
 * picture where neither has one.  The figure of a class is the mean of its F over
 * the pictures that have it; that of a set is the mean over pictures of the mean
 * over a picture's classes (pictures without any left out).
 *
 * The paper takes D = 0.75 % of the picture's diagonal (boundary_tolerance).
 */
#ifndef METRIC_BOUNDARY_H
#define METRIC_BOUNDARY_H

#include <stddef.h>
#include <stdint.h>

struct boundary {
	size_t classes;
	int32_t ignored; /* -1: none */
	double *sums;    /* (C): of F, over pictures */
	uint64_t *n;     /* (C): pictures */
	double sum;      /* over pictures, of the mean over their classes */
	uint64_t pictures;
};

/* ERR_RANGE without classes.  b is valid (to be cleared) whatever is returned. */
int boundary_init(struct boundary *b, size_t classes, int32_t ignored);
void boundary_clear(struct boundary *b);

double boundary_tolerance(int width, int height); /* pixels */

/*
 * A picture: height rows of width labels.  What is no class belongs to none.  The
 * tolerance is in pixels; ERR_RANGE when it is no number, or below 0.  Takes time
 * in width * height * (2 + the classes in it), and in the boundaries' lengths times
 * the tolerance.
 */
int boundary_add(struct boundary *b, const int32_t *truth,
    const int32_t *answer, int width, int height, double tolerance);

double boundary_of(const struct boundary *b, size_t i); /* 0..1, or NAN */
double boundary_mean(const struct boundary *b);         /* 0..1, or NAN */

#endif
