/*
 * How far two boxes are the same.
 *
 * A box is its four edges in pixels (any unit will do): its width is right - left,
 * so right and bottom lie behind its last pixel.  VOC's files name the last pixel
 * itself: one is added to it before it comes here, which makes the "+ 1" of VOC's
 * evaluator.
 *
 * With |x| for an area, of boxes a and b, and c the smallest box around both:
 *
 *	IoU   = |a and b| / |a or b|        (Jaccard, 1912)
 *	cover = |a and b| / |a|             (COCO, where b is a crowd)
 *	GIoU  = IoU - |c less (a or b)| / |c|  (Rezatofighi et al., CVPR 2019)
 *
 * IoU and cover lie in 0..1, GIoU in -1..1.  Boxes that only touch share nothing.
 * A box without area shares nothing with any, not even with itself: where a
 * division is 0 / 0 its value is 0.
 */
#ifndef METRIC_BOX_H
#define METRIC_BOX_H

struct metric_box {
	double left, top, right, bottom;
};

/* 0; ERR_FORMAT, with the edges, of one that is no finite number, or the right
 * left of the left, or the bottom above the top.  No area is no error. */
int metric_box_check(const struct metric_box *b);

/* Of boxes that are checked. */
double metric_box_area(const struct metric_box *b);
double metric_box_iou(const struct metric_box *a, const struct metric_box *b);
double metric_box_cover(const struct metric_box *a, const struct metric_box *b);
double metric_box_giou(const struct metric_box *a, const struct metric_box *b);

#endif
