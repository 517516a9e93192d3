/*
 * One answer of model-infer on stdout: the classes with the highest scores, where
 * the output holds probabilities of classes; else its shape and its values as they
 * are.
 */
#ifndef INFER_CLASSES_ANSWER_H
#define INFER_CLASSES_ANSWER_H

#include "infer/stream.h"

struct answers {
	const struct infer *infer;
	int top;
	bool top_given;
	bool asked; /* the outputs were named, or go to a file */
	bool raw;   /* values as they are, also of probabilities */
	/* its own */
	int *order; /* class indices, best first */
	size_t norder;
	bool hinted, top_said;
};

void answers_clear(struct answers *s);
/* The best `want` indices of scores into s->order by falling score, of equals the
 * lower; how many. */
size_t
answers_best(struct answers *s, const float *scores, size_t n, size_t want);
/* As text, TSV or NDJSON, whatever was asked for. */
int answers_print(struct answers *s, const struct answer *a);

#endif
