/*
 * Average precision as a tally: boxes that a net found, each judged by the net.
 *
 * Counts of a batch, rows of FOUND_ROW numbers as SSD's DetectionEvaluate has them:
 *
 *	-1    class  truths  -1     -1       so many boxes of a class are there
 *	item  class  score   right  wrong    one was found; 0 0: it counts for nothing
 *	-1    -1     ...                     no row
 *
 * Figures: "mean-ap", the mean of the classes that have a truth, and "ap/NAME" of each
 * class but the background, NAME being its number where it has no name; by CURVE_ALL
 * (metric/curve.h).  NAN without truths.
 */
#ifndef METRIC_FOUND_TALLY_H
#define METRIC_FOUND_TALLY_H

#include "metric/tally.h"

enum { FOUND_ROW = 5, FOUND_CLASSES_MAX = 1 << 16, FOUND_MOST = 1 << 25 };

/* background: no figure is of it; -1: there is none.  names may be fewer than the
 * classes; they are copied.  ERR_RANGE: no classes, or too many. */
int found_tally_new(struct tally **out, size_t classes, int background,
    const char *const *names, size_t nnames);

#endif
