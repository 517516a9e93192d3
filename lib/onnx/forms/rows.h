/*
 * Boxes thinned and listed: rows of SSD's DetectionOutput (item, class, score, left,
 * top, right, bottom) as operators of ONNX, of boxes and the scores of each class.
 */
#ifndef ONNX_FORMS_ROWS_H
#define ONNX_FORMS_ROWS_H

#include "onnx/export/build.h"

/* The score of what is no candidate. */
#define EXPORT_NO_SCORE -3e38f

struct export_rows {
	struct export_value *boxes;  /* (N, A, 4): left, top, right, bottom */
	struct export_value *scores; /* (N, C, A) */
	int64_t classes, places;     /* C, A */
	float least;                 /* scores above it count */
	float overlap; /* boxes that share more with a better one go */
	int64_t keep;  /* of each item */
};

/*
 * (1, 1, N keep, 7), in the order of class and score, items behind each other; rows
 * behind the last hold -1.  Boxes meet those of their class alone.
 */
struct export_value *
export_found(struct export *e, const struct export_rows *r);

/* Scores (N, M, A) of which only the `most` best along the last axis stay. */
struct export_value *export_best(struct export *e, struct export_value *scores,
    int64_t places, int64_t most);

#endif
