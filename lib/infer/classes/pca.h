/*
 * The plane in which points spread most: the first two principal components
 * (Pearson 1901), by orthogonal iteration on the covariance, which is never made.
 * The same input gives the same result; of each direction the greatest part is
 * positive.
 */
#ifndef INFER_CLASSES_PCA_H
#define INFER_CLASSES_PCA_H

#include <stddef.h>

/*
 * v: n points of d finite numbers, n >= 2, d >= 1; their mean is taken off in place.
 * xy: (n, 2), the places in the plane; share: of the variance in each direction, 0
 * where there is none.
 */
void pca_plane(double *xy, double share[2], float *v, size_t n, size_t d);

#endif
