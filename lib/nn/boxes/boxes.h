/*
 * Boxes that a net found in a picture (metric/box.h says what a box is), in pixels
 * of the net's input, or wherever who has the list brings them.
 *
 * What nets put out that becomes such boxes, of pictures in a batch of N:
 *
 *	rows   (1, 1, K, 7): picture 0..N-1 (-1: no row), class, score 0..1, left,
 *	       top, right, bottom as shares of the net's input.  DetectionOutput of
 *	       SSD, YoloxOutput, the outputs of the YOLO forks and RCNNDetectionOutput
 *	       have them; --view boxes takes any output of that shape.
 *	grid   DetectNet: coverage 0..1 (N, C, h, w) and bboxes (N, 4, h, w), whose
 *	       left, top, right, bottom are pixels of the input from the upper left
 *	       corner of the cell on
 *	lists  DetectNet as DIGITS has it (--compat): what ClusterDetections makes of
 *	       the grid, (N, 50, 5) for each class: left, top, right, bottom in
 *	       pixels of the input and the logarithm of a number of cells
 */
#ifndef NN_BOXES_BOXES_H
#define NN_BOXES_BOXES_H

#include <stddef.h>

#include "metric/box.h"

struct net_box {
	int class; /* of labels.txt */
	double score;
	struct metric_box box;
	size_t piece; /* which piece of the picture it was found in */
};

struct net_boxes {
	struct net_box *v;
	size_t n, cap;
};

void net_boxes_clear(struct net_boxes *b);
void net_boxes_add(struct net_boxes *b, const struct net_box *box);
/* By falling score, of equals the one found first. */
void net_boxes_sort(struct net_boxes *b);
/*
 * Non-maximum suppression of sorted boxes: of two of one class that overlap by more
 * than nms the one of lower score goes.  Overlap is the IoU; of boxes that were
 * found in different pieces of the picture also the share of the smaller one that
 * lies in the other, as a piece's edge may have cut it.
 */
void net_boxes_suppress(struct net_boxes *b, double nms);

#endif
