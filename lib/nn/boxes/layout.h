/*
 * Outputs of detectors that come from elsewhere, most as files of ONNX: what their
 * numbers mean is a convention of those who made them.
 *
 *	yolox    (N, A, 5 + C): centre in cells from each cell on, logarithm of width and
 *	         height in cells, objectness, classes; cells of strides 8, 16, 32 (64), row
 *	         by row
 *	yolov5   (N, A, 5 + C): centre, width, height in pixels, objectness, classes; also
 *	         YOLOv7
 *	yolov8   (N, 4 + C, A): centre, width, height in pixels, classes; also YOLOv9, 11;
 *	         of a net for masks, too, whose coefficients follow the classes
 *	end2end  (N, K, 6): left, top, right, bottom in pixels, score, class, of the best K;
 *	         YOLOv10, YOLO26
 *	ssd      scores (N, A, 1 + C), class 0 the background, and boxes (N, A, 4) as left,
 *	         top, right, bottom, shares of the picture
 *	detr     logits (N, Q, C) and boxes (N, Q, 4) as centre, width, height, shares of
 *	         the picture; RT-DETR, Deformable DETR.  Each class has a sigmoid.
 *	listed   boxes (N, K, 4) or (K, 4), scores (N, K) or (K) and labels alike, in
 *	         pixels unless none is above 1.5; torchvision's, and those with non-maximum
 *	         suppression inside.  Where the names begin with detection_: top, left,
 *	         bottom, right and shares (TensorFlow).
 *
 * Where overlapping boxes are still there, they are for the reader to suppress.
 */
#ifndef NN_BOXES_LAYOUT_H
#define NN_BOXES_LAYOUT_H

#include "nn/boxes/form.h"

/* In the order of enum boxes_layout, which begins at 0 with auto. */
#define BOXES_LAYOUTS "auto|yolox|yolov5|yolov8|end2end|ssd|detr|listed"

/* As boxes_form_find: 1 and the blobs to read, or 0: no outputs are laid out so.
 * nlabels tells classes from what may follow them, 0: not known. */
int boxes_layout_find(struct boxes_form *f, const struct net *net,
    enum boxes_layout layout, size_t nlabels, const char *blobs[BOXES_BLOBS]);
/* boxes_form_read of those. */
void boxes_layout_read(struct net_boxes *out, const struct boxes_form *f,
    const float *const *v, const struct shape *shape, int item, int h, int w,
    double least);

#endif
