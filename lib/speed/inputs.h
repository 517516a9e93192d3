/* Numbers for the inputs of a net that is only measured. */
#ifndef SPEED_INPUTS_H
#define SPEED_INPUTS_H

#include <stddef.h>

#include "graph/backend.h"
#include "nn/net.h"

/* Is tensor t what a data layer gives as labels? */
bool speed_is_label(const struct net *n, int t);

/*
 * count numbers for input t, the same each time: labels of classes 0 and 1, which
 * all nets with labels have; lists of boxes with one box a picture (DetectNet's
 * rows of 16 numbers, SSD's of 8); all others between -0.5 and 0.5.
 */
void speed_fill(float *v, size_t count, const struct net *n, int t, int seed);

#endif
