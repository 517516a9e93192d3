/*
 * What DIGITS calls "mAP" of a DetectNet, for those who compare with its numbers.
 * It is no mean average precision: scores play no part in it.
 *
 * Of one batch of pictures, from the start anew: each truth in turn takes the
 * first guess not yet taken with IoU >= 0.7 (metric/box.h).  With the guesses
 * taken TP, those left FP, and the truths that took none FN, all 0..100:
 *
 *	precision = 100 TP / (TP + FP)
 *	recall    = 100 TP / (TP + FN)
 *	"mAP"     = precision * recall / 100
 *
 * 0 / 0 is 0.  What a validation shows is the mean of each over its batches, so it
 * changes with the batch size.  Source: layers ScoreDetections and mAP of NVcaffe's
 * caffe.layers.detectnet.mean_ap, and Caffe's test loop.
 */
#ifndef METRIC_DIGITS_MAP_H
#define METRIC_DIGITS_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "metric/box.h"

/* All 0: nothing added. */
struct digits_map {
	uint64_t right, wrong, missed; /* of the batch at work */
	uint64_t batches;
	double precision, recall, map; /* sums over batches */
};

/* A picture of one class.  ERR_FORMAT: a box that is none (metric_box_check); then
 * nothing of the picture is counted. */
int digits_map_add(struct digits_map *d, const struct metric_box *truths,
    size_t ntruths, const struct metric_box *guesses, size_t nguesses);
/* The end of a batch. */
void digits_map_batch(struct digits_map *d);

struct digits_map_means {
	double precision, recall, map; /* 0..100; 0 without batches */
};
struct digits_map_means digits_map_means(const struct digits_map *d);

#endif
