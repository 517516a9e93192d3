/*
 * What the numbers of YOLO's labels stand for: data.yaml (names: a list or a map),
 * obj.data (names = FILE), or a file with a name a line (obj.names, classes.txt).
 */
#ifndef DSET_BOXES_YOLO_H
#define DSET_BOXES_YOLO_H

#include <stddef.h>
#include <stdint.h>

#include "dset/boxes/boxes.h"

/*
 * labels: a folder, in which, or above which, the names are looked for; or such a
 * file, and *labels is then freed and NULL: labels are where YOLO has them
 * (find.h).  No names at all: *n is 0.  Free each and the array.
 */
int
dset_yolo_names(char ***names, size_t *n, char **labels, const char *images);

/* A line of a label file: the word of the class, and the n numbers behind it, 4 of a
 * box or two for each corner of a polygon. */
struct dset_yolo_words {
	char **word;
	double *v;
	size_t n;
};
struct dset_yolo_words *dset_yolo_words_new(void);
void dset_yolo_words_free(struct dset_yolo_words *w);
/* The line is cut apart in place; n is 0 where it is empty.  ERR_FORMAT. */
int dset_yolo_line(struct dset_yolo_words *w, char *line);
/* The number of a class, for which there is a name if the page has names. */
int dset_yolo_number(int64_t *out, const struct dset_page *p, const char *word);

/* The names of a data.yaml of len bytes and a 0. */
int dset_yolo_yaml(char ***names, size_t *n, const char *text);

#endif
