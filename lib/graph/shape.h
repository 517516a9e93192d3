/* Tensor shapes: up to SHAPE_MAX axes, outermost first (N, C, H, W).  A shape
 * of 0 axes is a scalar and has one element.  Values, copied freely. */
#ifndef GRAPH_SHAPE_H
#define GRAPH_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHAPE_MAX = 8, SHAPE_TEXT_MAX = 128 };
#define SHAPE_COUNT_MAX ((size_t)1 << 33) /* elements a tensor may have */

struct shape {
	int n;
	int64_t d[SHAPE_MAX]; /* d[0..n-1], each >= 0 */
};

struct shape shape_of(int n, ...); /* n values of type int */
/* Elements; shape_check first when the shape came from outside. */
size_t shape_count(const struct shape *s);
/* Elements of the axes [from, to). */
size_t shape_count_axes(const struct shape *s, int from, int to);
/* ERR_RANGE when it has too many axes or elements or a negative one. */
int shape_check(const struct shape *s);
bool shape_same(const struct shape *a, const struct shape *b);
/* -1 is the last axis; ERR_RANGE naming the shape when outside. */
int shape_axis(int *out, const struct shape *s, int axis);
/* "64x3x28x28"; "scalar" for 0 axes. */
char *shape_text(char out[SHAPE_TEXT_MAX], const struct shape *s);

#endif
