/*
 * What is counted when the truth is known: top-1, top-5, the confusion matrix,
 * precision and recall of each class, the worst mistakes.
 */
#ifndef INFER_TALLY_H
#define INFER_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/gate.h"

struct tally_mistake {
	char *name;
	int truth, got;
	double confidence; /* in the wrong class */
};

struct tally {
	size_t classes;
	uint64_t *seen, *right, *said; /* by class: truth; both; answer */
	uint64_t *matrix;              /* (truth, prediction), or NULL */
	uint64_t n, top1, top5,
	    unknown;                 /* unknown: truth outside the classes */
	struct tally_mistake *worst; /* by confidence, at most `keep` */
	size_t nworst, keep;
};

/* Sides that a matrix of numbers, as a picture or as JSON can have. */
enum {
	TALLY_MATRIX_MAX = 1 << 14,
	TALLY_PNG_MAX = 11000,
	TALLY_JSON_MAX = 1000
};

/* matrix_max 0: no matrix, whatever the number of classes; else ERR_RANGE when
 * they are more. */
int tally_init(struct tally *t, size_t classes, size_t keep, size_t matrix_max);
void tally_clear(struct tally *t);
/* order: class indices by falling score (at least min(5, classes)). */
void tally_add(struct tally *t, const char *name, int truth, const int *order,
    size_t norder, const float *scores);
/* "top1" "top5" as shares 0..1, for gates. */
size_t tally_values(const struct tally *t, struct gate_value v[2]);

double tally_precision(const struct tally *t, size_t i); /* percent */
double tally_recall(const struct tally *t, size_t i);
/* Of a tally with a matrix.  Rows truth, columns prediction, last column the class's accuracy in percent;
 * labels may be NULL.  TAB-separated or aligned. */
int tally_matrix_text(struct buf *b, const struct tally *t,
    const char *const *labels, size_t nlabels, int tsv);
/* A picture of the matrix. */
int tally_matrix_png(const char *path, const struct tally *t,
    const char *const *labels, size_t nlabels, int force);
/* class, images, right, precision, recall */
int tally_classes_text(struct buf *b, const struct tally *t,
    const char *const *labels, size_t nlabels, int tsv);

#endif
