/*
 * Pictures as points: what a net puts out of each of them, in the plane in which the
 * points spread most (infer/classes/pca.h), or in one where near points stay near
 * (infer/classes/tsne.h), coloured by class; for --map.
 */
#ifndef INFER_CLASSES_MAP_H
#define INFER_CLASSES_MAP_H

#include <stddef.h>

struct feature_map;
struct infer;

/* In the order of REPORT_MAPS (infer/report.h). */
enum feature_map_method { FEATURE_MAP_PCA, FEATURE_MAP_TSNE };

struct feature_map *feature_map_new(enum feature_map_method method);
void feature_map_free(struct feature_map *m); /* accepts NULL */
/* n numbers of a picture, as many of each; class: its truth, or what it was taken for.
 * ERR_FORMAT where the number differs, ERR_RANGE where all would be too many. */
int feature_map_add(struct feature_map *m, const float *v, size_t n, int class);
/* Into path, .png or .svg; blob: of which the numbers are.  ERR_USAGE where there are
 * less than two points. */
int feature_map_write(struct feature_map *m, const char *path, const char *blob,
    const struct infer *f, int threads, int force);

#endif
