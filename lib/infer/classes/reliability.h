/*
 * Calibration (metric/calibration.h) as text and as a picture, the reliability
 * diagram: a bar for each bin, as high as its answers were right; where it stands
 * below the diagonal the answers were surer than right.  Below it how many answers
 * each bin has.
 */
#ifndef INFER_CLASSES_RELIABILITY_H
#define INFER_CLASSES_RELIABILITY_H

#include "base/buf.h"
#include "metric/calibration.h"

/* Rows of: from, to, images, confidence, accuracy (as shares with tsv). */
int reliability_text(struct buf *b, const struct calibration *c, int tsv);
/* Into path, .png or .svg. */
int reliability_write(const char *path, const struct calibration *c, int force);

#endif
