/*
 * Average precision over a validation: the counts of a layer AveragePrecision, added
 * up (metric/tally.h).
 */
#ifndef NN_BOXES_TALLY_H
#define NN_BOXES_TALLY_H

#include "metric/tally.h"
#include "nn/boxes/figures.h"

/* A guess as numbers: class (-1: none), score, left, top, right, bottom. */
enum { BOXES_TALLY_ROW = 6, BOXES_TALLY_TRUTH = 16, BOXES_CLASSES_ANY = 10000 };

/* Into the figures: a batch of guesses, (items, keep, BOXES_TALLY_ROW), and of truths,
 * (items, rows + 1, BOXES_TALLY_TRUTH), whose first row is their number. */
int boxes_tally_count(struct boxes_figures *f, const float *guesses,
    size_t keep, const float *truths, size_t rows, size_t items);

/*
 * Counts are those two tensors.  Figures: AP50, which is called `first`, "ap",
 * "ap75", "voc07", and "ap50/NAME" for each class with a name.  The class "dontcare",
 * or 0 where there are no names, is none.
 */
int boxes_tally_new(struct tally **out, size_t keep, size_t rows, double shown,
    const char *const *names, size_t nnames, const char *first);

#endif
