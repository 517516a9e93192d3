/*
 * Points of many numbers in a plane, so that near ones stay near: t-SNE (van der Maaten
 * and Hinton, JMLR 9, 2008), exact, of all pairs of points.  Where groups stand to one
 * another, and how large they are, says little.
 *
 * It begins with the plane of the first two principal components, so the same input
 * gives the same result, whatever the number of threads.  Early exaggeration (12),
 * momentum (0.5, then 0.8), gains of each number, and the learning rate n / 48 (Belkina
 * et al., Nature Communications 10, 2019), but 50 at least.
 */
#ifndef INFER_CLASSES_TSNE_H
#define INFER_CLASSES_TSNE_H

#include <stddef.h>

enum { TSNE_POINTS_MAX = 5000, TSNE_PERPLEXITY = 30, TSNE_ITERATIONS = 1000 };

/*
 * v: n points of d finite numbers, n >= 2, d >= 1, whose mean is taken off in place.
 * xy: (n, 2).  *perplexity: what was used, TSNE_PERPLEXITY or (n - 1) / 3 where that is
 * less; *loss: the Kullback-Leibler divergence at the end.  ERR_RANGE: too many points;
 * ERR_STOPPED.
 */
int tsne_plane(double *xy, double *perplexity, double *loss, float *v, size_t n,
    size_t d, int threads);

#endif
