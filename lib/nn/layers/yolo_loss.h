/*
 * Inside nn/layers: what the losses of YOLO nets (Redmon and Farhadi, version 2:
 * arXiv 1612.08242, version 3: 1804.02767) have in common.
 *
 * A bottom is (N, A (5 + C), H, W), as yolo_output.c has it: for each of A anchors x,
 * y, w, h, object and C classes.  With s the sigmoid, anchor a of place (i, j) says,
 * in places of the map,
 *
 *	centre  (i + s(x), j + s(y))       size  (e^w, e^h) of the anchor
 *
 * Labels are boxes as shares of the picture: SSD's rows (1, 1, R, 8), classes from 1,
 * or those of the forks, (N, 5 R): class from 0, centre, width and height, up to the
 * first that has no width.  Difficult ones are found by none.
 *
 * yolo_assign.c tells what each anchor of each place is to say, yolo_loss.c judges it
 * and has the layers.
 */
#ifndef NN_LAYERS_YOLO_LOSS_H
#define NN_LAYERS_YOLO_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/layers/types.h"

enum { YOLO_X, YOLO_Y, YOLO_W, YOLO_H, YOLO_OBJECT, YOLO_CLASS, YOLO_BOX = 4 };
enum { YOLO_ANCHORS_MAX = 64 };

struct yolo_loss {
	int items, classes, height, width;
	int num; /* anchors of a place, which are own[0 .. num) of all */
	int all, own[YOLO_ANCHORS_MAX];
	float anchor[YOLO_ANCHORS_MAX][2]; /* width, height in places */
	/* version 3: classes by sigmoids, a box's anchor is the best of all, and
	 * one that is not its own is found elsewhere */
	bool logistic;
	/* of sigmoids: cross entropy, else half the square of the difference */
	bool entropy;
	bool rescore;    /* objects are as good as their IoU, else 1 */
	bool bias_match; /* the best anchor by its size, not by what it says */
	bool small;      /* small boxes count up to twice */
	float coord, object, noobject, class; /* weights */
	float thresh; /* of IoU: above it a box is not to be none */
	/* > 0: until so many pictures were seen, anchors are drawn to places */
	uint64_t drawn;
	int overlap; /* 0: x, y, w, h by themselves; 1: IoU, 2: GIoU */
	float overlap_weight;
	int rows, row; /* of the labels: how many, of how many numbers */
};

/* Centre and size in places. */
struct yolo_box {
	double x, y, w, h;
};

/* What anchor a of a place is to say: (N, A (GOALS + C), H, W). */
enum {
	YOLO_GOAL_COORD = 4, /* weight of x, y, w, h; 0: they are free */
	YOLO_GOAL_OBJECT,
	YOLO_GOAL_JUDGED, /* weight of it */
	YOLO_GOAL_FOUND,  /* 1: a box, of these classes */
	YOLO_GOAL_CLASS,  /* the first of C: 0 or 1 */
	YOLO_GOALS = YOLO_GOAL_CLASS
};

double yolo_sigmoid(double x);
/* v: the numbers of an anchor of place `at`, step apart. */
struct yolo_box yolo_decode(
    const struct yolo_loss *y, const float *v, int a, size_t at, size_t step);
/* IoU, 0 where a box has no area. */
double yolo_iou(const struct yolo_box *a, const struct yolo_box *b);

/* The host code of an op: in are map and labels. */
int yolo_assign(void *state, const struct op_env *env, const float *const *in,
    float *const *out);

#endif
