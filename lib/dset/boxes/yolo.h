/*
 * What the numbers of YOLO's labels stand for: data.yaml (names: a list or a map),
 * obj.data (names = FILE), or a file with a name a line (obj.names, classes.txt).
 */
#ifndef DSET_BOXES_YOLO_H
#define DSET_BOXES_YOLO_H

#include <stddef.h>

/*
 * labels: a folder, in which, or above which, the names are looked for; or such a
 * file, and *labels is then freed and NULL: labels are where YOLO has them
 * (find.h).  No names at all: *n is 0.  Free each and the array.
 */
int
dset_yolo_names(char ***names, size_t *n, char **labels, const char *images);

/* The names of a data.yaml of len bytes and a 0. */
int dset_yolo_yaml(char ***names, size_t *n, const char *text);

#endif
